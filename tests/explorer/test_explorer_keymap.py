import os
import tomllib
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.binding import Binding, BindingType

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.app import BINDINGS
from vae_tui.explorer.dialogs import Dialog
from vae_tui.explorer.key_contexts import key_contexts
from vae_tui.explorer.keymap import (
    MAX_BYTES,
    NO_KEY,
    Context,
    default_keymap,
    keymap_toml,
    keys_path,
    parse_keymap,
    read_keymap,
)


def bound(keys: str, binding_id: str, *, priority: bool = False) -> Binding:
    return Binding(keys, f"press('{binding_id}')", binding_id.title(), id=binding_id, tooltip="x", priority=priority)


CONTEXTS = (
    Context(
        (
            bound("up,k", "up"),
            bound("r", "seed.next"),
            bound("b", "seed.back"),
            bound("1", "view.samples"),
            bound("question_mark,f1", "help"),
            bound("q", "quit"),
            bound("ctrl+z", "suspend", priority=True),
            bound("ctrl+c,ctrl+q", "quit.now", priority=True),
        ),
        frozenset({"shift+tab"}),
    ),
    Context((bound("escape,question_mark,q,c", "close"),), frozenset({"up", "down"})),
)


def keymap(entries: str):
    return parse_keymap(f"[keys]\n{entries}\n", CONTEXTS)


def test_without_a_file_the_keys_are_as_they_ship(tmp_path):
    known = read_keymap(tmp_path / "none.toml", CONTEXTS)
    assert known == default_keymap(CONTEXTS)
    assert known.changed == {}
    assert (known.keys["up"], known.keys["close"]) == (("up", "k"), ("escape", "question_mark", "q", "c"))


