"""The images of a set on a plane, and what the decoder makes of its places."""

# N images or tiles, K places, Z latent dims

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.scatter import Scatter
from vae_tui.charts.window import Window
from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import Edits, apply_edits, check_edits, format_edits, format_number, there_and_back
from vae_tui.pictures.checks import check_count, check_finite
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.made import Made
from vae_tui.pictures.plane import METHODS, Place, Plane, middle, principal_plane, umap_plane
from vae_tui.points.bases import Image
from vae_tui.points.point import Point
from vae_tui.survey import Survey

MAX_ZOOM = 1000.0
MAX_GRID = 64
"""Rows and columns of a grid of decodings."""
WALK_FRAMES = 36
"""Of the animation: the cursor once around the window's middle."""
WALK_REACH = 0.25
"""How far from the middle, as a share of the window's width and height."""
CHART_SHARE = 0.62
"""Of the width, that the points take beside the two images at the cursor."""
GRID_CHART_SHARE = 0.36
"""The same beside a grid."""


@dataclass(frozen=True, eq=False)
class MapChart(Scatter):
    """The scatter of a plane, which knows the whole of it."""

    method: str = "pca"
    whole: Window = field(default_factory=lambda: Window(-1.0, 1.0, -1.0, 1.0))


@dataclass(frozen=True)
class MapPicture:
    """The posterior means of a set on a plane, and beside them what the cursor's place decodes to."""

    command_name: ClassVar[str] = "map"

    method: str = "pca"
    x: float | None = None
    """Where the cursor stands; None: at the mean of the posterior means, or in the middle of UMAP's points."""
    y: float | None = None
    zoom: float = 1.0
    """How many times as close as all of the points."""
    about: Place | None = None
    """The window's middle; None: that of all points."""
    grid: int = 0
    """Rows and columns of decodings of the window, in place of the cursor's; 0: none."""
    at: Point | None = None
    """A latent to be marked on the plane."""
    edits: Edits = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise VaeTuiError(f"there is no map by {printable(self.method, 40)}", f"there are {', '.join(METHODS)}")
        for name, value in (("--x", self.x), ("--y", self.y)):
            check_finite(name, 0.0 if value is None else value)
        for value in self.about or ():
            check_finite("--about", value)
        if not 1 <= self.zoom <= MAX_ZOOM:
            raise VaeTuiError(f"--zoom is {self.zoom}", f"give 1 to {MAX_ZOOM:g}")
        if self.grid:
            check_count("--grid", self.grid, 2, MAX_GRID)

    def draw(self, subject: Subject) -> Drawing:
        """The points, with the cursor's place decoded above the nearest image; or with the grid."""
        plane = self._plane(subject)
        return self._draw_grid(subject, plane) if self.grid else self._draw_cursor(subject, plane, self._cursor(plane))

    def animate(self, subject: Subject) -> Animation:
        """The cursor once around the window's middle; of a grid, its tiles one after another, there and back."""
        plane = self._plane(subject)
        if self.grid:
            still = self._draw_grid(subject, plane)
            rows = np.arange(self.grid**2).reshape(self.grid, -1)
            rows[1::2] = rows[1::2, ::-1]  # each row begins beside the end of the one before
            path = rows.ravel()[there_and_back(self.grid**2)]
            tiles = (
                Drawing(still.tiles_NHWC[[tile]], 1, still.latents_NZ[[tile]], still.caption) for tile in path.tolist()
            )
            return Animation(tuple(tiles), 80)
        window = plane.window(self.zoom, self.about)
        x, y = middle(window)
        angles = np.linspace(0, 2 * math.pi, WALK_FRAMES, endpoint=False).tolist()
        reach_x, reach_y = WALK_REACH * window.width, WALK_REACH * window.height
        places = [(x + reach_x * math.cos(angle), y + reach_y * math.sin(angle)) for angle in angles]
        return Animation(tuple(self._draw_cursor(subject, plane, place) for place in places), 100)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["--method", self.method]
        for name, value in (("--x", self.x), ("--y", self.y)):
            words += [name, format_number(value)] if value is not None else []
        words += ["--zoom", format_number(self.zoom)]
        words += ["--about", ",".join(map(format_number, self.about))] if self.about is not None else []
        words += ["--grid", str(self.grid)] if self.grid else []
        words += ["--at", str(self.at)] if self.at is not None else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    def _plane(self, subject: Subject) -> Plane:
        check_edits(self.edits, subject.latent_dim)
        survey = subject.survey()
        return principal_plane(survey) if self.method == "pca" else umap_plane(survey, subject.umap_points())

    def _cursor(self, plane: Plane) -> Place:
        x, y = plane.home
        return x if self.x is None else self.x, y if self.y is None else self.y

    def _chart(self, subject: Subject, plane: Plane, cursor: Place | None) -> MapChart:
        survey = plane.survey
        marks = () if self.at is None else ((*plane.place_of(self.at.latent(subject)), "current"),)
        return MapChart(
            plane.points_N2,
            survey.labels_N,
            survey.class_names if survey.labels_N is not None else (),
            plane.window(self.zoom, self.about),
            cursor,
            marks,
            *plane.axis_names,
            method=self.method,
            whole=plane.whole,
        )

    def _draw_cursor(self, subject: Subject, plane: Plane, place: Place) -> Drawing:
        point = plane.point(place).held(self.edits)
        latent_1Z = apply_edits(plane.latents(np.array([place])), self.edits)
        nearest = plane.survey.nearest(latent_1Z[0], 1)
        index, distance = int(nearest.indices_K[0]), float(nearest.distances_K[0])
        image = _image_name(plane.survey, index)
        near = f"{image}, {distance:.2f} away"
        width = max(len("decoded"), len(f"nearest {image}"))
        return Drawing(
            np.concatenate([subject.decode(latent_1Z), subject.images([index])]),
            1,
            np.concatenate([latent_1Z, no_latents(1, subject.latent_dim)]),
            f"cursor at {point} · nearest: {near} · {self._what(plane)}",
            row_labels=(f"{'decoded':<{width}}", f"{f'nearest {image}':<{width}}"),
            centre_Z=latent_1Z[0],
            chart=self._chart(subject, plane, place),
            chart_side="left",
            chart_share=CHART_SHARE,
            points=(point, Point(Image(index))),
            words=("decoded", near),
        )

    def _draw_grid(self, subject: Subject, plane: Plane) -> Drawing:
        places_K2 = grid_places(plane.window(self.zoom, self.about), self.grid)
        latents_KZ = apply_edits(plane.latents(places_K2), self.edits)
        places = [(x, y) for x, y in places_K2.tolist()]
        points = Made(len(places), lambda tile: plane.point(places[tile]).held(self.edits))
        xs, ys = _numbers(places_K2[: self.grid, 0]), _numbers(places_K2[:: self.grid, 1])
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        spans = f"{xs[0].strip()} to {xs[-1].strip()} across, {ys[-1].strip()} to {ys[0].strip()} up"
        return Drawing(
            subject.decode(latents_KZ),
            self.grid,
            latents_KZ,
            f"{self.grid} × {self.grid} places, {spans}{held} · {self._what(plane)}",
            row_labels=ys,
            column_labels=xs,
            chart=self._chart(subject, plane, None),
            chart_side="left",
            chart_share=GRID_CHART_SHARE,
            points=points,
            words=Made(len(points), lambda tile: str(points[tile])),
        )

    def _what(self, plane: Plane) -> str:
        method = {"pca": "principal plane (PCA)", "umap": "map by UMAP"}[self.method]
        return f"{method} of the posterior means of {plane.survey.describe()}"


