"""Somebody's own module as `--model` names it, and what was told of it: plain values, nothing of it imported."""

from dataclasses import dataclass
from typing import Literal

from vae_tui.config import MAX_CHANNELS
from vae_tui.errors import VaeTuiError, printable

PixelRange = Literal["unit", "signed"]
"""Pixels in [0, 1], or in [-1, 1]: the names of their scalings."""

_NAMING = "--model package.module:factory, where factory() gives the module: a function, or its class"


@dataclass(frozen=True)
class ForeignModel:
    """A factory, and what need not be found: None where nothing was told."""

    factory: str
    """package.module:factory."""
    pixel_range: PixelRange | None = None
    latent_dim: int | None = None
    image_shape: tuple[int, int, int] | None = None
    """(C, H, W)."""

    @classmethod
    def told(
        cls, factory: str | None, pixel_range: PixelRange | None, latent_dim: int | None, image_shape: str | None
    ) -> "ForeignModel | None":
        """What the options say; None without --model. Raises VaeTuiError for what says nothing."""
        if factory is None:
            others = {"--range": pixel_range, "--latent-dim": latent_dim, "--image-shape": image_shape}
            for name, value in others.items():
                if value is not None:
                    raise VaeTuiError(f"{name} needs --model", "a checkpoint says it by itself")
            return None
        _check_name(factory)
        if latent_dim is not None and latent_dim < 1:
            raise VaeTuiError(f"--latent-dim is {latent_dim}", "give 1 or more")
        return cls(factory, pixel_range, latent_dim, None if image_shape is None else _parse_shape(image_shape))

    def arguments(self) -> list[str]:
        """The options that tell it again, in canonical form."""
        words = ["--model", self.factory]
        if self.pixel_range is not None:
            words += ["--range", self.pixel_range]
        if self.latent_dim is not None:
            words += ["--latent-dim", str(self.latent_dim)]
        if self.image_shape is not None:
            words += ["--image-shape", "x".join(map(str, self.image_shape))]
        return words


def _check_name(factory: str) -> None:
    module, colon, name = factory.partition(":")
    shown = printable(factory, 100)
    if module.endswith(".py") or "/" in module:
        dotted = printable(module.removesuffix(".py").strip("./").replace("/", "."), 80)
        hint = f"name the module as Python imports it from this folder: --model {dotted}:{name or 'factory'}"
        raise VaeTuiError(f"--model {shown} is a file's path", hint)
    if not colon or not all(part.isidentifier() for part in [*module.split("."), *name.split(".")]):
        raise VaeTuiError(f"--model {shown} is not of the form module:factory", _NAMING)


def _parse_shape(text: str) -> tuple[int, int, int]:
    sides = text.lower().split("x")
    if len(sides) != 3 or not all(side.isascii() and side.isdigit() and 1 <= int(side) <= 4096 for side in sides):
        raise VaeTuiError(f"--image-shape {printable(text, 40)} is no shape", "channels x height x width: 3x32x32")
    channels, height, width = map(int, sides)
    if channels > MAX_CHANNELS or has_channels_last((channels, height, width)):
        message = f"--image-shape {printable(text, 40)} has {channels} channels"
        raise VaeTuiError(message, f"images have 1 to {MAX_CHANNELS}; channels come first: 3x32x32")
    return channels, height, width


def has_channels_last(shape: tuple[int, int, int]) -> bool:
    """Whether a shape is rather (H, W, C): as (C, H, W) it would have more channels than rows or columns."""
    first, middle, last = shape
    return first > min(middle, last) and (last in (1, 3) or (first == middle and last < first))