def test_the_file_is_where_the_specification_says(monkeypatch, tmp_path):
    monkeypatch.setenv("VAETUI_CONFIG", str(tmp_path / "own"))
    assert keys_path() == tmp_path / "own" / "keys.toml"
    monkeypatch.delenv("VAETUI_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert keys_path() == tmp_path / "vaetui" / "keys.toml"


@pytest.mark.parametrize(
    ("entries", "changed"),
    [
        ('"seed.next" = "r,space"', {"seed.next": "r,space"}),
        ('seed.next = " r , space "', {"seed.next": "r,space"}),
        ('[keys.seed]\nback = "shift+up"', {"seed.back": "shift+up"}),
        ('"up" = "up,k"', {}),
        ('up = "?k"', None),
        ('"up" = "w,W,."', {"up": "w,W,full_stop"}),
        ('"up" = "b"\n"seed.back" = "k"', {"up": "b", "seed.back": "k"}),
        ('"seed.back" = ""', {"seed.back": NO_KEY}),
        ('"up" = "b"\n"seed.back" = ""', {"up": "b", "seed.back": NO_KEY}),
        ('"suspend" = "ctrl+x"', {"suspend": "ctrl+x"}),
        ('"quit.now" = "f10,ctrl+q,ctrl+c"', {"quit.now": "f10,ctrl+q,ctrl+c"}),
        ('"close" = "escape,?,q,b"', {"close": "escape,question_mark,q,b"}),
        ("", {}),
    ],
)
def test_keys_are_taken_as_they_are_written(entries, changed):
    if changed is None:
        with pytest.raises(VaeTuiError, match=r"there is no key '\?k'"):
            keymap(entries)
    else:
        assert keymap(entries).changed == changed


@pytest.mark.parametrize(
    ("entries", "message", "hint"),
    [
        ('"seed.nxt" = "r"', "line 2, \"seed.nxt\" = 'r': nothing is called so", "did you mean 'seed.next'?"),
        ('"up" = "upp"', "line 2, \"up\" = 'upp': there is no key 'upp'", "did you mean 'up'?"),
        ('"up" = "w"\n"seed.back" = 5', 'line 3, "seed.back" = 5: keys are text', 'write "r,f2"'),
        ('"up" = "w,,"', "a key is missing", "the comma's own key is called comma"),
        ('"up" = "b"', 'b is "seed.back" (Seed.Back) already', '"seed.back" = ""'),
        ('"seed.back" = "x,k"', 'k is "up" (Up) already', '"up" = "up"'),
        ('"up" = "f2"\n"seed.back" = "f2"', 'F2 is "up" (Up) already', '"up" = ""'),
        ('"seed.back" = "r"', "r keeps its meaning", "take another key"),
        ('"seed.back" = "7"', "7 keeps its meaning", "take another key"),
        ('"seed.next" = "space"', "r stays with it", 'write "r,space"'),
        ('"help" = "f1"', "? stays with it", 'write "question_mark,f1"'),
        ('"view.samples" = ""', "1 stays with it", 'write "1"'),
        ('"quit.now" = "ctrl+c"', "^q stays with it", 'write "ctrl+q,ctrl+c"'),
        ('"close" = "q,?"', "Esc stays with it", 'write "escape,q,question_mark"'),
        ('"up" = "shift+tab"', "Shift+Tab moves or scrolls there", "take another key"),
        ('"close" = "escape,?,q,up"', "↑ moves or scrolls there", "take another key"),
        ('"suspend" = "z"', "z could not be typed anywhere then", "take one with ctrl"),
        ('"close" = "escape,?,q,ctrl+z"', '^z is "suspend" (Suspend) already', '"suspend" = ""'),
        ('"suspend" = "f9"\n"close" = "escape,?,q,f9"', 'F9 is "suspend" (Suspend) already', '"suspend" = ""'),
        ('"up" = "w"\nup.down = "x"', "it is no TOML", None),
        ('"seed.next" = "r"\nseed.next = "r"', "it is there twice", "leave one of them out"),
        ("seed = [1]", '"seed" = [1]: nothing is called so', None),
        ('[other]\nx = "r"', "there is no table 'other'", "its one table is [keys]"),
        ('"up" = "\\u001b[2J"', "there is no key", None),
    ],
)
def test_what_cannot_be_done_is_said_with_the_entry_and_the_next_step(entries, message, hint):
    with pytest.raises(VaeTuiError) as raised:
        keymap(entries)
    assert message in raised.value.message
    assert raised.value.message.isprintable()
    if hint is not None:
        assert hint in raised.value.hint


def test_keys_that_two_bindings_ship_with_are_no_clash():
    contexts = (Context((bound("a", "one"), bound("a", "two"), bound("b", "three"))),)
    assert parse_keymap('[keys]\nthree = "c"', contexts).changed == {"three": "c"}
    with pytest.raises(VaeTuiError, match='a is "one"'):
        parse_keymap('[keys]\nthree = "a"', contexts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "it is no text in UTF-8"),
        (b"[keys\n", "it is no TOML"),
        (b"keys = 1\n", "keys is no table"),
        (b"a = " + b"[" * 50_000, "it is no TOML"),
        (b"#" * (MAX_BYTES + 1), "it is too large to be keys"),
        (b'[keys]\n\n# r\n"up" = "nokey"\n', "line 4"),
    ],
)
def test_a_broken_file_is_named(content, message, tmp_path):
    path = tmp_path / "keys.toml"
    path.write_bytes(content)
    with pytest.raises(VaeTuiError) as raised:
        read_keymap(path, CONTEXTS)
    assert raised.value.message.startswith(str(path))
    assert message in raised.value.message
    assert raised.value.hint


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(VaeTuiError, match="it is no regular file"):
            read_keymap(path, CONTEXTS)
    with pytest.raises(VaeTuiError, match="no such file"):
        read_keymap(tmp_path / "none.toml", CONTEXTS, must_exist=True)


