"""Squared error and KL, both summed: the loss of the known experiment."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_tui.models.contract import Posterior
from vae_tui.objectives.contract import OBJECTIVES, LossTerms, Objective


@dataclass(frozen=True)
class SquaredErrorOptions:
    """The squared error has no options; the KL's weight is --beta."""


@OBJECTIVES.register("squared-error")
class SquaredError(Objective):
    """Squared error summed over pixels; KL to N(0, I) summed over latents.

    Up to a constant the negative ELBO in nats for a Gaussian likelihood of variance 1/2 (Kingma & Welling, 2014).
    """

    Options = SquaredErrorOptions
    summary: ClassVar[str] = "squared error summed over pixels + beta x KL summed over latents"
    reconstruction_name: ClassVar[str] = "squared error"

    def __call__(self, images_BCHW: Tensor, output_BCHW: Tensor, posterior: Posterior) -> LossTerms:
        """The terms, per image."""
        error_B = (output_BCHW - images_BCHW).square().flatten(1).sum(1)
        return LossTerms(error_B, posterior.kl_BZ())
