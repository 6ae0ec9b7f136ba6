"""Several charts in one."""

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae_tui.charts.contract import Chart, ChartLine, ChartRun
from vae_tui.charts.paint import PixelCanvas, cut_text, font_size, line_height, text_width
from vae_tui.charts.text import cut, in_parts, line_cells, listed, num_cells, safe
from vae_tui.imaging import Colour, Picture

_LEAST_CELLS = {"down": 4, "across": 16}
_LEAST_PIXELS = {"down": 60, "across": 120}
_GAP_CELLS = 2
_GAP_PIXELS = 12


@dataclass(frozen=True)
class Stack:
    """Charts beneath or beside each other, each with so large a share of the room as its weight.

    Where there is too little room for all, the last are left out, and a line names them. Raises ValueError where
    there is not a positive weight, and a title or none at all, to each chart.
    """

    charts: tuple[Chart, ...]
    weights: tuple[float, ...] = ()
    """(): all the same."""
    direction: Literal["down", "across"] = "down"
    titles: tuple[str, ...] = ()
    """A line above each chart, "" for none; () for none at all."""

    def __post_init__(self) -> None:
        num = len(self.charts)
        if (
            len(self.weights) not in (0, num)
            or len(self.titles) not in (0, num)
            or not all(w > 0 for w in self.weights)
        ):
            raise ValueError("a positive weight and a title to each chart")

    def num_shown(self, width: int, height: int) -> int:
        """How many charts so many cells have room for; at least one of any."""
        return self._num_shown(width if self.direction == "across" else height, _LEAST_CELLS, _GAP_CELLS)

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells."""
        shown = self.num_shown(width, height)
        foot = self._left_out(shown) if height >= 2 * _LEAST_CELLS["down"] - 2 else ""
        rows = max(height - bool(foot), 0)
        if self.direction == "down":
            parts = [self._part(index, width, share, dark) for index, share in self._shares(shown, rows, 0)]
            lines = list(itertools.chain.from_iterable(parts))
        else:
            lines = self._beside(shown, width, rows, dark)
        lines += [()] * (rows - len(lines))
        return [*lines, *([_line(foot, width, dim=True)] if foot else [])]

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        across = self.direction == "across"
        shown = self._num_shown(width if across else height, _LEAST_PIXELS, _GAP_PIXELS)
        size = font_size(width, height)
        line = line_height(size)
        foot = self._left_out(shown) if height >= 2 * _LEAST_PIXELS["down"] else ""
        rows = height - line * bool(foot)
        canvas = PixelCanvas(width, height, paper)
        canvas.text(size // 2, rows, cut_text(foot, size, width - size), size, ink)
        start = 0
        for index, share in self._shares(shown, width if across else rows, _GAP_PIXELS):
            left, top, columns, room = (start, 0, share, rows) if across else (0, start, width, share)
            title = self._title(index) if room >= 4 * line else ""
            head = line * bool(title)
            canvas.text(left + size // 2, top, _painted_title(title, size, columns - size), size, ink)
            canvas.area(left, top + head, columns, room - head)[:] = self.charts[index].pixels(
                columns, room - head, paper, ink
            )
            start += share + _GAP_PIXELS
        return canvas.picture()

    def words(self) -> str:
        """As Chart.words."""
        titles = [self._title(index) for index in range(len(self.charts))]
        return " | ".join(
            listed((title, chart.words()), ": ") for title, chart in zip(titles, self.charts, strict=True)
        )

    def part_at(self, column: int, row: int, width: int, height: int) -> tuple[int, int, int, int, int] | None:
        """The chart at a cell of so many, its index, and the cell and the size within it; None between two."""
        shown = self.num_shown(width, height)
        foot = self._left_out(shown) if height >= 2 * _LEAST_CELLS["down"] - 2 else ""
        rows = max(height - bool(foot), 0)
        across = self.direction == "across"
        start = 0
        for index, share in self._shares(shown, width if across else rows, _GAP_CELLS if across else 0):
            columns, lines = (share, rows) if across else (width, share)
            head = 1 if self._title(index) and lines >= _LEAST_CELLS["down"] else 0
            x, y = (column - start, row - head) if across else (column, row - start - head)
            if 0 <= x < columns and 0 <= y < lines - head:
                return index, x, y, columns, lines - head
            start += share + (_GAP_CELLS if across else 0)
        return None

    def _title(self, index: int) -> str:
        return safe(self.titles[index]) if self.titles else ""

    def _num_shown(self, room: int, least: dict[str, int], gap: int) -> int:
        each = least[self.direction]
        fit = (room + gap) // (each + gap) if self.direction == "across" else room // each
        return min(max(fit, 1), len(self.charts))

    def _left_out(self, shown: int) -> str:
        rest = range(shown, len(self.charts))
        if not rest:
            return ""
        named = listed((self._title(index) for index in rest), ", ")
        return f"… and {len(rest)} more" + (f": {named}" if named else "")

    def _shares(self, shown: int, room: int, gap: int) -> list[tuple[int, int]]:
        """(index, cells or pixels) of each chart that is shown: by weight, each with its least where there is room."""
        if not shown:
            return []
        weights = np.array(self.weights[:shown] or (1.0,) * shown)
        free = max(room - gap * (shown - 1), 0)
        floor = min(_LEAST_CELLS[self.direction], free // shown)
        ends = np.rint(np.cumsum(weights / weights.sum()) * (free - floor * shown)).astype(int)
        return list(enumerate((np.diff(ends, prepend=0) + floor).tolist()))

    def _part(self, index: int, width: int, height: int, dark: bool) -> list[ChartLine]:
        """A chart with its title, where there is room for one."""
        title = self._title(index) if height >= _LEAST_CELLS["down"] else ""
        chart = self.charts[index].cells(width, height - bool(title), dark)
        return [_line(title, width, strong=True), *chart] if title else chart

    def _beside(self, shown: int, width: int, height: int, dark: bool) -> list[ChartLine]:
        parts = [
            (share, self._part(index, share, height, dark)) for index, share in self._shares(shown, width, _GAP_CELLS)
        ]
        lines: list[ChartLine] = []
        for row in range(height if parts else 0):
            runs: list[ChartRun] = []
            used = start = 0
            for share, part in parts:
                line = part[row]
                if line:
                    runs += [ChartRun(" " * (start - used)), *line] if start > used else line
                    used = start + line_cells(line)
                start += share + _GAP_CELLS
            lines.append(tuple(runs))
        return lines


def _painted_title(title: str, size: int, width: int) -> str:
    """As much of it as so many pixels have room for."""
    return cut_text(in_parts(title, lambda known: text_width(known, size) <= width), size, width)


def _line(text: str, width: int, *, strong: bool = False, dim: bool = False) -> ChartLine:
    short = cut(in_parts(text, lambda known: num_cells(known) <= width), width)
    return (ChartRun(short, strong=strong, dim=dim),) if short else ()
