"""How pixels become a model's numbers, and how its decoder ends: one choice, so that the two can't disagree.

A decoder that ends in a sigmoid can't reach the lower half of images scaled to [-1, 1]: trained so, it gives grey
and black squares. Here a scaling brings its activation along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_tui.errors import VaeTuiError, printable
from vae_tui.registry import nearest_hint


@dataclass(frozen=True)
class PixelScaling:
    """A range of numbers for pixels, and the activation that reaches exactly that range."""

    name: str
    low: float
    high: float
    activate: Callable[[Tensor], Tensor]
    """The decoder's last step, onto [low, high]."""
    summary: str

    def to_model(self, images: Tensor) -> Tensor:
        """Uint8 images as float32 in [low, high]."""
        unit = images.to(torch.float32).div_(255)
        return unit if (self.low, self.high) == (0.0, 1.0) else unit.mul_(self.high - self.low).add_(self.low)

    def to_uint8(self, images: Tensor) -> Tensor:
        """Float images in [low, high] as uint8, rounded to the nearest; what lies outside is clipped."""
        unit = images.float().sub(self.low).div_(self.high - self.low)
        return unit.mul_(255).round_().clamp_(0, 255).to(torch.uint8)


SCALINGS: Mapping[str, PixelScaling] = {
    "unit": PixelScaling("unit", 0.0, 1.0, torch.sigmoid, "[0, 1], decoder ends in a sigmoid"),
    "signed": PixelScaling("signed", -1.0, 1.0, torch.tanh, "[-1, 1], decoder ends in a tanh"),
}


def find_scaling(name: str) -> PixelScaling:
    """The scaling of this name. Raises VaeTuiError naming the nearest."""
    if name not in SCALINGS:
        raise VaeTuiError(f"no scaling is called {printable(name)!r}", nearest_hint(name, SCALINGS))
    return SCALINGS[name]
