"""A set of images as a model encodes it: where each one lies in the latent space, and how well it comes back.

Of a large set a sample is encoded, the same one each time; what is said of it names how many images it has.
"""

# N images of the sample, K nearest ones, Z latent dims

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae_tui.aggregate import aggregate_statistics, kl_to_prior
from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import Latents, LatentStatistics, posterior_draws
from vae_tui.principal import Principal

Indices = NDArray[np.int64]
"""Indices of images in the set."""

MAX_IMAGES = 10_000
MAX_NUMBERS = 1 << 24
"""Images times latent dimensions, at most: 64 MB of posterior means."""
_CACHED_NUMBERS = 1 << 15
"""Numbers that are compared at once: they stay in the processor's cache (10,000 x 128: 1.6 ms instead of 16)."""
SEED = 0
"""Of the choice of the sample, and of the draws from its posteriors."""
UNKNOWN_LOGVAR = -200.0
"""Every finite log-variance below it: the model says nothing of sigma (somebody's own module may not)."""


def sample_indices(num_images: int, latent_dim: int) -> Indices:
    """Which images of a set are encoded, rising: all, or a fixed choice of 10,000 (of 1,678 dimensions on, fewer)."""
    limit = min(MAX_IMAGES, max(1, MAX_NUMBERS // latent_dim))
    if num_images <= limit:
        return np.arange(num_images)
    return np.sort(np.random.default_rng(SEED).choice(num_images, limit, replace=False))


class Nearest(NamedTuple):
    """The images nearest to a latent, the nearest first."""

    indices_K: Indices
    distances_K: NDArray[np.float64]
    """Euclidean, between the latent and the posterior means."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What a model makes of the images of a set. Images are named by their index in the set, everywhere."""

    indices_N: Indices
    """Which images of the set were encoded, rising."""
    num_images: int
    """How many the set holds."""
    split: str
    """"test" or "train"; "" where they are all images of data without splits."""
    means_NZ: Latents
    """Posterior means."""
    logvars_NZ: Latents
    """Logs of the posterior variances; minus infinity for a variance of 0."""
    squared_error_N: NDArray[np.float32]
    """Of the decoded posterior mean, summed over the image's pixels and channels, pixels in [0, 1]."""
    image_size: int
    """Numbers of one image: C x H x W."""
    labels_N: Indices | None
    """Class of each image, -1 where it is not known; None where the set has no classes."""
    class_names: tuple[str, ...]
    key: str = ""
    """What decides all of it: model, weights and images, as a hash; empty where that is not known."""

    def __len__(self) -> int:
        return len(self.indices_N)

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return int(self.means_NZ.shape[1])

    def describe(self) -> str:
        """What it was taken over: "10,000 of 50,000 test images", or "all 64 test images"."""
        if self.num_images == 1:
            return f"1 {self.split} image".replace("  ", " ")
        images = f"{self.split} images".strip()
        if len(self) == self.num_images:
            return f"all {self.num_images:,} {images}"
        return f"{len(self):,} of {self.num_images:,} {images}"

    @cached_property
    def has_sigma(self) -> bool:
        """Whether the encoder says how wide its posteriors are: without that, no KL is known."""
        return not bool((np.isfinite(self.logvars_NZ) & (self.logvars_NZ < UNKNOWN_LOGVAR)).all())

    def position(self, index: int) -> int:
        """Where image `index` stands in the arrays. Raises VaeTuiError where it is not of the sample."""
        position = int(np.searchsorted(self.indices_N, index))
        if position == len(self) or self.indices_N[position] != index:
            near = int(self.indices_N[min(position, len(self) - 1)])
            raise VaeTuiError(f"image {index} is not among the {self.describe()} that were encoded", f"{near} is")
        return position

    def nearest(self, latent_Z: Latents, num: int) -> Nearest:
        """The `num` images whose posterior means lie nearest, or all where there are fewer; equally far: by index."""
        distances_N, wide_Z = np.empty(len(self)), latent_Z.astype(np.float64)
        rows = max(1, _CACHED_NUMBERS // self.latent_dim)
        for start in range(0, len(self), rows):
            away = self.means_NZ[start : start + rows] - wide_Z
            distances_N[start : start + rows] = np.sqrt(np.einsum("nz,nz->n", away, away))
        first_K = np.argsort(distances_N, kind="stable")[:num]
        return Nearest(self.indices_N[first_K], distances_N[first_K])

    def of_class(self, label: int) -> Indices:
        """The images of a class. Raises VaeTuiError where there are none."""
        if self.labels_N is None:
            raise VaeTuiError("the images have no classes", "class folders or labels in an .npz would give them some")
        indices: Indices = self.indices_N[self.labels_N == label]
        if not len(indices):
            known = 0 <= label < len(self.class_names)
            shown = printable(self.class_names[label]) if known else label
            raise VaeTuiError(f"no image of the {self.describe()} is of class {shown}")
        return indices

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """The classes that have images, rising."""
        return () if self.labels_N is None else tuple(np.unique(self.labels_N[self.labels_N >= 0]).tolist())

    def class_name(self, label: int) -> str:
        """What a class is called, fit to print."""
        return printable(self.class_names[label], 24) if label < len(self.class_names) else str(label)

    def group_mean_Z(self, indices: Sequence[int] | Indices) -> Latents:
        """Mean of the posterior means of these images. Raises VaeTuiError where there are none, or one is absent."""
        if not len(indices):
            raise VaeTuiError("the group holds no image", "choose at least one")
        rows = [self.position(int(index)) for index in indices]
        return np.asarray(self.means_NZ[rows].mean(0, dtype=np.float64), np.float32)

    def class_mean_Z(self, label: int) -> Latents:
        """Mean of the posterior means of a class. Raises VaeTuiError where it has no images."""
        return self.group_mean_Z(self.of_class(label))

    def direction(self, start: Sequence[int] | Indices, end: Sequence[int] | Indices) -> Latents:
        """From the mean of one group of images to that of another. Raises VaeTuiError as group_mean_Z does."""
        return self.group_mean_Z(end) - self.group_mean_Z(start)

    def worst_first(self) -> Indices:
        """All images of the sample, the largest squared error first; equal ones by index."""
        return self.indices_N[np.argsort(-self.squared_error_N, kind="stable")]

    @property
    def psnr_N(self) -> NDArray[np.float32]:
        """Peak signal-to-noise ratio of each reconstruction in dB, peak 1; infinite where it is exact."""
        with np.errstate(divide="ignore"):
            return np.asarray(-10 * np.log10(self.squared_error_N / self.image_size), np.float32)

    @property
    def kl_N(self) -> NDArray[np.float32]:
        """KL(q(z|x) || N(0, I)) of each image in nats, summed over the dimensions; NaN where no sigma is known."""
        return np.asarray(self._kl_NZ.sum(1), np.float32)

    @cached_property
    def kl_Z(self) -> NDArray[np.float32]:
        """KL of each dimension in nats, mean over the images; NaN where no sigma is known."""
        return np.asarray(self._kl_NZ.mean(0), np.float32)

    @property
    def _kl_NZ(self) -> NDArray[np.float64]:
        return kl_to_prior(self.means_NZ, self.logvars_NZ) if self.has_sigma else np.full(self.means_NZ.shape, np.nan)

    @cached_property
    def variance_Z(self) -> NDArray[np.float32]:
        """Variance of the posterior in each dimension, mean over the images: 1 where a dimension is unused."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.logvars_NZ, dtype=np.float64).mean(0), np.float32)

    @cached_property
    def principal(self) -> Principal:
        """Principal components of the posterior means."""
        return Principal.of(self.means_NZ)

    @cached_property
    def statistics(self) -> LatentStatistics:
        """What the dimensions hold, as a training would have measured it over the same images."""
        with np.errstate(over="ignore", invalid="ignore"):
            draws_NZ = posterior_draws(self.means_NZ, np.exp(0.5 * self.logvars_NZ), SEED).astype(np.float64)
            means_NZ = self.means_NZ.astype(np.float64)
            rows = (self._kl_NZ, means_NZ, means_NZ**2, draws_NZ, draws_NZ**2)
            moments_5Z = np.stack([row_NZ.mean(0) for row_NZ in rows])
        return aggregate_statistics(moments_5Z, draws_NZ, num_images=len(self), split=self.split)
