"""What points are called."""

from collections.abc import Sequence
from typing import overload

from vae_tui.points.point import Point


class Names(Sequence[str]):
    """Each name is made up where it is asked for: of a grid, that of the tile under the cursor."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points

    def __len__(self) -> int:
        return len(self._points)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return str(self._points[at]) if isinstance(at, int) else [str(point) for point in self._points[at]]
