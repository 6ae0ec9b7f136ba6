"""Drawings as files: the same drawing, the same bytes."""

from vae_tui.imaging import PAPER, Picture, Provenance, compose, gif_bytes, png_bytes, saved_layout
from vae_tui.pictures.contract import Drawing, Origin, PictureRequest, Subject, command_line


def render(drawing: Drawing) -> Picture:
    """The picture as it is saved: no labels, whole-number scale, even gutters."""
    layout = saved_layout(drawing.tile_shape, drawing.rows, drawing.columns)
    return compose(drawing.tiles_NHWC, layout, PAPER, drawing.shown_N)


def file_bytes(
    request: PictureRequest, subject: Subject, origin: Origin, checkpoint_hash: str, *, moving: bool
) -> bytes:
    """A PNG of the drawing or, where `moving`, a GIF of the animation, with its provenance inside."""
    command = command_line(request, origin, canonical=True)
    if not moving:
        drawing = request.draw(subject)
        return png_bytes(render(drawing), Provenance(command, checkpoint_hash, drawing.latents_NZ))
    animation = request.animate(subject)
    provenance = Provenance(command, checkpoint_hash, animation.frames[0].latents_NZ)
    return gif_bytes([render(frame) for frame in animation.frames], animation.frame_ms, provenance)
