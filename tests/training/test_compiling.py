"""When a step is compiled, and what is said of it."""

from contextlib import nullcontext

import pytest

from vae_tui.training import compiling
from vae_tui.training.compiling import SHORT_RUN_STEPS, settle_compile
from vae_tui.training.events import CompilingStarted, Notice


class FakeTrial:
    """Steps of a known length; compiling takes `compile_s`."""

    def __init__(self, clock, step_s, compiled_s, compile_s):
        self.clock, self.step_s, self.compiled_s, self.compile_s = clock, step_s, compiled_s, compile_s

    def compile(self):
        self.clock[0] += self.compile_s
        self.step_s = self.compiled_s

    def run(self, num_steps):
        self.clock[0] += num_steps * self.step_s
        return num_steps * self.step_s


@pytest.fixture
def settled(monkeypatch):
    """What is settled for steps of these lengths, and what was told."""
    clock = [0.0]
    monkeypatch.setattr(compiling.time, "perf_counter", lambda: clock[0])

    def settle(wanted, num_steps, step_s=0.01, compiled_s=0.005, compile_s=30.0):
        told = []
        steps = settle_compile(wanted, num_steps, lambda: FakeTrial(clock, step_s, compiled_s, compile_s), nullcontext)
        while True:
            try:
                told.append(next(steps))
            except StopIteration as ended:
                return ended.value, told, clock[0]

    return settle


@pytest.mark.parametrize(("wanted", "pays"), [("on", True), ("off", False)])
def test_what_was_asked_for_is_not_tried(settled, wanted, pays):
    assert settled(wanted, 10**9) == (pays, [], 0.0)


def test_a_short_run_is_not_tried(settled):
    pays, told, seconds = settled("auto", SHORT_RUN_STEPS - 1)
    assert not pays
    assert told == [Notice("compile: off, the run is short")]
    assert seconds == 0


def test_a_run_of_minutes_is_not_compiled_and_says_so(settled):
    pays, told, seconds = settled("auto", 15_620)
    assert not pays
    assert told == [Notice("compile: off, the run takes about 3 min and compiling up to a minute")]
    assert seconds < 1


def test_a_long_run_is_compiled_where_it_pays(settled):
    pays, told, _ = settled("auto", 1_000_000)
    assert pays
    assert told[0] == CompilingStarted()
    assert told[1].text == "compile: on, compiled steps are 2.00 times as fast here, compiling took 30 s"


@pytest.mark.parametrize(
    ("num_steps", "compiled_s", "compile_s"),
    [(1_000_000, 0.0099, 30), (1_000_000, 0.012, 30), (70_000, 0.0095, 60)],  # within noise; slower; never won back
)
def test_a_long_run_is_not_compiled_where_it_does_not(settled, num_steps, compiled_s, compile_s):
    pays, told, _ = settled("auto", num_steps, compiled_s=compiled_s, compile_s=compile_s)
    assert not pays
    assert told[0] == CompilingStarted()
    assert told[1].text.startswith("compile: off, compiled steps are")


def test_a_large_step_is_tried_few_times(settled):
    _, _, seconds = settled("auto", SHORT_RUN_STEPS, step_s=0.29)
    assert seconds < 2
