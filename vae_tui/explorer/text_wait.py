"""Text that waits for the picture that it belongs to: both go out in one write, and no text lies between."""

import asyncio
from collections.abc import Callable

from vae_tui.explorer.wire import Wire

WAIT_S = 0.1
"""So long text waits for its picture."""
MOST_S = 1.0
"""So long where frames are still on their way to the terminal: what is written would lie behind them."""


class TextWait:
    """Calls `show` when text has waited long enough; to be used in the app's thread."""

    def __init__(self, wire: Wire, show: Callable[[], None]) -> None:
        self._wire = wire
        self._show = show
        self._timer: asyncio.TimerHandle | None = None
        self._waited_s = 0.0

    def begin(self) -> None:
        """There is text to be shown. If some waits already, its time goes on."""
        if self._timer is None:
            self._waited_s = 0.0
            self._timer = asyncio.get_running_loop().call_later(WAIT_S, self._look)

    def end(self) -> None:
        """The text is shown."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._waited_s += WAIT_S
        if self._wire.num_unanswered and self._waited_s < MOST_S:
            self._timer = asyncio.get_running_loop().call_later(WAIT_S, self._look)
        else:
            self._timer = None
            self._show()
