"""Pictures that never reach the terminal: tmux drops what is written while it draws its window anew or lags.

Where the terminal reads pixels from this machine's memory, they are gone once it has: a picture whose pixels stay is
sent again. Where they are sent, nobody can tell: after what makes tmux draw anew, the picture is sent twice.
"""

import asyncio
from collections.abc import Callable

from vae_tui.explorer.wire import Wire
from vae_tui.terminal.painting import Painting

FIRST_S, MOST_S = 0.25, 4.0
"""How long a picture may take before it is sent again; twice as long each time, up to the second."""
TWICE_S = 0.6
"""After so long it is sent the second time where nobody can tell."""


class ArrivalWatch:
    """Calls `send_again` for a picture that was written and did not arrive; to be used in the app's thread."""

    def __init__(self, wire: Wire, send_again: Callable[[], None]) -> None:
        self._wire = wire
        self._send_again = send_again
        self._awaited: Painting | None = None
        self._newest: Painting | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._num_lost = 0
        """In a row."""
        self._is_doubtful = False

    def doubt(self) -> None:
        """The next picture may be dropped with no word of it."""
        self._is_doubtful = True

    def written(self, painting: Painting) -> None:
        """The painting's sequence has been written. One is awaited at a time, and then the newest."""
        if painting.has_arrived is not None:
            self._newest = painting
            if self._timer is None:
                self._await(painting, min(FIRST_S * 2**self._num_lost, MOST_S))
        elif self._is_doubtful and self._timer is None:
            self._await(painting, TWICE_S)
        self._is_doubtful = False

    def end(self) -> None:
        """Nothing is awaited any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._awaited = self._newest = None

    def _await(self, painting: Painting, seconds: float) -> None:
        self._awaited = painting
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        awaited, newest = self._awaited, self._newest
        self.end()
        if awaited is None:
            return
        if awaited.has_arrived is None:
            self._send_again()
        elif awaited.has_arrived():
            self._num_lost = 0
            if newest is not None and newest is not awaited:
                self.written(newest)
        elif self._wire.num_unanswered:  # the terminal lags, and has not come to it
            self.written(newest or awaited)
        else:
            self._num_lost = min(self._num_lost + 1, 8)
            self._send_again()