def grid_places(window: Window, num: int) -> NDArray[np.float64]:
    """num x num places of a window in few decimals, by rows from the top: (K, 2)."""
    middles = (np.arange(num) + 0.5) / num
    across = short(window.left + middles * window.width, window.width / num)
    down = short(window.top - middles * window.height, window.height / num)
    x, y = np.meshgrid(across, down)
    places_K2: NDArray[np.float64] = np.stack([x.ravel(), y.ravel()], axis=1) + 0.0  # -0 becomes 0
    return places_K2


def short(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """The values in as few decimals as tell a twentieth of a step."""
    return np.round(values, max(0, 1 - math.floor(math.log10(step))) if step > 0 else 0)


def _numbers(values: NDArray[np.float64]) -> tuple[str, ...]:
    """In equal width."""
    texts = [f"{value:+.2f}" for value in values.tolist()]
    width = max(map(len, texts))
    return tuple(f"{text:>{width}}" for text in texts)


def _image_name(survey: Survey, index: int) -> str:
    """`image 7 frog`, with the class in quotes where it is a number too; `image 7` where it is not known."""
    label = -1 if survey.labels_N is None else int(survey.labels_N[survey.position(index)])
    if not 0 <= label < len(survey.class_names):
        return f"image {index}"
    name = printable(survey.class_names[label], 24)
    return f'image {index} "{name}"' if name.isdigit() else f"image {index} {name}"
