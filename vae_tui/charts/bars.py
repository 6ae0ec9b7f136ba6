"""A value for each of many things: the KL of each dimension."""

# N values

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.canvas import DIM, PLAIN, STRONG, CellCanvas, Look
from vae_tui.charts.contract import ChartLine
from vae_tui.charts.paint import PixelCanvas, cut_text, font_size, line_height, text_width
from vae_tui.charts.palette import class_colour, is_dark, strongest
from vae_tui.charts.text import cut, filled, listed, num_cells, safe, short_number
from vae_tui.imaging import Colour, Picture

ACROSS = " ▏▎▍▌▋▊▉█"
UP = " ▁▂▃▄▅▆▇█"
POINTER = "▸"
_POINTER_UP = "▲"
_NEGATIVE = "▒"
_FLAT_ROWS = 5
"""In so few rows, or fewer, all values stand side by side where not all have a row of their own."""
_LEAST_BAR = 6


def block_bar(share: float, width: int) -> str:
    """A bar over so large a share of the width, to an eighth of a cell; the least share that is not 0 shows."""
    eighths = min(max(round(share * width * 8), int(share > 0)), width * 8)
    return ACROSS[8] * (eighths // 8) + ACROSS[eighths % 8].strip()


@dataclass(frozen=True, eq=False)
class Bars:
    """Values as bars with labels and notes. Raises ValueError where labels or notes do not match the values.

    A negative value has a bar of its size in another pattern; one that is no number has none.
    """

    values_N: NDArray[np.floating]
    labels: tuple[str, ...]
    unit: str = ""
    marked: int | None = None
    """The place in values_N of the bar that is pointed at, and always seen; None: none is."""
    notes: tuple[str, ...] = ()
    """A word to the right of each bar, "" for none; () for none at all."""
    order: str = ""
    """How the bars are sorted: "by KL"."""

    def __post_init__(self) -> None:
        num = len(self.labels)
        if self.values_N.shape != (num,) or len(self.notes) not in (0, num):
            raise ValueError("a value and a label a bar, and a note a bar or none")
        if self.marked is not None and not 0 <= self.marked < num:
            raise ValueError(f"bar {self.marked} of {num} is marked")

    @property
    def num_bars(self) -> int:
        """All bars, seen or not."""
        return len(self.labels)

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells: a row each, those about the marked one where there are more; side by side in few rows."""
        canvas = CellCanvas(width, height)
        if width < 1 or height < 1:
            return canvas.lines()
        if not self.num_bars:
            canvas.put(0, 0, cut("no values", width), DIM)
        elif height < self.num_bars and height <= _FLAT_ROWS:
            self._draw_upright(canvas, dark)
        else:
            foot = self._foot(height) if height > _FLAT_ROWS else ""
            self._draw_rows(canvas, height - bool(foot), dark)
            canvas.put(0, height - 1, cut(foot, width) if foot else "", DIM)
        return canvas.lines()

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        canvas = PixelCanvas(width, height, paper)
        size = font_size(width, height)
        line = line_height(size)
        if not self.num_bars:
            canvas.text(size // 2, size // 3, cut_text("no values", size, width - size), size, ink)
        elif self.num_bars * line <= height and width >= 20 * size:
            self._paint_rows(canvas, size, ink, is_dark(paper))
        else:
            self._paint_upright(canvas, size, ink, is_dark(paper))
        return canvas.picture()

    def words(self) -> str:
        """As Chart.words."""
        finite = np.flatnonzero(np.isfinite(self.values_N))
        most = int(finite[np.argmax(self.values_N[finite])]) if finite.size else None
        noted = [safe(note) for note in self.notes if note]
        kinds = [f"{noted.count(note)} {note}" for note in dict.fromkeys(noted)]
        return listed(
            [
                f"{self.num_bars:,} values" + (f" {safe(self.order)}" if self.order else ""),
                f"most: {self._one_in_words(most)}" if most is not None else "",
                f"marked: {self._one_in_words(self.marked)}" if self.marked is not None else "",
                *kinds,
            ]
        )

    def _one_in_words(self, index: int) -> str:
        return listed((safe(self.labels[index]), self._number(index), safe(self.unit), self._note(index)), " ")

    def _number(self, index: int) -> str:
        value, decimals = float(self.values_N[index]), self._decimals
        return short_number(value) if decimals is None else f"{value:.{decimals}f}"

    def _note(self, index: int) -> str:
        return safe(self.notes[index]) if self.notes else ""

    @cached_property
    def _decimals(self) -> int | None:
        """Decimals that all numbers share; None where the values are too large or too small for that."""
        sizes = abs(self.values_N.astype(np.float64))
        most = sizes[np.isfinite(sizes)].max(initial=0.0)
        return max(0, min(2 - math.floor(math.log10(most)), 3)) if 0.01 <= most < 1e5 else None

    @cached_property
    def _shares_N(self) -> NDArray[np.float64]:
        """Each value's size as a share of the largest finite one's; 1 for what is infinite, 0 for no number."""
        sizes = abs(self.values_N.astype(np.float64))
        most = sizes[np.isfinite(sizes)].max(initial=0.0)
        shares: NDArray[np.float64] = np.nan_to_num(np.minimum(sizes, most) / (most or 1.0))
        shares[np.isinf(sizes)] = 1.0
        return shares

    def _first_row(self, rows: int) -> int:
        middle = (self.marked or 0) - rows // 2
        return max(0, min(middle, self.num_bars - rows))

    def _foot(self, height: int) -> str:
        order = safe(self.order)
        if self.num_bars <= height - bool(order):
            return order
        first = self._first_row(height - 1)
        return listed((f"{first + 1}–{first + height - 1} of {self.num_bars:,}", order), ", ")

    def _bar_look(self, index: int, dark: bool) -> Look:
        return Look(strongest(dark), strong=True) if index == self.marked else Look(class_colour(0, dark))

    def _draw_rows(self, canvas: CellCanvas, rows: int, dark: bool) -> None:
        first = self._first_row(rows)
        shown = range(first, min(first + rows, self.num_bars))
        numbers = [listed((self._number(index), safe(self.unit)), " ") for index in shown]
        wide_number = max(map(num_cells, numbers))
        wide_note = max((num_cells(self._note(index)) for index in shown), default=0)
        wide_label = min(max(num_cells(safe(self.labels[index])) for index in shown), max(canvas.width // 3, 1))
        bar = canvas.width - wide_label - wide_number - 3
        if bar - wide_note - 1 >= _LEAST_BAR and wide_note:
            bar -= wide_note + 1
        else:
            wide_note = 0
        if bar < _LEAST_BAR:
            bar, wide_number = canvas.width - wide_label - 2, 0
        if bar < _LEAST_BAR:
            bar, wide_label = canvas.width, 0
        for row, index in enumerate(shown):
            look = STRONG if index == self.marked else PLAIN
            column = wide_label + 2 if wide_label else 0
            if wide_label:
                canvas.put(0, row, POINTER if index == self.marked else " ", look)
                canvas.put(1, row, filled(safe(self.labels[index]), wide_label, right=True), look)
            canvas.put(column, row, self._bar(index, bar), self._bar_look(index, dark))
            if wide_number:
                canvas.put(column + bar + 1, row, filled(numbers[row], wide_number, right=True), look)
            if wide_note:
                canvas.put(column + bar + 2 + wide_number, row, self._note(index), DIM)

    def _bar(self, index: int, width: int) -> str:
        bar = block_bar(float(self._shares_N[index]), width)
        return _NEGATIVE * len(bar) if self.values_N[index] < 0 else bar

    def _draw_upright(self, canvas: CellCanvas, dark: bool) -> None:
        """All bars side by side; where columns are fewer, each is the largest of its share."""
        pointer_row = int(canvas.height > 1 and self.marked is not None)
        rows = canvas.height - pointer_row
        columns = min(canvas.width, self.num_bars)
        thick = min(4, canvas.width // columns)
        gap = int(thick >= 3)
        of_column = np.arange(self.num_bars) * columns // self.num_bars
        tallest = np.zeros(columns)
        np.maximum.at(tallest, of_column, self._shares_N)
        marked = int(of_column[self.marked]) if self.marked is not None else -1
        for column, share in enumerate(tallest.tolist()):
            look = Look(strongest(dark), strong=True) if column == marked else Look(class_colour(0, dark))
            eighths = max(round(share * rows * 8), int(share > 0))
            for row in range(rows):
                glyph = UP[min(max(eighths - (rows - 1 - row) * 8, 0), 8)]
                canvas.put(column * thick, row, glyph * (thick - gap), look)
        if pointer_row and self.marked is not None:
            at = marked * thick
            text = self._one_in_words(self.marked)
            beside = at + 2 if at + 2 + num_cells(text) <= canvas.width else at - 1 - num_cells(text)
            canvas.put(at, rows, _POINTER_UP, STRONG)
            canvas.put(beside, rows, text if beside >= 0 else "", STRONG)

    def _paint_rows(self, canvas: PixelCanvas, size: int, ink: Colour, dark: bool) -> None:
        pitch = min(canvas.height / self.num_bars, 2.2 * size)
        labels = [cut_text(label, size, canvas.width // 3) for label in self.labels]
        numbers = [listed((self._number(index), safe(self.unit)), " ") for index in range(self.num_bars)]
        left = max(text_width(label, size) for label in labels) + round(1.8 * size)
        widest = max(text_width(number, size) for number in numbers)
        noted = max((text_width(self._note(index), size) for index in range(self.num_bars)), default=0)
        room = canvas.width - left - widest - noted - 3 * size
        for index, label in enumerate(labels):
            top = index * pitch
            text_top = round(top + (pitch - line_height(size)) / 2)
            pointed = index == self.marked
            colour = strongest(dark) if pointed else ink
            if pointed:
                canvas.text(size // 3, text_top, ">", size, colour)
            canvas.text(left - text_width(label, size) - size // 2, text_top, label, size, colour)
            self._paint_bar(canvas, index, left, top + pitch * 0.15, max(room, 1), top + pitch * 0.85, dark)
            end = left + max(room, 1) + size
            canvas.text(end + widest - text_width(numbers[index], size), text_top, numbers[index], size, colour)
            canvas.text(end + widest + size, text_top, self._note(index), size, ink)

    def _paint_bar(
        self, canvas: PixelCanvas, index: int, left: int, top: float, room: int, bottom: float, dark: bool
    ) -> None:
        share = float(self._shares_N[index])
        colour = strongest(dark) if index == self.marked else class_colour(0, dark)
        length = max(share * room, 1 if share else 0)
        canvas.rectangle(left, top, left + length, bottom, colour, 0.45 if self.values_N[index] < 0 else 1.0)

    def _paint_upright(self, canvas: PixelCanvas, size: int, ink: Colour, dark: bool) -> None:
        columns = min(canvas.width, self.num_bars)
        text_rows = line_height(size) + size // 3 if canvas.height >= 4 * size else 0
        base = canvas.height - text_rows
        of_column = np.arange(self.num_bars) * columns // self.num_bars
        tallest = np.zeros(columns)
        np.maximum.at(tallest, of_column, self._shares_N)
        marked = int(of_column[self.marked]) if self.marked is not None else -1
        pitch = canvas.width / columns
        for column, share in enumerate(tallest.tolist()):
            colour = strongest(dark) if column == marked else class_colour(0, dark)
            left, right = math.floor(column * pitch), math.floor((column + 1) * pitch)
            gap = min(int(pitch >= 3) + int(pitch >= 12), right - left - 1)
            canvas.rectangle(left, base - max(share * base, 1 if share else 0), right - gap, base, colour)
        text = f"^ {self._one_in_words(self.marked)}" if self.marked is not None else safe(self.order)
        if text_rows:
            start = min(round(max(marked, 0) * pitch), max(0, canvas.width - text_width(text, size) - 1))
            canvas.text(start, base + size // 6, cut_text(text, size, canvas.width), size, ink)
