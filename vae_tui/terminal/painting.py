"""What a painter makes of a picture: cells that hold its place, and the sequence that draws it there."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.segment import Segment

from vae_tui.imaging import Picture


@dataclass(frozen=True, eq=False)
class Painting:
    """A picture, ready to be written."""

    rows: list[list[Segment]]
    """The segments of each row of cells, of the picture's width."""
    sequence: str = ""
    """Written after the last row with the cursor on the picture's first cell; "" where the cells are the picture."""


class Painter(Protocol):
    """One protocol. Painting runs in the render thread."""

    label: ClassVar[str]
    """What the header calls it."""

    max_side: ClassVar[int]
    """Pixels; no terminal is known to refuse a picture of so many, either way."""

    @property
    def cell_size(self) -> tuple[int, int]:
        """(width, height) in pixels of what `paint` takes for one cell."""
        ...

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The picture, of columns x rows whole cells."""
        ...

    def farewell(self) -> str:
        """What takes the last picture off the terminal, where text does not cover it; "" where it does."""
        ...
