"""Lines over a common axis: losses by epoch, a norm along a path."""

# N points of a series

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.axes import Axes, Room, cell_room, draw_cell_axes, draw_pixel_axes, pixel_room
from vae_tui.charts.canvas import CellCanvas, Look
from vae_tui.charts.contract import ChartLine
from vae_tui.charts.legend import Entry, draw_legend, legend_lines
from vae_tui.charts.paint import PixelCanvas, font_size, line_height, text_width
from vae_tui.charts.palette import class_colour, is_dark, strongest
from vae_tui.charts.text import listed, safe, short_number
from vae_tui.charts.tracing import PATTERNS, Ints, thickened, trace
from vae_tui.charts.window import FARTHEST, Window, interval_around, place
from vae_tui.imaging import Colour, Picture

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Bits of the braille dots of a cell, four rows of two."""

_SAMPLES = ("⠤⠤⠤", "⠤ ⠤", "⠄⠄⠄", "⠤⠤ ")
"""Each pattern as the legend shows it."""

_MARKER = "│"
_FINE = 3
"""Dots to a pixel, across and down, before they are averaged."""
_MAX_LEGEND_ROWS = 2


@dataclass(frozen=True, eq=False)
class Series:
    """A named line. What is not finite is a gap. Raises ValueError where there is not one y to each x."""

    name: str
    xs_N: NDArray[np.floating]
    ys_N: NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.xs_N.ndim != 1 or self.xs_N.shape != self.ys_N.shape:
            raise ValueError(f"{self.xs_N.shape} and {self.ys_N.shape} are no series")

    @cached_property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both coordinates, NaN together where either is not finite."""
        x, y = self.xs_N.astype(np.float64), self.ys_N.astype(np.float64)
        gap = ~(np.isfinite(x) & np.isfinite(y))
        x, y = x.clip(-FARTHEST, FARTHEST), y.clip(-FARTHEST, FARTHEST)
        x[gap] = y[gap] = np.nan
        return x, y

    def value_at(self, x: float | None) -> float | None:
        """y of the point that is nearest to x, of the last point for None; None where there is no point."""
        xs, ys = self.points
        (whole,) = np.nonzero(np.isfinite(xs))
        if not whole.size:
            return None
        nearest = whole[-1] if x is None else whole[np.argmin(abs(xs[whole] - x))]
        return float(ys[nearest])


