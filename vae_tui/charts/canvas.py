"""A rectangle of terminal cells to draw on."""

from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from vae_tui.charts.contract import ChartLine, ChartRun
from vae_tui.charts.text import char_cells
from vae_tui.imaging import Colour


class Look(NamedTuple):
    """How a cell's glyph looks: as in ChartRun."""

    colour: Colour | None = None
    strong: bool = False
    dim: bool = False


PLAIN = Look()
DIM = Look(dim=True)
STRONG = Look(strong=True)

_BLANK = (" ", PLAIN)


class CellCanvas:
    """width x height blank cells. What is put outside of them is left out."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._rows: list[list[tuple[str, Look]]] = [[_BLANK] * width for _ in range(height)]

    def put(self, column: int, row: int, text: str, look: Look = PLAIN) -> None:
        """The text from the cell to its right."""
        if not 0 <= row < self.height:
            return
        cells = self._rows[row]
        for char in text:
            size = 1 if char.isascii() else char_cells(char)
            if column >= 0 and column + size <= self.width:
                self._set(cells, column, char, size, look)
            column += size

    def _set(self, cells: list[tuple[str, Look]], column: int, char: str, size: int, look: Look) -> None:
        """A wide glyph is followed by a cell of no text; one that loses a half is blanked whole."""
        if not cells[column][0]:
            cells[column - 1] = _BLANK
        end = column + size
        if end < self.width and not cells[end][0]:
            cells[end] = _BLANK
        cells[column] = (char, look)
        if size == 2:
            cells[column + 1] = ("", look)

    def blank(self, column: int, row: int, width: int) -> bool:
        """Whether these cells, all of them on the canvas, hold nothing yet."""
        if not 0 <= row < self.height or column < 0 or column + width > self.width:
            return False
        return all(glyph == " " for glyph, _ in self._rows[row][column : column + width])

    def lines(self) -> list[ChartLine]:
        """One line a row, without the blanks at its end."""
        return [self._line(cells) for cells in self._rows]

    def _line(self, cells: list[tuple[str, Look]]) -> ChartLine:
        end = len(cells)
        while end and cells[end - 1][0] == " ":
            end -= 1
        runs = groupby(cells[:end], key=itemgetter(1))
        return tuple([ChartRun("".join([glyph for glyph, _ in run]), *look) for look, run in runs])
