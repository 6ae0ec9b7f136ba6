"""Points, paths and statistics of a latent space: pure, numpy only."""

# N points, S steps, Z latent dims, Q quantile levels

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError, printable

Latents = NDArray[np.float32]
Edits = tuple[tuple[int, float], ...]
"""Dimensions held at a value, in the order of the dimensions: ((3, 1.5), (17, -2.0))."""

FLOAT32_MAX = float(np.finfo(np.float32).max)
"""Beyond it a number is not finite as a latent."""

ACTIVE_VARIANCE = 0.01
"""A dimension is active where its posterior mean varies more than this over the data (Burda et al., 2015, sec. 5.2)."""


@dataclass(frozen=True, eq=False)
class LatentStatistics:
    """What the latent dimensions hold over a set of images.

    The aggregate posterior is q(z) = E_x q(z|x): one draw of z for each image, from a fixed seed.
    """

    kl_Z: NDArray[np.float32]
    """KL(q(z_i|x) || N(0, 1)) in nats, mean over the images; NaN where the encoder gives no sigma."""
    mean_Z: NDArray[np.float32]
    """Mean of the aggregate posterior."""
    std_Z: NDArray[np.float32]
    """Standard deviation of the aggregate posterior."""
    mean_variance_Z: NDArray[np.float32]
    """Variance of the posterior mean over the images."""
    quantile_levels_Q: NDArray[np.float32]
    """Levels of the quantiles, rising from 0 to 1."""
    quantiles_QZ: NDArray[np.float32]
    """Quantiles of the aggregate posterior."""
    num_images: int
    """How many images all this was taken over."""
    split: str
    """Their split: "test", or "train" where nothing was held out; "" for all images of data without splits."""

    @property
    def over(self) -> str:
        """10,000 test images."""
        return f"{self.num_images:,} {self.split} images".replace("  ", " ")

    @cached_property
    def has_kl(self) -> bool:
        """Whether the KL is known."""
        return not bool(np.isnan(self.kl_Z).all())

    def is_active(self, dim: int) -> bool:
        """Whether the posterior mean of a dimension varies over the images; one that does not is dead."""
        return bool(self.mean_variance_Z[dim] > ACTIVE_VARIANCE)

    @cached_property
    def dims_by_kl(self) -> tuple[int, ...]:
        """All dimensions, the largest KL first; equal ones, and those whose KL is not known, by index."""
        return tuple(np.argsort(-self.kl_Z, kind="stable").tolist())

    @cached_property
    def num_active(self) -> int:
        """Active units: dimensions whose posterior mean varies over the images by more than 0.01."""
        return int(np.count_nonzero(self.mean_variance_Z > ACTIVE_VARIANCE))


def prior_latents(num: int, latent_dim: int, seed: int, temperature: float = 1.0) -> Latents:
    """Draws of N(0, temperature² I), (num, latent_dim): the first k of them are the same for every `num` >= k."""
    draws = np.random.default_rng(seed).standard_normal((num, latent_dim), dtype=np.float32)
    return draws * np.float32(temperature)


def posterior_draws(mean_NZ: Latents, std_NZ: Latents, seed: int) -> Latents:
    """z = mean + sigma * eps, one draw of each row (Kingma & Welling, 2014, eq. 10)."""
    return mean_NZ + std_NZ * prior_latents(len(mean_NZ), mean_NZ.shape[1], seed)


def image_draws(mean_NZ: Latents, std_NZ: Latents, indices: Sequence[int], seed: int) -> Latents:
    """The same, for images by their indices: an image's draw under a seed is the same whatever stands beside it."""
    sources = [(seed, index) if index >= 0 else (seed, -index, 1) for index in indices]  # entropy is never negative
    noise = [np.random.default_rng(source).standard_normal(mean_NZ.shape[1], np.float32) for source in sources]
    draws_NZ: Latents = mean_NZ + std_NZ * np.stack(noise)
    return draws_NZ


def lerp(start_Z: Latents, end_Z: Latents, t_S: NDArray[np.float64]) -> Latents:
    """Places on the straight path, 0 its start and 1 its end: (S, Z)."""
    t_S1 = t_S.astype(np.float32)[:, None]
    return (1 - t_S1) * start_Z + t_S1 * end_Z


def slerp(start_Z: Latents, end_Z: Latents, t_S: NDArray[np.float64]) -> Latents:
    """Places on the path along the great circle, 0 its start and 1 its end: (S, Z) (Shoemake, 1985; White, 2016).

    The angle is that between the two vectors, so that equal norms are kept on the way. Where no single great
    circle exists (parallel, opposite or zero vectors) it is the straight path.
    """
    start, end = float(np.linalg.norm(start_Z)), float(np.linalg.norm(end_Z))
    if not start or not end:
        return lerp(start_Z, end_Z, t_S)
    one_Z, other_Z = start_Z.astype(np.float64) / start, end_Z.astype(np.float64) / end
    # Not the cosine's: near 1 and -1 that has no digits left (Kahan, 2006, section 12).
    angle = 2 * math.atan2(np.linalg.norm(one_Z - other_Z), np.linalg.norm(one_Z + other_Z))
    if math.sin(angle) < 1e-7:
        return lerp(start_Z, end_Z, t_S)
    t_S1 = t_S[:, None]
    path_SZ = (np.sin((1 - t_S1) * angle) * start_Z + np.sin(t_S1 * angle) * end_Z) / math.sin(angle)
    return path_SZ.astype(np.float32)


PATHS = {"lerp": lerp, "slerp": slerp}
"""The named paths between two latents."""


