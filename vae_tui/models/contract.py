"""What a model is: an encoder to a diagonal Gaussian and a decoder, for images of one shape."""

# B batch, C channels, H height, W width, Z latent dims

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from vae_tui.config import OptionValue, build_options
from vae_tui.models.scaling import PixelScaling
from vae_tui.registry import Registry

ImageShape = tuple[int, int, int]
"""(C, H, W)."""


class Posterior(NamedTuple):
    """q(z|x): a Gaussian of diagonal covariance, one a row."""

    mean_BZ: Tensor
    logvar_BZ: Tensor
    """Log of the variance."""

    @property
    def std_BZ(self) -> Tensor:
        """Sigma, exp(logvar / 2)."""
        return torch.exp(0.5 * self.logvar_BZ)

    def draw(self, eps_BZ: Tensor) -> Tensor:
        """z = mean + sigma * eps (Kingma & Welling, 2014, eq. 10) for noise from N(0, I): (B, Z), differentiable."""
        return self.mean_BZ + self.std_BZ * eps_BZ

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw a row: (B, Z), differentiable."""
        mean_BZ = self.mean_BZ
        return self.draw(torch.randn(mean_BZ.shape, generator=generator, device=mean_BZ.device, dtype=mean_BZ.dtype))

    def float(self) -> "Posterior":
        """The same in float32: autocast gives bfloat16."""
        return Posterior(self.mean_BZ.float(), self.logvar_BZ.float())

    def kl_BZ(self) -> Tensor:
        """KL(q(z_i|x) || N(0, 1)) in nats, each image and dimension (Kingma & Welling, 2014, app. B)."""
        return -0.5 * (1 + self.logvar_BZ - self.mean_BZ.pow(2) - self.logvar_BZ.exp())


class VAE(nn.Module, ABC):
    """A variational autoencoder of images (C, H, W), given and returned in its scaling's range."""

    Options: ClassVar[type[Any]]
    """Frozen dataclass of what `--set model.KEY=VALUE` reaches; each field made by config.option."""
    summary: ClassVar[str]
    """One line for `vaetui list`."""

    def __init__(self, image_shape: ImageShape, latent_dim: int, scaling: PixelScaling) -> None:
        super().__init__()
        self.image_shape = image_shape
        self.latent_dim = latent_dim
        self.scaling = scaling

    @classmethod
    @abstractmethod
    def build(cls, image_shape: ImageShape, latent_dim: int, options: Any) -> "VAE":
        """The model with fresh weights from torch's global generator. Raises VaeTuiError for options that can't be."""

    @classmethod
    @abstractmethod
    def recognise(cls, shapes: Mapping[str, tuple[int, ...]]) -> "ModelSpec | None":
        """How to rebuild the model of a plain state dict with these shapes; None where it is not of this kind."""

    @abstractmethod
    def encode(self, images_BCHW: Tensor) -> Posterior:
        """The posterior of each image."""

    @abstractmethod
    def decode(self, z_BZ: Tensor) -> Tensor:
        """The mean image of each latent: (B, C, H, W) in the scaling's range."""

    def forward(self, images_BCHW: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Posterior]:
        """What a draw from each image's posterior decodes to, and the posterior."""
        posterior = self.encode(images_BCHW)
        return self.decode(posterior.sample(generator)), posterior

    @property
    def device(self) -> torch.device:
        """Where its weights lie."""
        return next(self.parameters()).device

    @property
    def num_parameters(self) -> int:
        """Trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


@dataclass(frozen=True)
class ModelSpec:
    """All that is needed to build a model without its weights."""

    name: str
    """Registered name."""
    image_shape: ImageShape
    latent_dim: int
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    """What `--set model.KEY` gave."""

    def build(self, seed: int | None = None) -> VAE:
        """The model, its weights drawn by `seed` (None: from the global generator as it stands).

        Raises VaeTuiError for an unknown name or option.
        """
        kind = MODELS.get(self.name)
        options = build_options(kind.Options, self.options, "model")
        if seed is None:
            return kind.build(self.image_shape, self.latent_dim, options)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return kind.build(self.image_shape, self.latent_dim, options)


def recognise(shapes: Mapping[str, tuple[int, ...]]) -> ModelSpec | None:
    """The registered model that a plain state dict with these shapes belongs to, or None."""
    specs = (MODELS.get(name).recognise(shapes) for name in MODELS.names())
    return next((spec for spec in specs if spec is not None), None)


MODELS: Registry[type[VAE]] = Registry("model", "vae_tui.models")
