"""A person's own keys: read from a TOML file, checked against the bindings that there are, shown as they are bound."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.binding import Binding

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.key_names import canonical_key, is_typed, key_label
from vae_tui.files import read_regular
from vae_tui.user_folders import config_dir

FIXED = (*"123456789", "r", "question_mark", "q", "escape", "ctrl+c", "ctrl+q")
"""Keys that keep their meaning, so that everybody finds views, help and the way out, and scripts can press them."""
NO_KEY = "<none>"
"""What Textual is told for a binding without a key: a name that no terminal sends."""
MAX_BYTES = 2**18
MAX_SHOWN = 4
"""Cells of a control's keys in the side panel, and in a text."""
START_HINT = "vaetui list --keys prints the defaults to start from"

_Refusal = tuple[str, VaeTuiError]
"""The id whose entry asks for what can't be, and why it can't."""


@dataclass(frozen=True)
class Context:
    """Bindings that are alive together, so that a key has one meaning among them."""

    bindings: Sequence[Binding]
    taken: frozenset[str] = frozenset()
    """Keys to which something else there answers before they do."""


@dataclass(frozen=True)
class Keymap:
    """Which keys each binding has."""

    keys: Mapping[str, tuple[str, ...]]
    """By the binding's id, as Textual names them; the defaults where a person has not chosen others."""
    changed: Mapping[str, str] = field(default_factory=dict)
    """What a person has chosen, for Textual's App.set_keymap."""

    def labels(self, binding_id: str) -> tuple[str, ...]:
        """Its keys as people read them."""
        return tuple(key_label(key) for key in self.keys[binding_id])

    def all_keys(self, binding_id: str) -> str:
        """All its keys: "? F1"; "" where it has none."""
        return " ".join(self.labels(binding_id))

    def short(self, *binding_ids: str, width: int | None = None) -> str:
        """One key of each binding: "b r". The first or, where that is wider than `width` cells, the narrowest."""
        bound = [labels for labels in map(self.labels, binding_ids) if labels]
        first = " ".join(labels[0] for labels in bound)
        if width is None or cell_len(first) <= width:
            return first
        return " ".join(min(labels, key=cell_len) for labels in bound)

    @property
    def alt_keys(self) -> frozenset[str]:
        """All that are pressed together with Alt."""
        return frozenset(key for keys in self.keys.values() for key in keys if "alt" in key.split("+"))

    @property
    def has_shift(self) -> bool:
        """Whether Shift makes of an arrow's small step a large one."""
        return "shift+right" in self.keys.get("value.much-more", ())

    def fill(self, text: str) -> str:
        """The text with keys in place of their ids, which stand in braces: `{seed.next}` becomes "r"."""
        return re.sub(r"\{([\w. -]+)\}", lambda ids: self.short(*ids[1].split(), width=MAX_SHOWN) or "no key", text)


def keys_path() -> Path:
    """Where a person's own keys are: keys.toml in the folder for what people write for the program."""
    return config_dir() / "keys.toml"


def default_keymap(contexts: Sequence[Context]) -> Keymap:
    """Every binding as it ships."""
    return Keymap(_defaults(contexts))


def read_keymap(path: Path, contexts: Sequence[Context], *, must_exist: bool = False) -> Keymap:
    """The bindings with the keys of a TOML file in place of the defaults; without the file, the defaults.

    Raises VaeTuiError, with the file, the entry and the next step, for the first thing in it that can't be done.
    """
    shown = printable(str(path))
    try:
        text = _read(path)
        if text is None:
            if must_exist:
                raise VaeTuiError("no such file", START_HINT)
            return default_keymap(contexts)
        return parse_keymap(text, contexts)
    except VaeTuiError as error:
        raise VaeTuiError(f"{shown}{_joint(error.message)}{error.message}", error.hint or START_HINT) from None


def _joint(message: str) -> str:
    return ", " if message.startswith("line ") else ": "


