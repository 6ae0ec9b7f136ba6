"""What the latent dimensions hold over a set of images, by the posterior of each: the formulas of all such figures."""

# N images, K images whose draws are kept, Z latent dims

import numpy as np
from numpy.typing import NDArray

from vae_tui.latent import Latents, LatentStatistics

NUM_QUANTILE_LEVELS = 101


def kl_to_prior(means_NZ: Latents, logvars_NZ: Latents) -> NDArray[np.float64]:
    """KL(q(z_i|x) || N(0, 1)) in nats, each image and dimension (Kingma & Welling, 2014, app. B)."""
    mean_NZ, logvar_NZ = means_NZ.astype(np.float64), logvars_NZ.astype(np.float64)
    with np.errstate(over="ignore"):
        kl_NZ: NDArray[np.float64] = -0.5 * (1 + logvar_NZ - mean_NZ**2 - np.exp(logvar_NZ))
    return kl_NZ


def aggregate_statistics(
    moments_5Z: NDArray[np.float64], draws_KZ: NDArray[np.float64], *, num_images: int, split: str
) -> LatentStatistics:
    """The statistics of means over the images: of the KL, the posterior mean, its square, a draw, its square.

    `draws_KZ` are what the quantiles are taken of: one draw of each image, or of some of them.
    """
    kl_Z, mean_Z, square_Z, draw_Z, draw_square_Z = moments_5Z
    levels_Q = np.linspace(0, 1, NUM_QUANTILE_LEVELS)
    with np.errstate(invalid="ignore", over="ignore"):
        return LatentStatistics(
            kl_Z=kl_Z.astype(np.float32),
            mean_Z=draw_Z.astype(np.float32),
            std_Z=np.sqrt((draw_square_Z - draw_Z**2).clip(0)).astype(np.float32),
            mean_variance_Z=(square_Z - mean_Z**2).clip(0).astype(np.float32),
            quantile_levels_Q=levels_Q.astype(np.float32),
            quantiles_QZ=np.quantile(draws_KZ, levels_Q, axis=0).astype(np.float32),
            num_images=num_images,
            split=split,
        )
