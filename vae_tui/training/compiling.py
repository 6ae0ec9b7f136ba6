"""Whether compiling the step pays, found out before the first epoch and said."""

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Protocol

from vae_tui.training.events import CompilingStarted, Event, Notice

SHORT_RUN_STEPS = 2_000
"""Below it nothing is tried: even a large step would hardly win back a compilation."""
LONG_RUN_S = 600.0
"""Compiling takes up to a minute: it is tried where the run takes ten times as long without it."""
TRIAL_S = 0.5
ROUNDS = 5
NEEDED_GAIN = 1.03
"""Compiled steps that are less than so many times as fast are not told from noise."""


class Trial(Protocol):
    """Steps on a model and data that nothing else sees."""

    def compile(self) -> None:
        """Compiles the step."""

    def run(self, num_steps: int) -> float:
        """Takes steps and gives their seconds, the device waited for."""


def settle_compile(
    wanted: str, num_steps: int, make_trial: Callable[[], Trial], at_once: Callable[[], AbstractContextManager[None]]
) -> Generator[Event, None, bool]:
    """Tells what it does, and gives whether the `num_steps` to come are to be compiled; `wanted` is on, off or auto.

    `at_once` is put around what takes long and can be lost. auto compiles a long run on trial, and keeps it where the
    steps to come win back more than it took.
    """
    if wanted != "auto":
        return wanted == "on"
    if num_steps < SHORT_RUN_STEPS:
        yield Notice("compile: off, the run is short")
        return False
    with at_once():
        plain = make_trial()
        step_s = _seconds_a_step(plain)
    if step_s * num_steps < LONG_RUN_S:
        yield Notice(f"compile: off, the run takes about {_words(step_s * num_steps)} and compiling up to a minute")
        return False
    yield CompilingStarted()
    rounds = max(1, int(TRIAL_S / ROUNDS / step_s))
    began = time.perf_counter()
    with at_once():
        compiled = make_trial()
        compiled.compile()
        took_s = time.perf_counter() - began
        compiled.run(2)
        times = [(plain.run(rounds), compiled.run(rounds)) for _ in range(ROUNDS)]
    plain_s, compiled_s = (statistics.median(column) / rounds for column in zip(*times, strict=True))
    pays = bool(plain_s / compiled_s >= NEEDED_GAIN and (plain_s - compiled_s) * num_steps > took_s)
    found = f"compiled steps are {plain_s / compiled_s:.2f} times as fast here, compiling took {took_s:.0f} s"
    yield Notice(f"compile: {'on' if pays else 'off'}, {found}")
    return pays


def _seconds_a_step(trial: Trial) -> float:
    """Of a few steps after the first two."""
    trial.run(2)
    taken, seconds = 0, 0.0
    while seconds < TRIAL_S and taken < 20:
        seconds += trial.run(1)
        taken += 1
    return seconds / taken


def _words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