def _read(path: Path) -> str | None:
    try:
        content = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaeTuiError(f"it can't be read: {error.strerror or error}", "mend that, or take it away") from None
    if len(content) > MAX_BYTES:
        raise VaeTuiError("it is too large to be keys")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise VaeTuiError("it is no text in UTF-8") from None


def parse_keymap(text: str, contexts: Sequence[Context]) -> Keymap:
    """What the TOML's table [keys] makes of the bindings: binding ids, each with its keys and commas between."""
    try:
        plain = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise VaeTuiError(f"it is no TOML: {printable(str(error))}") from None
    for name in plain:
        if name != "keys":
            raise VaeTuiError(f"{_at(text, name)}there is no table {printable(name, 60)!r}", "its one table is [keys]")
    if not isinstance(plain.get("keys", {}), dict):
        raise VaeTuiError(f"{_at(text, 'keys')}keys is no table", "begin with a line [keys]")
    chosen = _flat(plain.get("keys", {}))
    own: dict[str, tuple[str, ...]] = {}
    known = default_keymap(contexts).keys
    for binding_id, value in chosen:
        try:
            if binding_id in own:
                raise VaeTuiError("it is there twice", "leave one of them out")
            own[binding_id] = _chosen_keys(binding_id, value, known)
        except VaeTuiError as error:
            raise VaeTuiError(f"{_entry(text, binding_id, value)}: {error.message}", error.hint) from None
    entries = dict(chosen)
    refusals = chain(*(chain(_refused(context, own), _clashes(context, contexts, own)) for context in contexts))
    for binding_id, refusal in refusals:
        raise VaeTuiError(f"{_entry(text, binding_id, entries[binding_id])}: {refusal.message}", refusal.hint)
    changed = {binding_id: ",".join(keys) or NO_KEY for binding_id, keys in own.items() if keys != known[binding_id]}
    return Keymap({**known, **own}, changed)


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    """Ids and values: `seed.next = "r"` says to TOML what `"seed.next" = "r"` says here."""
    entries: list[tuple[str, object]] = []
    for name, value in table.items():
        entries += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return entries


