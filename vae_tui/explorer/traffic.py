"""Pictures on their way to the render thread and back: what is asked for, what has come, and what has come too late."""

from collections.abc import Callable, Mapping

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.rendering import Frame, Renderer, RenderJob
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.wire import Wire
from vae_tui.explorer.worker import Done, RenderWorker
from vae_tui.pictures.beside import BesidePicture
from vae_tui.summary import Weights


class Traffic:
    """Jobs by the tickets of the render thread, which begins with the first model; used in the app's thread."""

    def __init__(self) -> None:
        self.job: RenderJob | None = None
        """What was asked for last; None where the same is to be drawn anew."""
        self.last_ticket = 0
        """The one of that job."""
        self._done_ticket = self._oldest_ticket = 0
        self._asked: dict[int, LatentState] = {}
        """The states whose pictures have not come yet, by their tickets."""
        self._renderer: Renderer | None = None
        self._worker: RenderWorker[RenderJob, Frame] | None = None

    def open(self, renderer: Renderer, deliver: Callable[[Done[Frame]], object], wire: Wire, *, waits: bool) -> None:
        """Begins; `deliver` is called in the render thread. Whether that `waits` for the terminal's answers."""
        self._renderer = renderer
        self._worker = RenderWorker(renderer.render, deliver, wire if waits else None)
        wire.on_room(self._worker.wake)

    def close(self) -> None:
        """The thread ends."""
        if self._worker is not None:
            self._worker.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a model to draw with."""
        return self._worker is not None

    @property
    def is_settled(self) -> bool:
        """Whether something was asked for, and has come."""
        return self.job is not None and self._done_ticket == self.last_ticket

    def ask(self, job: RenderJob, state: LatentState) -> None:
        """Has the state's picture drawn, if it is another than the one that was asked for last."""
        if job == self.job or self._worker is None:
            return
        self.last_ticket = self._worker.submit(job)
        self._asked[self.last_ticket] = state
        if self.job is None or _kind(job) != _kind(self.job):
            self._oldest_ticket = self.last_ticket
        self.job = job

    def ask_anew(self) -> None:
        """The next picture is drawn even if it is the same."""
        self.job = None

    def ask_nothing(self) -> None:
        """No picture is wanted: what is on its way comes too late."""
        self.job = None
        self._oldest_ticket = self.last_ticket + 1

    def take(self, ticket: int, present: LatentState) -> LatentState | None:
        """The state that a picture which has come is of; None where it comes too late.

        That is when it is of another view, other weights or another size. The newest is of the `present` state.
        """
        self._done_ticket = ticket
        if ticket < self._oldest_ticket:
            return None
        state = present if ticket == self.last_ticket else self._asked[ticket]
        self._asked = {known: state for known, state in self._asked.items() if known > ticket}
        return state

    def swap(self, kinds: Mapping[Weights, OpenModel]) -> None:
        """Other models draw from now on."""
        assert self._renderer is not None
        self._renderer.take(kinds)


def _kind(job: RenderJob) -> tuple[str, Weights, str, Canvas]:
    """What a frame must share with the present state to be worth showing late."""
    return job.view, job.weights, job.request.sides if isinstance(job.request, BesidePicture) else "", job.canvas
