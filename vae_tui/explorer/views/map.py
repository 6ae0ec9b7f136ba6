"""The set on a plane: where its images lie, and what lies between them."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vae_tui.charts.window import Window
from vae_tui.explorer.controls import Control, Key, Look
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import CENTRE, LatentState
from vae_tui.explorer.view import VIEWS, View
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.pictures.plane import Place, middle, start, zoomed
from vae_tui.survey_umap import why_none

if TYPE_CHECKING:
    from vae_tui.pictures.map import MapChart

ZOOMS = (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
LEAST_TILES, MOST_TILES = 2, 16
"""Rows and columns of the grid of decodings."""
STEPS_ACROSS = 40
"""Small steps of the cursor from one edge of the window to the other, about."""
FARTHEST = 2.0
"""So many times as far as all points from their middle the cursor goes."""


@dataclass(frozen=True)
class Spot:
    """What is looked at of one plane."""

    x: float | None = None
    """Where the cursor stands; None: where it begins."""
    y: float | None = None
    zoom: int = 0
    """Place in ZOOMS."""
    about: Place | None = None
    """The window's middle; None: that of all points."""


@dataclass(frozen=True)
class MapOptions:
    """What this view alone has."""

    method: str = "pca"
    is_grid: bool = False
    tiles: int = 9
    """Rows and columns of the grid; odd: its middle is the window's."""
    pca: Spot = Spot()
    umap: Spot = Spot()

    @property
    def spot(self) -> Spot:
        """That of the present plane."""
        return self.pca if self.method == "pca" else self.umap

    def at(self, spot: Spot) -> "MapOptions":
        """The same, looked at elsewhere."""
        return replace(self, pca=spot) if self.method == "pca" else replace(self, umap=spot)


def _options(state: LatentState) -> MapOptions:
    return state.own("map", MapOptions())


