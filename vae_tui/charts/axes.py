"""The plot's room in a chart with two axes, and the axes about it, in cells and in pixels."""

from dataclasses import dataclass

from vae_tui.charts.canvas import DIM, CellCanvas
from vae_tui.charts.paint import PixelCanvas, font_size, line_height, text_width
from vae_tui.charts.text import cut, num_cells, safe, tick_number
from vae_tui.charts.ticks import tick_step, ticks
from vae_tui.charts.window import Window, place
from vae_tui.imaging import Colour

_LEAST_COLUMNS = 10
_LEAST_ROWS = 3
_GRID = 0.14
"""How much ink a line of the grid has in pixels."""


@dataclass(frozen=True)
class Axes:
    """A window and what its axes are called."""

    window: Window
    x_label: str = ""
    y_label: str = ""
    whole_x: bool = False
    """Whether x is counted: no ticks between whole numbers."""

    def x_step(self, most: int) -> float | None:
        """The distance of `most` ticks along x."""
        step = tick_step(self.window.left, self.window.right, most)
        return max(1.0, step) if self.whole_x and step is not None else step

    def y_step(self, most: int) -> float | None:
        """The distance of `most` ticks along y."""
        return tick_step(self.window.bottom, self.window.top, most)

    def x_ticks(self, step: float | None) -> list[tuple[float, str]]:
        """Values along x and their numbers."""
        return [(value, tick_number(value, step)) for value in ticks(self.window.left, self.window.right, step) if step]

    def y_ticks(self, step: float | None) -> list[tuple[float, str]]:
        """Values along y and their numbers."""
        return [(value, tick_number(value, step)) for value in ticks(self.window.bottom, self.window.top, step) if step]


@dataclass(frozen=True)
class Room:
    """Where the plot lies in a chart: cells or pixels, from the top left corner."""

    left: int
    top: int
    columns: int
    rows: int
    axes: bool
    """Whether lines and numbers are drawn about it."""
    names: bool
    """Whether the axes' names are."""
    legend: int
    """Rows for the legend beneath it all."""


def _most_y_ticks(rows: int) -> int:
    return max(1, rows // 3)


def cell_room(axes: Axes, width: int, height: int, legend_rows: int) -> Room:
    """The plot in so many cells, with all about it that leaves it room."""
    legend = min(legend_rows, max(0, (height - 4) // 3)) if width >= _LEAST_COLUMNS else 0
    names = bool(axes.x_label or axes.y_label) and width >= 24 and height - legend >= 9
    header = int(names and bool(axes.y_label))
    rows = height - legend - 2 - header
    numbers = [num_cells(text) for _, text in axes.y_ticks(axes.y_step(_most_y_ticks(rows)))]
    gutter = max(numbers, default=0) + 1
    if rows < _LEAST_ROWS or width - gutter < _LEAST_COLUMNS:
        return Room(0, 0, width, height - legend, False, False, legend)
    return Room(gutter, header, width - gutter, rows, True, names, legend)


def draw_cell_axes(canvas: CellCanvas, axes: Axes, room: Room) -> None:
    """Lines, ticks and numbers about the plot, and the axes' names."""
    if not room.axes:
        return
    window, base, line = axes.window, room.top + room.rows, room.left - 1
    for row in range(room.rows):
        canvas.put(line, room.top + row, "│", DIM)
    canvas.put(line, base, "└" + "─" * room.columns, DIM)
    for value, text in axes.y_ticks(axes.y_step(_most_y_ticks(room.rows))):
        up = place(value, window.bottom, window.top, room.rows)
        if up is not None:
            canvas.put(line - num_cells(text), base - 1 - up, text + "┤", DIM)
    if room.names and axes.y_label:
        canvas.put(0, 0, _shortened(safe(axes.y_label), canvas.width), DIM)
    end = canvas.width
    x_label = safe(axes.x_label)
    if room.names and 0 < num_cells(x_label) <= room.columns // 2:
        end -= num_cells(x_label)
        canvas.put(end, base + 1, x_label, DIM)
        end -= 2
    for value, text in axes.x_ticks(axes.x_step(max(1, room.columns // 9))):
        across = place(value, window.left, window.right, room.columns)
        if across is None:
            continue
        canvas.put(room.left + across, base, "┬", DIM)
        start = room.left + across - num_cells(text) // 2
        start = max(min(start, end - num_cells(text)), 0) if end == canvas.width else start
        if start + num_cells(text) <= end and canvas.blank(start, base + 1, num_cells(text)):
            canvas.put(start, base + 1, text, DIM)


def pixel_room(axes: Axes, width: int, height: int, legend_rows: int) -> Room:
    """The plot in so many pixels; `left` and `top` as in cell_room, `legend` in rows of text."""
    size = font_size(width, height)
    line = line_height(size)
    legend = min(legend_rows, max(0, (height - 4 * line) // (4 * line)))
    names = bool(axes.x_label or axes.y_label) and width >= 20 * size and height >= 11 * line
    top = (line + line // 2 if names and axes.y_label else line // 2) + 1
    bottom = round(1.6 * line) + legend * line + size // 3
    rows = height - top - bottom
    numbers = [text_width(text, size) for _, text in axes.y_ticks(axes.y_step(max(1, rows // (3 * line))))]
    left = max(numbers, default=0) + size
    columns = width - left - size
    if rows < 3 * line or columns < 6 * size:
        return Room(0, 0, width, height, False, False, 0)
    return Room(left, top, columns, rows, True, names, legend)


def draw_pixel_axes(canvas: PixelCanvas, axes: Axes, room: Room, ink: Colour) -> None:
    """Grid, numbers and names about the plot."""
    if not room.axes:
        return
    window = axes.window
    size = font_size(canvas.width, canvas.height)
    line = line_height(size)
    right, base = room.left + room.columns, room.top + room.rows
    for value, text in axes.y_ticks(axes.y_step(max(1, room.rows // (3 * line)))):
        y = base - (value - window.bottom) / window.height * room.rows
        canvas.rectangle(room.left, y - 0.5, right, y + 0.5, ink, _GRID)
        canvas.text(room.left - text_width(text, size) - size // 2, round(y - size * 0.55), text, size, ink)
    end = canvas.width
    below = base + line // 4
    if room.names and axes.x_label and text_width(axes.x_label, size) <= room.columns // 2:
        end = right - text_width(axes.x_label, size)
        canvas.text(end, below, axes.x_label, size, ink)
        end -= size
    for value, text in axes.x_ticks(axes.x_step(max(1, room.columns // (6 * size)))):
        x = room.left + (value - window.left) / window.width * room.columns
        canvas.rectangle(x - 0.5, room.top, x + 0.5, base, ink, _GRID)
        start = round(x - text_width(text, size) / 2)
        if start + text_width(text, size) <= end:
            canvas.text(start, below, text, size, ink)
    canvas.rectangle(room.left - 1, room.top, room.left, base, ink, 0.6)
    canvas.rectangle(room.left - 1, base, right, base + 1, ink, 0.6)
    if room.names and axes.y_label:
        canvas.text(size // 2, size // 3, axes.y_label, size, ink)


def _shortened(text: str, width: int) -> str:
    """The text without what stands behind a semicolon or a comma where there is no room for that; cut where it must."""
    kept = (text, text.partition(";")[0], text.partition(",")[0])
    return next((known for known in kept if len(known) <= width), cut(text, width))
