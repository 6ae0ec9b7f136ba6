"""How many frames may be on their way."""

import pytest

from vae_tui.explorer.wire import DEAF_S, LOST_S, MAX_FRAMES, QUESTION, SLOW_S, Wire


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def wire(now):
    return Wire(lambda: now[0])


def send(wire):
    wire.begin()
    return wire.send()


def test_two_frames_may_be_on_their_way(wire):
    assert MAX_FRAMES == 2
    assert wire.wait_s() == 0
    assert send(wire) == QUESTION
    assert wire.wait_s() == 0
    wire.begin()
    assert wire.wait_s() is None or wire.wait_s() > 0
    wire.send()
    assert wire.wait_s() > 0
    wire.answer()
    assert wire.wait_s() == 0


def test_a_frame_that_is_being_drawn_counts(wire):
    wire.begin()
    wire.begin()
    assert wire.wait_s() is None
    wire.drop()
    assert wire.wait_s() == 0


def test_a_slow_link_gets_one_frame_at_a_time(wire, now):
    send(wire)
    now[0] += SLOW_S * 1.5
    wire.answer()
    send(wire)
    assert wire.wait_s() > 0
    now[0] += SLOW_S / 2
    wire.answer()
    send(wire)
    assert wire.wait_s() == 0


def test_a_terminal_that_never_answers_is_waited_for_once(wire, now):
    send(wire)
    send(wire)
    assert wire.wait_s() == pytest.approx(DEAF_S)
    now[0] += DEAF_S
    assert wire.wait_s() == 0
    assert send(wire) == ""
    assert send(wire) == ""
    assert wire.wait_s() == 0
    assert wire.num_unanswered == 0


def test_one_that_has_answered_before_is_waited_for_longer(wire, now):
    send(wire)
    wire.answer()
    send(wire)
    send(wire)
    now[0] += DEAF_S
    assert wire.wait_s() == pytest.approx(LOST_S - DEAF_S)
    now[0] += LOST_S
    assert wire.wait_s() == 0
    assert send(wire) == QUESTION


def test_a_late_answer_ends_the_deafness(wire, now):
    send(wire)
    send(wire)
    now[0] += DEAF_S
    assert wire.wait_s() == 0
    wire.answer()
    assert send(wire) == QUESTION


def test_answers_without_a_question_are_harmless(wire):
    wire.answer()
    wire.drop()
    assert wire.num_unanswered == 0
    assert send(wire) == QUESTION


def test_whoever_waits_is_woken(wire):
    woken = []
    wire.on_room(lambda: woken.append(True))
    send(wire)
    assert woken == []
    wire.answer()
    wire.begin()
    wire.drop()
    wire.reset()
    assert len(woken) == 3
