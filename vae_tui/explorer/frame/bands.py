"""A grid in bands, with rows of text between them: figures under each, or the rows' labels above them."""

import math
from dataclasses import replace

from rich.cells import cell_len

from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.explorer.frame.labelling import LABEL_GAP, column_labels, costs_too_much
from vae_tui.explorer.frame.scaling import scale_of, with_scaled_gutter
from vae_tui.imaging import Layout, fit
from vae_tui.pictures.contract import Drawing


def place_bands(drawing: Drawing, canvas: Canvas, lines: int) -> Placement | None:
    """The bands one below the other, each with so many of its lines under it; None where there is no room for them."""
    num = drawing.rows // drawing.band_rows
    label_width = max(map(cell_len, (*drawing.row_labels, *(name for name, _ in drawing.foot)))) + LABEL_GAP
    columns = min(canvas.columns - label_width, canvas.max_side // canvas.cell_width)
    room = (min(canvas.rows - lines, canvas.max_side // canvas.cell_height) - (num - 1) * lines) // num
    fitted = _fit_bands(drawing, canvas, num, lines, columns, room)
    if fitted is None:
        return None
    layout, band = fitted
    columns, total = math.ceil(layout.width / canvas.cell_width), num * (band + lines) - lines
    x = (canvas.columns - label_width - columns) // 2 + label_width
    labels, text_rows = [], list[int]()
    for row, text in enumerate(drawing.row_labels):
        middle = layout.origin(row * drawing.columns)[0] + (layout.tile_height - 1) // 2
        labels.append(Label(x - LABEL_GAP - cell_len(text), middle // canvas.cell_height, text))
    for number in range(num):
        below = number * (band + lines) + band
        text_rows += range(below, min(below + lines, total))
        for row, (name, texts) in enumerate(_lines_of(drawing, number, num, lines), below):
            labels.append(Label(x - LABEL_GAP - cell_len(name), row, name))
            labels += column_labels(texts, canvas, layout, x, row)
    figures = min(lines, len(drawing.foot) // num - 1)
    return Placement(layout, x, 0, columns, total, tuple(labels), figures=figures, text_rows=tuple(text_rows))


def place_under_labels(
    drawing: Drawing, canvas: Canvas, marked_row: int | None, bare: Layout, header: int, least: float
) -> Placement | None:
    """Each row under a line with its label, where rows are free; None where that costs the tiles too much."""
    num = drawing.rows
    if not drawing.row_labels or drawing.front is not drawing or not canvas.takes_text:
        return None
    columns = min(canvas.columns, canvas.max_side // canvas.cell_width)
    room = min(canvas.rows - header, canvas.max_side // canvas.cell_height) // num - 1
    fitted = _fit_bands(replace(drawing, band_rows=1, foot=()), canvas, num, 1, columns, room)
    if fitted is None or costs_too_much(fitted[0].tile_width, bare.tile_width, least):
        return None
    layout, band = fitted
    columns, pitch = math.ceil(layout.width / canvas.cell_width), band + 1
    x, labels = (canvas.columns - columns) // 2, list[Label]()
    for row, text in enumerate(drawing.row_labels):
        marked = row == marked_row
        squeezed = f"{'▸' if marked else ' '} {' '.join(text.split())}"
        if cell_len(squeezed) > canvas.columns:
            return None
        start = max(0, min(x - LABEL_GAP, canvas.columns - cell_len(squeezed)))
        labels.append(Label(start, header + row * pitch, squeezed, marked))
    labels += column_labels(drawing.column_labels, canvas, layout, x, 0) if header else []
    text_rows = tuple(header + row * pitch for row in range(1, num))
    return Placement(layout, x, header + 1, columns, num * pitch - 1, tuple(labels), text_rows=text_rows)


def _fit_bands(
    drawing: Drawing, canvas: Canvas, num: int, lines: int, columns: int, room: int
) -> tuple[Layout, int] | None:
    """The largest bands in so many columns and rows each, `lines` rows apart, with the rows of cells each takes.

    Where the terminal enlarges the picture, a band begins on a whole one of the pixels that are sent: up to one of
    them, enlarged, below its first row of cells. Where it then does not end within its rows, it is made smaller.
    """
    for rows in range(room, 0, -1):
        layout = _fit_band(drawing, canvas, columns, rows)
        if layout is None:
            return None
        scale = scale_of(layout, drawing) if canvas.terminal_scales else 1
        for band in range(math.ceil(layout.height / canvas.cell_height), room + 1):
            pitch = (band + lines) * canvas.cell_height
            tops = tuple(math.ceil(number * pitch / scale) * scale for number in range(num))
            lowest = max(top - number * pitch for number, top in enumerate(tops))
            if lowest + layout.height <= band * canvas.cell_height:
                banded = replace(layout, rows=num * layout.rows, band_rows=layout.rows, band_tops=tops)
                return banded, band
    return None


def _fit_band(drawing: Drawing, canvas: Canvas, columns: int, rows: int) -> Layout | None:
    """The largest band in so many cells whose columns are wide enough for the foot's texts; None where none is."""
    height, width = canvas.drawn_height(max(0, rows)), columns * canvas.cell_width
    if height < 1 or width < 1:
        return None
    gutter = max(1, canvas.cell_width // 3)
    layout = fit(drawing.tile_shape, drawing.band_rows, drawing.columns, height, width, gutter)
    if layout is None:
        return None
    if canvas.terminal_scales:
        layout = with_scaled_gutter(layout, drawing, height, width, canvas.block)
    scale = scale_of(layout, drawing) if canvas.terminal_scales else 1
    longest = max((cell_len(text.strip()) for _, texts in drawing.foot for text in texts), default=0)
    missing = (longest + 1) * canvas.cell_width - layout.tile_width
    layout = replace(layout, gutter=max(layout.gutter, math.ceil(missing / scale) * scale))
    return layout if layout.height <= height and layout.width <= width else None


def _lines_of(drawing: Drawing, number: int, num: int, lines: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """So many lines of the foot of a band; where not all of them, those after the first, which names what it is of."""
    each = len(drawing.foot) // num
    own = drawing.foot[number * each : (number + 1) * each]
    return own if lines == each else own[1 : lines + 1]
