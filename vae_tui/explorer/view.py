"""The contract of a view: a name on a digit key, and the picture that it asks for. One file a view, in views/."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_tui import pictures
from vae_tui.explorer.controls import Control, Key, Look
from vae_tui.explorer.finding import found_dim, found_image
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sliders import Centre, Sliders, dimension_sliders
from vae_tui.explorer.state import LatentState
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.points.bases import Image
from vae_tui.points.point import Point
from vae_tui.registry import Registry


@dataclass(frozen=True)
class Zoom:
    """What + and - change in a view."""

    field: str
    """The count's name in LatentState."""
    label: str
    """What the side panel calls it."""
    least: int
    most: int
    square: bool = False
    """Whether the count is of rows and of columns."""


class View(ABC):
    """One question about the latent space. It holds nothing: what is looked at is in the state."""

    key: ClassVar[str]
    """The digit that shows it."""
    title: ClassVar[str]
    """Its name on the screen; the registered name is the lower-case form."""
    question: ClassVar[str]
    """What it answers, in one line."""
    help: ClassVar[str]
    """What one sees in it and what to look for: a paragraph or two."""
    controls: ClassVar[tuple[str, ...]]
    """The controls of the side panel that change its picture, in their order (see shared_controls.py, own_controls)."""
    always: ClassVar[tuple[str, ...]] = (
        "dimension",
        "value",
        "release",
        "order",
        "cursor",
        "current",
        "stops",
        "marks",
    )
    """The controls before them, which most views share."""
    own_controls: ClassVar[dict[str, Control]] = {}
    """Controls that this view alone has."""
    keys: ClassVar[tuple[Key, ...]] = ()
    """Keys that this view alone has; their ids begin with its name and a dot."""
    zoom: ClassVar[Zoom | None] = None
    has_images: ClassVar[bool] = True
    """Whether its picture has images, of which channels can be chosen."""
    finds: ClassVar[str] = "a dimension: z17 or 17; image:7; a class"
    """What `find` knows, as the one who asks says it."""

    @abstractmethod
    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The picture of this state."""

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """Those of its controls that change nothing just now, such as the seed where nothing is drawn."""
        return frozenset()

    def centre(self, drawing: Drawing) -> Latents | None:
        """The one latent (Z,) that all tiles vary, read from what was drawn; None where there is no such latent."""
        return None

    def marked_row(self, state: LatentState, facts: ModelFacts) -> int | None:
        """The row of the picture that the chosen dimension moves; None where it is all of them."""
        return None

    def needs_survey(self, state: LatentState) -> bool:
        """Whether the picture waits for the set to be encoded."""
        return state.source == "current" and any(point.needs_survey for point in (state.point, *state.stops))

    def waits_for_survey(self, state: LatentState, facts: ModelFacts) -> bool:
        """Whether it is needed, and not there yet."""
        return facts.survey is None and self.needs_survey(state)

    def needs_umap(self, state: LatentState) -> bool:
        """Whether the picture waits for the set's map by UMAP."""
        return state.source == "current" and any(point.needs_umap for point in (state.point, *state.stops))

    def refuses(self, control: str, facts: ModelFacts) -> str:
        """Why one of its controls changes nothing of this model, in one line; "" where it does."""
        return ""

    def num_frames(self, state: LatentState) -> int:
        """How many frames its film has, as a loop; 0 where it has none."""
        return 0

    def sliders(self, state: LatentState, facts: ModelFacts, centre: Centre) -> Sliders:
        """The side panel's list, which the arrows go through: the latent dimensions."""
        return dimension_sliders(state, facts, centre)

    def orders(self, facts: ModelFacts) -> tuple[str, ...]:
        """The orders of the dimensions that its list can have."""
        return facts.orders

    # What the common keys do here

    def arrive(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """The state as the view is turned to, or as its model has been opened."""
        return state

    def choose(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """So many places down the side panel's list."""
        return state.choose(by, facts)

    def turn(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """So many images on."""
        return state.turn_first(by, facts)

    def reseed(self, state: LatentState, by: int) -> LatentState:
        """So many seeds on."""
        return state.reseed(by)

    def show_image(self, state: LatentState, facts: ModelFacts, index: int) -> LatentState:
        """An image of the set, or -1, -2, … of the files beside it, as the first that is looked at."""
        return state.show_image(index, facts)

    def nudge(self, state: LatentState, facts: ModelFacts, look: Look, by: int) -> LatentState:
        """What is chosen there, so many small steps up."""
        return state.nudge(by, facts, look.value(state.chosen_dim(facts)))

    def choose_at(self, state: LatentState, facts: ModelFacts, place: int) -> LatentState:
        """That place of the side panel's list."""
        return self.choose(state, facts, place - self.sliders(state, facts, None).chosen)

    def slide(self, state: LatentState, facts: ModelFacts, value: float) -> LatentState:
        """What is chosen there, at a value."""
        dim = state.chosen_dim(facts)
        return state if dim is None else state.hold(dim, value)

    def release(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """What is chosen there let go."""
        return state.release(facts)

    def release_all(self, state: LatentState) -> LatentState:
        """All of it let go."""
        return state.release_all()

    def enter(self, state: LatentState, look: Look) -> LatentState:
        """The cursor onto the picture, where that has tiles to take."""
        tiles = takeable(look.drawing)
        return state.point_at(int(tiles[0])) if len(tiles) else state

    def move(self, state: LatentState, look: Look, right: int, down: int) -> LatentState:
        """The cursor so many tiles further; it stops at the edges, and passes over what is no tile to take."""
        tiles = takeable(look.drawing)
        if not len(tiles) or look.drawing is None or state.cursor is None:
            return state
        leading = look.drawing.num_leading
        tile = next_tile(tiles - leading, look.drawing.columns, state.cursor - leading, right, down)
        return state.point_at(tile + leading)

    def cursor(self, state: LatentState) -> int | None:
        """The tile that is framed; None where there is none."""
        return state.cursor

    def point(self, state: LatentState, facts: ModelFacts, look: Look) -> Point | None:
        """The latent under the cursor; None where there is none."""
        if look.drawing is None or state.cursor is None or state.cursor >= len(look.drawing.points):
            return None
        return look.drawing.points[state.cursor]

    def image(self, state: LatentState, facts: ModelFacts, look: Look) -> int | None:
        """The image of the set under the cursor or, without one, the first that the view shows; None: none of them."""
        if state.cursor is None:
            index = state.first if "first" in self.controls and facts.num_images else -1
        else:
            point = self.point(state, facts, look)
            index = point.base.index if point is not None and isinstance(point.base, Image) else -1
        return index if index >= 0 else None

    def find(self, state: LatentState, facts: ModelFacts, text: str) -> LatentState | None:
        """What a person names, chosen: a dimension, or an image as the first one; None where there is none such."""
        dim = found_dim(text, facts)
        if dim is not None:
            return replace(state, rank=state.ranked(facts).index(dim))
        image = found_image(text, state, facts)
        return None if image is None else self.show_image(state, facts, image)

    def next_class(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """The next class of the images."""
        return state

    def turn_kind(self, state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        """The next kind of what it shows: of directions, of planes."""
        return state

    def zoomed(self, state: LatentState, by: int) -> LatentState:
        """More tiles (or less of the plane) where `by` is positive."""
        zoom = self.zoom
        return state if zoom is None else state.resize(zoom.field, by, zoom.least, zoom.most)

    def zoom_at(self, state: LatentState, look: Look, by: int) -> LatentState:
        """The same, about where the cursor stands."""
        return self.zoomed(state, by)

    def click(self, state: LatentState, look: Look, column: int, row: int, width: int, height: int) -> LatentState:
        """A click on a cell of the chart, which has so many."""
        return state

    def zoom_text(self, state: LatentState) -> str:
        """How far, as the side panel says it."""
        if self.zoom is None:
            return ""
        count = getattr(state, self.zoom.field)
        return f"{count} × {count}" if self.zoom.square else str(count)


def asked_picture(state: LatentState, facts: ModelFacts) -> PictureRequest:
    """The picture that a state asks for, by the channels that it has chosen."""
    view = VIEWS.get(state.view)
    request = view.request(state, facts)
    known = (facts, facts.beside) if facts.beside is not None else (facts,)
    is_plain = not state.channels and all(each.num_channels in (0, 1, 3) for each in known)
    if is_plain or not view.has_images:
        return request
    from vae_tui.pictures.showing import ShownPicture

    return ShownPicture(request, state.channels)


def takeable(drawing: Drawing | None) -> NDArray[np.int64]:
    """The tiles of a drawing that can be taken as the current latent, by rows."""
    points = drawing.points if drawing is not None else ()
    return np.array([index for index, point in enumerate(points) if point is not None], np.int64)


def next_tile(tiles: NDArray[np.int64], columns: int, start: int, right: int, down: int) -> int:
    """Of these tiles of a grid, the one so many places right and down of `start`, or the nearest before it."""
    row, column = divmod(start, columns)
    rows_N, columns_N = np.divmod(tiles, columns)
    on_line_N = rows_N == row if right else columns_N == column
    along_N, place, by = (columns_N, column, right) if right else (rows_N, row, down)
    passed_N = on_line_N & (np.sign(along_N - place) == np.sign(by)) & (abs(along_N - place) <= abs(by))
    if not passed_N.any():
        passed_N = on_line_N & (np.sign(along_N - place) == np.sign(by))  # over a gap
        return int(tiles[passed_N][np.argmin(abs(along_N[passed_N] - place))]) if passed_N.any() else start
    return int(tiles[passed_N][np.argmax(abs(along_N[passed_N] - place))])


def import_pictures() -> None:
    """What the views draw with: none of them imports it before it is asked for a picture, nor does the first paint."""
    for found in pkgutil.iter_modules(pictures.__path__, f"{pictures.__name__}."):
        importlib.import_module(found.name)


VIEWS: Registry[View] = Registry("view", "vae_tui.explorer.views")


def ordered_views() -> list[tuple[str, View]]:
    """Names and views in the order of their keys."""
    return sorted(((name, VIEWS.get(name)) for name in VIEWS.names()), key=lambda item: item[1].key)


def style_paths() -> list[str | PurePath]:
    """The style sheet of each view, beside it."""
    return [Path(__file__).parent / "views" / f"{name}.tcss" for name, _ in ordered_views()]
