"""How many frames are on their way to the terminal, as the terminal's own answers say.

A full pipe says nothing over SSH: megabytes lie in the connection. So each frame ends with a question that every
terminal answers (CSI 6 n, where the cursor is), and the next is drawn only when few are unanswered: under a held key
frames are skipped, never queued.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

QUESTION = "\x1b[6n"
"""Where is the cursor (ECMA-48, DSR 6)? Textual makes an event of its own of the answer."""
MAX_FRAMES = 2
"""Drawn or sent and not yet answered for."""
SLOW_S = 0.2
"""A link on which a frame's answer takes longer gets one frame at a time."""
DEAF_S = 1.0
"""A terminal that has not answered its first question after so long is taken to answer none."""
LOST_S = 10.0
"""One that has answered before is waited for so long."""


class Wire:
    """Counts frames. The app's thread sends and answers, the render thread asks whether it may draw the next."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._drawn = 0
        """Begun and not sent."""
        self._sent_at: deque[float] = deque()
        """When those were sent that are not answered for."""
        self._has_answered = self._is_deaf = False
        self._answer_s = 0.0
        self._wake: Callable[[], None] = lambda: None

    def on_room(self, wake: Callable[[], None]) -> None:
        """Has `wake` called, in the app's thread, whenever there may be room for a frame."""
        self._wake = wake

    @property
    def num_unanswered(self) -> int:
        """Frames that the terminal has not answered for."""
        with self._lock:
            return len(self._sent_at)

    @property
    def is_slow(self) -> bool:
        """Whether the last frame's answer took long."""
        return self._answer_s > SLOW_S

    def wait_s(self) -> float | None:
        """Seconds until the next frame may be drawn, unless an answer comes before; 0 for now, None for an answer."""
        with self._lock:
            limit = 1 if self.is_slow else MAX_FRAMES
            if self._is_deaf or self._drawn + len(self._sent_at) < limit:
                return 0.0
            if not self._sent_at:
                return None
            patience = LOST_S if self._has_answered else DEAF_S
            left = self._sent_at[0] + patience - self._clock()
            if left > 0:
                return left
            self._is_deaf = not self._has_answered
            self._sent_at.clear()
            return 0.0

    def begin(self) -> None:
        """A frame is being drawn."""
        with self._lock:
            self._drawn += 1

    def drop(self) -> None:
        """A frame that was drawn is not sent after all."""
        with self._lock:
            self._drawn = max(0, self._drawn - 1)
        self._wake()

    def send(self) -> str:
        """A frame goes out: the question to send after it; nothing to a terminal that never answers."""
        with self._lock:
            self._drawn = max(0, self._drawn - 1)
            if self._is_deaf:
                return ""
            self._sent_at.append(self._clock())
            return QUESTION

    def answer(self) -> None:
        """The terminal has answered for the oldest frame that it had not."""
        with self._lock:
            self._has_answered, self._is_deaf = True, False
            if self._sent_at:
                self._answer_s = self._clock() - self._sent_at.popleft()
        self._wake()

    def reset(self) -> None:
        """What was on its way is gone: the program was suspended."""
        with self._lock:
            self._sent_at.clear()
            self._drawn = 0
        self._wake()