def even_steps(steps: int) -> NDArray[np.float64]:
    """Places on a path, evenly spaced, both ends included: (S,). One step is the start."""
    return np.linspace(0, 1, steps)


def there_and_back(num: int) -> list[int]:
    """0, 1, … num-1, … 1: a sweep that loops without a jump."""
    return [*range(num), *range(num - 2, 0, -1)]


def apply_edits(latents_NZ: Latents, edits: Edits) -> Latents:
    """A copy with the edited dimensions held at their values in every row."""
    edited = np.array(latents_NZ, dtype=np.float32)
    for dim, value in edits:
        edited[:, dim] = value
    return edited


def check_edits(edits: Edits, latent_dim: int) -> None:
    """Raises VaeTuiError where an edit names a dimension that the model has not."""
    for dim, _ in edits:
        if not 0 <= dim < latent_dim:
            raise VaeTuiError(f"there is no latent dimension {dim}", f"the model has 0 to {latent_dim - 1}")


def parse_edits(text: str) -> Edits:
    """`3=1.5,17=-2` as ((3, 1.5), (17, -2.0)). Raises VaeTuiError for anything else."""
    edits: dict[int, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        dim, _, value = part.partition("=")
        try:
            edits[int(dim)] = float(value)
        except ValueError:
            raise VaeTuiError(f"--z {printable(text)!r} can't be read", "write --z 3=1.5,17=-2") from None
        if not abs(edits[int(dim)]) <= FLOAT32_MAX:
            raise VaeTuiError(f"--z holds {printable(part)!r}", "give finite numbers")
    return tuple(sorted(edits.items()))


def format_edits(edits: Edits) -> str:
    """The text that parse_edits reads back."""
    return ",".join(f"{dim}={format_number(value)}" for dim, value in edits)


def format_number(value: float) -> str:
    """The shortest text that reads back as the same number: 1, 0.7, -2.5."""
    text = repr(float(value))
    return text.removesuffix(".0")


def even_dims(num: int, latent_dim: int) -> tuple[int, ...]:
    """Evenly spaced dimensions from the first to the last, truncated: 10 of 128 are 0, 14, 28, … 112, 127."""
    return tuple(dict.fromkeys(int(dim) for dim in np.linspace(0, latent_dim - 1, num)))


def dims_by_change(changes_Z: NDArray[np.float32]) -> tuple[int, ...]:
    """All dimensions, the largest change first; equal ones by index."""
    return tuple(int(dim) for dim in np.argsort(-changes_Z, kind="stable"))


DIM_ORDERS = ("kl", "change", "index", "even")
"""By what dimensions are chosen that are not named one by one."""


@dataclass(frozen=True)
class DimChoice:
    """Which latent dimensions a traversal shows, before the model is known."""

    order: str = "kl"
    """"kl" or "change" (largest first), "index", "even" (evenly spaced) or "given"."""
    num: int = 10
    """How many; of "given", the length of dims."""
    dims: tuple[int, ...] = ()
    """The dimensions themselves, for "given"."""

    @classmethod
    def parse(cls, text: str, num: int | None = None) -> "DimChoice":
        """`kl`, `change`, `index` or `even` (with `:NUM`, else `num`, else 10), or a list such as `0,14,28`.

        Raises VaeTuiError for anything else, and for a `num` beside a text that says how many itself.
        """
        order, colon, count = text.partition(":")
        try:
            if order in DIM_ORDERS and not colon:
                return cls(order) if num is None else cls(order, num)
            if order in DIM_ORDERS:
                choice = cls(order, _positive(int(count)))
            else:
                dims = tuple(int(part) for part in text.split(","))
                choice = cls("given", len(dims), dims)
        except ValueError:
            hint = "write kl, change, index or even, each with :NUM if you like, or a list such as 0,14,28"
            raise VaeTuiError(f"--dims {printable(text)!r} can't be read", hint) from None
        if num is not None:
            raise VaeTuiError(f"--dims {printable(text)!r} says how many dimensions", "leave -n out")
        return choice

    def __str__(self) -> str:
        return ",".join(map(str, self.dims)) if self.order == "given" else f"{self.order}:{self.num}"

    def choose(
        self,
        latent_dim: int,
        statistics: LatentStatistics | None,
        changes_Z: Callable[[], NDArray[np.float32]] | None = None,
    ) -> tuple[int, ...]:
        """The dimensions, in the order in which they are shown; `changes_Z` gives how much each changes the picture.

        Where what it goes by is not known, the order is that of the index. Raises VaeTuiError for a dimension that is
        absent.
        """
        if self.order == "given":
            check_edits(tuple((dim, 0.0) for dim in self.dims), latent_dim)
            return self.dims
        if self.order == "even":
            return even_dims(min(self.num, latent_dim), latent_dim)
        ranked: Sequence[int] = range(latent_dim)
        if self.order == "kl" and statistics is not None:
            ranked = statistics.dims_by_kl
        elif self.order == "change" and changes_Z is not None:
            ranked = dims_by_change(changes_Z())
        return tuple(ranked[: self.num])


def _positive(value: int) -> int:
    if value < 1:
        raise ValueError(value)
    return value


def quantile_values(statistics: LatentStatistics, dim: int, levels_S: NDArray[np.float64]) -> Latents:
    """The aggregate posterior's quantiles of one dimension at these levels, interpolated: (S,)."""
    values = np.interp(levels_S, statistics.quantile_levels_Q, statistics.quantiles_QZ[:, dim])
    return values.astype(np.float32)
