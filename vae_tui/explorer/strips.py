"""A row of a picture that is ready for the terminal, and taken apart only where something cuts it."""

from collections.abc import Callable, Iterable
from typing import Any

from rich.segment import Segment
from textual.strip import Strip


class ReadyStrip(Strip):
    """A strip that knows what it renders to; its segments are made where they are asked for.

    Textual renders a strip from its segments, a piece of Python for every cell of a picture. A row that nothing cuts
    goes out as it is; under a dialog, in a crop or a snapshot, the segments stand in.
    """

    __slots__ = ("_build", "_built")

    def __init__(self, ready: str, cell_length: int, build: Callable[[], Iterable[Segment]]) -> None:
        self._build = build
        self._built: list[Segment] | None = None
        super().__init__((), cell_length)
        self._render_cache: str | None = ready

    @property
    def _segments(self) -> list[Segment]:
        if self._built is None:
            self._built = list(self._build())
        return self._built

    @_segments.setter
    def _segments(self, segments: Any) -> None:
        pass  # what the base class is given: none
