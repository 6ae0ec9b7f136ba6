"""Pictures that were written and never reached the terminal."""

import pytest

from vae_tui.explorer import arrival
from vae_tui.explorer.arrival import FIRST_S, MOST_S, TWICE_S, ArrivalWatch
from vae_tui.explorer.wire import Wire
from vae_tui.terminal.painting import Painting


class Clockwork:
    """An event loop whose timers go off when they are told to."""

    def __init__(self):
        self.timers = []

    def call_later(self, seconds, call):
        timer = Timer(self.timers, seconds, call)
        self.timers.append(timer)
        return timer

    def go(self):
        """The one timer that runs goes off; after how long."""
        (timer,) = self.timers
        timer.cancel()
        timer.call()
        return timer.seconds


class Timer:
    def __init__(self, timers, seconds, call):
        self._timers, self.seconds, self.call = timers, seconds, call

    def cancel(self):
        if self in self._timers:
            self._timers.remove(self)


@pytest.fixture
def loop(monkeypatch):
    clockwork = Clockwork()
    monkeypatch.setattr(arrival.asyncio, "get_running_loop", lambda: clockwork)
    return clockwork


@pytest.fixture
def sent():
    return []


@pytest.fixture
def wire():
    return Wire(lambda: 0.0)


@pytest.fixture
def watch(loop, wire, sent):
    return ArrivalWatch(wire, lambda: sent.append("again"))


def painting(*, arrives):
    return Painting((), "picture", (), lambda: arrives)


def test_a_picture_that_arrived_is_not_sent_again(watch, loop, sent):
    watch.written(painting(arrives=True))
    assert loop.go() == FIRST_S
    assert not sent
    assert not loop.timers


def test_one_that_did_not_is_sent_again_ever_more_slowly(watch, loop, sent):
    waits = []
    for _ in range(7):
        watch.written(painting(arrives=False))
        waits.append(loop.go())
    assert len(sent) == 7
    assert waits[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert waits[-1] == MOST_S
    watch.written(painting(arrives=True))
    loop.go()
    watch.written(painting(arrives=False))
    assert loop.go() == FIRST_S


def test_under_a_held_key_the_first_and_the_last_are_awaited(watch, loop, sent):
    watch.written(painting(arrives=True))
    watch.written(painting(arrives=True))
    watch.written(painting(arrives=False))
    loop.go()
    assert not sent
    loop.go()
    assert sent == ["again"]


def test_a_terminal_that_lags_has_lost_nothing(watch, loop, sent, wire):
    wire.begin()
    wire.send()
    watch.written(painting(arrives=False))
    loop.go()
    assert not sent
    wire.answer()
    loop.go()
    assert sent == ["again"]


def test_where_nobody_can_tell_a_doubtful_picture_is_sent_twice(watch, loop, sent):
    unknown = Painting((), "picture")
    watch.written(unknown)
    assert not loop.timers
    watch.doubt()
    watch.written(unknown)
    assert loop.go() == TWICE_S
    assert sent == ["again"]
    watch.written(unknown)
    assert not loop.timers


def test_nothing_is_awaited_after_the_end(watch, loop):
    watch.written(painting(arrives=False))
    watch.end()
    assert not loop.timers
