import io
import json
import os
import re

import numpy as np
import pytest
from cli_fakes import fake_program, run_in_terminal
from PIL import Image

from vae_tui.cli import doctor
from vae_tui.terminal import detection
from vae_tui.terminal.detection import decide
from vae_tui.terminal.mending import mends
from vae_tui.terminal.queries import Answers, Tty
from vae_tui.terminal.tmux import Tmux

PLAIN = {"TERM": "xterm-256color"}
NOWHERE = Tty(*[os.open(os.devnull, os.O_RDWR)] * 2)
"""A terminal of which the kernel knows no window."""


def heard(name="", *attributes, **more):
    return Answers(name, frozenset(attributes), round_trip_s=0.0123, is_complete=True, **more)


KITTY = heard("kitty(0.35.2)", 52, kitty=True, edits=True, media=frozenset({"shared"}), cell=(9, 20), synchronised=True)
FOOT = heard("foot(1.13.1)", 4, 22, registers=256)


@pytest.fixture
def terminal(monkeypatch):
    """Has this process's terminal give these answers."""
    for name in ("TMUX", "STY", "COLORTERM", "VAETUI_GRAPHICS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def answer(answers, tmux=None):
        monkeypatch.setattr(detection, "find_tty", lambda: NOWHERE)
        monkeypatch.setattr(detection, "ask", lambda tty, **how: answers)
        monkeypatch.setattr(detection, "ask_tmux", lambda environment: tmux)

    return answer


def test_without_a_terminal_it_says_so(vaetui, monkeypatch):
    monkeypatch.setattr(detection, "find_tty", lambda: None)

    out = vaetui("doctor").out

    assert "not asked" in out
    assert "\x1b" not in out
    facts = json.loads(vaetui("doctor", "--json").out)
    assert (facts["terminal"]["asked"], facts["terminal"]["answered"], facts["terminal"]["mends"]) == (False, False, [])


def test_json_has_the_terminal_and_the_machine(vaetui, terminal, tmp_path):
    import torch

    terminal(KITTY)
    (tmp_path / "MNIST").mkdir()

    facts = json.loads(vaetui("doctor", "--json", "--data-dir", str(tmp_path)).out)

    found = facts["terminal"]
    assert (found["name"], found["version"], found["protocol"]) == ("kitty", "0.35.2", "kitty")
    assert found["kitty"] == {"answers": True, "text_cells": True, "edits": True, "reads": ["shared"]}
    assert (found["cell"], found["round_trip_ms"], found["synchronised"]) == ([9, 20], 12.3, True)
    assert found["possible"] == ["kitty", "halfblock", "halfblock256"]
    assert found["tmux"] is None
    assert found["mends"] == []
    assert facts["torch"] == torch.__version__
    assert facts["memory_free_bytes"] > 0
    assert (facts["data_dir"], facts["data_sets"]) == (str(tmp_path), ["MNIST"])


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_what_was_typed_meanwhile_is_given_back(arguments, vaetui, terminal, monkeypatch):
    given_back = []
    monkeypatch.setattr("vae_tui.terminal.queries.give_back", lambda tty, typed: given_back.append(typed))
    terminal(heard("foot(1.13.1)", 4, typed=b"ls\n"))

    assert vaetui("doctor", *arguments).code == 0
    assert given_back == [b"ls\n"]


def test_the_text_says_the_same(vaetui, terminal):
    terminal(FOOT, Tmux("3.5a", passes=True, terminal="foot(1.16.2)", features=frozenset({"sixel", "256"})))

    rows = {line.split("  ")[0]: line for line in vaetui("doctor").out.splitlines()}

    assert rows["terminal"].endswith(
        "foot 1.16.2 · TERM xterm-256color · behind tmux 3.5a, which lets pictures through"
    )
    assert rows["pictures"].endswith("sixel · tmux 3.5a draws Sixel, and knows that foot 1.16.2 does")
    assert rows["sixel"].endswith("256 colours")
    assert rows["answers in"].endswith("12.3 ms")
    assert rows["whole frames"].endswith("the terminal does not say (?2026)")


def test_the_chosen_protocol_may_be_named(vaetui, terminal, monkeypatch):
    terminal(KITTY)
    assert json.loads(vaetui("doctor", "--json", "--graphics", "halfblock").out)["terminal"]["protocol"] == "halfblock"
    monkeypatch.setenv("VAETUI_GRAPHICS", "iterm")
    found = json.loads(vaetui("doctor", "--json").out)["terminal"]
    assert (found["protocol"], "does not say that it can" in found["reason"]) == ("iterm", True)
    monkeypatch.setenv("VAETUI_GRAPHICS", "item")
    done = vaetui("doctor")
    assert done.code == 2
    assert "did you mean iterm?" in done.err


def test_the_card_is_drawn_by_every_painter_that_should_work(vaetui, terminal, monkeypatch):
    monkeypatch.setattr(doctor, "stdout_is_terminal", lambda: True)
    marks = {
        "\nkitty:\n": "\x1b_Ga=T,f=100",
        "\nkitty, in text cells:\n": "\U0010eeee",
        "\nsixel:\n": "\x1bP",
        "\niterm:\n": "\x1b]1337;",
        "\nhalfblock:\n": "38;2;",
        "\nhalfblock256:\n": "38;5;",
    }
    terminal(KITTY)
    out = vaetui("doctor").out
    terminal(heard("WezTerm 20240203", 4, registers=256))
    out += vaetui("doctor").out
    for name, mark in marks.items():
        assert mark in out.partition(name)[2], name
    assert "a=T" not in vaetui("doctor", "--no-card").out


def test_the_card_has_every_corner_of_the_colours():
    card = doctor.test_card(300, 120)
    assert card.shape == (120, 300, 3)
    assert {tuple(colour) for colour in card[30, 20:-1:37].tolist()} == {
        (red, green, blue) for red in (0, 255) for green in (0, 255) for blue in (0, 255)
    }
    for y, share in ((70, (1, 0, 0)), (82, (0, 1, 0)), (95, (0, 0, 1)), (110, (1, 1, 1))):
        np.testing.assert_array_equal(card[y, 1], np.array(share) * 0)
        np.testing.assert_array_equal(card[y, -2] >= 250, np.array(share, bool))
    assert (card[[0, -1]] == 255).all()
    buffer = io.BytesIO()
    Image.fromarray(card).save(buffer, "PNG")
    assert doctor.test_card(12, 12).shape == (12, 12, 3)


def test_a_terminal_that_answers_nothing_is_told_how_to_name_one():
    done = run_in_terminal([*fake_program()[:1], "-m", "vae_tui", "doctor"], SSH_TTY="", SSH_CONNECTION="")

    assert done.code == 0
    assert "▀" in done.out
    assert "could be better" in done.out
    assert "export VAETUI_GRAPHICS=sixel" in done.out
    assert "Traceback" not in done.out


@pytest.mark.parametrize(
    ("answers", "environment", "tmux", "lines"),
    [
        (KITTY, {}, None, []),
        (heard("kitty(0.26.5)", kitty=True), {}, None, ["kitty --version"]),
        (heard("XTerm(379)", 1, 2), {}, None, ["XTerm*decTerminalID: vt340"]),
        (heard("XTerm(379)", 4), {}, None, []),
        (
            heard("tmux 3.5a", 1, 2, 4),
            {},
            Tmux("3.5a", terminal="XTerm(398)", terminfo="xterm-256color", features=frozenset({"RGB"})),
            ["XTerm*decTerminalID: vt340"],
        ),
        (heard("tmux 3.8", 1, 2, 4), {}, Tmux("3.8", terminal="XTerm(412)", features=frozenset({"RGB", "sixel"})), []),
        (heard("xterm.js(5.6.0)", 2), {}, None, ['"terminal.integrated.enableImages": true']),
        (heard("", 2), {"TERM_PROGRAM": "vscode"}, None, ['"terminal.integrated.enableImages": true']),
        (heard("", 4), {}, None, ["export COLORTERM=truecolor"]),
        (heard("", 4), {"COLORTERM": "truecolor"}, None, []),
        (Answers(), {}, None, ["export VAETUI_GRAPHICS=sixel"]),
        (Answers(), {"TERM": "dumb"}, None, []),
        (heard(""), {"STY": "1.host"}, None, ["tmux"]),
        (
            heard("tmux 3.4"),
            {},
            Tmux("3.4", terminal="kitty(0.35.2)", terminfo="xterm-kitty", features=frozenset({"RGB"})),
            ["set -g allow-passthrough on"],
        ),
        (
            heard("tmux 3.4", 2, 4),
            {},
            Tmux("3.4", terminal="foot(1.16.2)", terminfo="foot", features=frozenset({"RGB"})),
            ["set -as terminal-features ',foot:sixel'"],
        ),
        (heard("tmux 3.4", 2, 4), {}, Tmux("3.4", terminal="foot(1.16.2)", features=frozenset({"RGB", "sixel"})), []),
        (
            heard("tmux 3.4", 2, 4),
            {},
            Tmux("3.4", terminal="foot(1.16.2)", terminfo="foot", features=frozenset({"sixel"})),
            ["set -as terminal-features ',foot:RGB'"],
        ),
        (
            heard("tmux 3.3a", 2),
            {},
            Tmux("3.3a", terminfo="xterm-256color", features=frozenset({"256"})),
            ["tmux -V", "set -as terminal-features ',xterm-256color:RGB'"],
        ),
    ],
)
def test_what_is_less_than_it_could_be_has_the_line_that_mends_it(answers, environment, tmux, lines):
    environment = PLAIN | environment
    found = mends(decide("auto", environment, answers, tmux, NOWHERE), environment)
    assert [mend.line for mend in found] == lines
    assert all(mend.what and mend.where for mend in found)


def test_names_from_the_terminal_write_nothing_to_it(vaetui, terminal):
    terminal(heard("evil\x1b[2J(\x07)", 4))
    out = vaetui("doctor").out + vaetui("doctor", "--json").out
    assert re.search(r"[\x1b\x07]", out) is None
