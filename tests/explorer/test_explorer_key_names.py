import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.key_names import canonical_key, is_typed, key_label


@pytest.mark.parametrize(
    ("text", "key", "label"),
    [
        ("r", "r", "r"),
        ("R", "R", "R"),
        ("shift+r", "R", "R"),
        ("?", "question_mark", "?"),
        ("question_mark", "question_mark", "?"),
        (".", "full_stop", "."),
        ("comma", "comma", ","),
        ("+", "plus", "+"),
        ("plus", "plus", "+"),
        ("minus", "minus", "-"),
        ("/", "slash", "/"),
        ("left_square_bracket", "left_square_bracket", "["),
        ("é", "é", "é"),
        ("«", "left_pointing_double_angle_quotation_mark", "«"),
        ("left", "left", "←"),
        ("shift+left", "shift+left", "Shift+←"),
        ("shift+ctrl+up", "ctrl+shift+up", "Ctrl+Shift+↑"),
        ("pageup", "pageup", "PgUp"),
        ("space", "space", "Space"),
        (" ", "space", "Space"),
        ("enter", "enter", "Enter"),
        ("escape", "escape", "Esc"),
        ("f12", "f12", "F12"),
        ("ctrl+p", "ctrl+p", "^p"),
        ("ctrl+P", "ctrl+p", "^p"),
        ("ctrl+f5", "ctrl+f5", "Ctrl+F5"),
        ("alt+A", "alt+shift+a", "Alt+Shift+a"),
        ("shift+tab", "shift+tab", "Shift+Tab"),
    ],
)
def test_a_key_has_one_name_and_one_label(text, key, label):
    assert canonical_key(text) == key
    assert key_label(key) == label


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("spce", "did you mean 'space'?"),
        ("Left", "did you mean 'left'?"),
        ("f25", "did you mean 'f5'?"),
        ("questionmark", "did you mean 'question_mark'?"),
        ("return", "write the character"),
        ("", "write the character"),
        ("\x1b", "write the character"),
        ("control+x", "what goes before it: alt, ctrl"),
        ("ctrl+ctrl+x", "what goes before it"),
        ("ctrl++", "what goes before it"),
        ("shift+1", "write the character that it types"),
        ("ctrl+i", "write 'tab'"),
        ("ctrl+m", "write 'enter'"),
        ("ctrl+[", "write 'escape'"),
        ("ctrl+space", "take another key"),
        ("ctrl+@", "take another key"),
        ("<none>", "write the character"),
    ],
)
def test_what_is_no_key_of_every_terminal_is_refused(text, hint):
    with pytest.raises(VaeTuiError) as raised:
        canonical_key(text)
    assert raised.value.hint.startswith(hint) or hint in raised.value.hint
    assert raised.value.message.isprintable()


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("\x1b[A", "up"),
        ("\x1b[1;2D", "shift+left"),
        ("\x1b[1;6C", "ctrl+shift+right"),
        ("?", "?"),
        ("+", "+"),
        ("-", "-"),
        ("_", "_"),
        ("\\", "\\"),
        ("@", "@"),
        (" ", "space"),
        ("\r", "enter"),
        ("\t", "tab"),
        ("\x1b[Z", "shift+tab"),
        ("\x10", "ctrl+p"),
        ("\x1c", "ctrl+\\"),
        ("\x1f", "ctrl+_"),
        ("\x1b[24~", "f12"),
        ("R", "shift+r"),
        ("«", "«"),
        ("ü", "ü"),
    ],
)
def test_the_name_is_the_one_that_textual_sends(sent, text):
    keys = [event.key for event in XTermParser().feed(sent)]
    assert keys == [canonical_key(text)]


@given(st.text(max_size=12) | st.characters() | st.sampled_from(["alt+", "ctrl+", "shift+"]).map(lambda m: m + "x"))
def test_any_text_is_a_key_or_refused(text):
    try:
        key = canonical_key(text)
    except VaeTuiError:
        return
    assert canonical_key(key) == key
    assert key_label(key).isprintable()
    assert "," not in key
    assert is_typed(key) in (True, False)


def test_what_types_a_character_is_told_from_what_does_not():
    assert all(is_typed(key) for key in ("a", "A", "space", "question_mark", "é"))
    assert not any(is_typed(key) for key in ("up", "f1", "enter", "tab", "ctrl+a", "alt+shift+a"))
