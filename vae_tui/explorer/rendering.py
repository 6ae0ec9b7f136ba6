"""What the render thread does: draw what is new, compose it for the canvas, paint it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.frame.canvas import Canvas, Placement
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place_best
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.wire import Wire
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.summary import Weights
from vae_tui.terminal.painting import Painter, Painting


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

    def take(self, models: Mapping[Weights, OpenModel]) -> None:
        """Other models in place of those that it had; a picture that is being drawn is finished before."""
        with self._model_lock:
            self._models, self._drawn = models, None

    def render(self, job: RenderJob) -> Frame:
        """The frame; the model is asked only where the picture is another one than last time."""
        drawing = self._drawing(job.weights, job.request)
        placed = place_best(drawing, job.canvas, job.marked_row)
        if placed is None:
            raise VaeTuiError("no room for this picture", "enlarge the terminal, or zoom in with +")
        drawing, placement = placed
        if not placement.rows:
            return Frame(job, drawing, placement, Painting(()))
        box = compose_box(drawing, placement, job.canvas, job.cursor)
        self._painter.take_care(self._wire.is_slow)
        return Frame(job, drawing, placement, self._painter.paint(box, placement.columns, placement.rows))

    def _drawing(self, weights: Weights, request: PictureRequest) -> Drawing:
        if self._drawn is None or self._drawn[:2] != (weights, request):
            with self._model_lock:
                self._drawn = (weights, request, request.draw(self._models[weights]))
        return self._drawn[2]
