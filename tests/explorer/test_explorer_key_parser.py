"""Keys with Alt as terminals send them, and reports that are none."""

import itertools
from codecs import getincrementaldecoder

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.explorer.key_contexts import key_contexts
from vae_tui.explorer.key_names import canonical_key
from vae_tui.explorer.key_parser import KeyParser
from vae_tui.explorer.keymap import parse_keymap
from vae_tui.terminal.answers import AnswerParser


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


SENT = [
    *(b"k", b"\r", b"\x00", b"\x1bf", b"\x1b[A", b"\x1b[1;5C", b"\x1bOP", b"\x1b[102;3u", b"\x1b[97;1:3u", b"\x1b[I"),
    *(b"\x1b[<0;10;20M", b"\x1b[<64;3;4M", b"\x1b[M !!", b"\x1b[12;40R", b"\x1b[48;30;100;600;1000t"),
    *(b"\x1b[200~\xc3\xa9 [A\x1b[201~", "漢🙂".encode(), b"\xff", b"\x1b[?2026;1$y"),
    *(b"\x1b[?62;4c", b"\x1bP>|kitty(0.41)\x1b\\", b"\x1b_Gi=1;OK\x1b\\", b"\x1b]11;rgb:0/0/0\x07"),
]
"""Keys, the mouse, a paste, sizes; and answers, which are none of them."""
GARBAGE = st.text("0123456789;:<?> ", max_size=8).flatmap(
    lambda text: st.sampled_from("ABMmRtucyn~IOSZ").map(lambda end: f"\x1b[{text}{end}".encode())
)


def events_of(chunks):
    """What the driver makes of bytes that are read in these pieces, at once after one another."""
    answers, parser = AnswerParser(keep_mode_reports=True), KeyParser({"alt+f"})
    decode = getincrementaldecoder("utf-8")("replace").decode
    texts = [decode(kept) for kept in [*map(answers.feed, chunks), answers.flush()]]
    return [repr(event) for text in [*filter(None, texts), ""] for event in parser.feed(text)]


@given(st.lists(st.sampled_from(SENT) | GARBAGE, min_size=1, max_size=5).map(b"".join), st.sets(st.integers(1, 99)))
def test_it_does_not_matter_where_a_read_ends(sent, cuts):
    edges = [0, *sorted(cut for cut in cuts if cut < len(sent)), len(sent)]
    pieces = [sent[start:end] for start, end in itertools.pairwise(edges)]
    assert events_of(pieces) == events_of([sent])
