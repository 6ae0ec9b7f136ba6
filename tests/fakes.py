"""A subject to draw of without torch: flat tiles whose colour is the latent, so that a test can read it back."""

from collections.abc import Sequence

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import Tiles
from vae_tui.latent import Latents, LatentStatistics
from vae_tui.pictures.contract import Reconstructed
from vae_tui.summary import ModelSummary
from vae_tui.survey import Survey, sample_indices
from vae_tui.survey_umap import Points


def fake_statistics(latent_dim: int, num_images: int = 64) -> LatentStatistics:
    """KL falls from the last dimension to the first, so that the order by KL is the reverse of the index."""
    rising = np.arange(latent_dim, dtype=np.float32)
    levels = np.linspace(0, 1, 101, dtype=np.float32)
    return LatentStatistics(
        kl_Z=rising / max(1, latent_dim),
        mean_Z=np.zeros(latent_dim, np.float32),
        std_Z=np.ones(latent_dim, np.float32),
        mean_variance_Z=np.where(rising >= latent_dim // 2, 0.5, 0.0).astype(np.float32),
        quantile_levels_Q=levels,
        quantiles_QZ=np.repeat((levels * 4 - 2)[:, None], latent_dim, axis=1),
        num_images=num_images,
        split="test",
    )


FAKE_SUMMARY = ModelSummary(
    path="model.pt",
    checkpoint_hash="ab" * 32,
    model="fake",
    num_parameters=1,
    image_shape=(3, 8, 8),
    latent_dim=8,
    scaling="unit",
    dataset="",
    num_train=0,
    num_test=0,
    epoch=0,
    objective="",
    formula="",
    beta=1.0,
    has_ema=False,
    note="",
    history=(),
)


class FakeSubject:
    """Decodes z to a flat tile: red, green and blue are 128 + 40 z of the first three dimensions.

    Image i is flat grey of value i; its posterior mean is (i / 10, -i / 10, 0, …) and its sigma 0.5. Its class is
    i % 2, the squared error of its reconstruction i / 10, and UMAP puts it at (i, i % 2). File k is image -k.
    """

    summary = FAKE_SUMMARY

    def __init__(self, latent_dim: int = 8, num_images: int = 64, tile: int = 8, statistics: bool = True) -> None:
        self.latent_dim = latent_dim
        self.num_images = num_images
        self.num_files = 0
        self.split = "test"
        self.tile = tile
        self.statistics = fake_statistics(latent_dim) if statistics else None
        self.decoded_batches: list[int] = []

    def decode(self, latents_NZ: Latents) -> Tiles:
        """Flat tiles."""
        self.decoded_batches.append(len(latents_NZ))
        colour = np.full((len(latents_NZ), 3), 128.0)
        shared = min(3, self.latent_dim)
        colour[:, :shared] = 128 + 40 * np.asarray(latents_NZ)[:, :shared]
        flat = np.clip(np.rint(colour), 0, 255).astype(np.uint8)
        return np.broadcast_to(flat[:, None, None], (len(flat), self.tile, self.tile, 3)).copy()

    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and sigma."""
        mean = np.zeros((len(indices), self.latent_dim), np.float32)
        mean[:, 0] = np.asarray(indices) / 10
        if self.latent_dim > 1:
            mean[:, 1] = -np.asarray(indices) / 10
        return mean, np.full_like(mean, 0.5)

    def reconstruct(self, indices: Sequence[int]) -> Reconstructed:
        """The error of image i is i / 10, as in the survey."""
        mean_NZ, std_NZ = self.encode(indices)
        error_N = np.abs(np.asarray(indices)).astype(np.float32) / 10
        return Reconstructed(mean_NZ, 2 * np.log(std_NZ), self.decode(mean_NZ), error_N, 3 * self.tile**2)

    def images(self, indices: Sequence[int]) -> Tiles:
        """Flat grey tiles."""
        grey = np.asarray(indices).astype(np.uint8)[:, None, None, None]
        return np.broadcast_to(grey, (len(indices), self.tile, self.tile, 3)).copy()

    def survey(self) -> Survey:
        """All images; raises VaeTuiError where there are none."""
        if not self.num_images:
            raise VaeTuiError("there are no images to encode")
        indices_N = sample_indices(self.num_images, self.latent_dim)
        means_NZ, stds_NZ = self.encode(indices_N)
        return Survey(
            indices_N=indices_N,
            num_images=self.num_images,
            split=self.split,
            means_NZ=means_NZ,
            logvars_NZ=2 * np.log(stds_NZ),
            squared_error_N=indices_N.astype(np.float32) / 10,
            image_size=3 * self.tile**2,
            labels_N=indices_N % 2,
            class_names=("frog", "truck"),
        )

    def umap_points(self) -> Points:
        """Two rows of images, by their class."""
        indices_N = self.survey().indices_N
        return np.stack([indices_N, indices_N % 2], axis=1).astype(np.float32)