def test_labels_are_of_the_keys_that_are_bound():
    own = keymap('"seed.next" = "space,r"\n"seed.back" = "shift+left,["\n"up" = ""')
    assert own.all_keys("help") == "? F1"
    assert own.all_keys("up") == ""
    assert own.short("seed.back", "seed.next") == "Shift+← Space"
    assert own.short("seed.back", "seed.next", width=4) == "[ r"
    assert own.short("up", "help", width=4) == "?"


def test_the_printed_defaults_read_back_and_change_nothing():
    for contexts in (CONTEXTS, key_contexts()):
        text = keymap_toml(contexts, default_keymap(contexts))
        assert parse_keymap(text, contexts) == default_keymap(contexts)
        ids = {binding.id for context in contexts for binding in context.bindings}
        assert set(tomllib.loads(text)["keys"]) == ids


def test_every_binding_of_the_explorer_can_be_mapped():
    shipped = default_keymap(key_contexts())
    for binding in (*BINDINGS, *Dialog.BINDINGS):
        assert shipped.keys[binding.id] == tuple(binding.key.split(","))
        assert shipped.all_keys(binding.id).isprintable()
    assert shipped.short("seed.back", "seed.next") == "b r"
    assert shipped.short("temperature.cooler", "temperature.warmer", "steps.fewer", "steps.more") == "[ ] , ."
    assert shipped.short("value.less", "value.more", "zoom.out", "zoom.in") == "← → - +"
    assert (shipped.all_keys("help"), shipped.all_keys("palette")) == ("? F1", "^p")


IDS = ("up", "seed.back", "suspend")
KEYS = ("k", "b", "w", "f2", "ctrl+z", "ctrl+x", "up", "shift+up", "c")


class Pressed(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*CONTEXTS[0].bindings]

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def action_press(self, binding_id: str) -> None:
        self.pressed.append(binding_id)


@pytest.mark.parametrize(
    "entries",
    [
        '"up" = "b"\n"seed.back" = "k"',
        '"up" = "b"\n"seed.back" = ""',
        '"seed.next" = "space,r"\n"up" = "w,shift+up,f2"',
        '"suspend" = "ctrl+x"\n"up" = "ctrl+z,."',
        '"quit.now" = "ctrl+c,ctrl+q,f10"\n"help" = "?,slash"',
    ],
)
async def test_textual_answers_to_the_keys_as_they_are_mapped(entries):
    own = keymap(entries)
    app = Pressed()
    own_keys = {key: name for name in CONTEXTS[0].bindings for key in own.keys[name.id]}
    shipped = {key for binding in CONTEXTS[0].bindings for key in binding.key.split(",")}
    async with app.run_test() as pilot:
        app.set_keymap(own.changed)
        for key, binding in own_keys.items():
            app.pressed.clear()
            await pilot.press(key)
            assert app.pressed == [binding.id], key
        app.pressed.clear()
        await pilot.press(*(shipped - own_keys.keys()))
        assert app.pressed == []


@given(st.dictionaries(st.sampled_from(IDS), st.lists(st.sampled_from(KEYS), max_size=3), max_size=3))
def test_what_is_accepted_gives_each_key_one_meaning(entries):
    text = "".join(f'"{binding_id}" = "{",".join(keys)}"\n' for binding_id, keys in entries.items())
    try:
        own = keymap(text)
    except VaeTuiError as error:
        said = error.message
    else:
        said = ""
        for context in CONTEXTS:
            alive = [each.id for each in context.bindings]
            alive += [each.id for each in CONTEXTS[0].bindings if each.priority and each.id not in alive]
            keys = [key for binding_id in alive for key in own.keys[binding_id]]
            assert len(set(keys)) == len(keys)
    assert not said or said.startswith("line ")


@given(st.text(max_size=60))
def test_any_text_is_keys_or_refused(text):
    try:
        own = parse_keymap(text, CONTEXTS)
    except VaeTuiError as error:
        own, said = default_keymap(CONTEXTS), error.message
    else:
        said = ""
    assert said.isprintable()
    assert own.keys.keys() == default_keymap(CONTEXTS).keys.keys()
