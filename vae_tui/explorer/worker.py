"""One thread that renders, with one slot: a newer job replaces the one that waits, so that held keys never queue up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.wire import Wire
from vae_tui.memory import give_back_freed

TURN_S = 5e-5
"""So long a thread rests that has handed something on: the other one has its turn at once, not when this one waits."""

JOBS_TO_TRIM = 50
"""After so many pictures the room that their text has left between other things is given back."""

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What became of a job."""

    ticket: int
    """The number under which it was handed in; they rise."""
    result: Result | None
    """None where it failed."""
    error: str = ""
    hint: str = ""


class RenderWorker(Generic[Job, Result]):
    """Runs `render` on the newest job in a thread of its own, and hands what comes of it to `deliver`, there too.

    A job is taken up when the wire has room for its frame: until then newer ones replace it.
    """

    def __init__(
        self, render: Callable[[Job], Result], deliver: Callable[[Done[Result]], object], wire: Wire | None = None
    ) -> None:
        self._render = render
        self._deliver = deliver
        self._wire = wire
        self._changed = threading.Condition()
        self._waiting: tuple[int, Job] | None = None
        self._last_ticket = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="vaetui-render", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> int:
        """The job's ticket. A job that waits is forgotten; one that runs goes on."""
        with self._changed:
            self._last_ticket += 1
            self._waiting = (self._last_ticket, job)
            self._changed.notify()
            ticket = self._last_ticket
        time.sleep(TURN_S)
        return ticket

    def wake(self) -> None:
        """The wire may have room again."""
        with self._changed:
            self._changed.notify()

    def close(self, timeout_s: float = 1.0) -> None:
        """Ends the thread after the job that runs; nothing is delivered any more. Waits so long at most."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        num_done = 0
        while True:
            with self._changed:
                while not self._closed and (self._waiting is None or self._wait_s() != 0):
                    self._changed.wait(None if self._waiting is None else self._wait_s())
                if self._closed:
                    return
                assert self._waiting is not None
                ticket, job = self._waiting
                self._waiting = None
                if self._wire is not None:
                    self._wire.begin()
            done = self._attempt(ticket, job)
            if not self._closed:
                self._deliver(done)
            num_done += 1
            if num_done % JOBS_TO_TRIM == 0:
                give_back_freed()

    def _wait_s(self) -> float | None:
        return self._wire.wait_s() if self._wire is not None else 0.0

    def _attempt(self, ticket: int, job: Job) -> Done[Result]:
        try:
            return Done(ticket, self._render(job))
        except VaeTuiError as error:
            return Done(ticket, None, error.message, error.hint or "")
        except Exception as error:  # a model may raise anything; the explorer lives on and says what it was
            return Done(ticket, None, f"{type(error).__name__}: {error}")
