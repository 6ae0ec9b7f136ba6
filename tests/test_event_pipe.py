"""A training's events through a pipe."""

import os

import numpy as np
import pytest

from vae_tui.config import resolve
from vae_tui.event_pipe import EventPipe
from vae_tui.run_news import PIPE_VARIABLE, NewNotice, NewSteps, NowDoing, TrainingBegan, TrainingOver, from_line
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    EvaluationStarted,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)

METRICS = EpochMetrics(1, 5.0, 4.0, 1.0, None, None, None, 3, 1.0, 100.0, 1.5)


@pytest.fixture
def ends():
    """The reading and the writing end; whoever is given one closes it."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    open_ends = {ours, theirs}
    yield ours, theirs
    for end in open_ends:
        try:
            os.close(end)
        except OSError:
            continue


def read(end: int):
    return [from_line(line) for line in os.read(end, 1 << 20).splitlines()]


def started(tmp_path) -> RunStarted:
    return RunStarted(
        resolve("shapes", {"epochs": 4}), tmp_path, "cpu", 10, 60, 6, (3, 8, 8), 7, 2, 3, "squared error", (METRICS,)
    )


def test_events_are_told_as_lines(ends, tmp_path):
    with EventPipe(ends[1]) as pipe:
        for event in (
            started(tmp_path),
            Notice("a word"),
            CompilingStarted(),
            StepsDone(2, 4, 9.0, 8.0, 1.0, 500.0),
            EvaluationStarted(2),
            EpochDone(METRICS, True, np.zeros(2, np.float32)),
            RunStopped(2, 4, 7),
            RunDone((), "stopped early"),
        ):
            pipe.show(event)
    assert read(ends[0]) == [
        TrainingBegan(4, 7, 2, 3, 60, 6, "cpu", "squared error + KL"),
        NewNotice("a word"),
        NowDoing("compiling"),
        NewSteps(2, 4, 7, 9.0, 8.0, 1.0, 500.0),
        NowDoing("measuring the held-out images"),
        TrainingOver("stopped at epoch 2, step 4 of 7"),
        TrainingOver("stopped early"),
    ]
    assert os.read(ends[0], 1) == b""


def test_a_reader_that_has_left_is_not_minded(ends):
    with EventPipe(ends[1]) as pipe:
        os.close(ends[0])
        for _ in range(2):
            pipe.show(Notice("nobody hears it"))


def test_a_reader_that_does_not_read_is_not_waited_for(ends):
    """Steps are left out; what a person should read comes once there is room."""
    with EventPipe(ends[1]) as pipe:
        for step in range(5000):
            pipe.show(StepsDone(1, step, 9.0, 8.0, 1.0, 500.0))
        pipe.show(Notice("late"))
        told = read(ends[0])
        pipe.show(CompilingStarted())
        told += read(ends[0])
    assert 100 < len(told) < 5000
    assert [news.step for news in told[:-2]] == list(range(len(told) - 2))
    assert told[-2:] == [NewNotice("late"), NowDoing("compiling")]


def test_the_inherited_pipe_is_taken_once_and_not_handed_on(ends, monkeypatch):
    monkeypatch.setenv(PIPE_VARIABLE, str(ends[1]))
    os.set_inheritable(ends[1], True)
    with EventPipe.inherited() as pipe:
        pipe.show(Notice("heard"))
        assert not os.get_inheritable(ends[1])
    assert read(ends[0]) == [NewNotice("heard")]
    assert EventPipe.inherited() is None


@pytest.mark.parametrize("text", ["", "x", "-1", "1", "2", "99999", "9" * 40])
def test_what_is_no_pipe_is_left_alone(monkeypatch, text):
    monkeypatch.setenv(PIPE_VARIABLE, text)
    assert EventPipe.inherited() is None


def test_a_file_is_no_pipe(monkeypatch, tmp_path):
    with (tmp_path / "file").open("wb") as file:
        monkeypatch.setenv(PIPE_VARIABLE, str(file.fileno()))
        assert EventPipe.inherited() is None
        file.write(b"still open")
