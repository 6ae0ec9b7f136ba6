"""How large tiles and gutters are: whole times a tile's own pixels where they are enlarged, rows on whole cells."""

import math
from dataclasses import replace

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.imaging import Layout, fit
from vae_tui.pictures.contract import Drawing

MAX_GUTTER_SHARE = 1 / 7
"""Of a tile: as wide a gutter may be for tiles to begin on a painter's blocks."""
MAX_PAUSE_SHARE = 1 / 3
"""Of a tile: so much further apart rows may be for each to begin on a whole cell, as its label does."""


def fit_grid(drawing: Drawing, canvas: Canvas, label_width: int, header: int) -> Layout | None:
    """The largest grid beside so many columns of labels, under so many rows of them; None where none fits."""
    height = canvas.drawn_height(min(canvas.rows - header, canvas.max_side // canvas.cell_height))
    width = min(canvas.columns - label_width, canvas.max_side // canvas.cell_width) * canvas.cell_width
    if height < 1 or width < 1:
        return None
    gutter = max(1, canvas.cell_width // 3)
    layout = fit(drawing.tile_shape, drawing.rows, drawing.columns, height, width, gutter, drawing.lead)
    if layout is None or not canvas.terminal_scales:
        return layout
    return with_scaled_gutter(layout, drawing, height, width, canvas.block)


def scale_of(layout: Layout, drawing: Drawing) -> int:
    """The whole number by which tiles and gutters are enlarged, 1 where there is none."""
    tile_height, tile_width = drawing.tile_shape
    scale = layout.tile_height // tile_height
    is_whole = (layout.tile_height, layout.tile_width) == (tile_height * scale, tile_width * scale)
    if scale > 1 and layout.lead:
        is_whole = is_whole and layout.lead[0] % (tile_height * scale) == 0
    return scale if scale > 1 and is_whole and layout.gutter % scale == 0 else 1


def with_scaled_gutter(layout: Layout, drawing: Drawing, height: int, width: int, block: int) -> Layout:
    """The layout with a gutter that is enlarged like the tiles, at the largest scale at which that fits.

    Tiles begin on whole blocks where a narrow gutter, or none, is enough for that.
    """
    tile_height, tile_width = drawing.tile_shape
    on_blocks = -tile_width % block
    is_on_blocks = block > 1 and -tile_height % block == on_blocks <= MAX_GUTTER_SHARE * tile_width
    for scale in range(layout.tile_height // tile_height, 1, -1):
        narrow = max(1, math.ceil(layout.gutter / scale - 0.5))  # the narrower of two that are as near
        gutter = (on_blocks if is_on_blocks else narrow) * scale
        lead = _whole_lead(layout, tile_height * scale, tile_width * scale)
        scaled = Layout(layout.rows, layout.columns, tile_height * scale, tile_width * scale, gutter, lead)
        if scaled.height <= height and scaled.width <= width:
            return scaled
    return (
        layout if layout.tile_height <= tile_height else replace(layout, tile_height=tile_height, tile_width=tile_width)
    )


def _whole_lead(layout: Layout, tile_height: int, tile_width: int) -> tuple[int, int] | None:
    """The leading tile as large as it was or smaller: a whole number of times the others."""
    if layout.lead is None:
        return None
    times = max(1, layout.lead[0] // tile_height)
    return times * tile_height, times * tile_width


def on_whole_cells(layout: Layout, canvas: Canvas, label_width: int, header: int) -> Layout:
    """The layout with slightly wider gutters where that puts each row of tiles, and so its label, on a whole cell.

    Where there is no room for that across, the gaps between rows alone are wider.
    """
    missing = -(layout.tile_height + layout.gutter) % canvas.cell_height
    height = min(canvas.drawn_height(canvas.rows - header), canvas.max_side)
    width = min((canvas.columns - label_width) * canvas.cell_width, canvas.max_side)
    wider = replace(layout, gutter=layout.gutter + missing)
    if missing <= 2 and wider.height <= height and wider.width <= width:
        return wider
    pitch = layout.tile_height + layout.gutter + missing
    apart = replace(layout, band_rows=1, band_tops=tuple(row * pitch for row in range(layout.rows)))
    fits = layout.lead is None and apart.height <= height and missing <= MAX_PAUSE_SHARE * layout.tile_height
    return apart if fits else layout