def _chosen_keys(binding_id: str, value: object, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if binding_id not in known:
        nearest = get_close_matches(binding_id, known, 1)
        hint = f"did you mean {nearest[0]!r}? {START_HINT}" if nearest else START_HINT
        raise VaeTuiError("nothing is called so", hint)
    if not isinstance(value, str):
        raise VaeTuiError("keys are text", 'write "r,f2"')
    if not value.strip():
        return ()
    names = [name.strip() for name in value.split(",")]
    if "" in names:
        raise VaeTuiError("a key is missing", "the comma's own key is called comma")
    return tuple(dict.fromkeys(canonical_key(name) for name in names))


def _refused(context: Context, own: Mapping[str, tuple[str, ...]]) -> Iterable[_Refusal]:
    """Bindings of the context that lose a key which is to stay, or take one that they can't have."""
    defaults = _defaults([context])
    holders = {key: binding_id for binding_id, keys in defaults.items() for key in keys}
    urgent = {binding.id for binding in context.bindings if binding.priority}
    for binding_id, keys in own.items():
        if binding_id not in defaults:
            continue
        for key in defaults[binding_id]:
            if key in FIXED and key not in keys:
                kept = ",".join([key, *keys])
                yield binding_id, VaeTuiError(f"{key_label(key)} stays with it, for everybody", f'write "{kept}"')
        for key in keys:
            if key in FIXED and holders.get(key) != binding_id:
                yield binding_id, VaeTuiError(f"{key_label(key)} keeps its meaning, for everybody", "take another key")
            elif key in context.taken and key not in holders:
                yield binding_id, VaeTuiError(f"{key_label(key)} moves or scrolls there", "take another key")
            elif binding_id in urgent and is_typed(key):
                hint = "take one with ctrl, or a function key"
                yield binding_id, VaeTuiError(f"{key_label(key)} could not be typed anywhere then", hint)


def _clashes(context: Context, contexts: Sequence[Context], own: Mapping[str, tuple[str, ...]]) -> Iterable[_Refusal]:
    """Bindings that take a key which another has where they are alive; those of priority are alive everywhere."""
    defaults = _defaults(contexts)
    bindings = _bindings(contexts)
    alive = [each for each in bindings if each in context.bindings or each.priority]
    owners: dict[str, Binding] = {}
    for binding in alive:
        for key in own.get(binding.id or "", defaults[binding.id or ""]):
            other = owners.setdefault(key, binding)
            if other is binding or (_is_shipped(key, other, defaults) and _is_shipped(key, binding, defaults)):
                continue
            asking, having = (other, binding) if _is_shipped(key, binding, defaults) else (binding, other)
            message = f'{key_label(key)} is "{having.id}" ({having.description}) already'
            rest = [each for each in own.get(having.id or "", defaults[having.id or ""]) if each != key]
            hint = f'take another key, or take it from there: "{having.id}" = "{",".join(rest)}"'
            yield asking.id or "", VaeTuiError(message, hint)


def _is_shipped(key: str, binding: Binding, defaults: Mapping[str, tuple[str, ...]]) -> bool:
    return key in defaults[binding.id or ""]


def _entry(text: str, binding_id: str, value: object) -> str:
    return printable(f'{_at(text, binding_id)}"{binding_id}" = {value!r}', 160)


def _at(text: str, name: str) -> str:
    """`line 3, `, where a line begins with the name; "" where none does."""
    begins = re.compile(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[=\].]""")
    return next((f"line {number}, " for number, line in enumerate(text.splitlines(), 1) if begins.match(line)), "")


def keymap_toml(contexts: Sequence[Context], keymap: Keymap) -> str:
    """A keys.toml of the keys as they are, a line for each binding with what it does; what a person changed says so."""
    rows = {f'"{binding.id}" = "{",".join(keymap.keys[binding.id or ""])}"': binding for binding in _bindings(contexts)}
    width = max(map(len, rows), default=0)
    head = [
        "# The explorer's keys. Keep the lines that you change; what is left out stays as it is.",
        '# A comma lies between keys; "" is no key at all. Names: space, enter, f2, up, shift+up, ctrl+x, comma.',
        f"# {', '.join(key_label(key) for key in FIXED)} keep their meaning.",
        f"# The file: {printable(str(keys_path()))}",
        "[keys]",
    ]
    lines = [f"{row:<{width}}  # {_told(each, keymap)}" for row, each in rows.items()]
    return "\n".join([*head, *lines]) + "\n"


def _told(binding: Binding, keymap: Keymap) -> str:
    changed = f'changed from "{",".join(_default_keys(binding))}"; ' if binding.id in keymap.changed else ""
    return printable(f"{changed}{binding.description}: {binding.tooltip}")


def keymap_plain(contexts: Sequence[Context], keymap: Keymap) -> dict[str, dict[str, Any]]:
    """The same by id, in plain values."""
    return {
        binding.id or "": {
            "keys": list(keymap.keys[binding.id or ""]),
            "default": list(_default_keys(binding)),
            "description": binding.description,
            "tooltip": binding.tooltip,
        }
        for binding in _bindings(contexts)
    }


def _bindings(contexts: Sequence[Context]) -> list[Binding]:
    """All that have an id, each once."""
    return list({binding.id: binding for context in contexts for binding in context.bindings if binding.id}.values())


def _defaults(contexts: Sequence[Context]) -> dict[str, tuple[str, ...]]:
    return {binding.id: _default_keys(binding) for binding in _bindings(contexts) if binding.id}


def _default_keys(binding: Binding) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical_key(key.strip()) for key in binding.key.split(",")))
