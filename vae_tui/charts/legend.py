"""Lines of sign and name, as far as they fit."""

from dataclasses import dataclass

from vae_tui.charts.canvas import DIM, PLAIN, CellCanvas, Look
from vae_tui.charts.text import cut, num_cells, safe

_GAP = 2


@dataclass(frozen=True)
class Entry:
    """A sign and what it stands for."""

    sign: str
    name: str
    look: Look = PLAIN

    @property
    def num_cells(self) -> int:
        """Cells of the sign, a space and the name."""
        return num_cells(self.sign) + 1 + num_cells(safe(self.name))


def legend_lines(entries: tuple[Entry, ...], width: int, most: int) -> list[list[Entry]]:
    """The entries in lines of `width` cells, `most` lines at most; those that do not fit are left out."""
    lines: list[list[Entry]] = []
    used = width
    for entry in entries:
        if used + _GAP + entry.num_cells > width:
            if len(lines) == most:
                break
            lines.append([])
            used = -_GAP
        lines[-1].append(entry)
        used += _GAP + entry.num_cells
    return lines


def draw_legend(canvas: CellCanvas, entries: tuple[Entry, ...], rows: int) -> None:
    """The entries in the last `rows` lines of the canvas, an ellipsis where there are more of them."""
    lines = legend_lines(entries, canvas.width, rows)
    column = 0
    for index, line in enumerate(lines):
        column = 0
        for entry in line:
            row = canvas.height - rows + index
            canvas.put(column, row, entry.sign, entry.look)
            canvas.put(column + num_cells(entry.sign) + 1, row, cut(safe(entry.name), canvas.width - column), DIM)
            column += entry.num_cells + _GAP
    if rows and sum(map(len, lines)) < len(entries):
        canvas.put(min(column, canvas.width - 1), canvas.height - 1, "…", DIM)
