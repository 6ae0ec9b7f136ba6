"""Signals as a wish to stop, which the training loop asks after at every step."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


LAUNCHER_REPEATS_S = 2.0
"""A launcher passes a terminal's Ctrl-C on to processes that had it already: so soon after, it is the same one."""


class StoppedAtOnceError(BaseException):
    """A signal came where the run has nothing to save; no handler of ordinary errors takes it."""


class StopRequest:
    """Whether somebody asked the run to stop, and by which signal."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._asked_s = 0.0
        self._at_once = False

    @property
    def requested(self) -> bool:
        """Whether the run is to stop."""
        return self.signal_number is not None

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells say it: 130, 143 or 129; 0 where nobody asked."""
        return 128 + self.signal_number if self.signal_number else 0

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A signal within raises StoppedAtOnceError, as does one that came before; for long work that can be lost."""
        self._at_once = True
        try:
            if self.requested:
                raise StoppedAtOnceError
            yield
        finally:
            self._at_once = False

    def ask(self, number: int, *, launched: bool = False) -> None:
        """Takes a signal: the first is a wish, a second SIGINT raises KeyboardInterrupt at once.

        Where a launcher started the process, one that follows within two seconds is the first one again.
        """
        now_s = time.monotonic()
        if self.requested and number == signal.SIGINT and not (launched and now_s - self._asked_s < LAUNCHER_REPEATS_S):
            raise KeyboardInterrupt
        if not self.requested:
            self.signal_number, self._asked_s = number, now_s
        if self._at_once:
            raise StoppedAtOnceError


@contextmanager
def stop_on_signals(*, launched: bool = False) -> Iterator[StopRequest]:
    """SIGINT, SIGTERM and SIGHUP are taken by the request, see `StopRequest.ask`; an ignored SIGHUP stays ignored.

    The handlers that were there come back at the end; not where a launcher started the process, which ends soon and is
    told to by the launcher as soon as another one is gone: what it has to say is said first.
    """
    request = StopRequest()

    def ask(number: int, frame: FrameType | None) -> None:
        request.ask(number, launched=launched)

    # nohup has SIGHUP ignored, so that the run outlives the connection
    taken = [number for number in STOP_SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in taken}
    try:
        yield request
    finally:
        for number, handler in before.items():
            if not launched:
                signal.signal(number, handler)
