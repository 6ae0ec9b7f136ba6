"""One immutable state: what keys make of it, one step at a time, and the way back."""

from dataclasses import replace

from textual.reactive import reactive

from vae_tui.explorer.controls import Look
from vae_tui.explorer.history import History
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.keys import LOADING, every_key, refusal
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.open_models import OpenModels
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.updates import FrameApp
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.wire import Wire
from vae_tui.pictures.contract import Drawing
from vae_tui.summary import Weights


class SteppingApp(FrameApp):
    """An app that goes by one state and the facts of the open models; the layers above it act on both."""

    # The widgets that show them are repainted, not the whole screen.
    state: reactive[LatentState] = reactive(LatentState, init=False, repaint=False)
    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    message: reactive[str] = reactive("", repaint=False)

    def __init__(self, picture: PictureArea, wire: Wire, keymap: Keymap, models: OpenModels) -> None:
        super().__init__(picture, wire)
        self._keys = keymap
        self._models = models
        self._history = History()
        self._is_rewriting = False
        self._drawing: Drawing | None = None
        """What is on the screen; None while there is a note in its place."""
        self._shown_view = ""
        """The view that it is of."""

    @property
    def weights(self) -> Weights:
        """Which weights draw the picture of the present state."""
        return self.state.weights(self.facts)

    @property
    def _look(self) -> Look:
        """What is on the screen; nothing while that is still another view's."""
        if self._drawing is None or self._shown_view != self.state.view:
            return Look()
        return Look(self._drawing.front, VIEWS.get(self._shown_view).centre(self._drawing.front))

    def say(self, said: str) -> None:
        """In one line, where the person looks."""
        self.message = said

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
            self.message = "there is no image here to mark" if self._models.are_open else LOADING

    def record(self, old: LatentState, new: LatentState) -> None:
        """Every change of the state is kept, to be taken back."""
        if not self._is_rewriting:
            self._history.record(old, new)

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
        self._is_rewriting = True
        self.state = replace(state, playing=False) if halts else state
        self._is_rewriting = False
