import fcntl
import os
import pty
import struct
import termios
from dataclasses import replace

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.terminal import GRAPHICS, detection
from vae_tui.terminal.cell_size import window_cell
from vae_tui.terminal.detection import check_graphics, choose_painter, decide, live_painter, look, still_painter
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.identity import split_name
from vae_tui.terminal.iterm import ItermPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.kitty_live import PlaceholderPainter, PlaceholderStills
from vae_tui.terminal.queries import Answers, Tty
from vae_tui.terminal.sixel import SixelPainter
from vae_tui.terminal.tmux import Tmux, ask_tmux, read_tmux, through_tmux

PLAIN = {"TERM": "xterm-256color"}
SCREEN = {"STY": "1.pts-0.host", "COLORTERM": "truecolor"}


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    """The terminal in which the tests run is not asked."""
    monkeypatch.setattr(detection, "find_tty", lambda: None)


def heard(name="", *attributes, **more):
    return Answers(name, frozenset(attributes), round_trip_s=0.01, is_complete=True, **more)


KITTY = heard("kitty(0.35.2)", 52, kitty=True, edits=True, media=frozenset({"shared", "file"}))
OLD_KITTY = heard("kitty(0.26.5)", kitty=True, edits=True, media=frozenset({"shared", "file"}))
GHOSTTY = heard("ghostty 1.0.1", 22, kitty=True)
WEZTERM = heard("WezTerm 20240203-110809-5046fc22", 4, 6, 18, 22, kitty=True, edits=True)
KONSOLE = heard("Konsole 23.08.5", 1, 4, kitty=True)
NAMELESS_KITTY = heard("", 22, kitty=True)
ITERM2 = heard("iTerm2 3.5.4", 4)
XTERM = heard("XTerm(379)", 1, 2, 4, 6, registers=1024)
XTERM_220 = heard("XTerm(379)", 1, 2, 6)
FOOT = heard("foot(1.13.1)", 4, 22)
CODE = heard("xterm.js(5.6.0)", 4, 9, 22)
CODE_WITHOUT = heard("xterm.js(5.6.0)", 2)
SILENT = Answers()


@pytest.mark.parametrize(
    ("answers", "environment", "protocol", "live"),
    [
        (KITTY, PLAIN, "kitty", PlaceholderPainter),
        (OLD_KITTY, PLAIN, "kitty", KittyPainter),
        (GHOSTTY, PLAIN, "kitty", PlaceholderPainter),
        (WEZTERM, PLAIN, "iterm", ItermPainter),
        (KONSOLE, PLAIN, "sixel", SixelPainter),
        (NAMELESS_KITTY, PLAIN, "kitty", KittyPainter),
        (ITERM2, PLAIN, "iterm", ItermPainter),
        (heard("", 4), PLAIN | {"TERM_PROGRAM": "iTerm.app"}, "iterm", ItermPainter),
        (heard("", 4), PLAIN | {"LC_TERMINAL": "iTerm2"}, "iterm", ItermPainter),
        (XTERM, PLAIN, "sixel", SixelPainter),
        (XTERM_220, PLAIN, "halfblock", HalfblockPainter),
        (FOOT, PLAIN, "sixel", SixelPainter),
        (heard("", 4), PLAIN | {"WT_SESSION": "1"}, "sixel", SixelPainter),
        (CODE, PLAIN, "iterm", ItermPainter),
        (heard("", 4), PLAIN | {"TERM_PROGRAM": "vscode"}, "iterm", ItermPainter),
        (CODE_WITHOUT, PLAIN, "halfblock", HalfblockPainter),
        (heard("", 2), PLAIN, "halfblock256", HalfblockPainter),
        (heard("", 2), PLAIN | {"COLORTERM": "truecolor"}, "halfblock", HalfblockPainter),
        (SILENT, PLAIN | {"COLORTERM": "24bit"}, "halfblock", HalfblockPainter),
        (SILENT, PLAIN, "halfblock256", HalfblockPainter),
        (heard("", 2), PLAIN | SCREEN, "halfblock256", HalfblockPainter),
        (SILENT, PLAIN | SCREEN, "halfblock256", HalfblockPainter),
        (KITTY, PLAIN | SCREEN, "kitty", PlaceholderPainter),  # a window opened from within screen
    ],
)
def test_each_terminal_gets_its_best(answers, environment, protocol, live):
    found = decide("auto", environment, answers)
    assert found.protocol == protocol
    assert protocol in found.possible
    assert "halfblock256" in found.possible
    assert type(live_painter(found)) is live
    assert found.reason