@dataclass(frozen=True)
class Curves:
    """Lines told apart by pattern and colour; the legend holds the last value of each, or the one at the marker."""

    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    marker_x: float | None = None
    """Where a line stands across the plot; None: nowhere."""
    whole_x: bool = False
    """Whether x is counted, as epochs are: no ticks between whole numbers."""

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells, in braille: two dots across a cell, four down. The same lines are drawn once."""
        return list(_kept_cells(self, width, height, dark))

    def _cells(self, width: int, height: int, dark: bool) -> list[ChartLine]:
        canvas = CellCanvas(width, height)
        if width < 1 or height < 1:
            return canvas.lines()
        entries = self._entries(dark)
        room = cell_room(self._axes, width, height, len(legend_lines(entries, width, _MAX_LEGEND_ROWS)))
        draw_cell_axes(canvas, self._axes, room)
        self._draw_marker(canvas, room, dark)
        self._draw_lines(canvas, room, dark)
        draw_legend(canvas, entries, room.legend)
        return canvas.lines()

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        canvas = PixelCanvas(width, height, paper)
        dark = is_dark(paper)
        room = pixel_room(self._axes, width, height, 1 if self.series else 0)
        draw_pixel_axes(canvas, self._axes, room, ink)
        window = self._axes.window
        at = None if self._marker is None else place(self._marker, window.left, window.right, room.columns)
        if at is not None:
            canvas.rectangle(room.left + at, room.top, room.left + at + 1, room.top + room.rows, strongest(dark), 0.8)
        thick = max(1.5, font_size(width, height) / 6)
        for index in reversed(range(len(self.series))):
            mask = self._line_mask(index, room, thick)
            canvas.mask(room.left, room.top, mask, class_colour(index, dark))
        if room.legend:
            self._paint_legend(canvas, ink, dark, thick)
        return canvas.picture()

    def words(self) -> str:
        """As Chart.words."""
        about = " over ".join(part for part in (safe(self.y_label), safe(self.x_label)) if part)
        at = f"at {safe(self.x_label) or 'x'} {short_number(self._marker)}" if self._marker is not None else ""
        return listed([about, *map(self._series_words, self.series), at])

    def _series_words(self, series: Series) -> str:
        _, ys = series.points
        values = ys[np.isfinite(ys)]
        if not values.size:
            return f"{safe(series.name)} has no values"
        text = f"{safe(series.name)} {short_number(values[0])} to {short_number(values[-1])}"
        if len(values) > 2:
            text += f" (least {short_number(values.min())}, most {short_number(values.max())})"
        here = series.value_at(self._marker)
        return text if self._marker is None or here is None else f"{text}, {short_number(here)} at the marker"

    @property
    def _marker(self) -> float | None:
        return self.marker_x if self.marker_x is not None and math.isfinite(self.marker_x) else None

    @cached_property
    def _axes(self) -> Axes:
        points = [series.points for series in self.series]
        xs = np.concatenate([np.empty(0), *(x for x, _ in points)])
        ys = np.concatenate([np.empty(0), *(y for _, y in points)])
        window = Window(*interval_around(xs, 0.0), *interval_around(ys, 0.05))
        return Axes(window, self.x_label, self.y_label, self.whole_x)

    def _entries(self, dark: bool) -> tuple[Entry, ...]:
        signs = [_SAMPLES[index % len(_SAMPLES)] for index in range(len(self.series))]
        return tuple(
            Entry(sign, self._legend_text(series), Look(class_colour(index, dark)))
            for index, (sign, series) in enumerate(zip(signs, self.series, strict=True))
        )

    def _legend_text(self, series: Series) -> str:
        value = series.value_at(self._marker)
        return safe(series.name) if value is None else f"{safe(series.name)} {short_number(value)}".strip()

    def _dots(self, index: int, columns: int, rows: int, coarse: int) -> tuple[Ints, Ints]:
        """Where the dots of a line lie, columns from the left and rows from the top."""
        window = self._axes.window
        xs, ys = self.series[index].points
        across = (xs / window.width - window.left / window.width) * (columns - 1) + 0.5
        down = (window.top / window.height - ys / window.height) * (rows - 1) + 0.5
        x, y = trace(across, down, index, coarse)
        return x.clip(0, columns - 1), y.clip(0, rows - 1)

    def _draw_marker(self, canvas: CellCanvas, room: Room, dark: bool) -> None:
        window = self._axes.window
        at = None if self._marker is None else place(self._marker, window.left, window.right, room.columns)
        for row in range(room.rows if at is not None else 0):
            canvas.put(room.left + (at or 0), room.top + row, _MARKER, Look(strongest(dark), strong=True))

    def _draw_lines(self, canvas: CellCanvas, room: Room, dark: bool) -> None:
        """A cell has the dots of every line through it, and the colour of the first that has the most."""
        bits = np.zeros((max(1, len(self.series)), room.rows, room.columns), np.int64)
        for index in range(len(self.series)):
            x, y = self._dots(index, room.columns * 2, room.rows * 4, 1)
            np.bitwise_or.at(bits[index], (y // 4, x // 2), _DOTS[y % 4, x % 2])
        first = np.bitwise_count(bits).argmax(axis=0)
        every = np.bitwise_or.reduce(bits, axis=0)
        looks = [Look(class_colour(index, dark)) for index in range(len(bits))]
        rows_N, columns_N = np.nonzero(every)
        dots = zip(
            rows_N.tolist(), columns_N.tolist(), every[every > 0].tolist(), first[every > 0].tolist(), strict=True
        )
        for row, column, dot, line in dots:
            canvas.put(room.left + column, room.top + row, chr(0x2800 + dot), looks[line])

    def _line_mask(self, index: int, room: Room, thick: float) -> NDArray[np.float32]:
        """How much of each pixel of the plot a line covers."""
        columns, rows = room.columns * _FINE, room.rows * _FINE
        fine = np.zeros((rows, columns), np.uint8)
        x, y = self._dots(index, columns, rows, round(thick * _FINE * 1.5))
        fine[y, x] = 255
        fine = thickened(thickened(fine, round(thick * _FINE / 2)).T, round(thick * _FINE / 2)).T
        blocks = fine.reshape(room.rows, _FINE, room.columns, _FINE)
        covered: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32) / np.float32(255)
        return covered

    def _paint_legend(self, canvas: PixelCanvas, ink: Colour, dark: bool, thick: float) -> None:
        size = font_size(canvas.width, canvas.height)
        left, top = size, canvas.height - line_height(size) - size // 3
        sample = size * 3
        for index, series in enumerate(self.series):
            text = self._legend_text(series)
            if left + sample + size // 2 + text_width(text, size) > canvas.width:
                canvas.text(left, top, "…", size, ink)
                return
            drawn, period = PATTERNS[index % len(PATTERNS)]
            unit = thick * 1.5
            for start in range(math.ceil(sample / (period * unit))):
                x = left + start * period * unit
                end = min(x + drawn * unit, left + sample)
                middle = top + size * 0.65
                canvas.rectangle(x, middle - thick / 2, end, middle + thick / 2, class_colour(index, dark))
            canvas.text(left + sample + size // 2, top, text, size, ink)
            left += sample + size // 2 + text_width(text, size) + 2 * size


@lru_cache(maxsize=8)
def _kept_cells(curves: Curves, width: int, height: int, dark: bool) -> tuple[ChartLine, ...]:
    return tuple(curves._cells(width, height, dark))
