"""Favourites and marks between the screen and the disk: everything that takes time, in a thread of its own."""

# Z latent dims

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import Latents
from vae_tui.points.bases import Values
from vae_tui.points.contract import Space
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point
from vae_tui.shelf.store import ShelfKeeper
from vae_tui.shelf.values import MAX_POINT, Favourite, Shelf

SAME = 1e-4
"""So far a favourite's values may lie from those of its words: two devices make slightly other ones."""

Job = Callable[[ShelfKeeper], str]
"""What is done with the shelf; gives what there is to say of it, in one line."""


class Shelving:
    """The shelf of the open checkpoint. Jobs are done one after the other; `report` is called in their thread."""

    def __init__(self, report: Callable[[Shelf, str], object]) -> None:
        self._report = report
        self._thread = ThreadPoolExecutor(1, "vaetui-shelf")
        self._keeper: ShelfKeeper | None = None

    def open(self, checkpoint_hash: str, then: Callable[[Shelf], object]) -> None:
        """Another checkpoint's shelf; `then` gets it, in the thread."""

        def load() -> None:
            keeper = self._keeper = ShelfKeeper(checkpoint_hash)
            then(keeper.shelf)
            self._report(keeper.shelf, printable(keeper.notice))

        self._thread.submit(load)

    def do(self, job: Job) -> None:
        """Does it when what came before is done, and reports the shelf and what there is to say."""

        def run() -> None:
            assert self._keeper is not None
            try:
                said = job(self._keeper)
            except VaeTuiError as error:
                said = error.message if not error.hint else f"{error.message}: {error.hint}"
            except Exception as error:  # a model may raise anything; the explorer lives on and says what it was
                said = f"{type(error).__name__}: {error}"
            self._report(self._keeper.shelf, printable(said))

        self._thread.submit(run)

    def close(self) -> None:
        """No more jobs; those that were asked for are still done."""
        self._thread.shutdown(wait=False)


def keep_or_drop(point: Point, space: Space, lock: threading.Lock, *, has_own_images: bool) -> Job:
    """The point as a favourite or, where it is one, as none."""

    def job(keeper: ShelfKeeper) -> str:
        with lock:
            latent_Z = point.latent(space)
        favourite = favourite_of(point, latent_Z, has_own_images=has_own_images)
        known = keeper.shelf.find(favourite.latent)
        if known is not None:
            return keeper.change(lambda shelf: shelf.remove(known.name)) or f"{known.name} is no favourite any more"
        said = keeper.change(lambda shelf: shelf.add(favourite))
        kept = keeper.shelf.find(favourite.latent)
        if said or kept is None:
            return said
        return f"kept as {kept.name}" + ("" if keeper.is_saved else ", until you leave: it can't be saved")

    return job


def favourite_of(point: Point, latent_Z: Latents, *, has_own_images: bool) -> Favourite:
    """The point as a favourite without a name, and without words where those would mean something else another time."""
    words, edits = str(point), point.edits
    names_images = point.needs_survey or "image" in words
    if len(words) > MAX_POINT or isinstance(point.base, Values) or (names_images and not has_own_images):
        words, edits = "", ()
    return Favourite("", words, edits, tuple(float(value) for value in latent_Z))


def point_of(favourite: Favourite, space: Space, *, is_surveyed: bool) -> Point:
    """The favourite by its words where they still give its values; else by the values.

    Other images and other weights give the same words another meaning, and words that need the set encoded are not
    waited for. Raises VaeTuiError where it is of another model.
    """
    latent_Z = np.array(favourite.latent, np.float32)
    if len(latent_Z) != space.latent_dim:
        raise VaeTuiError(f"{favourite.name} has {len(latent_Z)} dimensions, and the model has {space.latent_dim}")
    try:
        point = parse_point(favourite.point)
        may_ask = is_surveyed or not point.needs_survey
        if may_ask and np.allclose(point.latent(space), latent_Z, rtol=0, atol=SAME):
            return point
    except VaeTuiError:
        pass  # it names images that are not there, or nothing at all
    return Point.of(latent_Z)


def with_marks(marked_a: tuple[int, ...], marked_b: tuple[int, ...]) -> Job:
    """These images as the marked ones."""
    return lambda keeper: keeper.change(lambda shelf: replace(shelf, marked_a=marked_a, marked_b=marked_b))
