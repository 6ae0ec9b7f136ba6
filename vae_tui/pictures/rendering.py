"""Drawings as files: the same drawing, the same bytes."""

import numpy as np

from vae_tui.imaging import PAPER, Picture, Provenance, compose, gif_bytes, png_bytes, saved_layout
from vae_tui.pictures.contract import Drawing, PictureRequest, Subject
from vae_tui.pictures.origin import Origin, command_line

CHART_HEIGHT, CHART_WIDTH = 240, 640
"""Pixels of a saved chart, at least: of its height below tiles or alone, of its width."""
CHART_ALONE = 720
"""Pixels of the height of a saved chart that has no tiles."""
INK = (228, 228, 231)


def render(drawing: Drawing) -> Picture:
    """The picture as it is saved: no labels, whole-number scale, even gutters; its chart below it, or to the left."""
    chart = drawing.chart
    if not len(drawing.tiles_NHWC):
        return chart.pixels(CHART_WIDTH, CHART_ALONE, PAPER, INK) if chart else np.zeros((1, 1, 3), np.uint8)
    layout = saved_layout(drawing.tile_shape, drawing.rows, drawing.columns, drawing.lead)
    grid = compose(drawing.tiles_NHWC, layout, PAPER, drawing.shown_N)
    if chart is None:
        return grid
    height, width, _ = grid.shape
    if drawing.chart_side == "left":
        height = max(height, CHART_WIDTH)
        return np.concatenate([chart.pixels(height, height, PAPER, INK), _padded(grid, height, width)], axis=1)
    width = max(width, CHART_WIDTH)
    return np.concatenate([_padded(grid, height, width), chart.pixels(width, CHART_HEIGHT, PAPER, INK)])


def _padded(grid: Picture, height: int, width: int) -> Picture:
    box = np.empty((height, width, 3), np.uint8)
    box[:] = PAPER
    box[: grid.shape[0], : grid.shape[1]] = grid
    return box


def file_bytes(
    request: PictureRequest, subject: Subject, origin: Origin, checkpoint_hash: str, *, moving: bool
) -> bytes:
    """A PNG of the drawing or, where `moving`, a GIF of the animation, with its provenance inside."""
    command = command_line(request, origin, canonical=True)
    beside = origin.beside.checkpoint_hash if origin.beside else ""
    if not moving:
        drawing = request.draw(subject)
        return png_bytes(render(drawing), Provenance(command, checkpoint_hash, drawing.latents_NZ, beside))
    animation = request.animate(subject)
    provenance = Provenance(command, checkpoint_hash, animation.frames[0].latents_NZ, beside)
    return gif_bytes([render(frame) for frame in animation.frames], animation.frame_ms, provenance)
