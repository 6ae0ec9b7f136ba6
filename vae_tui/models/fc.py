"""The fully connected model of the known experiment."""

# B batch, C channels, H height, W width, Z latent dims

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import MODELS, VAE, ImageShape, ModelSpec, Posterior
from vae_tui.models.scaling import PixelScaling, find_scaling


@dataclass(frozen=True)
class FcOptions:
    """Options of the fully connected model."""

    hidden: int = option(400, "units of the one hidden layer on each side, 1 or more")
    scaling: str = option("unit", "range of the pixels and the decoder's end: unit [0, 1] sigmoid, signed [-1, 1] tanh")


@MODELS.register("fc")
class FcVAE(VAE):
    """All pixels -> hidden ReLU -> mean and log-variance; latents -> hidden ReLU -> all pixels."""

    Options = FcOptions
    summary: ClassVar[str] = "one hidden layer of 400 on each side, over all pixels at once"

    def __init__(
        self, image_shape: ImageShape, latent_dim: int = 20, hidden: int = 400, scaling: PixelScaling | None = None
    ) -> None:
        super().__init__(image_shape, latent_dim, scaling or find_scaling("unit"))
        pixels = math.prod(image_shape)
        self.fc1 = nn.Linear(pixels, hidden)
        self.fc_mu = nn.Linear(hidden, latent_dim)
        self.fc_logvar = nn.Linear(hidden, latent_dim)
        self.fc2 = nn.Linear(latent_dim, hidden)
        self.fc3 = nn.Linear(hidden, pixels)

    @classmethod
    def build(cls, image_shape: ImageShape, latent_dim: int, options: FcOptions) -> "FcVAE":
        """The model with fresh weights."""
        if options.hidden < 1:
            raise VaeTuiError(f"model.hidden is {options.hidden}", "give 1 or more")
        return cls(image_shape, latent_dim, options.hidden, find_scaling(options.scaling))

    @classmethod
    def recognise(cls, shapes: Mapping[str, tuple[int, ...]]) -> ModelSpec | None:
        """A state dict of this model; its pixels are taken to be square, in colour where that is possible."""
        first, mean = shapes.get("fc1.weight", ()), shapes.get("fc_mu.weight", ())
        if len(first) != 2 or len(mean) != 2 or "fc3.weight" not in shapes:
            return None
        hidden, pixels = first
        for channels in (3, 1):
            side = math.isqrt(pixels // channels)
            if side and channels * side * side == pixels:
                return ModelSpec("fc", (channels, side, side), mean[0], {"hidden": hidden})
        return None

    def encode(self, images_BCHW: Tensor) -> Posterior:
        """The posterior of each image."""
        hidden = F.relu(self.fc1(images_BCHW.flatten(1)))
        return Posterior(self.fc_mu(hidden), self.fc_logvar(hidden))

    def decode(self, z_BZ: Tensor) -> Tensor:
        """The mean image of each latent."""
        flat: Tensor = self.scaling.activate(self.fc3(F.relu(self.fc2(z_BZ))))
        return flat.view(-1, *self.image_shape)
