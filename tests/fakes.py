"""A subject to draw of without torch: flat tiles whose colour is the latent, so that a test can read it back."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vae_tui.channels import to_rgb
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

    Of any other number of channels as many dimensions are one each; of an image, channel c is then i + 10 c.
    Image i is flat grey of value i; its posterior mean is (i / 10, -i / 10, 0, …) and its sigma 0.5. Its class is
    i % 2, the squared error of its reconstruction i / 10, and UMAP puts it at (i, i % 2). File k is image -k.
    """

    summary = FAKE_SUMMARY

    def __init__(
        self, latent_dim: int = 8, num_images: int = 64, tile: int = 8, statistics: bool = True, channels: int = 3
    ) -> None:
        self.channels = channels
        if channels != 3:
            self.summary = replace(self.summary, image_shape=(channels, tile, tile))
        self.latent_dim = latent_dim
        self.num_images = num_images
        self.num_files = 0
        self.split = "test"
        self.tile = tile
        self.statistics = fake_statistics(latent_dim) if statistics else None
        self.decoded_batches: list[int] = []

    def decode(self, latents_NZ: Latents) -> Tiles:
        """Flat tiles, as they are shown."""
        return to_rgb(self._flat(latents_NZ))

    def decode_all(self, latents_NZ: Latents) -> Tiles:
        """With all channels: of three the same, whatever a test's own fake makes of them."""
        return self.decode(latents_NZ) if self.channels == 3 else self._flat(latents_NZ)

    def _flat(self, latents_NZ: Latents) -> Tiles:
        self.decoded_batches.append(len(latents_NZ))
        colour = np.full((len(latents_NZ), self.channels), 128.0)
        shared = min(self.channels, self.latent_dim)
        colour[:, :shared] = 128 + 40 * np.asarray(latents_NZ)[:, :shared]
        flat = np.clip(np.rint(colour), 0, 255).astype(np.uint8)
        return np.broadcast_to(flat[:, None, None], (len(flat), self.tile, self.tile, self.channels)).copy()

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
        return Reconstructed(
            mean_NZ, 2 * np.log(std_NZ), self.decode_all(mean_NZ), error_N, self.channels * self.tile**2
        )

    def images(self, indices: Sequence[int]) -> Tiles:
        """Flat tiles, as they are shown."""
        return to_rgb(self._own(indices))

    def images_all(self, indices: Sequence[int]) -> Tiles:
        """With all channels, as decode_all has them."""
        return self.images(indices) if self.channels == 3 else self._own(indices)

    def _own(self, indices: Sequence[int]) -> Tiles:
        apart = np.arange(self.channels) * (10 if self.channels != 3 else 0)
        values = (np.asarray(indices)[:, None, None, None] + apart).astype(np.uint8)
        return np.broadcast_to(values, (len(indices), self.tile, self.tile, self.channels)).copy()

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
            image_size=self.channels * self.tile**2,
            labels_N=indices_N % 2,
            class_names=("frog", "truck"),
        )

    def umap_points(self) -> Points:
        """Two rows of images, by their class."""
        indices_N = self.survey().indices_N
        return np.stack([indices_N, indices_N % 2], axis=1).astype(np.float32)
