"""From state to picture: what is asked of the render thread, and what is shown when it comes."""

from dataclasses import replace
from functools import partial

from textual.message import Message
from textual.reactive import reactive

from vae_tui.errors import printable
from vae_tui.explorer.background import Found
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.open_models import OpenModels
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.rendering import Frame, Renderer, RenderJob
from vae_tui.explorer.run import Run
from vae_tui.explorer.sides import first_facts, name_alone, words_at
from vae_tui.explorer.sliders import Centre
from vae_tui.explorer.splits import is_turning
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.stepping import SteppingApp
from vae_tui.explorer.studying import Studies, with_found
from vae_tui.explorer.text_wait import TextWait
from vae_tui.explorer.traffic import Traffic
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.waiting import has_images, images_hint, is_waiting, waiting_text
from vae_tui.explorer.wire import Wire
from vae_tui.explorer.worker import Done
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.pictures.joining import JoinedDrawing
from vae_tui.pictures.origin import Origin
from vae_tui.summary import Weights
from vae_tui.terminal.painting import Painter

NO_IMAGES = "the checkpoint carries no images"
"""What a picture says that needs some (pictures.checks.check_images)."""


class PicturingApp(SteppingApp):
    """An app that shows the picture of its state; whoever derives from it sets painter, studies and run."""

    shown: reactive[LatentState] = reactive(LatentState, repaint=False)
    """What the text says: the state of the picture beside it, unless that takes long."""
    centre: reactive[Centre] = reactive(None, repaint=False)
    caption: reactive[str] = reactive("", repaint=False)

    _painter: Painter
    _studies: Studies
    _run: Run

    class FoundOut(Message):
        """More is known of a model."""

        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    class Rendered(Message):
        """The render thread is done with a job."""

        def __init__(self, done: Done[Frame]) -> None:
            super().__init__()
            self.done = done

    def __init__(self, picture: PictureArea, wire: Wire, keymap: Keymap, models: OpenModels) -> None:
        super().__init__(picture, wire, keymap, models)
        self._traffic = Traffic()
        self._text_ticket = 0
        self._text_wait = TextWait(wire, lambda: self._show_text(self.state, self._traffic.last_ticket))
        self._failed = False
        self.frames_shown = 0
        """How many pictures reached the screen."""

    def begin_pictures(self) -> None:
        """The models are open; nothing is asked for yet."""
        renderer = Renderer(self._models.kinds, self._painter, self._models.lock, self._wire)
        # a test's screen answers nothing
        self._traffic.open(renderer, self._deliver, self._wire, waits=not self.is_headless)

    def _deliver(self, done: Done[Frame]) -> None:
        self.post_message(self.Rendered(done))

    @property
    def is_settled(self) -> bool:
        """Whether a model is open and the screen shows what the state asks for."""
        return self._traffic.is_settled

    def request(self) -> PictureRequest:
        """The picture of the present state."""
        return self._models.request(self.state, self.facts)

    def origin(self, weights: Weights, request: PictureRequest | None = None) -> Origin:
        """Where a picture of these weights comes from: of the two models of a request, or of the one that is asked."""
        return self._models.origin_of(weights, request, self.state, self.facts)

    # What is asked for

    def ask(self) -> None:
        """The present state's picture, if it is another than the one that was asked for last."""
        canvas = self._picture.canvas()
        if not self._traffic.is_open or canvas is None:
            return
        view = VIEWS.get(self.state.view)
        if self._waits:
            self._show_waiting()
            if self._studies.are_due:
                self.study()
            if view.needs_umap(self.state):
                self._studies.want_maps()
            return
        job = RenderJob(
            self.state.view,
            self.state.weights(first_facts(self.state, self.facts)),
            self.request(),
            canvas,
            view.marked_row(self.state, self.facts),
            view.cursor(self.state),
        )
        self._traffic.ask(job, self.state)

    def send_again(self) -> None:
        """The picture is drawn anew, whole: what the terminal has of it is not known."""
        self._painter.forget()
        self._traffic.ask_anew()
        self.ask()

    def doubt_picture(self) -> None:
        """tmux draws its window anew, and may drop the picture meanwhile."""
        if self._painter.may_be_lost:
            self._arrival.doubt()

    def on_picture_area_room_changed(self) -> None:
        """Another size, another picture of the same."""
        self.doubt_picture()
        self.ask()

    # What it waits for

    def study(self) -> None:
        """Finds out more of each model that is shown, in the background."""
        self._studies.begin(self._models.from_front(self.state, self.facts))

    def _report(self, found: Found) -> None:
        """From the studies' threads."""
        self.post_message(self.FoundOut(found))

    def on_picturing_app_found_out(self, message: FoundOut) -> None:
        """Known where it is needed; what waited for it is drawn."""
        found = message.found
        models = self._models.from_front(self.state, self.facts) if self._models.are_open else ()
        if not any(found.model is model for model in models):
            return
        was_waiting = self._waits
        before = self.facts
        self.facts = with_found(self.facts, found, in_front=found.model is models[0])
        if any(before.ranked(order) != self.facts.ranked(order) for order in self.facts.orders):
            keep = partial(LatentState.keep_dim, before=before, after=self.facts)
            self._history.amend(keep)
            self.rewrite(keep(self.state), halts=False)
        if was_waiting or not self._waits:
            self.ask()

    @property
    def _waits(self) -> bool:
        """Whether the picture can't be drawn before its split is there, the images are encoded, or mapped by UMAP.

        Where nothing is studied in the background, drawing it does the last two.
        """
        return is_turning(self.state, self.facts) or (self._studies.are_wanted and is_waiting(self.state, self.facts))

    def _show_waiting(self) -> None:
        """In place of a picture: what it waits for, or why it never comes."""
        self._traffic.ask_nothing()
        self._drawing, self._shown_view = None, self.state.view
        self.caption, self.centre = "", None
        hint = "" if has_images(self.state, self.facts) else self.images_hint
        if self._picture.show_note(waiting_text(self.state, self.facts), hint):
            self._wire.drop()

    @property
    def images_hint(self) -> str:
        """What a person can do whose checkpoint carries no images."""
        opened_as = self._run.opened_as(self._models.origin.checkpoint)
        return images_hint(opened_as, self._keys.short("quit"))

    # What comes

    def on_picturing_app_rendered(self, message: Rendered) -> None:
        """A frame is shown unless it is late: of another view, other weights or another size."""
        done = message.done
        state = self._traffic.take(done.ticket, self.state)
        if state is None:
            self._wire.drop()
            return
        self._show_text(state, done.ticket)
        self._failed = done.result is None
        self._shown_view = self._traffic.job.view if self._traffic.job is not None else ""
        if done.result is None:
            self._show_failure(done)
        else:
            self._show_frame(done.result)

    def _show_failure(self, done: Done[Frame]) -> None:
        self._wire.drop()
        hint = self.images_hint if done.error == NO_IMAGES else printable(done.hint)
        if self._picture.show_note(printable(done.error), hint):
            self._wire.drop()
        self.caption, self.centre, self._drawing = "", None, None

    def _show_frame(self, frame: Frame) -> None:
        drawing = self._drawing = frame.drawing
        if self._studies.are_due:
            self.study()
        if self._picture.show_frame(frame):
            self._wire.drop()  # the one before never reached the screen
        self.frames_shown += 1
        if isinstance(drawing, JoinedDrawing) and drawing.is_stacked != self.facts.is_stacked:
            self.facts = replace(self.facts, is_stacked=drawing.is_stacked)
        self.show_caption()
        centre_Z = VIEWS.get(frame.job.view).centre(drawing.front)
        self.centre = None if centre_Z is None else tuple(float(value) for value in centre_Z)
        self.paint_now()

    @property
    def has_failed(self) -> bool:
        """Whether the view has no picture; while its first one is on the way, that is not known."""
        return self._waits or (self._failed and self._shown_view == self.state.view)

    def show_caption(self) -> None:
        """What the picture shows; before it, what the tile under the cursor is."""
        if self._drawing is not None:
            self.caption = self.caption_of(self._drawing)

    def caption_of(self, drawing: Drawing) -> str:
        """The same of another drawing of the picture."""
        job = self._traffic.job
        if job is None:
            return self.caption
        view = VIEWS.get(self._shown_view)
        words = words_at(drawing, view.cursor(self.state) if self._shown_view == self.state.view else None)
        said = self.origin(job.weights, job.request).caption(drawing)
        return " · ".join(filter(None, (view.title, words, said, name_alone(job.request, self.state, self.facts))))

    def show_text_soon(self, state: LatentState) -> None:
        """The text of a state: with its picture, or before it where that takes long."""
        if not self._traffic.is_open or self.is_settled:
            self._show_text(state, self._traffic.last_ticket)
        else:
            self._text_wait.begin()

    def _show_text(self, state: LatentState, ticket: int) -> None:
        """The text of a state, which never goes back to an earlier one."""
        if ticket < self._text_ticket:
            return
        self._text_ticket, self.shown = ticket, state
        if state == self.state:
            self._text_wait.end()

    def on_cursor_position(self) -> None:
        """The terminal's answer: it has shown the frame."""
        self._wire.answer()
