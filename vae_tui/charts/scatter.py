"""Points of a plane by class, and a cursor among them."""

# N points, K classes

import string
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.axes import Axes, Room, cell_room, draw_cell_axes, draw_pixel_axes, pixel_room
from vae_tui.charts.binning import Filled, Ints, fill
from vae_tui.charts.canvas import PLAIN, STRONG, CellCanvas, Look
from vae_tui.charts.contract import ChartLine
from vae_tui.charts.kernels import NUM_SHAPES, kernel, stamp
from vae_tui.charts.legend import Entry, draw_legend, legend_lines
from vae_tui.charts.paint import PixelCanvas, font_size, line_height, text_width
from vae_tui.charts.palette import class_colour, is_dark, strongest
from vae_tui.charts.text import char_cells, cut, listed, safe, short_number
from vae_tui.charts.window import Window, place
from vae_tui.imaging import Colour, Picture

CURSOR = "╋"
MARK = "◆"

_SIGNS = string.digits + string.ascii_lowercase + string.ascii_uppercase
_UNKNOWN_SIGN = "·"
_CROWD_SIGN = "•"
_LATE_SIGN = "*"
"""Of every class after those that have a sign of their own."""
_MAX_LEGEND_ROWS = 3


@dataclass(frozen=True, eq=False)
class Scatter:
    """Points by class: each class has a sign and a colour of its own; few points in a cell are dim, many strong."""

    points_N2: NDArray[np.floating]
    classes_N: NDArray[np.integer] | None
    """Indices into class_names; what lies outside of them is of no known class. None: no classes."""
    class_names: tuple[str, ...]
    window: Window
    cursor: tuple[float, float] | None = None
    marks: tuple[tuple[float, float, str], ...] = ()
    """(x, y, text): points with a name."""
    x_label: str = ""
    y_label: str = ""

    def __post_init__(self) -> None:
        if self.points_N2.ndim != 2 or self.points_N2.shape[1] != 2:
            raise ValueError(f"points of shape {self.points_N2.shape}, not (N, 2)")
        if self.classes_N is not None and self.classes_N.shape != (len(self.points_N2),):
            raise ValueError("one class a point")

    @property
    def num_points(self) -> int:
        """All points, in the window or not."""
        return len(self.points_N2)

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """The sign of each class: the first letter of its name where no two share one, else 0-9, a-z, A-Z."""
        names = [safe(name).strip() for name in self.class_names]
        first = [name[:1] for name in names]
        usable = all(sign.isalnum() and char_cells(sign) == 1 for sign in first if sign) and all(first)
        if usable and len({sign.casefold() for sign in first}) == len(first):
            return tuple(first)
        return tuple(_SIGNS[index] if index < len(_SIGNS) else _LATE_SIGN for index in range(len(names)))

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells."""
        canvas = CellCanvas(width, height)
        if width < 1 or height < 1:
            return canvas.lines()
        room = self._cell_room(width, height)
        draw_cell_axes(canvas, self._axes, room)
        self._draw_points(canvas, room, dark)
        for x, y, text in self.marks:
            at = self._cell_of(x, y, room)
            if at is not None:
                name = cut(safe(text), room.left + room.columns - at[0] - 1)
                canvas.put(*at, MARK + name, Look(strongest(dark), strong=True))
        at = self._cell_of(*self.cursor, room) if self.cursor else None
        if at is not None:
            canvas.put(*at, CURSOR, Look(strongest(dark), strong=True))
        draw_legend(canvas, self._entries(dark), room.legend)
        return canvas.lines()

    def cell_of(self, x: float, y: float, width: int, height: int) -> tuple[int, int] | None:
        """(column, row) in a chart of so many cells; None outside of the window."""
        return self._cell_of(x, y, self._cell_room(width, height)) if width > 0 and height > 0 else None

    def point_at(self, column: int, row: int, width: int, height: int) -> tuple[float, float] | None:
        """(x, y) in the middle of a cell of a chart of so many; None outside of the plot."""
        if width < 1 or height < 1:
            return None
        room = self._cell_room(width, height)
        across, down = column - room.left, row - room.top
        if not (0 <= across < room.columns and 0 <= down < room.rows):
            return None
        x = self.window.left + (across + 0.5) / room.columns * self.window.width
        return x, self.window.top - (down + 0.5) / room.rows * self.window.height

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels: each class has a shape and a colour, and its sign at the mean of its points."""
        canvas = PixelCanvas(width, height, paper)
        dark = is_dark(paper)
        size = font_size(width, height)
        per_row = self._legend_columns(width, size)
        present = self._present
        room = pixel_room(self._axes, width, height, min(_MAX_LEGEND_ROWS, -(-len(present) // per_row)))
        draw_pixel_axes(canvas, self._axes, room, ink)
        self._paint_points(canvas, room, ink, dark)
        if room.axes:
            self._paint_signs(canvas, room, paper, size, dark)
        for x, y, text in self.marks:
            at = self._pixel_of(x, y, room)
            if at is not None:
                self._paint_shape(canvas, *at, 3, size * 0.4, strongest(dark))
                canvas.text(at[0] + size // 2, at[1] - size // 2, text, size, strongest(dark), paper)
        at = self._pixel_of(*self.cursor, room) if self.cursor else None
        if at is not None:
            self._paint_cursor(canvas, *at, size, paper, strongest(dark))
        self._paint_legend(canvas, present[: room.legend * per_row], per_row, room.legend, ink, dark)
        return canvas.picture()

    def words(self) -> str:
        """As Chart.words."""
        window = self.window
        classes = f" of {len(self._present)} classes" if self._present else ""
        names = [safe(label) or default for label, default in ((self.x_label, "x"), (self.y_label, "y"))]
        spans = ((window.left, window.right), (window.bottom, window.top))
        ranges = [
            f"{name} from {short_number(low)} to {short_number(high)}"
            for name, (low, high) in zip(names, spans, strict=True)
        ]
        marked = [f"{safe(text)} at ({short_number(x)}, {short_number(y)})" for x, y, text in self.marks]
        cursor = f"cursor at ({', '.join(map(short_number, self.cursor))})" if self.cursor else ""
        return listed([f"{self.num_points:,} points{classes}", *ranges, *marked, cursor])

    @property
    def _axes(self) -> Axes:
        return Axes(self.window, self.x_label, self.y_label)

    @cached_property
    def _known_N(self) -> Ints:
        """The class of each point, -1 where it has none that is known."""
        if self.classes_N is None:
            return np.full(self.num_points, -1, np.int64)
        classes = self.classes_N.astype(np.int64)
        return np.where((classes >= 0) & (classes < len(self.class_names)), classes, -1)

    @cached_property
    def _present(self) -> tuple[int, ...]:
        """The classes that any point has."""
        counts = np.bincount(self._known_N + 1, minlength=1)[1:]
        return tuple(int(index) for index in np.flatnonzero(counts))

    def _entries(self, dark: bool) -> tuple[Entry, ...]:
        return tuple(
            Entry(self.signs[index], self.class_names[index], Look(class_colour(index, dark)))
            for index in self._present
        )

    def _cell_room(self, width: int, height: int) -> Room:
        rows = len(legend_lines(self._entries(True), width, _MAX_LEGEND_ROWS))
        return cell_room(self._axes, width, height, rows)

    def _cell_of(self, x: float, y: float, room: Room) -> tuple[int, int] | None:
        column = place(x, self.window.left, self.window.right, room.columns)
        up = place(y, self.window.bottom, self.window.top, room.rows)
        return None if column is None or up is None else (room.left + column, room.top + room.rows - 1 - up)

    def _pixel_of(self, x: float, y: float, room: Room) -> tuple[int, int] | None:
        return self._cell_of(x, y, room)

    def _fill(self, room: Room) -> Filled:
        return fill(self.points_N2, self._known_N, self.window, room.columns, room.rows)

    def _draw_points(self, canvas: CellCanvas, room: Room, dark: bool) -> None:
        filled = self._fill(room)
        many = max(4, int(filled.count_M.max(initial=0)) // 4)
        columns = filled.column_M.tolist(), filled.row_M.tolist(), filled.class_M.tolist(), filled.count_M.tolist()
        for column, row, kind, count in zip(*columns, strict=True):
            look = STRONG if count >= many else PLAIN._replace(dim=count == 1)
            if kind < 0:
                sign = _CROWD_SIGN if count >= many else _UNKNOWN_SIGN
            else:
                sign, look = self.signs[kind], look._replace(colour=class_colour(kind, dark))
            canvas.put(room.left + column, room.top + row, sign, look)

    def _paint_points(self, canvas: PixelCanvas, room: Room, ink: Colour, dark: bool) -> None:
        filled = self._fill(room)
        num = max(1, len(filled.count_M))
        radius = min(font_size(canvas.width, canvas.height) * 0.3, (room.columns * room.rows / num) ** 0.5 / 5)
        colours = np.array([ink, *(class_colour(index, dark) for index in range(len(self.class_names)))], np.float32)
        area = canvas.area(room.left, room.top, room.columns, room.rows)
        shapes = (filled.class_M.clip(0) % NUM_SHAPES) if radius >= 2 else np.zeros_like(filled.class_M)
        if radius < 0.75:
            thick = np.minimum(1, 0.5 + 0.25 * np.log2(filled.count_M)).astype(np.float32)[:, None]
            below = area[filled.row_M, filled.column_M]
            area[filled.row_M, filled.column_M] = below + (colours[filled.class_M + 1] - below) * thick
            return
        for shape in np.unique(shapes):
            chosen = shapes == shape
            x, y = filled.column_M[chosen], filled.row_M[chosen]
            stamp(
                area, x, y, kernel(int(shape), round(radius, 2)) * np.float32(0.85), colours[filled.class_M[chosen] + 1]
            )

    def _paint_signs(self, canvas: PixelCanvas, room: Room, paper: Colour, size: int, dark: bool) -> None:
        """The sign of each class at the mean of those of its points that are in the window."""
        x, y = np.asarray(self.points_N2, np.float64).T
        window = self.window
        seen = (x >= window.left) & (x <= window.right) & (y >= window.bottom) & (y <= window.top)
        kinds = self._known_N[seen] + 1
        counts = np.bincount(kinds, minlength=len(self.class_names) + 1)
        share_x = np.bincount(kinds, (x[seen] - window.left) / window.width, len(counts))
        share_y = np.bincount(kinds, (y[seen] - window.bottom) / window.height, len(counts))
        large = round(size * 1.3)
        for index in np.flatnonzero(counts[1:]).tolist():
            left = room.left + share_x[index + 1] / counts[index + 1] * room.columns
            top = room.top + (1 - share_y[index + 1] / counts[index + 1]) * room.rows
            sign = self.signs[index]
            start = round(left - text_width(sign, large) / 2), round(top - large / 2)
            canvas.text(*start, sign, large, strongest(dark), paper)

    def _paint_shape(self, canvas: PixelCanvas, x: int, y: int, shape: int, radius: float, colour: Colour) -> None:
        mask = kernel(shape, round(radius, 2))
        canvas.mask(x - mask.shape[1] // 2, y - mask.shape[0] // 2, mask, colour)

    def _paint_cursor(self, canvas: PixelCanvas, x: int, y: int, size: int, paper: Colour, colour: Colour) -> None:
        for arm, thick, shade in ((size + 2, 3, paper), (size, 1, colour)):
            canvas.rectangle(x - arm, y - thick, x + arm + 1, y + thick + 1, shade)
            canvas.rectangle(x - thick, y - arm, x + thick + 1, y + arm + 1, shade)

    def _legend_columns(self, width: int, size: int) -> int:
        widest = max((text_width(self._legend_text(index), size) for index in self._present), default=0)
        return max(1, width // (widest + 3 * size))

    def _legend_text(self, index: int) -> str:
        return f"{self.signs[index]} {cut(safe(self.class_names[index]), 24)}"

    def _paint_legend(
        self, canvas: PixelCanvas, shown: tuple[int, ...], per_row: int, rows: int, ink: Colour, dark: bool
    ) -> None:
        size = font_size(canvas.width, canvas.height)
        line = line_height(size)
        for place_in_legend, index in enumerate(shown):
            row, column = divmod(place_in_legend, per_row)
            x = column * (canvas.width // per_row) + size
            y = canvas.height - (rows - row) * line - size // 3
            self._paint_shape(canvas, x, y + line // 2 - 1, index % NUM_SHAPES, size * 0.35, class_colour(index, dark))
            canvas.text(x + size, y, self._legend_text(index), size, ink)