def test_a_yes_to_kittys_query_alone_promises_no_text_cells():
    for answers in (WEZTERM, KONSOLE, OLD_KITTY, NAMELESS_KITTY):
        assert not decide("auto", PLAIN, answers).has_placeholders


def test_abilities_are_those_that_were_answered():
    kitty = decide("auto", PLAIN, KITTY).kitty
    assert (kitty.edits, kitty.medium, kitty.through_tmux, kitty.narrow_ids) == (True, "shared", False, False)
    ghostty = decide("auto", PLAIN, GHOSTTY).kitty
    assert (ghostty.edits, ghostty.medium) == (False, None)
    only_files = heard("kitty(0.35.2)", kitty=True, edits=True, media=frozenset({"file"}))
    assert decide("auto", PLAIN, only_files).kitty.medium == "file"


def test_stills_of_kitty_are_placed_at_the_cursor():
    assert type(still_painter(decide("auto", PLAIN, KITTY))) is KittyPainter


@pytest.mark.parametrize(("registers", "colours"), [(16, 15), (64, 63), (1024, 63), (None, 63)])
def test_sixel_takes_no_more_colours_than_there_are(registers, colours):
    painter = live_painter(decide("auto", PLAIN, heard("x", 4, registers=registers)))
    assert len(painter._palette.colours_N3) == colours


def test_a_person_may_name_the_number_of_colours():
    answers = heard("x", 4, registers=1024)
    painter = live_painter(decide("auto", PLAIN | {"VAETUI_SIXEL_COLOURS": "128"}, answers))
    assert len(painter._palette.colours_N3) == 127
    few = live_painter(decide("auto", PLAIN | {"VAETUI_SIXEL_COLOURS": "128"}, heard("x", 4, registers=32)))
    assert len(few._palette.colours_N3) == 31


@pytest.mark.parametrize("said", ["8", "257", "many\x1b[2J", "-64"])
def test_a_number_of_colours_that_can_not_be_is_refused(said):
    with pytest.raises(VaeTuiError, match="VAETUI_SIXEL_COLOURS") as caught:
        decide("auto", PLAIN | {"VAETUI_SIXEL_COLOURS": said}, heard("x", 4))
    assert "\x1b" not in caught.value.message


# tmux


FOOT_BY_TMUX = frozenset({"RGB", "sixel"})


def tmux(features="", **more):
    return Tmux("3.4", features=frozenset(features.split()), **more)


@pytest.mark.parametrize(
    ("outer", "answers", "protocol", "words"),
    [
        (tmux("RGB", passes=True, terminal="kitty(0.35.2)"), KITTY, "kitty", "text cells"),
        (tmux("RGB", passes=True, terminal="kitty(0.26.5)"), KITTY, "halfblock", "none in text cells"),
        (tmux("RGB", passes=False, terminal="kitty(0.35.2)"), heard("tmux 3.4"), "halfblock", "lets no pictures"),
        (tmux("RGB sixel", terminal="foot(1.16.2)"), heard("tmux 3.4", 2, 4), "sixel", "knows that foot 1.16.2 does"),
        (Tmux("3.8", features=FOOT_BY_TMUX), heard("tmux 3.8", 2, 4), "halfblock", "3.8 takes Sixel pictures off"),
        (Tmux("3.5a", features=FOOT_BY_TMUX), heard("tmux 3.5a", 2, 4), "sixel", "tmux 3.5a draws Sixel"),
        (tmux("RGB", terminal="XTerm(379)"), heard("tmux 3.4", 2, 4), "halfblock", "does not know whether XTerm"),
        (tmux("256", terminal="XTerm(90)"), heard("tmux 3.4", 2), "halfblock256", "no pictures itself"),
        (Tmux(), heard("tmux 3.4", 2, 4), "halfblock256", "does not know"),
    ],
)
def test_in_tmux(outer, answers, protocol, words):
    found = decide("auto", PLAIN, answers, outer)
    assert found.protocol == protocol
    assert words in found.reason


def test_in_tmux_cells_are_text_also_for_stills_and_ids_are_narrow():
    found = decide("auto", PLAIN, KITTY, tmux("RGB", passes=True, terminal="kitty(0.35.2)"))
    assert type(live_painter(found)) is PlaceholderPainter
    assert type(still_painter(found)) is PlaceholderStills
    assert (found.kitty.through_tmux, found.kitty.narrow_ids) == (True, True)


