"""How values are spread, beside the standard normal density."""

# N bins

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.axes import Axes, Room, cell_room, draw_cell_axes, draw_pixel_axes, pixel_room
from vae_tui.charts.bars import UP
from vae_tui.charts.canvas import DIM, STRONG, CellCanvas, Look
from vae_tui.charts.contract import ChartLine
from vae_tui.charts.legend import Entry, draw_legend
from vae_tui.charts.paint import PixelCanvas, cut_text, font_size, line_height
from vae_tui.charts.palette import class_colour, is_dark, strongest
from vae_tui.charts.text import cut, listed, safe, short_number
from vae_tui.charts.window import Window
from vae_tui.imaging import Colour, Picture

_OVERLAY = "•"


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between rising edges as a density. Raises ValueError where there is not one edge more than counts.

    Counts that are no number or negative are 0; edges that do not rise or are not finite make an empty chart.
    """

    edges_N1: NDArray[np.floating]
    counts_N: NDArray[np.number]
    overlay: Literal["normal"] | None = None
    """"normal": the density of N(0, 1) is drawn over the bars."""
    title: str = ""
    x_label: str = ""
    moments: tuple[float, float] | None = None
    """Mean and standard deviation of the values, where they are known better than from their bins."""

    def __post_init__(self) -> None:
        if self.counts_N.ndim != 1 or self.edges_N1.shape != (len(self.counts_N) + 1,):
            raise ValueError(f"{self.edges_N1.shape} edges and {self.counts_N.shape} counts")

    @property
    def mean(self) -> float:
        """Mean of the values, each taken in the middle of its bin where `moments` is None; NaN where there are none."""
        if self._filled and self.moments is not None:
            return self.moments[0]
        return float(self._masses_N @ self._middles_N) if self._filled else math.nan

    @property
    def deviation(self) -> float:
        """Standard deviation, as in `mean`."""
        if not self._filled:
            return math.nan
        if self.moments is not None:
            return self.moments[1]
        return float(np.sqrt(self._masses_N @ (self._middles_N - self.mean) ** 2))

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells."""
        canvas = CellCanvas(width, height)
        if width < 1 or height < 1:
            return canvas.lines()
        head = int(bool(self.title) and height >= 6)
        below = CellCanvas(width, height - head)
        entries = self._entries(dark)
        axes = self._axes
        room = cell_room(axes, width, height - head, 1)
        draw_cell_axes(below, axes, room)
        self._draw_bars(below, room, dark)
        draw_legend(below, entries, room.legend)
        canvas.put(0, 0, cut(safe(self.title), width) if head else "", STRONG)
        return [*canvas.lines()[:head], *below.lines()]

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        size = font_size(width, height)
        head = line_height(size) if self.title and height >= 8 * line_height(size) else 0
        canvas = PixelCanvas(width, height - head, paper)
        dark = is_dark(paper)
        axes = self._axes
        room = pixel_room(axes, width, height - head, 1)
        densities = self._densities(room.columns)
        base = room.top + room.rows
        for column, density in enumerate(densities.tolist()):
            top = base - density / axes.window.top * room.rows
            canvas.rectangle(room.left + column, top, room.left + column + 1, base, class_colour(0, dark), 0.8)
        draw_pixel_axes(canvas, axes, room, ink)
        if self.overlay:
            self._paint_normal(canvas, room, strongest(dark))
        if room.legend:
            text = cut_text(self._summary(), size, width - 2 * size)
            canvas.text(size, height - head - line_height(size) - size // 3, text, size, ink)
        titled = PixelCanvas(width, height, paper)
        titled.text(size // 2, size // 4, cut_text(self.title, size, width - size) if head else "", size, ink)
        titled.area(0, head, width, height - head)[:] = canvas.picture()
        return titled.picture()

    def words(self) -> str:
        """As Chart.words."""
        return listed((safe(self.title), safe(self.x_label), self._summary()))

    def _summary(self) -> str:
        if not self._filled:
            return "no values"
        total = short_number(float(np.nan_to_num(self.counts_N.astype(np.float64).clip(0)).sum()))
        beside = ", beside N(0, 1)" if self.overlay else ""
        return f"{total} values, {self._spread}{beside}"

    @property
    def _spread(self) -> str:
        """Mean and deviation; a mean of less than a ten-thousandth of the deviation is rounding, and said as 0."""
        mean = self.mean if abs(self.mean) >= 1e-4 * self.deviation else 0.0
        return f"mean {short_number(mean)}, sd {short_number(self.deviation)}"

    @cached_property
    def _edges(self) -> NDArray[np.float64]:
        """The edges where they make a chart, else (-1, 1)."""
        edges = self.edges_N1.astype(np.float64)
        usable = len(edges) > 1 and bool(np.isfinite(edges).all()) and bool((abs(edges) <= 1e100).all())
        span = edges[-1] - edges[0] if usable else 0.0
        if not usable or not bool((edges[1:] > edges[:-1]).all()) or span < 1e-9 * abs(edges).max() or span < 1e-100:
            return np.array([-1.0, 1.0])
        return edges

    @cached_property
    def _masses_N(self) -> NDArray[np.float64]:
        """The share of all values in each bin; zeros where there is no chart."""
        if len(self._edges) != len(self.edges_N1) or not np.array_equal(self._edges, self.edges_N1):
            return np.zeros(len(self._edges) - 1)
        counts = np.nan_to_num(self.counts_N.astype(np.float64), posinf=0.0).clip(0, 1e300)
        most = counts.max(initial=0.0)
        shares = counts / most if most > 0 else counts
        return shares / shares.sum() if most > 0 else shares

    @property
    def _filled(self) -> bool:
        return bool(self._masses_N.any())

    @property
    def _middles_N(self) -> NDArray[np.float64]:
        return self._edges[:-1] / 2 + self._edges[1:] / 2

    def _densities(self, columns: int) -> NDArray[np.float64]:
        """The mean density over each of so many equal columns."""
        places = np.linspace(self._edges[0], self._edges[-1], columns + 1)
        shares = np.interp(places, self._edges, np.append(0.0, np.cumsum(self._masses_N)))
        densities: NDArray[np.float64] = np.diff(shares).clip(0) / ((self._edges[-1] - self._edges[0]) / columns)
        return densities

    @cached_property
    def _axes(self) -> Axes:
        top = float((self._masses_N / np.diff(self._edges)).max())
        if self.overlay:
            top = max(top, float(self._normal(np.clip(0.0, self._edges[0], self._edges[-1]))))
        return Axes(Window(self._edges[0], self._edges[-1], 0.0, top * 1.05 or 1.0), self.x_label)

    @staticmethod
    def _normal(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
        density: NDArray[np.float64] = np.exp(-0.5 * np.square(np.clip(x, -30, 30))) / math.sqrt(2 * math.pi)
        return density

    def _entries(self, dark: bool) -> tuple[Entry, ...]:
        if not self._filled:
            return (Entry(UP[8], "no values", DIM),)
        bars = Entry(UP[8], self._spread, Look(class_colour(0, dark)))
        return (bars, Entry(_OVERLAY, "N(0, 1)", Look(strongest(dark)))) if self.overlay else (bars,)

    def _draw_bars(self, canvas: CellCanvas, room: Room, dark: bool) -> None:
        top, look = self._axes.window.top, Look(class_colour(0, dark))
        for column, density in enumerate(self._densities(room.columns).tolist()):
            eighths = max(round(density / top * room.rows * 8), int(density > 0))
            for row in range(room.rows):
                glyph = UP[min(max(eighths - (room.rows - 1 - row) * 8, 0), 8)]
                canvas.put(room.left + column, room.top + row, glyph, look)
        if self.overlay and room.rows > 1:
            heights = self._normal(self._column_middles(room.columns)) / top * room.rows
            for column, height in enumerate(heights.tolist()):
                row = room.top + room.rows - 1 - min(int(height), room.rows - 1)
                canvas.put(room.left + column, row, _OVERLAY, Look(strongest(dark)))

    def _column_middles(self, columns: int) -> NDArray[np.float64]:
        window = self._axes.window
        return window.left + (np.arange(columns) + 0.5) / columns * window.width

    def _paint_normal(self, canvas: PixelCanvas, room: Room, colour: Colour) -> None:
        heights = self._normal(self._column_middles(room.columns)) / self._axes.window.top * room.rows
        tops = room.top + room.rows - heights
        for column, (here, after) in enumerate(zip(tops.tolist(), [*tops[1:].tolist(), float(tops[-1])], strict=True)):
            low, high = sorted((here, after))
            if (room.left + column) % 6 < 4:
                canvas.rectangle(room.left + column, low - 1, room.left + column + 1, high + 1, colour)
