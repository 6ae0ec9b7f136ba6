"""A whole drawing on a canvas: its tiles, its chart, and which of its arrangements is the largest there."""

from dataclasses import replace

from rich.cells import cell_len

from vae_tui.charts.contract import Chart
from vae_tui.charts.palette import is_dark
from vae_tui.explorer.frame.bands import place_bands
from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.explorer.frame.grid import place_grid
from vae_tui.explorer.frame.labelling import MIN_FIGURES_SHARE, MIN_TILE_SHARE
from vae_tui.explorer.frame.scaling import fit_grid
from vae_tui.imaging import Layout
from vae_tui.pictures.contract import Drawing

MIN_CHART = 5
"""Rows of the lowest chart."""
MAX_CHART = 2
"""So many times its share is the highest chart, where tiles leave rows free below them."""
MIN_ABOVE, MIN_BESIDE = 15, 36
"""Rows, or columns, from which on there is room for a chart below tiles, or beside them."""

_NO_TILES = Placement(Layout(0, 0, 1, 1, 0), 0, 0, 0, 0, ())


def place(drawing: Drawing, canvas: Canvas, marked_row: int | None = None) -> Placement | None:
    """The largest grid that leaves room for its labels and its chart, at the top; None where nothing fits.

    `marked_row` is pointed out beside its label. A chart for which there is no room is left out.
    """
    if drawing.chart is None:
        return _place_tiles(drawing, canvas, marked_row)
    left, below = _chart_size(drawing, canvas)
    rest = replace(canvas, columns=canvas.columns - left, rows=canvas.rows - below)
    tiles = _place_tiles(drawing, rest, marked_row) if len(drawing.tiles_NHWC) else _NO_TILES
    if tiles is None:
        return _place_tiles(drawing, canvas, marked_row)
    placed = replace(tiles, x=tiles.x + left, labels=tuple(replace(label, x=label.x + left) for label in tiles.labels))
    if left:
        room = (0, 0, left - 2, canvas.rows)
        return replace(placed, labels=(*_chart_labels(drawing.chart, canvas, *room), *placed.labels), chart=room)
    foot = max((label.y + 1 for label in tiles.labels), default=0)  # lines under the grid
    top = max(tiles.y + tiles.rows, foot) + (1 if tiles.rows else 0)
    room = (0, top, canvas.columns, min(canvas.rows - top, MAX_CHART * max(below, MIN_CHART)))
    return replace(placed, labels=(*placed.labels, *_chart_labels(drawing.chart, canvas, *room)), chart=room)


def place_best(drawing: Drawing, canvas: Canvas, marked_row: int | None = None) -> tuple[Drawing, Placement] | None:
    """The arrangement of a drawing whose tiles are the largest here, with its placement; None where nothing fits.

    Of those whose tiles are about as large, the one with the most figures under them. Where a tile leads, its size
    counts, and of those where that is about as large the others'.
    """
    known = drawing.arrangements
    if len(known) > 2:  # placing takes longer than to see which of them are much too small
        bare = {one: fit_grid(one, canvas, 0, 0) for one in known}
        sizes = {one: layout.tile_height for one, layout in bare.items() if layout is not None}
        known = tuple(one for one in known if sizes.get(one, 0) >= MIN_FIGURES_SHARE * max(sizes.values(), default=0))
    placed = [(one, place(one, canvas, marked_row)) for one in known]
    fitting = [(one, placement) for one, placement in placed if placement is not None]
    largest = max((placement.layout.size(0)[0] for _, placement in fitting), default=0)
    near = [found for found in fitting if found[1].layout.size(0)[0] >= MIN_TILE_SHARE * largest]
    return max(near, key=lambda found: (found[1].figures, found[1].layout.tile_height), default=None)


def _chart_size(drawing: Drawing, canvas: Canvas) -> tuple[int, int]:
    """Columns to the left that the chart takes, and rows below."""
    if not len(drawing.tiles_NHWC):
        return 0, canvas.rows
    if drawing.chart_side == "left":
        return (round(canvas.columns * drawing.chart_share), 0) if canvas.columns >= MIN_BESIDE else (0, 0)
    return 0, max(MIN_CHART, round(canvas.rows * drawing.chart_share)) if canvas.rows >= MIN_ABOVE else 0


def _chart_labels(chart: Chart, canvas: Canvas, x: int, y: int, width: int, height: int) -> list[Label]:
    if width < 1 or height < 1:
        return []
    labels = []
    for row, line in enumerate(chart.cells(width, height, is_dark(canvas.paper))):
        column = x
        for run in line:
            labels.append(Label(column, y + row, run.text, look=run))
            column += cell_len(run.text)
    return labels


def _has_foot(placed: Placement, lines: int) -> bool:
    """Whether so many lines, or all for which there are rows, stand under the tiles."""
    return len({label.y for label in placed.labels if label.y >= placed.y + placed.rows}) >= lines


def _place_tiles(drawing: Drawing, canvas: Canvas, marked_row: int | None) -> Placement | None:
    """The grid, with the foot's lines under each of its bands where that costs the tiles little.

    A grid that is one band has them under it already where there is room for them.
    """
    whole = place_grid(drawing, canvas, marked_row)
    if whole is None or not drawing.foot or (drawing.band_rows and not canvas.takes_text):
        return whole
    if not drawing.band_rows:
        if _has_foot(whole, len(drawing.foot)):
            return whole
        drawing = replace(drawing, band_rows=drawing.rows, foot=(("", drawing.column_labels), *drawing.foot))
    most = len(drawing.foot) // (drawing.rows // drawing.band_rows)
    most -= not any(drawing.foot[0][1])  # the line that names its columns is empty where they have no names
    second_best = whole
    for lines in range(most, 0, -1):
        placed = place_bands(drawing, canvas, lines)
        share = placed.layout.tile_width / whole.layout.tile_width if placed is not None else 0
        if placed is not None and share >= MIN_TILE_SHARE:
            return placed
        if placed is not None and share >= MIN_FIGURES_SHARE and second_best is whole:
            second_best = placed
    return second_best
