"""Posterior means on a plane by UMAP (McInnes et al., 2018), and the way back. Needs umap-learn, which is optional."""

# N images, K nearest ones, Z latent dims

import io
import re
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError
from vae_tui.latent import Latents

Points = NDArray[np.float32]
"""Places on a plane, (N, 2)."""

OnProgress = Callable[[int, int], object]
"""Told how many epochs are done, and how many there are."""

SEED = 0
MIN_IMAGES = 8
NUM_NEIGHBOURS = 15
"""What UMAP takes as near: its own default."""
GET = "pip install 'vaetui[umap]'"
"""How umap-learn comes to where it is absent."""


def why_none(num_images: int) -> str:
    """Why so many images can have no map, in one line; "" where they can. umap-learn, which is slow, is not loaded."""
    if num_images < MIN_IMAGES:
        return f"UMAP needs at least {MIN_IMAGES} images; there are {num_images}"
    return "" if find_spec("umap") is not None else f"UMAP needs umap-learn: {GET}"


def umap_points(means_NZ: Latents, on_progress: OnProgress | None = None) -> Points:
    """Where each image lies: the same for the same means and versions, for which one core does all of it.

    `on_progress` is told epochs done and in all, which begin once the nearest images are found. Raises VaeTuiError
    where umap-learn is absent, or there are fewer than 8 images.
    """
    if len(means_NZ) < MIN_IMAGES:
        hint = "the principal directions need no more than two"
        raise VaeTuiError(f"UMAP needs at least {MIN_IMAGES} images; there are {len(means_NZ)}", hint)
    try:
        from umap import UMAP
    except ImportError:
        raise VaeTuiError("UMAP needs umap-learn, which is not installed", GET) from None
    neighbours = min(NUM_NEIGHBOURS, len(means_NZ) - 1)
    told = {"tqdm_kwds": _bar(on_progress)} if on_progress is not None else {}
    points_N2 = UMAP(n_neighbors=neighbours, random_state=SEED, n_jobs=1, **told).fit_transform(means_NZ)
    return np.asarray(points_N2, np.float32)


def _bar(on_progress: OnProgress) -> dict[str, object]:
    """Options of umap-learn's progress bar, which then writes nothing but two numbers, and to us."""
    return {"disable": False, "file": _Epochs(on_progress), "bar_format": "{n} {total}"}


class _Epochs(io.TextIOBase):
    """Reads what the bar writes."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress

    def write(self, text: str) -> int:
        """Tells the two numbers; line ends and blanks around them say nothing."""
        numbers = re.findall(r"\d+", text)
        if len(numbers) == 2:
            self._on_progress(int(numbers[0]), int(numbers[1]))
        return len(text)


def latent_near(points_N2: Points, means_NZ: Latents, place: tuple[float, float], num: int = 8) -> Latents:
    """A latent for any place of the plane: the mean of the `num` nearest images' means, weighted by 1 / distance.

    On an image's own point it is that image's mean, or the mean of those that share the point.
    """
    distances_N = np.linalg.norm(points_N2.astype(np.float64) - place, axis=1)
    nearest_K = np.argsort(distances_N, kind="stable")[:num]
    distances_K = distances_N[nearest_K]
    weights_K = (distances_K == 0).astype(np.float64) if distances_K[0] == 0 else distances_K[0] / distances_K
    latent_Z: Latents = (weights_K @ means_NZ[nearest_K] / weights_K.sum()).astype(np.float32)
    return latent_Z
