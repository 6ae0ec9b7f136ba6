"""The explorer: keys change one immutable state, and its picture is rendered elsewhere."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from signal import SIGHUP, SIGINT, SIGTERM
from typing import ClassVar

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Key as KeyEvent
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from vae_tui.channels import Channels
from vae_tui.errors import printable
from vae_tui.explorer.dialogs import HelpDialog
from vae_tui.explorer.footer import Footer
from vae_tui.explorer.header import Header
from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.keys import main_bindings
from vae_tui.explorer.leaving import LeaveDialog
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.open_models import FirstOpened, OpenModels
from vae_tui.explorer.panel import DimensionPanel
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.pointing import PointingApp
from vae_tui.explorer.room import left_out_text, size_classes, too_small_text
from vae_tui.explorer.run import Run
from vae_tui.explorer.sides import Second, turned, without_findings
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.studying import Studies
from vae_tui.explorer.swapping import SwappingApp
from vae_tui.explorer.taking_out import TakingOutApp
from vae_tui.explorer.themes import DARK, LIGHT
from vae_tui.explorer.view import VIEWS, style_paths
from vae_tui.explorer.watching import Watched
from vae_tui.explorer.wire import Wire
from vae_tui.pictures.origin import Origin
from vae_tui.terminal.painting import Painter

FILM_RATE = 12
"""Frames of a film in a second, at most."""

BINDINGS = main_bindings()
"""Every key of the main screen."""


class ExplorerApp(PointingApp, SwappingApp, TakingOutApp):
    """Looks inside the model that `open_model` opens, in a thread of its own, once the screen is there."""

    TITLE = "vaetui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        Path(__file__).parent / "explorer.tcss",
        *style_paths(),
    ]
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    class ModelOpened(Message):
        """The model is there."""

        def __init__(self, opened: FirstOpened) -> None:
            super().__init__()
            self.opened = opened

    class OpeningFailed(Message):
        """The model could not be opened."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

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
        channels: Channels = (),
    ) -> None:
        """`studies`: whether the model is measured in the background (see background.Background).

        `keymap` is a person's own; None: the keys as they ship. `watched` is the run that the model is of, where that
        is to be followed or has kept epochs. `second` is a checkpoint to be shown beside it; `channels` of the images
        are shown first.
        """
        models = OpenModels(origin)
        super().__init__(PictureArea(painter, measure_cell, id="picture"), Wire(), keymap or shipped_keymap(), models)
        self.set_keymap(self._keys.changed)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.stylesheet.set_variables(self.get_css_variables())  # later, all styles would be read twice
        self.set_reactive(ExplorerApp.state, LatentState().show_channels(channels))
        self._open_model = open_model
        self._second = second
        self._painter = painter
        self._film_size = Size(0, 0)
        """The terminal's, at the film's last frame."""
        self._studies = Studies(models.lock, self._report, wanted=studies)
        self._run = Run(watched, lambda seen: self.post_message(self.Sighted(seen)))
        self.failure: Exception | None = None
        """Why the model could not be opened; whoever ran the app raises it."""

    # The screen

    def compose(self) -> ComposeResult:
        """Header, picture and panel, footer; and what is said where there is no room for them."""
        cls = ExplorerApp
        yield Header(self._loading_text, self._painter.label).data_bind(cls.facts, state=cls.shown, asked=cls.state)
        with Horizontal(id="middle"):
            yield self._picture
            yield DimensionPanel(self._keys).data_bind(cls.facts, cls.centre, state=cls.shown, asked=cls.state)
        yield Footer(self._keys).data_bind(cls.facts, cls.caption, cls.message, cls.run_status)
        yield Static(id="too-small")

    @property
    def _loading_text(self) -> str:
        return f"loading {printable(Path(self._models.origin.checkpoint).name, 60)}"

    def on_mount(self) -> None:
        """The first paint says what is loading; the model is opened after it."""
        self._fit_screen(self.size)
        if not self.is_headless:  # a terminal is put back as it was also when the program is asked to end
            for signal in (SIGTERM, SIGHUP, SIGINT):
                asyncio.get_running_loop().add_signal_handler(signal, self.exit, None, 128 + signal)
        self.app_resume_signal.subscribe(self, self._return_to_terminal)
        self._show_view(self.state.view)
        self._film = self.set_interval(1 / FILM_RATE, self._roll, pause=True)
        self._picture.show_note(self._loading_text, "PyTorch first, then the model")
        self.call_after_refresh(threading.Thread(target=self._open, name="vaetui-open", daemon=True).start)

    def on_unmount(self) -> None:
        """The threads end with the app."""
        self._shelving.close()
        self._text_wait.end()
        self._arrival.end()
        self._studies.end()
        self._run.stop()
        self._traffic.close()

    def _return_to_terminal(self, app: App[object]) -> None:
        """`fg`: nothing of what was there can be counted on."""
        self._wire.reset()
        self.refresh(layout=True)
        self.doubt_picture()
        self.send_again()

    def on_resize(self, event: Resize) -> None:
        """A terminal that is too small says so, until it is enlarged."""
        self._fit_screen(event.size)

    def _fit_screen(self, size: Size) -> None:
        # Not Textual's breakpoints: they pass over a screen that lies under a dialog.
        screen = self.screen_stack[0]
        screen.update_classes(size_classes(*size))
        screen.query_one("#too-small", Static).update(too_small_text(*size, self._keys.short("quit")))

    def _show_view(self, name: str) -> None:
        self.update_classes({f"-{known}": known == name for known in VIEWS.names()})

    # The model

    def _open(self) -> None:
        try:
            opened = FirstOpened.open(self._open_model, self._second, self._models.origin.checkpoint)
            self.post_message(self.ModelOpened(opened))
        except Exception as error:  # raised again by whoever ran the app, once the terminal is as it was
            self.post_message(self.OpeningFailed(error))

    def on_explorer_app_opening_failed(self, message: OpeningFailed) -> None:
        """Nothing can be shown: back to the shell."""
        self.failure = message.error
        self.exit()

    def on_explorer_app_model_opened(self, message: ModelOpened) -> None:
        """The first picture."""
        opened = message.opened
        self._models.start(opened)
        self.begin_pictures()
        self.facts = opened.facts
        self._history.amend(opened.begin)
        self.rewrite(opened.begin(self.state))
        self.open_shelf()
        self.ask()
        self._run.start()

    # Leaving

    async def action_quit(self) -> None:
        """Leaves; while our own training runs, only after asking what is to become of it."""
        if not self._run.is_training or isinstance(self.screen, LeaveDialog):
            self.exit()
        else:
            self.push_screen(LeaveDialog(self._keys, self.run_status), self._leave)

    def _leave(self, choice: str | None) -> None:
        if not choice:
            return
        if choice == "stop":
            self._run.ask_to_stop()
        self.exit()

    # The state

    def watch_state(self, old: LatentState, new: LatentState) -> None:
        """Every change of the state is kept, to be taken back, and asks for its picture."""
        self.record(old, new)
        if old.cursor != new.cursor:
            self.show_caption()
        if old.view != new.view:
            self._show_view(new.view)
        if old.playing != new.playing:
            (self._film.resume if new.playing else self._film.pause)()
        self.keep_marks(old, new)
        if old.epoch != new.epoch:
            self._run.go_to(new.epoch)
        if old.second_in_front != new.second_in_front:
            self.facts = turned(self.facts)
        if old.split != new.split:
            self.turn_split()
        if old.raw != new.raw and self._models.are_open:
            self._turn_weights()
        self.ask()
        self.show_text_soon(new)

    def _turn_weights(self) -> None:
        """What was found out was so of the other weights."""
        if any(facts.has_average for facts in (self.facts, turned(self.facts))):
            self.facts = without_findings(self.facts)
            self.study()

    def _roll(self) -> None:
        """The film's next frame, once the one before is drawn: frames are left out, never queued."""
        main = self.screen_stack[0]
        if not self.state.playing or not self.is_settled or self.screen is not main or main.has_class("-too-small"):
            return
        num_frames = VIEWS.get(self.state.view).num_frames(self.state)
        was_resized, self._film_size = self._film_size != self.size, self.size
        can_go_on = num_frames > 0 and (was_resized or not self._failed)  # a smaller screen may have had no room for it
        self.state = self.state.roll(num_frames) if can_go_on else replace(self.state, playing=False)

    # Keys

    def on_key(self, event: KeyEvent) -> None:
        """A message stands until the next key."""
        self.message = ""

    def action_theme(self) -> None:
        """Light for dark, and back."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_help(self) -> None:
        """The help of the view that is shown."""
        view = VIEWS.get(self.state.view)
        self.push_screen(HelpDialog(self._keys, view, self.facts, left_out_text(*self.size), self.weights))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key's action, that of the weights where there are two kinds of them."""
        absent = set() if self.facts.has_average else {"weights"}
        absent |= set() if self.facts.beside is not None else {"sides.swap", "sides.turn", "sides.blink"}
        known = (binding for binding in BINDINGS if binding.id not in absent)
        for binding in known:
            yield SystemCommand(binding.description, binding.tooltip, partial(self.run_action, binding.action))
        words = "An image of your own beside the set's, to reconstruct and to move from"
        yield SystemCommand("Open image file…", words, self.action_open_file)
