"""The explorer: keys change one immutable state, and its picture is rendered elsewhere."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from signal import SIGHUP, SIGTERM
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Click, MouseEvent, MouseScrollDown, MouseScrollUp, Resize
from textual.events import Key as KeyEvent
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.across import NO_IMAGES, AcrossApp
from vae_tui.explorer.background import Background, Found
from vae_tui.explorer.controls import Look
from vae_tui.explorer.dialogs import CommandDialog, HelpDialog
from vae_tui.explorer.footer import Footer
from vae_tui.explorer.frame import Canvas
from vae_tui.explorer.header import Header
from vae_tui.explorer.history import History
from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.keys import LOADING, every_key, main_bindings, refusal
from vae_tui.explorer.leaving import LeaveDialog
from vae_tui.explorer.model import ModelFacts, OpenModel, kinds_of
from vae_tui.explorer.panel import DimensionPanel
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.rendering import Frame, Renderer, RenderJob
from vae_tui.explorer.room import left_out_text, size_classes, too_small_text
from vae_tui.explorer.saving import save_history, save_new
from vae_tui.explorer.sides import (
    Other,
    Second,
    first_facts,
    paired,
    second_facts,
    swapped_in,
    turned,
    with_epochs,
    without_findings,
    words_at,
)
from vae_tui.explorer.sliders import Centre
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.text_wait import TextWait
from vae_tui.explorer.themes import DARK, LIGHT
from vae_tui.explorer.view import VIEWS, style_paths
from vae_tui.explorer.watching import Opened, RunWatch, Sighting, Watched, carried_over
from vae_tui.explorer.wire import Wire
from vae_tui.explorer.worker import Done, RenderWorker
from vae_tui.following import keep
from vae_tui.pictures.beside import BesidePicture, JoinedDrawing
from vae_tui.pictures.contract import Drawing, Origin, PictureRequest, command_line
from vae_tui.runs import RunDir
from vae_tui.summary import Weights
from vae_tui.terminal.painting import Painter

FILM_RATE = 12
"""Frames of a film in a second, at most."""

BINDINGS = main_bindings()
"""Every key of the main screen."""


class ExplorerApp(AcrossApp):
    """Looks inside the model that `open_model` opens, in a thread of its own, once the screen is there."""

    TITLE = "vaetui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        Path(__file__).parent / "explorer.tcss",
        *style_paths(),
    ]
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    # The widgets that show them are repainted, not the whole screen.
    state: reactive[LatentState] = reactive(LatentState, init=False, repaint=False)
    shown: reactive[LatentState] = reactive(LatentState, repaint=False)
    """What the text says: the state of the picture beside it, unless that takes long."""
    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    centre: reactive[Centre] = reactive(None, repaint=False)
    caption: reactive[str] = reactive("", repaint=False)
    message: reactive[str] = reactive("", repaint=False)
    run_status: reactive[str] = reactive("", repaint=False)

    class ModelOpened(Message):
        """The model is there, with each kind of weights that its checkpoint holds; `first` is to be shown first."""

        def __init__(
            self, models: Mapping[Weights, OpenModel], first: Weights, facts: ModelFacts, other: Other | None = None
        ) -> None:
            super().__init__()
            self.models = models
            self.first = first
            self.facts = facts
            self.other = other

    class OpeningFailed(Message):
        """The model could not be opened."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    class FoundOut(Message):
        """More is known of the model."""

        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    class Sighted(Message):
        """The run that is watched has news."""

        def __init__(self, sighting: Sighting) -> None:
            super().__init__()
            self.sighting = sighting

    class Rendered(Message):
        """The render thread is done with a job."""

        def __init__(self, done: Done[Frame]) -> None:
            super().__init__()
            self.done = done

    def __init__(
        self,
        open_model: Callable[[], OpenModel],
        origin: Origin,
        painter: Painter,
        measure_cell: Callable[[], tuple[int, int]] | None = None,
        *,
        studies: bool = True,
        keymap: Keymap | None = None,
        watched: Watched | None = None,
        second: Second | None = None,
    ) -> None:
        """`studies`: whether the model is measured in the background (see background.Background).

        `keymap` is a person's own; None: the keys as they ship. `watched` is the run that the model is of, where that
        is to be followed or has kept epochs. `second` is a checkpoint to be shown beside it.
        """
        super().__init__(PictureArea(painter, measure_cell, id="picture"), Wire(), keymap or shipped_keymap())
        self.set_keymap(self._keys.changed)
        self._open_model = open_model
        self._origin = origin
        self._painter = painter
        self._models: Mapping[Weights, OpenModel] = {}
        self._model_lock = threading.Lock()
        self._worker: RenderWorker[RenderJob, Frame] | None = None
        self._renderer: Renderer | None = None
        self._job: RenderJob | None = None
        self._last_ticket = self._done_ticket = self._oldest_ticket = self._text_ticket = 0
        self._asked: dict[int, LatentState] = {}
        """The states whose pictures have not come yet, by their tickets."""
        self._text_wait = TextWait(self._wire, lambda: self._show_text(self.state, self._last_ticket))
        self._saving = self._failed = False
        self._shown_view = ""
        self._drawing: Drawing | None = None
        """What is on the screen; None while there is a note in its place."""
        self._studies = studies
        self._history = History()
        self._watched = watched
        self._watch = RunWatch(watched, lambda seen: self.post_message(self.Sighted(seen))) if watched else None
        self._second = second
        self._other: Other | None = None
        self._backgrounds: tuple[Background, ...] = ()
        self._is_undoing = False
        self.failure: Exception | None = None
        """Why the model could not be opened; whoever ran the app raises it."""
        self.frames_shown = 0
        """How many pictures reached the screen."""

    def compose(self) -> ComposeResult:
        """Header, picture and panel, footer; and what is said where there is no room for them."""
        cls = ExplorerApp
        yield Header(self._loading_text, self._painter.label).data_bind(cls.facts, state=cls.shown)
        with Horizontal(id="middle"):
            yield self._picture
            yield DimensionPanel(self._keys).data_bind(cls.facts, cls.centre, state=cls.shown, asked=cls.state)
        yield Footer(self._keys).data_bind(cls.facts, cls.caption, cls.message, cls.run_status)
        yield Static(id="too-small")

    def on_mount(self) -> None:
        """The first paint says what is loading; the model is opened after it."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self._fit_screen(self.size)
        if not self.is_headless:  # a terminal is put back as it was also when the program is asked to end
            for signal in (SIGTERM, SIGHUP):
                asyncio.get_running_loop().add_signal_handler(signal, self.exit, None, 128 + signal)
        self.app_resume_signal.subscribe(self, self._return_to_terminal)
        self._show_view(self.state.view)
        self._film = self.set_interval(1 / FILM_RATE, self._roll, pause=True)
        self._picture.show_note(self._loading_text, "PyTorch first, then the model")
        self.call_after_refresh(threading.Thread(target=self._open, name="vaetui-open", daemon=True).start)

    def _return_to_terminal(self, app: App[object]) -> None:
        """`fg`: nothing of what was there can be counted on."""
        self._wire.reset()
        self.refresh(layout=True)
        self._doubt_picture()
        self.send_again()

    def send_again(self) -> None:
        """The picture is drawn anew, whole: what the terminal has of it is not known."""
        self._painter.forget()
        self._job = None
        self._ask()

    def _doubt_picture(self) -> None:
        """tmux draws its window anew, and may drop the picture meanwhile."""
        if self._painter.may_be_lost:
            self._arrival.doubt()

    def on_unmount(self) -> None:
        """The threads end with the app."""
        self._shelving.close()
        self._text_wait.end()
        self._arrival.end()
        for background in self._backgrounds:
            background.stop()
        if self._watch is not None:
            self._watch.stop()
        if self._worker is not None:
            self._worker.close()

    def on_resize(self, event: Resize) -> None:
        """A terminal that is too small says so, until it is enlarged."""
        self._fit_screen(event.size)

    def _fit_screen(self, size: Size) -> None:
        # Not Textual's breakpoints: they pass over a screen that lies under a dialog.
        screen = self.screen_stack[0]
        for name, applies in size_classes(*size).items():
            screen.set_class(applies, name)
        screen.query_one("#too-small", Static).update(too_small_text(*size, self._keys.short("quit")))

    @property
    def _loading_text(self) -> str:
        return f"loading {printable(Path(self._origin.checkpoint).name, 60)}"

    def _open(self) -> None:
        try:
            model = self._open_model()
            other = Other.open(self._second, model, self._origin.checkpoint) if self._second else None
            model = other.first if other is not None else model
            models = kinds_of(model)
            facts = ModelFacts.of(next(iter(models.values())))
            if other is not None:
                facts = paired(facts, other.facts, other.names[0])
            self.post_message(self.ModelOpened(models, model.weights, facts, other))
        except Exception as error:  # raised again by whoever ran the app, once the terminal is as it was
            self.post_message(self.OpeningFailed(error))

    def on_explorer_app_opening_failed(self, message: OpeningFailed) -> None:
        """Nothing can be shown: back to the shell."""
        self.failure = message.error
        self.exit()

    def on_explorer_app_model_opened(self, message: ModelOpened) -> None:
        """The first picture."""
        self._models, self._other = message.models, message.other
        renderer = self._renderer = Renderer(message.models, self._painter, self._model_lock, self._wire)
        wire = None if self.is_headless else self._wire  # a test's screen answers nothing
        worker = RenderWorker(renderer.render, lambda done: self.post_message(self.Rendered(done)), wire)
        self._wire.on_room(worker.wake)
        self._worker = worker
        self.facts = message.facts
        opened = partial(_opened, facts=message.facts, weights=message.first)
        self._history.amend(opened)
        self.rewrite(opened(self.state))
        self.open_shelf()
        self._ask()
        if self._watch is not None:
            self._watch.start()

    def on_explorer_app_sighted(self, message: Sighted) -> None:
        """The run's status is said; a checkpoint of it takes the place of the one that was shown."""
        seen = message.sighting
        if self.is_following:
            self.run_status = seen.status.words()
        if seen.error:
            self.message = seen.error
        if seen.epochs != self.facts.epochs:
            self.facts = with_epochs(self.facts, seen.epochs)
        if seen.opened is not None and self._renderer is not None:
            self._swap(seen.opened)

    @property
    def is_following(self) -> bool:
        """Whether the run is followed, not only its kept epochs looked at."""
        return self._watched is not None and self._watched.source is not None

    @property
    def _named_to_open(self) -> str:
        if self._watched is None or not self.is_following:
            return super()._named_to_open
        return f"{printable(self._watched.run_dir.name, 60)} --follow"

    def _swap(self, opened: Opened) -> None:
        """Another checkpoint of the same run: the state stays, and with it latents and images."""
        assert self._renderer is not None
        self._models = opened.models
        self.bring_files(opened.models)
        self._renderer.take(opened.models)
        self._origin = replace(self._origin, checkpoint=str(opened.path))
        self._fit_state(opened.facts)
        is_second = self.state.second_in_front
        facts = turned(self.facts) if is_second else self.facts
        self.open_shelf()
        if self._other is not None:
            self._other = self._other.beside_path(str(opened.path))
        facts = swapped_in(opened.facts, facts, self._other)
        self.facts = turned(facts) if is_second else facts
        self._study()
        self._job = None
        self._ask()

    def _fit_state(self, after: ModelFacts) -> None:
        """What the next checkpoint has not is let go, and that is said."""
        state, said = carried_over(self.state, first_facts(self.state, self.facts), after)
        if state != self.state:
            self._job = None
            self.state = state
            self.message = said or self.message

    @property
    def _open_models(self) -> tuple[OpenModel, ...]:
        """The model in front, and the other one."""
        if self._other is None:
            return (self._models[self.weights],)
        first = self._models[self.state.weights(first_facts(self.state, self.facts))]
        second = self._other.models[self.state.weights(second_facts(self.state, self.facts))]
        return (second, first) if self.state.second_in_front else (first, second)

    def _study(self) -> None:
        """Finds out more of each model in the background."""
        for background in self._backgrounds:
            background.stop()
        if self._studies:
            self._backgrounds = tuple(Background(model, self._model_lock, self._report) for model in self._open_models)

    def _report(self, found: Found) -> None:
        self.post_message(self.FoundOut(found))

    def on_explorer_app_found_out(self, message: FoundOut) -> None:
        """Known where it is needed; what waited for it is drawn."""
        found = message.found
        if not self._models or not any(found.model is model for model in self._open_models):
            return
        was_waiting = self._waits_for_survey
        before = self.facts
        is_front = found.model is self._open_models[0]
        facts = self.facts if is_front else turned(self.facts)
        facts = replace(
            facts,
            survey=found.survey,
            survey_progress=found.progress,
            survey_failed=found.has_failed,
            changes_Z=found.changes_Z,
            has_umap=found.has_umap,
            umap_progress=found.umap_progress,
        )
        self.facts = facts if is_front else turned(facts)
        if any(before.ranked(order) != self.facts.ranked(order) for order in self.facts.orders):
            keep = partial(LatentState.keep_dim, before=before, after=self.facts)
            self._history.amend(keep)
            self.rewrite(keep(self.state), halts=False)
        if was_waiting or not self._waits_for_survey:
            self._ask()

    @property
    def _waits_for_survey(self) -> bool:
        """Whether the picture can't be drawn before the set is encoded, or mapped by UMAP.

        Where nothing is studied in the background, drawing it does both.
        """
        if not self._studies:
            return False
        return any(self._waits(facts) for facts in self._shown_facts)

    @property
    def _shown_facts(self) -> tuple[ModelFacts, ...]:
        """Those of each model that the picture is of, the one in front first."""
        other = self.facts.beside if self.state.beside == "both" else None
        return (self.facts, other) if other is not None else (self.facts,)

    def _waits(self, facts: ModelFacts) -> bool:
        view = VIEWS.get(self.state.view)
        waits_for_images = view.waits_for_survey(self.state, facts)
        return waits_for_images or (not facts.has_umap and view.needs_umap(self.state))

    # From state to picture

    @property
    def is_settled(self) -> bool:
        """Whether a model is open and the screen shows what the state asks for."""
        return self._job is not None and self._done_ticket == self._last_ticket

    def request(self) -> PictureRequest:
        """The picture of the present state."""
        request = VIEWS.get(self.state.view).request(self.state, self.facts)
        return request if self._other is None else self._other.picture(request, self.state, self.facts)

    def origin(self, weights: Weights, request: PictureRequest | None = None) -> Origin:
        """Where a picture of these weights comes from: of the two models of a request, or of the one that is asked."""
        if self._other is not None:
            return self._other.origin(self._origin, request or self.request(), self.state, self.facts)
        return replace(self._origin, raw_weights=self.facts.has_average and weights == "raw")

    def watch_state(self, old: LatentState, new: LatentState) -> None:
        """Every change of the state is kept, to be taken back, and asks for its picture."""
        if not self._is_undoing:
            self._history.record(old, new)
        if old.cursor != new.cursor:
            self._show_caption()
        if old.view != new.view:
            self._show_view(new.view)
        if old.playing != new.playing:
            (self._film.resume if new.playing else self._film.pause)()
        self.keep_marks(old, new)
        if old.epoch != new.epoch and self._watch is not None:
            self._watch.go_to(new.epoch)
        if old.second_in_front != new.second_in_front:
            self.facts = turned(self.facts)
        if old.raw != new.raw and self._models and any(facts.has_average for facts in (self.facts, turned(self.facts))):
            self.facts = without_findings(self.facts)
            self._study()
        self._ask()
        if self._worker is None or self.is_settled:
            self._show_text(new, self._last_ticket)
        else:
            self._text_wait.begin()

    def _roll(self) -> None:
        """The film's next frame, once the one before is drawn: frames are left out, never queued."""
        if not self.state.playing or not self.is_settled or self.screen is not self.screen_stack[0]:
            return
        num_frames = VIEWS.get(self.state.view).num_frames(self.state)
        can_go_on = num_frames > 0 and not self._failed
        self.state = self.state.roll(num_frames) if can_go_on else replace(self.state, playing=False)

    def _show_text(self, state: LatentState, ticket: int) -> None:
        """The text of a state, which never goes back to an earlier one."""
        if ticket < self._text_ticket:
            return
        self._text_ticket, self.shown = ticket, state
        if state == self.state:
            self._text_wait.end()

    def on_picture_area_room_changed(self) -> None:
        """Another size, another picture of the same."""
        self._doubt_picture()
        self._ask()

    def _show_view(self, name: str) -> None:
        for known in VIEWS.names():
            self.set_class(known == name, f"-{known}")

    def _ask(self) -> None:
        canvas = self._picture.canvas()
        if self._worker is None or canvas is None:
            return
        if self._waits_for_survey:
            self._show_waiting()
            if not self._backgrounds:
                self._study()
            if VIEWS.get(self.state.view).needs_umap(self.state):
                for background in self._backgrounds:
                    background.want_map()
            return
        view = VIEWS.get(self.state.view)
        job = RenderJob(
            self.state.view,
            self.state.weights(first_facts(self.state, self.facts)),
            self.request(),
            canvas,
            view.marked_row(self.state, self.facts),
            view.cursor(self.state),
        )
        if job == self._job:
            return
        self._last_ticket = self._worker.submit(job)
        self._asked[self._last_ticket] = self.state
        if self._job is None or _frame_kind(job) != _frame_kind(self._job):
            self._oldest_ticket = self._last_ticket
        self._job = job

    def _show_waiting(self) -> None:
        """In place of a picture: what it waits for, or why it never comes."""
        self._job, self._drawing, self._shown_view = None, None, self.state.view
        self._oldest_ticket = self._last_ticket + 1
        self.caption, self.centre = "", None
        facts = next((facts for facts in self._shown_facts if self._waits(facts)), self.facts)
        progress = facts.survey_progress or facts.umap_progress
        progress = progress or ("encoding the images" if facts.num_images else "there are no images to encode")
        if facts.name:
            progress = f"{facts.name}: {progress}"
        if self._picture.show_note(progress, self._waiting_hint):
            self._wire.drop()

    @property
    def _waiting_hint(self) -> str:
        return "" if all(facts.num_images for facts in self._shown_facts) else self.images_hint

    def on_explorer_app_rendered(self, message: Rendered) -> None:
        """A frame is shown unless it is late: of another view, other weights or another size."""
        done = message.done
        self._done_ticket = done.ticket
        if done.ticket < self._oldest_ticket:
            self._wire.drop()
            return
        state = self.state if done.ticket == self._last_ticket else self._asked[done.ticket]
        self._asked = {ticket: state for ticket, state in self._asked.items() if ticket > done.ticket}
        self._show_text(state, done.ticket)
        self._failed = done.result is None
        self._shown_view = self._job.view if self._job is not None else ""
        if done.result is None:
            self._wire.drop()
            hint = self.images_hint if done.error == NO_IMAGES else printable(done.hint)
            if self._picture.show_note(printable(done.error), hint):
                self._wire.drop()
            self.caption, self.centre, self._drawing = "", None, None
            return
        drawing = self._drawing = done.result.drawing
        view = VIEWS.get(done.result.job.view)
        if not self._backgrounds:
            self._study()
        if self._picture.show_frame(done.result):
            self._wire.drop()  # the one before never reached the screen
        self.frames_shown += 1
        if isinstance(drawing, JoinedDrawing) and drawing.is_stacked != self.facts.is_stacked:
            self.facts = replace(self.facts, is_stacked=drawing.is_stacked)
        self._show_caption()
        centre_Z = view.centre(drawing.front)
        self.centre = None if centre_Z is None else tuple(float(value) for value in centre_Z)
        self.paint_now()

    def _show_caption(self) -> None:
        """What the picture shows; before it, what the tile under the cursor is."""
        if self._drawing is not None:
            self.caption = self._caption_of(self._drawing)

    def _caption_of(self, drawing: Drawing) -> str:
        job = self._job
        if job is None:
            return self.caption
        cursor = VIEWS.get(self._shown_view).cursor(self.state) if self._shown_view == self.state.view else None
        words = words_at(drawing, cursor)
        title = VIEWS.get(self._shown_view).title
        return " · ".join(filter(None, (title, words, self.origin(job.weights, job.request).caption(drawing))))

    def on_cursor_position(self) -> None:
        """The terminal's answer: it has shown the frame."""
        self._wire.answer()

    # Keys and the mouse

    def on_click(self, event: Click) -> None:
        """The cursor onto the tile that is clicked; twice: the tile as the current latent."""
        index = self._picture.tile_at(event.screen_x, event.screen_y)
        if event.widget is not self._picture or self._look.drawing is None:
            return
        cell = self._picture.chart_at(event.screen_x, event.screen_y)
        found = self._drawing.chart_cell(*cell) if self._drawing is not None and cell is not None else None
        if found is not None:
            look = Look(found.drawing)  # of two, the one that is clicked
            self.state = VIEWS.get(self.state.view).click(self.state, look, *found[1:])
        tile = self._drawing.tile_of(index) if self._drawing is not None and index is not None else None
        if tile is None:
            return
        # Of two clicks, the first says which: the cursor may have laid the picture out anew.
        is_second = event.chain > 1 and self.state.cursor is not None
        pointed = self.state if is_second else self.state.point_at(tile)
        view = VIEWS.get(self.state.view)
        if view.point(pointed, self.facts, self._look) is not None:
            self.state = pointed
            if event.chain > 1:
                self.action_step("current.take")

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel zooms."""
        self._scroll(event, "zoom.out")

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel zooms."""
        self._scroll(event, "zoom.in")

    def _scroll(self, event: MouseEvent, key_id: str) -> None:
        # A terminal's event does not say over which widget it came.
        if self._picture.region.contains(event.screen_x, event.screen_y) and self.screen is self.screen_stack[0]:
            self.action_step(key_id)

    def on_dimension_panel_chosen(self, message: DimensionPanel.Chosen) -> None:
        """A row of the side panel is clicked."""
        self.state = VIEWS.get(self.state.view).choose_at(self.state.point_at(None), self.facts, message.place)

    def on_dimension_panel_slid(self, message: DimensionPanel.Slid) -> None:
        """The chosen slider is drawn along its bar."""
        self.state = VIEWS.get(self.state.view).slide(self.state, self.facts, message.value)

    def on_dimension_panel_nudged(self, message: DimensionPanel.Nudged) -> None:
        """The chosen slider is drawn without a bar."""
        self.state = VIEWS.get(self.state.view).nudge(self.state, self.facts, self._look, message.steps)

    def on_dimension_panel_scrolled(self, message: DimensionPanel.Scrolled) -> None:
        """The wheel turns over the side panel."""
        self.state = VIEWS.get(self.state.view).choose(self.state, self.facts, message.by)

    def on_key(self, event: KeyEvent) -> None:
        """A message stands until the next key."""
        self.message = ""

    def action_view(self, name: str) -> None:
        """Show a view."""
        self.state = VIEWS.get(name).arrive(self.state.show(name), self.facts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the picture are not those of a dialog before it."""
        return action != "step" or self.screen is self.screen_stack[0]

    def action_step(self, key_id: str) -> None:
        """What a key of the table does to the state."""
        key = every_key()[key_id]
        view = VIEWS.get(self.state.view)
        self.message = refusal(key.control, view, self.facts)
        before = self.state
        if not self.message:
            self.state = key.step(self.state, self.facts, self._look)
        if key.control == "marks" and self.state == before and not self.message:
            self.message = "there is no image here to mark" if self._models else LOADING

    @property
    def _look(self) -> Look:
        """What is on the screen; nothing while that is still another view's."""
        if self._drawing is None or self._shown_view != self.state.view:
            return Look()
        return Look(self._drawing.front, VIEWS.get(self._shown_view).centre(self._drawing.front))

    def action_undo(self) -> None:
        """The state before, as it was."""
        self._go_to(self._history.undo(self.state), "there is nothing to undo")

    def action_redo(self) -> None:
        """What was taken back, again."""
        self._go_to(self._history.redo(self.state), "there is nothing to redo")

    def _go_to(self, state: LatentState | None, refused: str) -> None:
        if state is None:
            self.message = refused
        else:
            self.rewrite(state)

    def rewrite(self, state: LatentState, *, halts: bool = True) -> None:
        """Another state, which is no step of the history; a film `halts` in it."""
        self._is_undoing = True
        self.state = replace(state, playing=False) if halts else state
        self._is_undoing = False

    def action_theme(self) -> None:
        """Light for dark, and back."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_help(self) -> None:
        """The help of the view that is shown."""
        view = VIEWS.get(self.state.view)
        self.push_screen(HelpDialog(self._keys, view, self.facts, left_out_text(*self.size), self.weights))

    @property
    def _has_failed(self) -> bool:
        """Whether the view has no picture; while its first one is on the way, that is not known."""
        return self._waits_for_survey or (self._failed and self._shown_view == self.state.view)

    def action_command(self) -> None:
        """Show and copy the command of the picture."""
        if not self._models or self._has_failed:
            self.message = "there is no picture to draw again" if self._models else LOADING
            return
        if self._is_passing:
            self._keep_then(self.action_command)
            return
        command = command_line(self.request(), self.origin(self.weights))
        in_tmux = self.copy(command)
        # The caption is the shown picture's: while another is on its way, it would not be the command's.
        caption = self._caption_of(self._drawing.as_saved) if self.is_settled and self._drawing is not None else ""
        self.push_screen(CommandDialog(self._keys, command, caption, in_tmux=in_tmux))

    def action_save(self, moving: bool) -> None:
        """Save the picture, the same bytes as its command's."""
        if not self._models or self._has_failed:
            self.message = "there is no picture to save" if self._models else "there is no picture yet"
        elif self._saving:
            self.message = "still saving the last one"
        elif self._is_passing:
            self._keep_then(partial(self.action_save, moving))
        else:
            self._saving = True
            self.message = "saving …"
            request = self.request()
            model = self._models[self.state.weights(first_facts(self.state, self.facts))]
            self._save(model, self.origin(self.weights), request, self.state.view, moving)

    @property
    def _is_passing(self) -> bool:
        """Whether the checkpoint that is shown makes way for the run's next one: no command could name it."""
        return self.is_following and Path(self._origin.checkpoint).parent.name != RunDir.KEPT

    @work(thread=True)
    def _keep_then(self, action: Callable[[], None]) -> None:
        """Keeps the shown checkpoint in the run's folder, and does then what needs its name."""
        assert self._watched is not None
        path = Path(self._origin.checkpoint)
        try:
            kept = keep(self._watched.run_dir, path, next(iter(self._models.values())).summary.checkpoint_hash)
        except VaeTuiError as error:
            self.call_later(self._say, printable(error.message))
        else:
            self.call_later(self._kept, path, kept, action)

    def _kept(self, path: Path, kept: Path, action: Callable[[], None]) -> None:
        if Path(self._origin.checkpoint) == path:  # else a newer one is shown by now
            self._origin = replace(self._origin, checkpoint=str(kept))
        action()

    def _say(self, message: str) -> None:
        self.message = message

    async def action_quit(self) -> None:
        """Leaves; while our own training runs, only after asking what is to become of it."""
        child = self._watched.child if self._watched is not None else None
        if child is None or not child.is_running or isinstance(self.screen, LeaveDialog):
            self.exit()
        else:
            self.push_screen(LeaveDialog(self._keys, self.run_status), self._leave)

    def _leave(self, choice: str | None) -> None:
        if not choice:
            return
        if choice == "stop" and self._watched is not None and self._watched.child is not None:
            self._watched.child.ask_to_stop()
        self.exit()

    @work(thread=True)
    def _save(self, model: OpenModel, origin: Origin, request: PictureRequest, stem: str, moving: bool) -> None:
        with self._model_lock:
            said = save_new(request, model, origin, Path(), stem, moving=moving)
        self.call_later(self._saved, said)  # never waits: the app may be ending

    def action_save_history(self) -> None:
        """Save the picture of each kept epoch of the run, as its command does."""
        if self._watched is None or not self.facts.epochs:
            self.message = "no epochs were kept: train with --keep-every 1"
        elif self._saving or self._has_failed or self._other is not None:
            self.message = "there is no history of this picture to save"
        else:
            self._saving = True
            self.message = f"saving {len(self.facts.epochs)} epochs …"
            self._save_history(self._watched, self.request(), self.origin(self.weights), self.weights, self.state.view)

    @work(thread=True)
    def _save_history(
        self, watched: Watched, request: PictureRequest, origin: Origin, weights: Weights, stem: str
    ) -> None:
        def open_path(path: Path) -> OpenModel:
            model = watched.open_path(path)
            for file in origin.files[model.num_files :]:
                model.add_file(Path(file))
            return model.with_weights(weights)

        said = save_history(request, watched.run_dir, open_path, origin, stem)
        self.call_later(self._saved, said)

    def _saved(self, said: str) -> None:
        self._saving = False
        self.message = said

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key's action, that of the weights where there are two kinds of them."""
        absent = set() if self.facts.has_average else {"weights"}
        absent |= set() if self.facts.beside is not None else {"sides.swap", "sides.turn", "sides.blink"}
        known = (binding for binding in BINDINGS if binding.id not in absent)
        for binding in known:
            yield SystemCommand(binding.description, binding.tooltip, partial(self.run_action, binding.action))
        words = "An image of your own beside the set's, to reconstruct and to move from"
        yield SystemCommand("Open image file…", words, self.action_open_file)


def _opened(state: LatentState, facts: ModelFacts, weights: Weights) -> LatentState:
    """The state as this model has it, with these weights shown first; undoing does not go back behind that."""
    if state.weights(facts) != weights:
        state = state.switch_weights()  # `--weights raw`
    if not facts.num_images and state.source == "images":
        state = state.switch_source(facts)  # paths of the prior, then
    if facts.files:
        state = state.show_image(-1, facts)
    return VIEWS.get(state.view).arrive(state, facts)


def _frame_kind(job: RenderJob) -> tuple[str, Weights, str, Canvas]:
    """What a frame must share with the present state to be worth showing late."""
    return job.view, job.weights, job.request.sides if isinstance(job.request, BesidePicture) else "", job.canvas
