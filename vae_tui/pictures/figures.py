"""How well images come back: squared error, KL and PSNR of each, as the survey has them."""

# N images

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.aggregate import kl_to_prior
from vae_tui.pictures.contract import Reconstructed, Subject
from vae_tui.pictures.showing import whole
from vae_tui.survey import UNKNOWN_LOGVAR

UNIT = "error: squared, summed over pixels in [0, 1]"
"""What the error is."""
MAX_REMEMBERED = 4096
_KNOWN: WeakKeyDictionary[Subject, dict[int, tuple[float, float, float]]] = WeakKeyDictionary()
"""Of each subject's images: squared error, KL, PSNR."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Of some images, each by the mean of its posterior."""

    squared_error_N: NDArray[np.float64]
    """Summed over pixels and channels, pixels in [0, 1]."""
    kl_N: NDArray[np.float64]
    """KL(q(z|x) || N(0, I)) in nats; NaN where the encoder gives no sigma."""
    psnr_N: NDArray[np.float64]
    """dB, peak 1; infinite where the image comes back exactly."""

    def words(self, index: int) -> str:
        """Of one image: "squared error 31.2, KL 14.1 nats, PSNR 22.3 dB"."""
        kl = self.kl_N[index]
        nats = "" if np.isnan(kl) else f"KL {short(kl)} nats, "
        return f"squared error {short(self.squared_error_N[index])}, {nats}PSNR {self.psnr_N[index]:.1f} dB"

    def mean_words(self) -> str:
        """The means over the images as parts of a caption, the most important first: "error 31.2 on average · …"."""
        kl = self.kl_N.mean()
        average = " on average" if len(self.kl_N) > 1 else ""
        nats = "" if np.isnan(kl) else f" · KL {short(kl)} nats"
        return f"error {short(self.squared_error_N.mean())}{average}{nats} · PSNR {self.psnr_N.mean():.1f} dB"


def short(value: float) -> str:
    """Three or four digits: 0.123, 3.14, 31.4, 314, 3142."""
    places = next((places for limit, places in ((1, 3), (10, 2), (100, 1)) if value < limit), 0)
    return f"{value:.{places}f}"


def figures_of(made: Reconstructed) -> Figures:
    """The figures of images that were encoded and decoded again."""
    kl_NZ = kl_to_prior(made.means_NZ, made.logvars_NZ)
    unknown_N = (np.isfinite(made.logvars_NZ) & (made.logvars_NZ < UNKNOWN_LOGVAR)).all(axis=1)
    error_N = made.squared_error_N.astype(np.float64)
    with np.errstate(divide="ignore"):
        psnr_N = -10 * np.log10(error_N / made.image_size)
    return Figures(error_N, np.where(unknown_N, np.nan, kl_NZ.sum(1)), psnr_N)


def remembered_figures(subject: Subject, indices: Sequence[int]) -> Figures:
    """The same of a subject's images; those that were asked for lately are not encoded again."""
    known = _KNOWN.setdefault(whole(subject), {})
    if len(known) > MAX_REMEMBERED:
        known.clear()
    missing = [index for index in dict.fromkeys(indices) if index not in known]
    if missing:
        found = figures_of(subject.reconstruct(missing))
        rows = zip(found.squared_error_N.tolist(), found.kl_N.tolist(), found.psnr_N.tolist(), strict=True)
        known.update(zip(missing, rows, strict=True))
    return Figures(*np.array([known[index] for index in indices]).T)
