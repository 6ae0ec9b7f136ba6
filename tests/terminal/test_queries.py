import glob
import os
import termios
import threading
import time

import pytest
from fake_tty import KITTY, XTERM, FakeTty

from vae_tui.terminal.answers import AnswerParser
from vae_tui.terminal.queries import (
    FAR_FIRST_ANSWER_S,
    FENCE,
    FIRST_ANSWER_S,
    FURTHER_ANSWER_S,
    Answers,
    ask,
    ask_for_registers,
    first_answer_s,
    give_back,
)

ALL = ("kitty", "edits", "shared", "file")
SCALE = 0.05
"""Seconds of a test for a second of a terminal."""


def slow_clock():
    return time.monotonic() / SCALE


def test_every_answer_is_understood():
    with FakeTty(KITTY, ALL) as terminal:
        answers = ask(terminal.tty, patience_s=30)
    assert answers.round_trip_s < 30
    assert answers == Answers(
        name="kitty(0.35.2)",
        attributes=frozenset({52}),
        kitty=True,
        edits=True,
        media=frozenset({"shared", "file"}),
        cell=(9, 20),
        window=(900, 800),
        characters=(100, 40),
        synchronised=True,
        round_trip_s=answers.round_trip_s,
        is_complete=True,
    )


@pytest.mark.parametrize("missing", ALL)
def test_each_ability_is_asked_about_by_itself(missing):
    with FakeTty(KITTY, tuple(ability for ability in ALL if ability != missing)) as terminal:
        answers = ask(terminal.tty, patience_s=30)
    said = {"kitty": answers.kitty, "edits": answers.edits} | {name: name in answers.media for name in ALL[2:]}
    assert said == {ability: ability != missing for ability in ALL}


def test_sixel_and_its_colours_are_understood():
    with FakeTty(XTERM) as terminal:
        answers = ask(terminal.tty, patience_s=30)
        assert (answers.registers, answers.most_registers) == (16, 1024)
        assert 4 in answers.attributes
        assert (answers.synchronised, answers.kitty, answers.cell) == (False, False, None)
        assert ask_for_registers(terminal.tty, 64, answers, 30).registers == 64


def test_all_questions_go_out_in_one_write_with_the_fence_last():
    with FakeTty(KITTY, ALL) as terminal:
        ask(terminal.tty, patience_s=30)
        assert terminal.written.endswith(FENCE)
        assert terminal.written.count(FENCE) == 1


def test_an_old_terminal_is_asked_nothing_that_it_would_print():
    with FakeTty({"\x1b[c": "\x1b[?6c"}) as terminal:
        answers = ask(terminal.tty, patience_s=30, simply=True)
        assert answers.is_complete
        assert "\x1b_" not in terminal.written
        assert "$p" not in terminal.written


def test_a_tmux_that_lets_nothing_through_is_not_asked_about_kitty():
    """It would take the question for the title of its window."""
    with FakeTty({"\x1b[c": "\x1b[?1;2c"}) as terminal:
        assert ask(terminal.tty, patience_s=30, kitty=False, past_tmux=True).is_complete
        assert "_G" not in terminal.written


def test_past_tmux_the_fence_is_not_the_end():
    """tmux answers DA1 by itself; what the terminal behind it says comes later."""
    with FakeTty(None) as terminal:
        heard = []
        asking = threading.Thread(
            target=lambda: heard.append(ask(terminal.tty, patience_s=30, past_tmux=True)), daemon=True
        )
        asking.start()
        while FENCE not in terminal.written:
            assert asking.is_alive()
        assert "\x1bPtmux;\x1b\x1b_Gi=" in terminal.written
        ids = [part.split(",")[0] for part in terminal.written.split("_Gi=")[1:]]
        ids = list(dict.fromkeys(ids))
        terminal._send(b"\x1b[?1;2c")
        terminal._send("".join(f"\x1b_Gi={image_id};OK\x1b\\" for image_id in ids).encode())
        asking.join(30)
    assert (heard[0].kitty, heard[0].edits, heard[0].is_complete) == (True, True, True)


def test_nothing_is_left_behind_for_the_terminal_to_read():
    before = set(glob.glob("/dev/shm/vaetui-*"))
    with FakeTty(KITTY) as terminal:  # reads none of it
        ask(terminal.tty, patience_s=30)
    assert set(glob.glob("/dev/shm/vaetui-*")) <= before


# Keys


