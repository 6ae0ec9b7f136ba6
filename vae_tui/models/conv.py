"""The convolutional model of the known experiment, for images of any size."""

# B batch, C channels, H height, W width, Z latent dims

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from vae_tui.config import option
from vae_tui.models.contract import MODELS, VAE, ImageShape, ModelSpec, Posterior
from vae_tui.models.scaling import PixelScaling, find_scaling

STRIDE = 8
"""Three layers of stride 2: height and width are padded to a multiple of it."""
WIDTHS = (16, 32, 128)
DECODER_WIDTHS = (128, 64, 32)


@dataclass(frozen=True)
class ConvOptions:
    """Options of the convolutional model."""

    scaling: str = option("unit", "range of the pixels and the decoder's end: unit [0, 1] sigmoid, signed [-1, 1] tanh")


@MODELS.register("conv")
class ConvVAE(VAE):
    """Conv 4x4 stride 2 pad 1, C->16->32->128, linear to mean and log-variance; mirrored C<-32<-64<-128.

    Images whose sides 8 does not divide are padded inside by repeating their edge (28 to 32: two pixels a side); what
    is decoded is cut back, so that losses and pictures are over the original pixels.
    """

    Options = ConvOptions
    summary: ClassVar[str] = "three convolutions of stride 2 and their mirror; any size and number of channels"

    def __init__(self, image_shape: ImageShape, latent_dim: int = 256, scaling: PixelScaling | None = None) -> None:
        super().__init__(image_shape, latent_dim, scaling or find_scaling("unit"))
        channels, height, width = image_shape
        self._grid = (math.ceil(height / STRIDE), math.ceil(width / STRIDE))
        extra_y, extra_x = (STRIDE * cells - side for cells, side in zip(self._grid, (height, width), strict=True))
        self._top, self._left = extra_y // 2, extra_x // 2
        self._padding = (self._left, extra_x - self._left, self._top, extra_y - self._top)
        features = WIDTHS[-1] * self._grid[0] * self._grid[1]
        self.conv1 = nn.Conv2d(channels, WIDTHS[0], 4, 2, 1)
        self.conv2 = nn.Conv2d(WIDTHS[0], WIDTHS[1], 4, 2, 1)
        self.conv3 = nn.Conv2d(WIDTHS[1], WIDTHS[2], 4, 2, 1)
        self.fc_mu = nn.Linear(features, latent_dim)
        self.fc_logvar = nn.Linear(features, latent_dim)
        self.fc_decode = nn.Linear(latent_dim, features)
        self.deconv1 = nn.ConvTranspose2d(DECODER_WIDTHS[0], DECODER_WIDTHS[1], 4, 2, 1)
        self.deconv2 = nn.ConvTranspose2d(DECODER_WIDTHS[1], DECODER_WIDTHS[2], 4, 2, 1)
        self.deconv3 = nn.ConvTranspose2d(DECODER_WIDTHS[2], channels, 4, 2, 1)

    @classmethod
    def build(cls, image_shape: ImageShape, latent_dim: int, options: ConvOptions) -> "ConvVAE":
        """The model with fresh weights."""
        return cls(image_shape, latent_dim, find_scaling(options.scaling))

    @classmethod
    def recognise(cls, shapes: Mapping[str, tuple[int, ...]]) -> ModelSpec | None:
        """A state dict of this model; the images are taken to be square, which the shapes alone don't say."""
        first, mean = shapes.get("conv1.weight", ()), shapes.get("fc_mu.weight", ())
        if len(first) != 4 or len(mean) != 2 or "deconv3.weight" not in shapes:
            return None
        cells = math.isqrt(mean[1] // WIDTHS[-1])
        return ModelSpec("conv", (first[1], cells * STRIDE, cells * STRIDE), mean[0])

    def encode(self, images_BCHW: Tensor) -> Posterior:
        """The posterior of each image."""
        if any(self._padding):
            images_BCHW = F.pad(images_BCHW, self._padding, mode="replicate")
        hidden = F.relu(self.conv1(images_BCHW))
        hidden = F.relu(self.conv2(hidden))
        hidden = F.relu(self.conv3(hidden)).flatten(1)
        return Posterior(self.fc_mu(hidden), self.fc_logvar(hidden))

    def decode(self, z_BZ: Tensor) -> Tensor:
        """The mean image of each latent, over the original pixels."""
        hidden = F.relu(self.fc_decode(z_BZ)).view(-1, DECODER_WIDTHS[0], *self._grid)
        hidden = F.relu(self.deconv1(hidden))
        hidden = F.relu(self.deconv2(hidden))
        images_BCHW: Tensor = self.scaling.activate(self.deconv3(hidden))
        if any(self._padding):
            _, height, width = self.image_shape
            images_BCHW = images_BCHW[..., self._top : self._top + height, self._left : self._left + width]
        return images_BCHW