def test_what_tmux_says_is_read():
    text = "3.3a\n1\nkitty(0.26.5)\nxterm-kitty\nbpaste,ccolour,title\n9\n20\n/dev/pts/5\n"  # in kitty 0.26.5
    assert read_tmux(text) == Tmux(
        "3.3a", True, "kitty(0.26.5)", "xterm-kitty", frozenset({"bpaste", "ccolour", "title"}), (9, 20), "/dev/pts/5"
    )
    assert read_tmux("") == Tmux()
    assert read_tmux("3.4\noff\n\n\n\n\n") == Tmux("3.4")


@pytest.mark.parametrize(
    ("version", "number"), [("3.3a", (3, 3)), ("3.4", (3, 4)), ("next-3.6", (3, 6)), ("master", (99, 0)), ("", (0, 0))]
)
def test_versions_of_tmux_compare(version, number):
    assert Tmux(version).version_number == number


def test_screen_in_tmux_is_screen_and_tmux_in_screen_is_tmux(monkeypatch, window):
    here = window(100, 40, 0, 0)
    monkeypatch.setattr(detection, "find_tty", lambda: here)
    for pane, protocol, program in (("/dev/pts/none", "halfblock256", "GNU screen"), (here.writing, "sixel", "foot")):
        path = pane if isinstance(pane, str) else os.ttyname(pane)
        behind = replace(tmux("sixel", terminal="foot(1.21.0)"), pane_tty=path)
        monkeypatch.setattr(detection, "ask_tmux", lambda environment, behind=behind: behind)
        monkeypatch.setattr(detection, "ask", lambda tty, **how: heard("", 2, 4))
        found = look("auto", PLAIN | SCREEN)
        assert (found.protocol, found.identity.program) == (protocol, program)


@pytest.mark.parametrize(
    ("term", "is_pane", "in_tmux"),
    [
        ("xterm-kitty", False, False),
        ("tmux-256color", False, True),  # script or sudo between the pane and this
        ("screen", False, True),
        ("xterm-256color", True, True),
    ],
)
def test_a_window_opened_from_within_tmux_is_not_in_it(monkeypatch, window, term, is_pane, in_tmux):
    here = window(100, 40, 0, 0)
    pane = os.ttyname(here.writing) if is_pane else "/dev/pts/none"
    behind = replace(tmux("RGB", passes=True, terminal="kitty(0.35.2)"), pane_tty=pane)
    asked_past_tmux = []

    def ask(tty, *, past_tmux, **how):
        asked_past_tmux.append(past_tmux)
        return KITTY

    monkeypatch.setattr(detection, "find_tty", lambda: here)
    monkeypatch.setattr(detection, "ask_tmux", lambda environment: behind)
    monkeypatch.setattr(detection, "ask", ask)
    found = look("auto", {"TERM": term, "COLORTERM": "truecolor"})
    assert (found.protocol, found.tmux is not None, found.kitty.through_tmux) == ("kitty", in_tmux, in_tmux)
    assert asked_past_tmux == [in_tmux]


def test_vs_code_is_named_by_its_own_name_with_its_version():
    environment = PLAIN | {"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.100.3"}
    assert decide("auto", environment, heard("", 4)).identity.text == "VS Code 1.100.3"
    assert decide("auto", environment, CODE).identity.text == "xterm.js 5.6.0"


@pytest.mark.parametrize(("name", "asked"), [("", [True]), ("kitty(0.35.2)", [True, False])])
def test_what_may_be_screen_is_asked_all_once_it_says_another_name(monkeypatch, window, name, asked):
    here = window(100, 40, 0, 0)
    ways = []

    def ask(tty, *, simply, **how):
        ways.append(simply)
        return replace(heard(name, 2), typed=b"ab"[len(ways) - 1 : len(ways)])

    monkeypatch.setattr(detection, "find_tty", lambda: here)
    monkeypatch.setattr(detection, "ask", ask)
    found = look("auto", PLAIN | SCREEN)
    assert ways == asked
    assert found.answers.typed == b"ab"[: len(asked)]


def test_outside_of_tmux_it_is_not_asked():
    assert ask_tmux({}) is None


def test_a_tmux_that_does_not_answer_is_known_to_be_there(tmp_path):
    assert ask_tmux({"TMUX": f"{tmp_path}/none,1,0", "PATH": os.environ["PATH"]}) == Tmux()


def test_escapes_are_doubled_on_their_way_through():
    assert through_tmux("\x1b_Ga=d\x1b\\") == "\x1bPtmux;\x1b\x1b_Ga=d\x1b\x1b\\\x1b\\"


# Names


