"""The directions in which a cloud of latents varies most: its principal components."""

# N latents, K directions, Z latent dims

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_tui.latent import Latents

MAX_DIRECTIONS = 64
"""At most so many are kept."""


@dataclass(frozen=True, eq=False)
class Principal:
    """Principal components, the one of the largest variance first; K = min(N - 1, Z, 64)."""

    mean_Z: Latents
    components_KZ: Latents
    """Orthonormal rows. Of each the entry of the largest magnitude is positive, so that the signs are fixed."""
    std_K: NDArray[np.float32]
    """Standard deviation of the latents along each, over all N of them."""
    explained_K: NDArray[np.float32]
    """Share of the whole variance; 0 where there is none."""

    @classmethod
    def of(cls, latents_NZ: Latents) -> "Principal":
        """Of at least one latent. In float64: the singular vectors, or those of the covariance where N is over Z."""
        num, latent_dim = latents_NZ.shape
        mean_Z = latents_NZ.mean(0, dtype=np.float64)
        centred_NZ = latents_NZ - mean_Z
        kept = min(num - 1, latent_dim, MAX_DIRECTIONS)
        if num <= latent_dim:
            _, singular, directions = np.linalg.svd(centred_NZ, full_matrices=False)
            variances_K, components_KZ = singular[:kept] ** 2 / num, directions[:kept]
        else:
            eigenvalues, vectors = np.linalg.eigh(centred_NZ.T @ centred_NZ / num)
            variances_K, components_KZ = eigenvalues[::-1][:kept].clip(0), vectors.T[::-1][:kept]
        largest_K = np.abs(components_KZ).argmax(1)
        components_KZ = components_KZ * np.where(components_KZ[np.arange(kept), largest_K] < 0, -1, 1)[:, None]
        total = float(np.square(centred_NZ).sum()) / num
        return cls(
            mean_Z.astype(np.float32),
            components_KZ.astype(np.float32),
            np.sqrt(variances_K).astype(np.float32),
            (variances_K / (total or 1.0)).astype(np.float32),
        )

    def project(self, latents_NZ: Latents) -> NDArray[np.float32]:
        """Where the latents lie along the directions: (N, K)."""
        coordinates_NK = (latents_NZ - self.mean_Z.astype(np.float64)) @ self.components_KZ.T
        return coordinates_NK.astype(np.float32)

    def latent(self, coordinates: NDArray[np.floating]) -> Latents:
        """The latents at these coordinates: (…, k) to (…, Z); along the directions past the first k they are 0."""
        along = coordinates.astype(np.float64) @ self.components_KZ[: coordinates.shape[-1]]
        return (self.mean_Z + along).astype(np.float32)