@pytest.mark.parametrize("pieces", [1, 7, 4096])
def test_keys_typed_before_and_meanwhile_are_kept_in_their_order(pieces):
    typed = "r\x1b[A3é\x1bx".encode()
    with FakeTty(KITTY, ALL, typed=typed, typed_before=b"lq", pieces=pieces) as terminal:
        answers = ask(terminal.tty, patience_s=30)
    assert answers.typed == b"lq" + typed
    assert answers.name == "kitty(0.35.2)"


def test_keys_are_kept_where_nothing_answers():
    with FakeTty({}, typed=b"q\x1b") as terminal:
        answers = ask(terminal.tty, patience_s=FIRST_ANSWER_S, clock=slow_clock)
    assert answers == Answers(typed=b"q\x1b")


def test_the_terminal_is_as_it_was_afterwards():
    with FakeTty(KITTY, ALL) as terminal:
        before = termios.tcgetattr(terminal.theirs)
        ask(terminal.tty, patience_s=30)
        assert termios.tcgetattr(terminal.theirs) == before


def test_it_is_so_after_an_interruption():
    def interrupt():
        raise KeyboardInterrupt

    with FakeTty(None) as terminal:
        before = termios.tcgetattr(terminal.theirs)
        with pytest.raises(KeyboardInterrupt):
            ask(terminal.tty, clock=interrupt)
        assert termios.tcgetattr(terminal.theirs) == before


def test_what_is_no_terminal_has_said_nothing(tmp_path):
    from vae_tui.terminal.queries import Tty

    with (tmp_path / "file").open("w+b") as file:
        assert ask(Tty(file.fileno(), file.fileno())) == Answers()


def test_keys_are_given_back_where_the_kernel_lets_us():
    with FakeTty(None) as terminal:
        if not give_back(terminal.tty, b"ls"):
            pytest.skip("this kernel takes no keys back (TIOCSTI)")
        assert terminal.read_rest(2) == b"ls"


# Time


def test_a_terminal_far_away_is_given_longer():
    assert first_answer_s({}) == FIRST_ANSWER_S
    assert first_answer_s({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}) == FAR_FIRST_ANSWER_S


@pytest.mark.parametrize("delay_s", [0.1, 0.5, 1.0, 3.0])
def test_answers_over_a_slow_connection_are_waited_for(delay_s):
    with FakeTty(KITTY, ALL, delay_s=delay_s * SCALE, typed=b"r") as terminal:
        answers = ask(terminal.tty, patience_s=FAR_FIRST_ANSWER_S, clock=slow_clock)
    assert answers.is_complete
    assert answers.kitty
    assert answers.typed == b"r"
    assert answers.round_trip_s >= delay_s


def test_the_wait_for_the_rest_grows_with_the_first_answers_round_trip():
    """The first answer takes 2 s; the fence comes 3 s after it, which no terminal nearby would be given."""
    assert FURTHER_ANSWER_S < 3
    table = {"\x1b[>0q": KITTY["\x1b[>0q"]}
    with FakeTty(table, delay_s=2 * SCALE, then=[(3 * SCALE, b"\x1b[?62c")]) as terminal:
        far = ask(terminal.tty, patience_s=FAR_FIRST_ANSWER_S, clock=slow_clock)
    assert (far.name, far.is_complete) == ("kitty(0.35.2)", True)
    with FakeTty(table, then=[(3 * SCALE, b"\x1b[?62c")]) as terminal:
        near = ask(terminal.tty, clock=slow_clock)
    assert (near.name, near.is_complete) == ("kitty(0.35.2)", False)


@pytest.mark.parametrize("pieces", [5, 4096])
@pytest.mark.parametrize("table", [KITTY, XTERM], ids=["kitty", "xterm"])
@pytest.mark.parametrize("delay_s", [0.1, 0.5, 1.0, 3.0, 5.0])
def test_answers_that_come_late_are_no_keys(delay_s, table, pieces):
    """Nobody waits for them here; what reads the keyboard then gets the person's keys and nothing else."""
    with FakeTty(table, ALL, delay_s=delay_s * SCALE, pieces=pieces, then=[(0, b"\x1b[Ar")]) as terminal:
        answers = ask(terminal.tty, patience_s=0)
        assert not answers.is_complete
        parser = AnswerParser(keep_mode_reports=False)
        keys, deadline = answers.typed, time.monotonic() + 30
        while not keys.endswith(b"r") and time.monotonic() < deadline:
            keys += parser.feed(terminal.read_rest(1))
    assert keys == b"\x1b[Ar"
    assert len(parser.take()) >= len(table) - 1


def test_a_terminal_that_hangs_up_has_said_nothing():
    terminal = FakeTty(None)
    terminal._stop.set()
    terminal._thread.join()
    os.close(terminal._ours)
    assert ask(terminal.tty) == Answers()
    os.close(terminal.theirs)
