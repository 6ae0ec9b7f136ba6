"""What latents are drawn from: N(0, I), or a Gaussian fitted to where the encoder puts a set of images."""

# N images or draws, R directions, Z latent dims

from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError
from vae_tui.latent import Latents, prior_latents
from vae_tui.survey import Survey

PRIORS = ("normal", "fitted")
"""N(0, I), which the model was trained to match; a Gaussian of the aggregate posterior of a survey's images."""
LEAST_VARIANCE = 1e-8
"""Posteriors narrower than this are taken to be so wide."""


class Surveyed(Protocol):
    """What a prior is found in: a model with its images."""

    @property
    def latent_dim(self) -> int: ...
    def survey(self) -> Survey:
        """The set of images, encoded. Raises VaeTuiError where there are none."""
        ...


@dataclass(frozen=True, eq=False)
class FittedPrior:
    """N(mean, C) with mean and full covariance C of the aggregate posterior, the mean of q(z|x) over the images.

    C is the covariance of the posterior means plus, on the diagonal, the mean posterior variance v. It is kept as
    C = A Aᵀ, A = √v (I + Uᵀ g U): R = min(N, Z) directions U hold what the means add, so that few images of many
    dimensions are no trouble. Draws are mean + A ε with the ε of N(0, I)'s draws: draw k of one seed under either
    prior has the same noise, and where a dimension is unused the same value.
    """

    mean_Z: NDArray[np.float64]
    width_Z: NDArray[np.float64]
    """√v."""
    directions_RZ: NDArray[np.float64]
    """Orthonormal rows U."""
    gains_R: NDArray[np.float64]
    """g."""

    @classmethod
    def of(cls, survey: Survey) -> "FittedPrior":
        """Of all images of the survey. Raises VaeTuiError where their moments are not finite."""
        means_NZ = survey.means_NZ.astype(np.float64)
        mean_Z, width_Z = means_NZ.mean(0), np.sqrt(survey.variance_Z.astype(np.float64).clip(LEAST_VARIANCE))
        spread_NZ = (means_NZ - mean_Z) / width_Z
        num, latent_dim = spread_NZ.shape
        if not (np.isfinite(spread_NZ).all() and np.isfinite(width_Z).all()):
            raise VaeTuiError("the aggregate posterior has no finite covariance", "draw from N(0, I): --prior normal")
        if num < latent_dim:
            _, singular_R, directions_RZ = np.linalg.svd(spread_NZ, full_matrices=False)
            variances_R = singular_R**2 / num
        else:
            variances_R, columns_ZR = np.linalg.eigh(spread_NZ.T @ spread_NZ / num)
            directions_RZ = columns_ZR.T
        return cls(mean_Z, width_Z, directions_RZ, np.sqrt(1 + variances_R.clip(0)) - 1)

    def draws(self, num: int, seed: int, temperature: float = 1.0) -> Latents:
        """(num, Z); the temperature scales how far they lie from the mean."""
        noise_NZ = prior_latents(num, len(self.mean_Z), seed).astype(np.float64)
        along_NR = noise_NZ @ self.directions_RZ.T * self.gains_R
        away_NZ = self.width_Z * (noise_NZ + along_NR @ self.directions_RZ)
        return (self.mean_Z + temperature * away_NZ).astype(np.float32)


def fitted_prior(survey: Survey) -> FittedPrior:
    """The survey's, made once. Raises VaeTuiError where its moments are not finite."""
    known = _FITTED.get(survey)
    if known is None:
        known = _FITTED[survey] = FittedPrior.of(survey)
    return known


_FITTED: WeakKeyDictionary[Survey, FittedPrior] = WeakKeyDictionary()


def prior_draws(space: Surveyed, prior: str, num: int, seed: int, temperature: float = 1.0) -> Latents:
    """Draws of a prior of PRIORS, (num, Z). Raises VaeTuiError where "fitted" has no images to be fitted to."""
    if prior == "normal":
        return prior_latents(num, space.latent_dim, seed, temperature)
    return fitted_prior(space.survey()).draws(num, seed, temperature)


def describe_prior(space: Surveyed, prior: str) -> str:
    """What is drawn from, in words. Raises VaeTuiError as prior_draws does."""
    if prior == "normal":
        return "N(0, I)"
    return f"fitted: a Gaussian of {space.survey().describe()}' aggregate posterior"
