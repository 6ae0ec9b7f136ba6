"""What the render thread does: draw what is new, compose it for the canvas, paint it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.frame.canvas import Canvas, Placement
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place, place_best
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.wire import Wire
from vae_tui.imaging import Layout
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.summary import Weights
from vae_tui.terminal.painting import Painter, Painting

_CONTENT = ("tiles_NHWC", "latents_NZ", "caption", "centre_Z", "points", "words", "uses_statistics")
_OUTLINE = tuple(field.name for field in fields(Drawing) if field.name not in _CONTENT)
"""What a drawing's place goes by, beside the shape of its tiles."""


@dataclass(frozen=True)
class RenderJob:
    """A picture, the weights that draw it, and the room for it."""

    view: str
    weights: Weights
    request: PictureRequest
    canvas: Canvas
    marked_row: int | None = None
    cursor: int | None = None
    """The tile to frame."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture, ready for the screen."""

    job: RenderJob
    drawing: Drawing
    placement: Placement
    painting: Painting


@dataclass(frozen=True)
class _Placed:
    """Where the last drawing stands."""

    goes_by: tuple[object, ...] | None
    """All that its place goes by."""
    alike: tuple[object, ...]
    """What another drawing shares with it that can be arranged in the same ways."""
    index: int
    """Which of the drawing's arrangements it is."""
    placement: Placement


class Renderer:
    """Draws and paints jobs. Models serve one call at a time: `model_lock` is held around each use of one."""

    def __init__(
        self, models: Mapping[Weights, OpenModel], painter: Painter, model_lock: threading.Lock, wire: Wire
    ) -> None:
        self._models = models
        self._wire = wire
        self._painter = painter
        self._model_lock = model_lock
        self._drawn: tuple[Weights, PictureRequest, Drawing] | None = None
        self._placed: _Placed | None = None

    def take(self, models: Mapping[Weights, OpenModel]) -> None:
        """Other models in place of those that it had; a picture that is being drawn is finished before."""
        with self._model_lock:
            self._models, self._drawn = models, None

    def render(self, job: RenderJob) -> Frame:
        """The frame; the model is asked only where the picture is another one than last time."""
        drawing = self._drawing(job.weights, job.request)
        drawing, placement = self._place(drawing, job.canvas, job.marked_row)
        if not placement.rows:
            return Frame(job, drawing, placement, Painting(()))
        box = compose_box(drawing, placement, job.canvas, job.cursor)
        self._painter.take_care(self._wire.is_slow)
        return Frame(job, drawing, placement, self._painter.paint(box, placement.columns, placement.rows))

    def _place(self, drawing: Drawing, canvas: Canvas, marked_row: int | None) -> tuple[Drawing, Placement]:
        """The drawing as it is arranged, and its place.

        They are those of the drawing before, where only the pixels differ. Where only labels do, the arrangement stays
        if it comes out as large, with as many figures: that takes a part of the time, and holds still while one pages.
        """
        goes_by = _goes_by(drawing, canvas, marked_row)
        before = self._placed
        if goes_by is not None and before is not None and before.goes_by == goes_by:
            return drawing, before.placement
        alike = (canvas, type(drawing), drawing.tiles_NHWC.shape, drawing.columns, len(drawing.arrangements))
        placed = None
        if before is not None and before.alike == alike and len(drawing.arrangements) > 1:
            arranged = drawing.arrangements[before.index]
            again = place(arranged, canvas, marked_row)
            is_as_good = again is not None and _worth(again) == _worth(before.placement)
            placed = (arranged, again) if again is not None and is_as_good else None
        placed = placed or place_best(drawing, canvas, marked_row)
        if placed is None:
            raise VaeTuiError("no room for this picture", "enlarge the terminal, or zoom in with +")
        self._placed = _Placed(goes_by, alike, drawing.arrangements.index(placed[0]), placed[1])
        return placed

    def _drawing(self, weights: Weights, request: PictureRequest) -> Drawing:
        if self._drawn is None or self._drawn[:2] != (weights, request):
            with self._model_lock:
                self._drawn = (weights, request, request.draw(self._models[weights]))
        return self._drawn[2]


def _worth(placement: Placement) -> tuple[Layout, int]:
    """What an arrangement is chosen by."""
    return placement.layout, placement.figures


def _goes_by(drawing: Drawing, canvas: Canvas, marked_row: int | None) -> tuple[object, ...] | None:
    """All that a drawing's place goes by; None where comparing that takes longer, or it has several arrangements."""
    if type(drawing) is not Drawing or drawing.chart is not None or drawing.shown_N is not None:
        return None
    return canvas, marked_row, drawing.tiles_NHWC.shape, *(getattr(drawing, name) for name in _OUTLINE)
