"""A training's events for the explorer that started it, through a pipe that it inherited."""

import os
import stat
from contextlib import suppress
from types import TracebackType
from typing import Self

from vae_tui.run_news import (
    PIPE_VARIABLE,
    NewNotice,
    NewSteps,
    NowDoing,
    PipedNews,
    TrainingBegan,
    TrainingOver,
    to_line,
)
from vae_tui.training.events import (
    CompilingStarted,
    EvaluationStarted,
    Event,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)

MAX_WAITING = 65_536
"""Bytes that wait for a reader who does not read; what comes on top is not told."""


class EventPipe:
    """Tells events as lines of `run_news`; never waits for its reader, and never minds that there is none any more."""

    def __init__(self, descriptor: int) -> None:
        """Owns the descriptor from here on."""
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, False)
        self._descriptor: int | None = descriptor
        self._steps_per_epoch = 0
        self._waiting = b""

    @classmethod
    def inherited(cls) -> "EventPipe | None":
        """The pipe that whoever started this process left open; None where there is none. It is taken but once."""
        text = os.environ.pop(PIPE_VARIABLE, "")
        try:
            descriptor = int(text)
            return cls(descriptor) if descriptor > 2 and stat.S_ISFIFO(os.fstat(descriptor).st_mode) else None
        except (ValueError, OSError, OverflowError):
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, event: Event) -> None:
        """Tells one event; those that the run folder tells as well (an epoch's figures) are left out."""
        if isinstance(event, RunStarted):
            self._steps_per_epoch = event.steps_per_epoch
        news = _news(event, self._steps_per_epoch)
        if news is None or self._descriptor is None:
            return
        may_be_left_out = isinstance(news, NewSteps) or len(self._waiting) > MAX_WAITING
        if not (self._waiting and may_be_left_out):
            self._waiting += to_line(news)
        self._write()

    def close(self) -> None:
        """Ends it."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _write(self) -> None:
        if self._descriptor is None:
            return
        try:
            while self._waiting:
                self._waiting = self._waiting[os.write(self._descriptor, self._waiting) :]
        except BlockingIOError:
            return
        except OSError:  # the explorer has left
            self.close()


def _news(event: Event, steps_per_epoch: int) -> PipedNews | None:
    match event:
        case RunStarted():
            return TrainingBegan(
                event.config.epochs,
                event.steps_per_epoch,
                event.epoch,
                event.step,
                event.num_train,
                event.num_test,
                event.device,
                event.formula.replace("error", event.reconstruction_name, 1),
            )
        case StepsDone():
            figures = (event.loss, event.reconstruction, event.kl, event.images_per_s)
            return NewSteps(event.epoch, event.step, steps_per_epoch, *figures)
        case Notice():
            return NewNotice(event.text)
        case CompilingStarted():
            return NowDoing("compiling")
        case EvaluationStarted():
            return NowDoing("measuring the held-out images")
        case RunStopped():
            return TrainingOver(f"stopped at epoch {event.epoch}, step {event.step} of {event.steps_per_epoch}")
        case RunDone():
            return TrainingOver(event.reason)
        case _:
            return None
