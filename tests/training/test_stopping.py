"""Signals while training."""

import os
import signal

import pytest

from vae_tui.training import stopping
from vae_tui.training.stopping import STOP_SIGNALS, StoppedAtOnceError, StopRequest, stop_on_signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_asks_to_stop(number, code):
    with stop_on_signals() as stop:
        assert not stop.requested
        os.kill(os.getpid(), number)
        assert stop.requested
    assert stop.exit_code == code


def test_a_run_under_nohup_outlives_its_connection():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.requested
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_interrupt_stops_at_once():
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_handlers_that_were_there_come_back():
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with stop_on_signals():
        assert [signal.getsignal(number) for number in STOP_SIGNALS] != before
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_a_launcher_passes_the_same_interrupt_on():
    stop = StopRequest()
    stop.ask(signal.SIGINT, launched=True)
    stop.ask(signal.SIGINT, launched=True)
    stop.ask(signal.SIGTERM, launched=True)
    assert stop.exit_code == 130


def test_a_second_interrupt_of_a_launched_process_stops_at_once_too(monkeypatch):
    stop, now = StopRequest(), [100.0]
    monkeypatch.setattr(stopping.time, "monotonic", lambda: now[0])
    stop.ask(signal.SIGINT, launched=True)
    now[0] += stopping.LAUNCHER_REPEATS_S + 0.1
    with pytest.raises(KeyboardInterrupt):
        stop.ask(signal.SIGINT, launched=True)


def test_where_there_is_nothing_to_save_a_signal_stops_at_once():
    with stop_on_signals() as stop:
        with pytest.raises(StoppedAtOnceError), stop.at_once():
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.exit_code == 143
        with pytest.raises(StoppedAtOnceError), stop.at_once():
            pytest.fail("it had been asked to stop before")


def test_a_process_of_a_launcher_keeps_its_handlers_to_its_end():
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    try:
        with stop_on_signals(launched=True) as stop:
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.exit_code == 143
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
