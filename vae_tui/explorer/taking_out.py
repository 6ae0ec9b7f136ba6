"""What a person takes out of the explorer: a picture's command, the picture as a file, its latents, the weights."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual import work

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.dialogs import CommandDialog
from vae_tui.explorer.keys import LOADING
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.picturing import PicturingApp
from vae_tui.explorer.prompt import FilePrompt
from vae_tui.explorer.saving import save_history, save_new
from vae_tui.explorer.sides import first_facts
from vae_tui.explorer.waiting import has_images
from vae_tui.explorer.watching import Watched
from vae_tui.exporting import LATENTS, check_export, latents_bytes, write_export
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.summary import Weights
from vae_tui.terminal.tmux import load_buffer


class TakingOutApp(PicturingApp):
    """An app whose picture can be had elsewhere: every picture again, from a command."""

    _saving = False
    """Whether a picture is being written to a file; one at a time."""
    _held_back: tuple[str, Callable[[], None]] | None = None
    """A view, and what was asked for in it before it was known whether it has a picture."""

    # What waits for the view's first picture

    @property
    def _may_have_none(self) -> bool:
        """Whether it is not known yet if the view has a picture of this model, which has no images."""
        is_new = not self.has_failed and self._shown_view != self.state.view
        return is_new and not has_images(self.state, self.facts)

    def _hold_back(self, action: Callable[[], None]) -> None:
        self._held_back = self.state.view, action
        self.message = "the picture is on its way"

    def on_picturing_app_rendered(self, message: PicturingApp.Rendered) -> None:
        """Has what was held back done after the picture is shown; in another view it is forgotten."""
        held, self._held_back = self._held_back, None
        if held is not None and held[0] == self.state.view:
            self.message = ""
            self.call_later(held[1])

    # The command

    def action_command(self) -> None:
        """Show and copy the command of the picture."""
        if not self._models.are_open or self.has_failed:
            self.message = "there is no picture to draw again" if self._models.are_open else LOADING
            return
        if self._may_have_none:
            self._hold_back(self.action_command)
            return
        if self._is_passing:
            self._keep_then(self.action_command)
            return
        command = command_line(self.request(), self.origin(self.weights))
        in_tmux = self.copy(command)
        # The caption is the shown picture's: while another is on its way, it would not be the command's.
        caption = self.caption_of(self._drawing.as_saved) if self.is_settled and self._drawing is not None else ""
        self.push_screen(CommandDialog(self._keys, command, caption, in_tmux=in_tmux))

    def copy(self, text: str) -> bool:
        """To the terminal's clipboard (OSC 52) and, inside of tmux, to tmux as well: whether there is one."""
        self.copy_to_clipboard(text)
        in_tmux = bool(os.environ.get("TMUX"))
        if in_tmux:
            self._to_tmux(text)
        return in_tmux

    @work(thread=True)
    def _to_tmux(self, text: str) -> None:
        load_buffer(text, os.environ)

    # The picture as a file

    def action_save(self, moving: bool) -> None:
        """Save the picture, the same bytes as its command's."""
        if not self._models.are_open or self.has_failed:
            self.message = "there is no picture to save" if self._models.are_open else "there is no picture yet"
        elif self._saving:
            self.message = "still saving the last one"
        elif self._may_have_none:
            self._hold_back(partial(self.action_save, moving))
        elif self._is_passing:
            self._keep_then(partial(self.action_save, moving))
        else:
            self._saving = True
            self.message = "saving …"
            model = self._models.first(self.state, self.facts)
            self._save(model, self.origin(self.weights), self.request(), self.state.view, moving)

    @work(thread=True)
    def _save(self, model: OpenModel, origin: Origin, request: PictureRequest, stem: str, moving: bool) -> None:
        with self._models.lock:
            said = save_new(request, model, origin, Path(), stem, moving=moving)
        self.call_later(self._saved, said)  # never waits: the app may be ending

    def action_save_history(self) -> None:
        """Save the picture of each kept epoch of the run, as its command does."""
        watched, request = self._run.watched, self.request() if self._models.are_open else None
        refused = self._no_history(request)
        if refused or watched is None or request is None:
            self.message = refused or LOADING
            return
        self._saving = True
        self.message = f"saving {len(self.facts.epochs)} epochs …"
        weights = self.state.weights(first_facts(self.state, self.facts))
        split, stem = self.state.split, self.state.view
        self._save_history(watched, request, self.origin(self.weights), weights, split, stem)

    def _no_history(self, request: PictureRequest | None) -> str:
        """Why the picture has no history to be saved, in one line; "" where it has."""
        if request is None:
            return LOADING
        other = self._models.other
        if not self.facts.epochs and other is not None:
            return f"{other.names[0]} is of no run with kept epochs: train with --keep-every 1, and name that run first"
        if not self.facts.epochs:
            return "no epochs were kept: train with --keep-every 1"
        if other is not None and isinstance(request, BesidePicture) and request.sides == "other":
            shown = self._keys.short("sides.turn")
            return f"the epochs are those of {other.names[0]}, which is not shown: {shown} shows both, or it alone"
        if self._saving:
            return "still saving the last one"
        return "there is no picture to save" if self.has_failed else ""

    @work(thread=True)
    def _save_history(
        self, watched: Watched, request: PictureRequest, origin: Origin, weights: Weights, split: str, stem: str
    ) -> None:
        def open_path(path: Path) -> OpenModel:
            model = self._models.with_training_images(watched.open_path(path))
            model = model.with_split(split) if split in model.splits else model
            for file in origin.files[model.num_files :]:
                model.add_file(Path(file))
            return model.with_weights(weights)

        said = save_history(request, watched.run_dir, open_path, origin, stem)
        self.call_later(self._saved, said)

    def _saved(self, said: str) -> None:
        self._saving = False
        self.message = said

    # A name that stays

    @property
    def _is_passing(self) -> bool:
        """Whether the checkpoint that is shown makes way for the run's next one: no command could name it."""
        return self._run.lets_go(self._models.origin.checkpoint)

    @work(thread=True)
    def _keep_then(self, action: Callable[[], None]) -> None:
        """Keeps the shown checkpoint in the run's folder, and does then what needs its name."""
        path = Path(self._models.origin.checkpoint)
        try:
            kept = self._run.keep(path, next(iter(self._models.kinds.values())).summary.checkpoint_hash)
        except VaeTuiError as error:
            self.call_later(self.say, printable(error.message))
        else:
            self.call_later(self._kept, path, kept, action)

    def _kept(self, path: Path, kept: Path, action: Callable[[], None]) -> None:
        self._models.kept_as(path, kept)
        action()

    # Latents and weights

    def action_export(self) -> None:
        """Asks for a file, and writes the picture's latents or the weights to it."""
        drawing = self._drawing
        if drawing is None:
            self.message = "there are no latents yet" if self._models.are_open else LOADING
            return
        model = self._models.from_front(self.state, self.facts)[0]

        def export(path: Path) -> str:
            try:
                check_export(path, Path(self._models.origin.checkpoint))
            except VaeTuiError as error:
                return f"{error.message}: {error.hint}" if error.hint else error.message
            self._export(model, drawing, path)
            return ""

        about = "an .npz of the picture's latents, or a .pth of the model's weights"
        text = free_file(f"{self.state.view}-latents", ".npz")
        self.push_screen(FilePrompt(self._keys, "Export", export, about=about, text=text))

    @work(thread=True)
    def _export(self, model: OpenModel, drawing: Drawing, path: Path) -> None:
        try:
            if path.suffix.lower() in LATENTS:
                content, what = latents_bytes(drawing.front.latents_NZ), "the picture's latents"
            else:
                with self._models.lock:
                    content, what = model.weights_bytes(), "the weights"
            write_export(path, content)
            said = f"{what} written to {path}"
        except VaeTuiError as error:
            said = f"not exported: {error.message}"
        self.call_later(self.say, printable(said))


def free_file(stem: str, suffix: str) -> str:
    """The first of stem.npz, stem-2.npz, … that the current folder has not."""
    names = (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}" for number in range(1, 10_000))
    return next(name for name in names if not Path(name).exists())