@pytest.mark.parametrize("graphics", GRAPHICS[1:])
def test_a_named_protocol_is_used_whatever_the_terminal_says(graphics):
    found = decide(graphics, PLAIN, heard("XTerm(379)"))
    assert found.protocol == graphics
    assert found.reason.startswith("it was named")


def test_kitty_by_name_where_nothing_answers_is_one_of_today():
    found = decide("kitty", PLAIN, SILENT)
    assert type(live_painter(found)) is PlaceholderPainter
    assert found.kitty.edits
    assert found.kitty.medium is None
    assert type(live_painter(decide("kitty", PLAIN, OLD_KITTY))) is KittyPainter


def test_the_variable_names_a_protocol_and_the_flag_wins():
    named = PLAIN | {"VAETUI_GRAPHICS": "sixel"}
    assert look("auto", named).protocol == "sixel"
    assert look("halfblock", named).protocol == "halfblock"
    assert look("auto", PLAIN | {"VAETUI_GRAPHICS": ""}).protocol == "halfblock256"


@pytest.mark.parametrize(("name", "nearest"), [("sixle", "sixel"), ("half", "halfblock"), ("iterm2", "iterm")])
def test_an_unknown_name_is_refused_with_the_nearest(name, nearest):
    with pytest.raises(VaeTuiError, match=name) as caught:
        choose_painter(name)
    assert f"did you mean {nearest}" in caught.value.hint
    with pytest.raises(VaeTuiError, match="VAETUI_GRAPHICS"):
        check_graphics("auto", {"VAETUI_GRAPHICS": name})


@pytest.mark.parametrize(
    ("name", "program", "version"),
    [
        ("kitty(0.35.2)", "kitty", "0.35.2"),
        ("ghostty 1.1.3", "ghostty", "1.1.3"),
        ("XTerm(379)", "XTerm", "379"),
        ("WezTerm 20240203-110809-5046fc22", "WezTerm", "20240203-110809-5046fc22"),
        ("xterm.js(5.6.0-beta.1)", "xterm.js", "5.6.0-beta.1"),
        ("tmux 3.3a", "tmux", "3.3a"),
        ("foot", "foot", ""),
        ("", "", ""),
    ],
)
def test_names_are_split_from_versions(name, program, version):
    assert split_name(name) == (program, version)


# Cells


@pytest.fixture
def window():
    """A pseudo-terminal, and what sets its (columns, rows, width, height)."""
    ours, theirs = pty.openpty()

    def resize(columns, rows, width, height):
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
        return Tty(theirs, theirs)

    yield resize
    os.close(ours)
    os.close(theirs)


def test_the_terminals_word_on_cells_goes_first(window):
    tty = window(100, 40, 1004, 804)  # a margin of two pixels around
    both = heard("x", cell=(9, 20), window=(1000, 800), characters=(100, 40))
    assert decide("auto", PLAIN, both, tty=tty).cell_size == (9, 20)
    assert decide("auto", PLAIN, heard("x"), tty=tty).cell_size == (10, 20)
    tty = window(100, 40, 0, 0)
    assert decide("auto", PLAIN, heard("x", window=(800, 720), characters=(100, 40)), tty=tty).cell_size == (8, 18)
    assert decide("auto", PLAIN, heard("x"), Tmux(cell_size=(7, 15)), tty).cell_size == (7, 15)
    assert decide("auto", PLAIN, heard("x"), tty=tty).cell_size == (10, 20)


def test_another_font_is_another_cell_without_a_question(window):
    found = decide("auto", PLAIN, heard("x", cell=(10, 20)), tty=window(100, 40, 1004, 804))
    assert detection.refresh_cell_size(found) == (10, 20)
    window(120, 50, 1204, 1004)
    assert detection.refresh_cell_size(found) == (10, 20)
    window(50, 20, 1004, 804)
    assert detection.refresh_cell_size(found) == (20, 40)
    window(50, 20, 0, 0)
    assert detection.refresh_cell_size(found) == (10, 20)


def test_a_terminal_whose_pixels_are_not_the_kernels_keeps_its_ratio(window):
    found = decide("auto", PLAIN, heard("x", cell=(8, 16)), tty=window(100, 40, 1600, 1280))
    assert detection.refresh_cell_size(found) == (8, 16)
    window(50, 20, 1600, 1280)
    assert detection.refresh_cell_size(found) == (16, 32)


def test_what_is_no_terminal_has_no_cells(tmp_path):
    with (tmp_path / "file").open("w") as file:
        assert window_cell(file.fileno()) is None
