"""Somebody's module behind the contract of a model."""

# B batch, C channels, H height, W width, Z latent dims

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_tui.errors import VaeTuiError
from vae_tui.foreign.factory import Made, told
from vae_tui.foreign.outputs import Places, describe, read_images, read_posterior
from vae_tui.models.contract import VAE, ImageShape, ModelSpec, Posterior
from vae_tui.models.scaling import PixelScaling

TELL = "tell it: --image-shape 3x32x32, --latent-dim 16, or name fitting images with --data"

NO_LOGVAR = -210.0
"""Of a sigma that is not known: finite, as sums want it, while exp(-105) is 0 in float32."""


@dataclass(frozen=True)
class NoOptions:
    """A factory's options are its author's."""


@dataclass(frozen=True)
class Fit:
    """How a module takes images and gives latents."""

    flat: bool
    """Whether it takes images as rows of C*H*W numbers."""
    latent_shape: tuple[int, ...]
    """One latent's sides: (Z,), or those of a grid, which lies flat in all that is shown."""
    places: Places | None = None
    """Where mean and log-variance stand, where encode gives more than the two."""
    seeded: bool = False
    """Whether it draws as it encodes or decodes: the same draws each time, then."""


class ForeignVAE(VAE):
    """A module of somebody else. Where encode gives a mean alone, sigma is 0, and the KL says nothing."""

    Options = NoOptions
    summary: ClassVar[str] = "somebody's own module, by --model"

    def __init__(self, made: Made, image_shape: ImageShape, fit: Fit, scaling: PixelScaling) -> None:
        super().__init__(image_shape, torch.Size(fit.latent_shape).numel(), scaling)
        self.module = made.module
        self._calls: Mapping[str, Callable[..., Any]] = {"encode": made.encode, "decode": made.decode}
        self._fit = fit

    @classmethod
    def build(cls, image_shape: ImageShape, latent_dim: int, options: NoOptions) -> "ForeignVAE":
        """Raises VaeTuiError: it comes from its factory."""
        raise VaeTuiError("somebody's own module can't be built by name", "open it with --model")

    @classmethod
    def recognise(cls, shapes: Mapping[str, tuple[int, ...]]) -> ModelSpec | None:
        """None: --model names it."""
        return None

    def encode(self, images_BCHW: Tensor) -> Posterior:
        """The posterior of each image."""
        output = self._call("encode", images_BCHW.flatten(1) if self._fit.flat else images_BCHW)
        mean, logvar = read_posterior(output, self._fit.places)
        if tuple(mean.shape) != (len(images_BCHW), *self._fit.latent_shape):
            raise VaeTuiError(f"encode gives {describe(mean)} for {describe(images_BCHW)}", TELL)
        mean_BZ = mean.flatten(1)
        known = torch.full_like(mean_BZ, NO_LOGVAR) if logvar is None else logvar.flatten(1)
        return Posterior(mean_BZ, known).float()

    def decode(self, z_BZ: Tensor) -> Tensor:
        """The image of each latent, in the scaling's range."""
        images = read_images(self._call("decode", z_BZ.unflatten(1, self._fit.latent_shape)))
        one = tuple(images.shape[1:]) if images.dim() == 4 else (images.shape[1:].numel(),)
        fits = one == self.image_shape or one == (torch.Size(self.image_shape).numel(),)
        if not images.dim() or len(images) != len(z_BZ) or not fits:
            shape = "x".join(map(str, self.image_shape))
            raise VaeTuiError(f"decode gives {describe(images)} for {len(z_BZ)} images of {shape}", TELL)
        return images.reshape(-1, *self.image_shape).float()

    def _call(self, name: str, given: Tensor) -> Any:
        return call(name, self._calls[name], given, seed=0 if self._fit.seeded else None)


def call(
    name: str, function: Callable[..., Any], given: Tensor, seed: int | None = None, hint: str | None = None
) -> Any:
    """What the function gives; with a seed, what it draws is the same each time.

    Raises VaeTuiError for whatever it raises.
    """
    try:
        if seed is None:
            return function(given)
        devices = [given.device] if given.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            return function(given)
    except Exception as error:
        if isinstance(error, TypeError):
            hint = f"{name} gets one tensor: wrap the module in a class whose {name} needs no more"
        raise VaeTuiError(f"{name} fails on {describe(given)}: {told(error)}", hint) from error
