"""A grid on a canvas, as large as it can be with the labels that there is room for."""

import itertools
import math
from dataclasses import replace

from rich.cells import cell_len

from vae_tui.explorer.frame.bands import place_under_labels
from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.explorer.frame.labelling import (
    LABEL_GAP,
    MIN_TILE_SHARE,
    column_labels,
    costs_too_much,
    foot_labels,
    has_numbers,
    head_label,
    label_shares,
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
    for least in label_shares(drawing):
        labelled = _place_labelled(drawing, canvas, marked_row, bare, least)
        if labelled is not None:
            return labelled
    for header in (1, 0) if drawing.column_labels else (0,):
        layout = fit_grid(drawing, canvas, 0, header)
        if layout is not None and not costs_too_much(layout.tile_width, bare.tile_width):
            return _placed(drawing, canvas, layout, (), 0, header, None)
    return _placed(drawing, canvas, bare, (), 0, 0, None)


def _place_labelled(
    drawing: Drawing, canvas: Canvas, marked_row: int | None, bare: Layout, least: float
) -> Placement | None:
    """The grid with labels beside its rows or above them, tiles at least so large beside bare ones; None: no room.

    Above them where those beside them cost a tile its own size, or are names alone where there are numbers.
    """
    beside, is_full = _place_beside(drawing, canvas, marked_row, bare, least)
    if not is_full and least < MIN_TILE_SHARE:
        beside = None
    width = drawing.tile_shape[1]
    keeps_size = beside is not None and (beside.layout.tile_width >= width or bare.tile_width < width)
    keeps_size |= bool(drawing.foot)  # there is room for its lines below the grid alone
    if beside is not None and keeps_size and is_full:
        return beside
    headers = (1, 0) if drawing.column_labels else (0,)
    tries = (place_under_labels(drawing, canvas, marked_row, bare, header, least) for header in headers)
    above = next((placed for placed in tries if placed is not None), None)
    if beside is None or above is None:
        return beside or above
    keeps_more = not keeps_size and above.layout.tile_width >= width
    says_more = not is_full and above.layout.tile_width >= beside.layout.tile_width
    return above if keeps_more or says_more else beside


def _place_beside(
    drawing: Drawing, canvas: Canvas, marked_row: int | None, bare: Layout, least: float
) -> tuple[Placement | None, bool]:
    """The grid with the longest labels that fit beside its rows, and whether those have what numbers there are."""
    headers = (1, 0) if drawing.column_labels else (0,)
    for (row_labels, head), header in itertools.product(shorter_and_shorter(drawing).items(), headers):
        if not row_labels or (head and not header):
            continue
        label_width = max(cell_len(label) for label in row_labels) + LABEL_GAP + 2  # the mark
        layout = fit_grid(drawing, canvas, label_width, header)
        if layout is None or costs_too_much(layout.tile_width, bare.tile_width, least):
            continue
        if layout.tile_height + layout.gutter < canvas.cell_height:
            continue
        layout = layout if canvas.terminal_scales else on_whole_cells(layout, canvas, label_width, header)
        placed = _placed(drawing, canvas, layout, row_labels, label_width, header, marked_row)
        placed = replace(placed, labels=(*head_label(head, placed), *placed.labels))
        return placed, bool(head) or has_numbers(row_labels, drawing)
    return None, False


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
    foot = foot_labels(drawing, canvas, layout, x, y + rows, label_width)
    figures = len({label.y for label in foot})
    if drawing.band_rows:
        figures = max(0, figures * drawing.band_rows // drawing.rows - 1)  # one names the images
    return Placement(layout, x, y, columns, rows, (*labels, *foot), figures=figures)
