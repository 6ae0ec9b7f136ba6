"""The pixels of a placed drawing: its tiles over paper, and the frame of the tile under the cursor."""

# H height, W width: pixels of what the painter draws (half cells: one by two a cell)

from vae_tui.charts.palette import is_dark
from vae_tui.explorer.frame.canvas import Canvas, Placement
from vae_tui.explorer.frame.scaling import scale_of
from vae_tui.imaging import Colour, Layout, Picture, compose
from vae_tui.pictures.contract import Drawing

CURSOR_ON_DARK, CURSOR_ON_LIGHT = (255, 200, 40), (190, 60, 0)
"""The frame of the tile under the cursor."""


def compose_box(drawing: Drawing, placement: Placement, canvas: Canvas, cursor: int | None = None) -> Picture:
    """The tiles over paper, in the pixels of the placement's whole cells, or as many times fewer as tiles are enlarged.

    The last is where the terminal enlarges them itself: each pixel of a tile is then sent once. The tile at `cursor`
    (of each of two drawings side by side) has a frame, outside of it as far as the gutter goes.
    """
    scale = scale_of(placement.layout, drawing) if canvas.terminal_scales else 1
    own = _shrunk(placement.layout, scale)
    height, width = placement.rows * canvas.cell_height, placement.columns * canvas.cell_width
    box = compose(
        drawing.tiles_NHWC, own, canvas.paper, drawing.shown_N, size=(-(-height // scale), -(-width // scale))
    )
    for place in () if cursor is None else drawing.places(cursor):
        _frame_tile(box, own, place, canvas.paper)
    return box


def _shrunk(layout: Layout, scale: int) -> Layout:
    """The layout so many times smaller."""
    lead = (layout.lead[0] // scale, layout.lead[1] // scale) if layout.lead else None
    tile = layout.tile_height // scale, layout.tile_width // scale
    tops = tuple(top // scale for top in layout.band_tops)
    return Layout(layout.rows, layout.columns, *tile, layout.gutter // scale, lead, layout.band_rows, tops)


def _frame_tile(box: Picture, layout: Layout, index: int, paper: Colour) -> None:
    """A frame about a tile: light on a dark paper, dark on a light one; where there is no gutter, on its edge."""
    top, left = layout.origin(index)
    height, across = layout.size(index)
    bottom, right = top + height, left + across
    width = max(1, layout.gutter)
    colour = CURSOR_ON_DARK if is_dark(paper) else CURSOR_ON_LIGHT
    outer_top, outer_left = max(0, top - layout.gutter), max(0, left - layout.gutter)
    outer_bottom, outer_right = min(len(box), bottom + layout.gutter), min(box.shape[1], right + layout.gutter)
    box[outer_top : outer_top + width, outer_left:outer_right] = colour
    box[outer_bottom - width : outer_bottom, outer_left:outer_right] = colour
    box[outer_top:outer_bottom, outer_left : outer_left + width] = colour
    box[outer_top:outer_bottom, outer_right - width : outer_right] = colour
