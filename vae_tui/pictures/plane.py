"""A set of images on a plane: its two first principal directions, or its map by UMAP."""

# N images, K places of the plane, Z latent dims

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.window import Window
from vae_tui.latent import Latents
from vae_tui.points.bases import OnUmap, SetMean
from vae_tui.points.moves import PrincipalMove
from vae_tui.points.point import Point
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points, latent_near

Place = tuple[float, float]

METHODS = ("pca", "umap")


@dataclass(frozen=True, eq=False)
class Plane:
    """Where the images of a survey lie, and which latent each place of the plane stands for."""

    method: str
    """"pca": places are counted in standard deviations along each direction; "umap": in what UMAP gave."""
    survey: Survey
    points_N2: Points
    whole: Window
    """All of the points."""

    @property
    def home(self) -> Place:
        """Where a cursor begins: at the mean of the posterior means; by UMAP, in the middle of the points, about."""
        return (0.0, 0.0) if self.method == "pca" else start(self.whole)

    @property
    def axis_names(self) -> tuple[str, str]:
        """What is along x and y, with the share of the variance, and in which unit."""
        if self.method == "umap":
            return "UMAP x", "UMAP y"
        x, y = [*self.survey.principal.explained_K[:2].tolist(), 0.0, 0.0][:2]
        return f"pc1 ({x:.0%})", f"pc2 ({y:.0%}), both in sd; % of the variance"

    def point(self, place: Place) -> Point:
        """What the latent of a place is called."""
        if self.method == "umap":
            return Point(OnUmap(*place))
        known = len(self.survey.principal.std_K)
        moves = (PrincipalMove(number, amount) for number, amount in enumerate(place[:known], 1) if amount)
        return Point(SetMean(), tuple(moves))

    def latents(self, places_K2: NDArray[np.float64]) -> Latents:
        """The latents of some places, (K, Z): the values of their points."""
        if self.method == "umap":
            means_NZ = self.survey.means_NZ
            return np.stack([latent_near(self.points_N2, means_NZ, (float(x), float(y))) for x, y in places_K2])
        principal = self.survey.principal
        latents_KZ = np.repeat(principal.mean_Z[None], len(places_K2), axis=0)
        offsets = principal.components_KZ[:2] * principal.std_K[:2, None]
        for along_K, offset_Z in zip(places_K2.T.astype(np.float32), offsets, strict=False):
            latents_KZ = latents_KZ + along_K[:, None] * offset_Z
        return latents_KZ

    def place_of(self, latent_Z: Latents) -> Place:
        """Where a latent lies: its shadow on the plane; by UMAP, the place of the image that is nearest to it."""
        if self.method == "umap":
            nearest = self.survey.position(int(self.survey.nearest(latent_Z, 1).indices_K[0]))
            return float(self.points_N2[nearest, 0]), float(self.points_N2[nearest, 1])
        x, y = _in_deviations(self.survey, latent_Z[None])[0].tolist()
        return x, y

    def window(self, zoom: float, about: Place | None) -> Window:
        """The part of the plane that is seen `zoom` times as close as all of it, about a place or its middle."""
        return zoomed(self.whole, zoom, about)


def zoomed(whole: Window, zoom: float, about: Place | None) -> Window:
    """A window `zoom` times as close, about a place or its middle."""
    window = whole.zoom(zoom)
    if about is None:
        return window
    x, y = middle(whole)
    return window.pan(about[0] - x, about[1] - y)


def start(window: Window) -> Place:
    """The middle of a window in few decimals."""
    x, y = middle(window)
    return round(x, 2) + 0.0, round(y, 2) + 0.0


def middle(window: Window) -> Place:
    """Of a window."""
    return window.left / 2 + window.right / 2, window.bottom / 2 + window.top / 2


_PRINCIPAL: WeakKeyDictionary[Survey, tuple[Points, Window]] = WeakKeyDictionary()
_UMAP: WeakKeyDictionary[Survey, tuple[Points, Window]] = WeakKeyDictionary()


def principal_plane(survey: Survey) -> Plane:
    """By the two first principal directions of the posterior means. Its points are remembered with the survey."""
    known = _PRINCIPAL.get(survey)
    if known is None:
        points_N2 = _in_deviations(survey, survey.means_NZ)
        known = _PRINCIPAL[survey] = points_N2, Window.around(points_N2)
    return Plane("pca", survey, *known)


def umap_plane(survey: Survey, points_N2: Points) -> Plane:
    """By UMAP, whose points these are."""
    known = _UMAP.get(survey)
    if known is None or known[0] is not points_N2:
        known = _UMAP[survey] = points_N2, Window.around(points_N2)
    return Plane("umap", survey, *known)


def _in_deviations(survey: Survey, latents_NZ: Latents) -> Points:
    """Along the two first directions, in standard deviations: (N, 2); 0 along one that the set has not."""
    principal = survey.principal
    std = principal.std_K[:2]
    points_N2 = np.zeros((len(latents_NZ), 2), np.float32)
    along = (latents_NZ - principal.mean_Z) @ principal.components_KZ[:2].T
    np.divide(along, std, out=points_N2[:, : len(std)], where=std > 0)
    return points_N2
