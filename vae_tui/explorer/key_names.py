"""Keys by name: the one that Textual sends for each, and how people read it."""

import unicodedata
from difflib import get_close_matches

from textual.keys import KEY_TO_UNICODE_NAME, REPLACED_KEYS, Keys, _character_to_key

from vae_tui.errors import VaeTuiError, printable

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
"""In the order in which Textual writes them."""
NAMED = frozenset(key.value for key in Keys if key.value.isalnum()) - {"return"}
"""Keys that type nothing: arrows, F1 to F24, enter, … and space."""

_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""What most terminals send as another key."""
_LABELS = {"left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "PgUp", "pagedown": "PgDn"} | {
    "escape": "Esc",
    "delete": "Del",
    "insert": "Ins",
}
_ON_KEYBOARDS = range(0xA1, 0x2200)
"""Characters that some keyboard types, beyond ASCII."""


def canonical_key(text: str) -> str:
    """The name under which Textual sends a key: "question_mark" for "?", "A" for "shift+a", "ctrl+shift+left".

    Raises VaeTuiError for what is no key, or none that every terminal sends.
    """
    *modifiers, base = [text] if len(text) == 1 else text.split("+")
    unknown = sorted(set(modifiers) - set(MODIFIERS))
    if unknown or len(set(modifiers)) < len(modifiers):
        hint = f"write it as ctrl+x; what goes before it: {', '.join(MODIFIERS)}"
        raise VaeTuiError(f"there is no key {printable(text, 60)!r}", hint)
    base = _canonical_base(base, text)
    held = set(modifiers)
    if len(base) == 1 and base.isalpha() and held:
        if base.isupper() and "ctrl" not in held:
            held.add("shift")
        base = base.lower()
        if held == {"shift"}:
            return base.upper()
    if held == {"shift"} and base not in NAMED - {"space"}:
        raise VaeTuiError(f"{text!r} is no key of its own", "write the character that it types")
    key = "+".join([*sorted(held), base])
    if key in _SAME:
        raise VaeTuiError(f"{text!r} is the same key as {_SAME[key]!r} in most terminals", f"write {_SAME[key]!r}")
    if key in ("ctrl+space", "ctrl+at"):
        raise VaeTuiError(f"terminals differ in what they send for {text!r}", "take another key")
    return key


def _canonical_base(base: str, text: str) -> str:
    if base in NAMED:
        return base
    character = _character(base)
    key = _character_to_key(character) if character is not None else ""
    if character is None or not character.isprintable() or _character(key) != character:
        nearest = get_close_matches(base.lower(), [*NAMED, *KEY_TO_UNICODE_NAME, *REPLACED_KEYS, "comma"], 1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else "write the character, or a name such as space, f2, up"
        raise VaeTuiError(f"there is no key {printable(text, 60)!r}", hint)
    return key


def _character(name: str) -> str | None:
    """What a key types, by its name in Textual or itself; None where there is no such name."""
    if len(name) == 1:
        return name
    name = REPLACED_KEYS.get(name, name)
    try:
        return unicodedata.lookup(KEY_TO_UNICODE_NAME.get(name, name.replace("_", " ")))
    except KeyError:  # Textual writes _ for a hyphen too: LEFT-POINTING DOUBLE ANGLE QUOTATION MARK
        return next((chr(code) for code in _ON_KEYBOARDS if _character_to_key(chr(code)) == name), None)


def key_label(key: str) -> str:
    """How people read a canonical key: ← for left, ? for question_mark, ^p for ctrl+p, Shift+← for shift+left."""
    *modifiers, base = [key] if len(key) == 1 else key.split("+")
    character = None if base in NAMED else _character(base)
    shown = _LABELS.get(base) or character or base.capitalize()
    if modifiers == ["ctrl"] and len(shown) == 1 and shown.isascii():
        return f"^{shown}"
    return "+".join([*(modifier.capitalize() for modifier in modifiers), shown])


def is_typed(key: str) -> bool:
    """Whether a canonical key types a character, as into a line of text."""
    return key == "space" or (key not in NAMED and ("+" not in key))
