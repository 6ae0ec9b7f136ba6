"""What lies across the views, as actions of the app: favourites, marked images, image files, finding."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.await_complete import AwaitComplete

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.favourites import FavouritesDialog
from vae_tui.explorer.finding import found_channels
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.keys import LOADING
from vae_tui.explorer.model import OpenModel, file_names
from vae_tui.explorer.open_models import OpenModels
from vae_tui.explorer.palette import ActionsProvider
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.prompt import Prompt, named_path
from vae_tui.explorer.shelving import Job, Shelving, keep_or_drop, point_of, with_marks
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.stepping import SteppingApp
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.wire import Wire
from vae_tui.points.point import Point
from vae_tui.shelf.exchange import export_shelf, import_shelf
from vae_tui.shelf.store import ShelfKeeper
from vae_tui.shelf.values import Favourite, Shelf

ENCODING = "the images are still being encoded"


class AcrossApp(SteppingApp):
    """An app with actions that are the same in each view, and take more than the state."""

    COMMANDS: ClassVar[set[type[ActionsProvider]]] = {ActionsProvider}  # type: ignore[assignment]

    def __init__(self, picture: PictureArea, wire: Wire, keymap: Keymap, models: OpenModels) -> None:
        super().__init__(picture, wire, keymap, models)
        self._shelf: Shelf | None = None
        """None until it is read."""
        self._shelving = Shelving(lambda shelf, said: self.call_later(self._shelf_changed, shelf, said))

    @property
    def _model(self) -> OpenModel:
        return self._models.first(self.state, self.facts)

    def pop_screen(self) -> AwaitComplete:
        """What stands in front closes; the main screen stays, if two keys close one thing."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    # Favourites and marks

    def open_shelf(self) -> None:
        """What is kept of the open checkpoint, as soon as it is read."""
        self._shelf = None
        self._shelving.open(self._model.summary.checkpoint_hash, lambda shelf: self.call_later(self._opened, shelf))

    def _opened(self, shelf: Shelf) -> None:
        self._shelf = shelf
        if self._has_own_images and not self._marks(self.state):
            self._put_marks(shelf)

    def _put_marks(self, shelf: Shelf) -> None:
        """The marks that were kept, as if they had been there from the start: undoing does not take them away."""
        num = self.facts.num_images
        of_a, of_b = (tuple(image for image in marked if image < num) for marked in (shelf.marked_a, shelf.marked_b))
        if of_a or of_b:
            self._history.amend(lambda state: replace(state, marked_a=of_a, marked_b=of_b))
            self.rewrite(replace(self.state, marked_a=of_a, marked_b=of_b))

    @property
    def _has_own_images(self) -> bool:
        return self._models.shows_own_images(self.state.split)

    @staticmethod
    def _marks(state: LatentState) -> tuple[tuple[int, ...], ...]:
        return tuple(marked for marked in (state.marked_a, state.marked_b) if marked)

    def keep_marks(self, old: LatentState, new: LatentState) -> None:
        """Says and keeps the marked images where they have changed; those of other data are not the checkpoint's."""
        if (old.marked_a, old.marked_b) == (new.marked_a, new.marked_b):
            return
        self.message = marks_text(new)
        if self._shelf is not None and self._has_own_images and old.split == new.split:
            self._shelving.do(with_marks(new.marked_a, new.marked_b))

    def _shelf_changed(self, shelf: Shelf, said: str) -> None:
        self._shelf = shelf
        dialog = next((screen for screen in self.screen_stack if isinstance(screen, FavouritesDialog)), None)
        if dialog is not None:
            dialog.shelf = shelf
        if said:
            self.say(said)

    def say(self, said: str) -> None:
        """In one line, where the person looks."""
        super().say(said)
        if isinstance(self.screen, FavouritesDialog):
            self.screen.said = said

    def _do(self, job: Job) -> None:
        if self._models.are_open:
            self._shelving.do(job)
        else:
            self.say(LOADING)

    def action_favourite(self) -> None:
        """The current latent as a favourite; where it is one, as none."""
        point = self.state.current
        if not self._models.are_open:
            self.message = LOADING
        elif point.needs_survey and self.facts.survey is None:
            self.message = ENCODING
        else:
            self._do(keep_or_drop(point, self._model, self._models.lock, has_own_images=self._has_own_images))

    def action_favourites(self) -> None:
        """The list of them."""
        if self._shelf is None:
            self._do(lambda keeper: self._list_later())
        else:
            self.push_screen(FavouritesDialog(self._keys, self._shelf))

    def _list_later(self) -> str:
        self.call_later(self.action_favourites)  # by then the shelf is read
        return ""

    def on_favourites_dialog_taken(self, message: FavouritesDialog.Taken) -> None:
        """As the current latent."""
        self._find_point(message.favourite, self._take)

    def on_favourites_dialog_gathered(self, message: FavouritesDialog.Gathered) -> None:
        """As the next stop."""
        self._find_point(message.favourite, self._gather)

    def on_favourites_dialog_renamed(self, message: FavouritesDialog.Renamed) -> None:
        """Under another name."""
        self._do(lambda keeper: keeper.change(lambda shelf: shelf.rename(message.old, message.new)))

    def on_favourites_dialog_removed(self, message: FavouritesDialog.Removed) -> None:
        """Away."""
        self._do(
            lambda keeper: (
                keeper.change(lambda shelf: shelf.remove(message.name)) or f"{printable(message.name)} deleted"
            )
        )

    def on_favourites_dialog_exported(self, message: FavouritesDialog.Exported) -> None:
        """To a file."""

        def job(keeper: ShelfKeeper) -> str:
            export_shelf(keeper.shelf, message.path)
            return f"{len(keeper.shelf.favourites)} favourites written to {message.path}"

        self._do(job)

    def on_favourites_dialog_imported(self, message: FavouritesDialog.Imported) -> None:
        """From a file; marks too, where they are of the same checkpoint."""
        dims = self.facts.latent_dim

        def job(keeper: ShelfKeeper) -> str:
            had = len(keeper.shelf.favourites)
            taken = import_shelf(message.path, keeper.shelf.checkpoint_hash, dims)
            said = keeper.change(lambda shelf: shelf.take(taken))
            if self._has_own_images:
                self.call_later(self._take_marks, keeper.shelf)
            return said or f"{len(keeper.shelf.favourites) - had} added"

        self._do(job)

    def _take_marks(self, shelf: Shelf) -> None:
        self.state = replace(self.state, marked_a=shelf.marked_a, marked_b=shelf.marked_b)

    def _find_point(self, favourite: Favourite, then: Callable[[Point, str], None]) -> None:
        model, is_surveyed = self._model, self.facts.survey is not None

        def job(keeper: ShelfKeeper) -> str:
            with self._models.lock:
                point = point_of(favourite, model, is_surveyed=is_surveyed)
            self.call_later(then, point, favourite.name)
            return ""

        self._do(job)

    def _take(self, point: Point, name: str) -> None:
        self.state = self.state.take(point)
        self.say(f"{printable(name)} is the current latent")

    def _gather(self, point: Point, name: str) -> None:
        before, self.state = self.state.stops, self.state.gather(point)
        count = len(self.state.stops)
        self.say(f"{printable(name)} is stop {count}" if count > len(before) else f"a path has {count} stops at most")

    # Image files

    def action_open_file(self) -> None:
        """Asks for an image file, to be looked at beside the set's images."""
        if not self._models.are_open:
            self.message = LOADING
            return
        about = "an image of any size: it is brought to the model's, as the images of a folder are"
        self.push_screen(Prompt(self._keys, "Open an image file", self._open_file, about=about))

    def _open_file(self, name: str) -> str:
        if not name:
            return "give the name of a file"
        try:
            index = self._models.add_file(named_path(name))
        except VaeTuiError as error:
            return error.message
        files = file_names(self._model)
        beside = None if self.facts.beside is None else replace(self.facts.beside, files=files)
        self.facts = replace(self.facts, files=files, beside=beside)
        self.state = VIEWS.get("reconstruct").show_image(self.state.show("reconstruct"), self.facts, index)
        return ""

    # Finding

    def action_find(self) -> None:
        """Asks for a name, and goes there."""
        if not self._models.are_open:
            self.message = LOADING
            return
        view = VIEWS.get(self.state.view)
        self.push_screen(Prompt(self._keys, f"Find in {view.title}", self._find, about=self._finds))

    def _find(self, text: str) -> str:
        view = VIEWS.get(self.state.view)
        found = view.find(self.state, self.facts, text)
        channels = found_channels(text, self.facts) if found is None and view.has_images else None
        if channels is not None:
            found = self.state.show_channels(channels)
        if found is None:
            return f"{view.title} has no {printable(text, 40)!r}; it finds {self._finds}" if text else self._finds
        self.state = found
        return ""

    @property
    def _finds(self) -> str:
        """What the view finds, as the one who asks says it."""
        view, last = VIEWS.get(self.state.view), self.facts.num_channels - 1
        has_choice = view.has_images and last >= 1
        return view.finds + (f"; channel {last}; channels {last},1,0" if has_choice else "")


def marks_text(state: LatentState) -> str:
    """`marked a: 3, 17 · b: 5`."""
    groups = [("a", state.marked_a), ("b", state.marked_b)]
    texts = [f"{name}: {', '.join(map(str, images))}" for name, images in groups if images]
    return f"marked {' · '.join(texts)}" if texts else "no image is marked"
