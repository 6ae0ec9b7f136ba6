"""Keys with Alt as terminals send them, and reports that are none."""

import pytest

from vae_tui.explorer.key_contexts import key_contexts
from vae_tui.explorer.key_names import canonical_key
from vae_tui.explorer.key_parser import KeyParser
from vae_tui.explorer.keymap import parse_keymap


def keys_of(parser, sent):
    return [event.key for event in [*parser.feed(sent), *parser.feed("")]]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("alt+f", "\x1bf"),
        ("alt+b", "\x1bb"),
        ("alt+n", "\x1bn"),
        ("alt+1", "\x1b1"),
        ("alt+?", "\x1b?"),
        ("alt+F", "\x1bF"),
        ("alt+enter", "\x1b\r"),
        ("alt+ctrl+n", "\x1b\x0e"),
        ("alt+[", "\x1b["),
        ("alt+O", "\x1bO"),
        ("alt+up", "\x1b[1;3A"),
        ("alt+f", "\x1b[102;3u"),
    ],
)
def test_a_key_of_the_keymap_with_alt_is_that_key(name, sent):
    key = canonical_key(name)
    keymap = parse_keymap(f'[keys]\n"seed.next" = "r,{name}"', key_contexts())
    assert key in keymap.alt_keys
    assert keys_of(KeyParser(keymap.alt_keys), sent) == [key]


def test_a_held_key_with_alt_types_nothing_else():
    assert keys_of(KeyParser({"alt+n"}), "\x1bn" * 3) == ["alt+n"] * 3


def test_what_the_keymap_does_not_use_is_read_as_ever():
    parser = KeyParser({"alt+shift+o", "alt+left_square_bracket"})
    assert keys_of(parser, "\x1bf\x1b[A\x1bOP") == ["ctrl+right", "up", "f1"]


@pytest.mark.parametrize("report", ["\x1b[47:63;4u", "\x1b[99999999999u", "\x1b[1:2:3;5A"])
def test_a_report_that_is_no_key_is_passed_over(report):
    parser = KeyParser()
    assert [event.key for event in parser.feed(f"{report}k")] == ["k"]


@pytest.mark.parametrize("report", ["\x1b[57441u", "\x1b[57448;5u", "\x1b[57358u", "\x1b[57358;2u", "\x1b[57453u"])
def test_a_modifier_alone_is_no_key(report):
    assert keys_of(KeyParser(), f"{report}\x1b[107;2;75u") == ["K"]
