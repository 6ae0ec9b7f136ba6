"""What a painter makes of a picture: cells that hold its place, and the bytes that draw it there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.segment import Segment

from vae_tui.imaging import Picture


@dataclass(frozen=True, eq=False)
class Painting:
    """A picture, ready to be written."""

    rows: Sequence[list[Segment]]
    """The segments of each row of cells, of the picture's width. Where there are `ready_rows` too, they are made when
    they are looked at: for snapshots, crops and what lies over the picture."""
    sequence: str = ""
    """Written after the last row with the cursor on the picture's first cell; "" where the cells are the picture."""
    ready_rows: Sequence[str] = ()
    """The text of each row with its colours, ending in a reset: what `rows` would be rendered to, with no work left for
    each cell. Empty where the cells are not the picture."""
    has_arrived: Callable[[], bool] | None = None
    """Whether the terminal has read the picture; None where nobody can tell."""


class Painter(Protocol):
    """One protocol. Painting runs in the render thread."""

    label: ClassVar[str]
    """What the header calls it."""

    scales: ClassVar[bool] = False
    """Whether the terminal enlarges a picture to its cells: it may then have fewer pixels than they."""

    may_be_lost: bool = False
    """Whether what is written may be dropped on its way to the terminal, with no word of it."""

    clears_beside: bool = False
    """Whether the terminal clears the cells right of a picture, too, which must then be written after it."""

    takes_text: bool = True
    """Whether text that is written over some of a picture's cells is seen, and leaves the others as they are."""

    band: int = 1
    """Pixels: of a picture's foot twice as many are not drawn as its height is over a multiple of this."""

    block: int = 1
    """Pixels a side of the squares that are encoded one by one: tiles that begin on them don't spill into others."""

    max_side: ClassVar[int]
    """Pixels; no terminal is known to refuse a picture of so many, either way."""

    cell_size: tuple[int, int]
    """(width, height) in pixels of what `paint` takes for one cell; where these are real pixels, it may be set anew."""

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The picture, of columns x rows whole cells."""
        ...

    def written(self, painting: Painting) -> None:
        """The painting has gone out to the terminal; those before it that have not never will."""
        return

    def take_care(self, is_slow: bool) -> None:
        """The link is a slow one, or no longer: bytes are dearer than exact colours, where there is a choice."""
        return

    def forget(self) -> None:
        """The terminal has lost the last picture, or nobody knows: the next one is painted whole."""
        ...

    def farewell(self) -> str:
        """What takes the last picture off the terminal, where text does not cover it; "" where it does."""
        ...
