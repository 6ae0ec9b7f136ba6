"""A grid on a canvas, as large as it can be with the labels that there is room for."""

import itertools
import math
from dataclasses import replace

from rich.cells import cell_len

from vae_tui.explorer.frame.bands import place_under_labels
from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.explorer.frame.labelling import (
    LABEL_GAP,
    column_labels,
    costs_too_much,
    foot_labels,
    head_label,
    shorter_and_shorter,
)
from vae_tui.explorer.frame.scaling import fit_grid, on_whole_cells
from vae_tui.imaging import Layout
from vae_tui.pictures.contract import Drawing


def place_grid(drawing: Drawing, canvas: Canvas, marked_row: int | None) -> Placement | None:
    """The largest grid with its labels, which are shortened, set above the rows or left out before tiles get small."""
    bare = fit_grid(drawing, canvas, 0, 0)
    if bare is None:
        return None
    headers = (1, 0) if drawing.column_labels else (0,)
    for (row_labels, head), header in itertools.product(shorter_and_shorter(drawing).items(), headers):
        if head and not header:
            continue
        if drawing.row_labels and not row_labels:
            above = (place_under_labels(drawing, canvas, marked_row, bare, header) for header in headers)
            placed = next((known for known in above if known is not None), None)
            if placed is not None:
                return placed
        label_width = max((cell_len(label) + LABEL_GAP for label in row_labels), default=0)
        label_width += 2 if row_labels else 0  # the mark
        layout = fit_grid(drawing, canvas, label_width, header)
        if layout is None or costs_too_much(layout.tile_width, bare.tile_width):
            continue
        if row_labels and layout.tile_height + layout.gutter < canvas.cell_height:
            continue
        if row_labels:
            layout = layout if canvas.terminal_scales else on_whole_cells(layout, canvas, label_width, header)
        placed = _placed(drawing, canvas, layout, row_labels, label_width, header, marked_row)
        return replace(placed, labels=(*head_label(head, placed), *placed.labels))
    return _placed(drawing, canvas, bare, (), 0, 0, None)


def _placed(
    drawing: Drawing,
    canvas: Canvas,
    layout: Layout,
    row_labels: tuple[str, ...],
    label_width: int,
    header: int,
    marked_row: int | None,
) -> Placement:
    columns = math.ceil(layout.width / canvas.cell_width)
    rows = math.ceil(layout.height / canvas.cell_height)
    while canvas.drawn_height(rows) < layout.height and rows < canvas.rows - header:
        rows += 1
    x = (canvas.columns - label_width - columns) // 2 + label_width
    y = header
    labels = []
    for row, text in enumerate(row_labels):
        middle = layout.origin(row * layout.columns + bool(layout.lead))[0] + (layout.tile_height - 1) // 2
        marked = row == marked_row
        text = f"{'▸' if marked else ' '} {text}"
        labels.append(Label(x - LABEL_GAP - cell_len(text), y + middle // canvas.cell_height, text, marked))
    if header:
        labels += column_labels(drawing.column_labels, canvas, layout, x, y - 1)
    labels += foot_labels(drawing, canvas, layout, x, y + rows, label_width)
    return Placement(layout, x, y, columns, rows, tuple(labels))