def _switch_grid(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    """The grid for the points, and back; the cursor stays at its place."""
    from vae_tui.pictures.map import grid_places

    options = _options(state)
    switched = replace(options, is_grid=not options.is_grid)
    chart = _chart(state, look)
    if chart is None or state.cursor is None:
        return _arrive(state.with_own("map", switched))
    places_K2 = grid_places(_window(chart, options.spot), options.tiles)
    if options.is_grid:
        x, y = places_K2[min(state.cursor, len(places_K2) - 1)].tolist()
        return state.with_own("map", switched.at(replace(options.spot, x=x, y=y))).point_at(0)
    scale = chart.window.width, chart.window.height
    away_K = np.square((places_K2 - _cursor(chart, options.spot)) / scale).sum(axis=1)
    return state.with_own("map", switched).point_at(int(np.argmin(away_K)))


def _zoom_text(options: MapOptions) -> str:
    return f"{options.tiles} × {options.tiles}" if options.is_grid else f"{ZOOMS[options.spot.zoom]:g} ×"


def _arrive(state: LatentState) -> LatentState:
    """The arrows on the picture: on the cursor's place or, of a grid, on its middle."""
    options = _options(state)
    return state.point_at(options.tiles // 2 * (options.tiles + 1) if options.is_grid else 0)


def _chart(state: LatentState, look: Look) -> "MapChart | None":
    """The plane on the screen; None where that is not the state's."""
    from vae_tui.pictures.map import MapChart

    chart = look.drawing.chart if look.drawing is not None else None
    return chart if isinstance(chart, MapChart) and chart.method == _options(state).method else None


def _window(chart: "MapChart", spot: Spot) -> Window:
    return zoomed(chart.whole, ZOOMS[spot.zoom], spot.about)


def _cursor(chart: "MapChart", spot: Spot) -> Place:
    x, y = (0.0, 0.0) if chart.method == "pca" else start(chart.whole)
    return x if spot.x is None else spot.x, y if spot.y is None else spot.y


def _step(span: float) -> float:
    """A round number near to a fortieth of the window: 0.1, 0.2, 0.5, …"""
    size = span / STEPS_ACROSS
    unit = 10.0 ** math.floor(math.log10(size))
    return unit * min((1, 2, 5, 10), key=lambda factor: abs(factor * unit - size))


def _on(value: float, step: float) -> float:
    """The nearest multiple of a step, in as few decimals as it has; -0 becomes 0."""
    return round(round(value / step) * step, max(0, -math.floor(math.log10(step)))) + 0.0


def _short_place(x: float, y: float, window: Window) -> Place:
    """A place in few decimals."""
    from vae_tui.pictures.map import short

    return (
        float(short(np.array(x), window.width / STEPS_ACROSS)) + 0.0,
        float(short(np.array(y), window.height / STEPS_ACROSS)) + 0.0,
    )


def _seen(spot: Spot, window: Window, x: float, y: float) -> Spot:
    """The cursor there, and the window moved on by quarters where that lies outside of it."""

    def pan(value: float, low: float, high: float) -> float:
        quarter = (high - low) / 4
        return math.ceil(max(low - value, value - high, 0) / quarter) * math.copysign(quarter, value - low)

    by_x, by_y = pan(x, window.left, window.right), pan(y, window.bottom, window.top)
    if not by_x and not by_y:
        return replace(spot, x=x, y=y)
    return replace(spot, x=x, y=y, about=_short_place(*middle(window.pan(by_x, by_y)), window))


class Map(View):
    """Points by class with a cursor that decodes, or a grid of decodings."""

    key = "6"
    title = "Map"
    question = "Where do the images lie, and what lies between them?"
    help = (
        "Each sign is an image, at the mean of its posterior. {kind} goes from the plane of the two principal "
        "directions, in standard deviations from the mean, to a map by UMAP (pip install 'vaetui[umap]'), which keeps "
        "neighbours together and says nothing of distances. Classes that lie apart are told apart by the code.\n\n"
        "The arrows move the cursor: its place is decoded, and the image whose mean is nearest, in all dimensions, "
        "stands below it. Away from all images the two differ: the decoder has seen nothing there. {map.grid} decodes "
        "places all over the window instead; {current.take} takes one as the current latent, which is marked; "
        "{cursor.on} gives the arrows to the dimensions, and back. The wheel zooms, a click moves the cursor."
    )
    controls = ("kind", "grid", "zoom")
    own_controls: ClassVar[dict[str, Control]] = {
        "kind": Control(
            "plane",
            ("kind",),
            "The two principal directions, or UMAP's map",
            lambda state, facts: {"pca": "PCA", "umap": "UMAP"}[_options(state).method],
        ),
        "grid": Control(
            "show",
            ("map.grid",),
            "The images as points, or a grid of decodings",
            lambda state, facts: "a grid" if _options(state).is_grid else "points",
        ),
        "zoom": Control(
            "zoom",
            ("zoom.out", "zoom.in"),
            "See more of the plane or less; of a grid, more tiles or fewer",
            lambda state, facts: VIEWS.get("map").zoom_text(state),
        ),
    }
    keys = (
        Key("map.grid", "G", "Points or grid", "The images as points, or a grid of decodings", "grid", _switch_grid),
    )

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The window, with the cursor or the grid."""
        from vae_tui.pictures.map import MapPicture

        options = _options(state)
        spot = options.spot
        return MapPicture(
            method=options.method,
            x=None if options.is_grid else spot.x,
            y=None if options.is_grid else spot.y,
            zoom=float(ZOOMS[spot.zoom]),
            about=spot.about,
            grid=options.tiles if options.is_grid else 0,
            at=None if state.point == CENTRE else state.point,
            edits=state.edits,
        )

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent of the cursor's place."""
        return drawing.centre_Z

    def needs_survey(self, state: LatentState) -> bool:
        """Always: it is what is shown."""
        return True

    def needs_umap(self, state: LatentState) -> bool:
        """By that method, or for the latent that is marked."""
        return _options(state).method == "umap" or state.point.needs_umap

    def arrive(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """The arrows are the cursor's."""
        return _arrive(state)

    def enter(self, state: LatentState, look: Look) -> LatentState:
        """Back onto the cursor's place, or the grid's middle."""
        return _arrive(state)

    def move(self, state: LatentState, look: Look, right: int, down: int) -> LatentState:
        """The cursor on; at the window's edge the window goes along."""
        chart, options = _chart(state, look), _options(state)
        if chart is None:
            return state
        window, spot = _window(chart, options.spot), options.spot
        if options.is_grid:
            moved = super().move(state, look, right, down)
            if moved != state:
                return moved
            x, y = middle(window.pan(right * window.width / options.tiles, -down * window.height / options.tiles))
            about = _short_place(*_held_in(x, y, chart.whole), window)
            return state.with_own("map", options.at(replace(spot, about=about)))
        x, y = _cursor(chart, spot)
        step_x, step_y = _step(window.width), _step(window.height)
        x = _on(x + right * step_x, step_x) if right else x
        y = _on(y - down * step_y, step_y) if down else y
        x, y = _held_in(x, y, chart.whole)
        return state.with_own("map", options.at(_seen(spot, window, x, y))).point_at(0)

    def refuses(self, control: str, facts: ModelFacts) -> str:
        """UMAP is not everywhere: the plane that is there stays."""
        return why_none(facts.num_images) if control == "kind" and facts.num_images and not facts.has_umap else ""

    def turn_kind(self, state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        """UMAP for PCA, and back."""
        options = _options(state)
        return state.with_own("map", replace(options, method="umap" if options.method == "pca" else "pca"))

    def zoom_at(self, state: LatentState, look: Look, by: int) -> LatentState:
        """More of the plane or less about the cursor, which stays where it is; of a grid, more tiles or fewer."""
        options = _options(state)
        if options.is_grid:
            tiles = min(max(options.tiles + by, LEAST_TILES), MOST_TILES)
            return _arrive(state.with_own("map", replace(options, tiles=tiles)))
        spot, chart = options.spot, _chart(state, look)
        level = min(max(spot.zoom - by, 0), len(ZOOMS) - 1)
        if level == spot.zoom:
            return state
        about = spot.about
        if not level:
            about = None
        elif chart is not None:
            window = _window(chart, spot).zoom(ZOOMS[level] / ZOOMS[spot.zoom], _cursor(chart, spot))
            about = _short_place(*middle(window), window)
        return state.with_own("map", options.at(replace(spot, zoom=level, about=about)))

    def zoom_text(self, state: LatentState) -> str:
        """How close, or how many tiles."""
        return _zoom_text(_options(state))

    def click(self, state: LatentState, look: Look, column: int, row: int, width: int, height: int) -> LatentState:
        """The cursor to that place."""
        chart, options = _chart(state, look), _options(state)
        place = chart.point_at(column, row, width, height) if chart is not None else None
        if chart is None or place is None or options.is_grid:
            return state
        x, y = _short_place(*place, chart.window)
        return state.with_own("map", options.at(replace(options.spot, x=x, y=y))).point_at(0)


def _held_in(x: float, y: float, whole: Window) -> Place:
    """The nearest place that is not too far from all points; at the edge in few decimals."""
    wide = whole.zoom(1 / FARTHEST)
    left, bottom = _short_place(wide.left, wide.bottom, wide)
    right, top = _short_place(wide.right, wide.top, wide)
    return min(max(x, left), right), min(max(y, bottom), top)


VIEWS.register("map")(Map())
