"""What every chart can do."""

from dataclasses import dataclass
from typing import Protocol

from vae_tui.imaging import Colour, Picture


@dataclass(frozen=True)
class ChartRun:
    """A stretch of text of one look."""

    text: str
    colour: Colour | None = None
    """None: the colour of plain text."""
    strong: bool = False
    dim: bool = False


ChartLine = tuple[ChartRun, ...]


class Chart(Protocol):
    """A value that can be drawn. Drawing never raises, whatever the data holds and however small the room is."""

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """Exactly `height` lines of at most `width` cells, in colours for a dark or a light paper.

        In less room there is less of it: the axes' names go first, then axes and legend; the data itself stays.
        """
        ...

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """The same as uint8 (height, width, 3). Same values, same pixels."""
        ...

    def words(self) -> str:
        """What it shows, in one line of words and numbers: for a log, a screen reader, a caption."""
        ...
