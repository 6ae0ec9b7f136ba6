"""Squared error and KL, both summed: the loss of the known experiment, and the base of the others."""

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
    --beta above 1 makes it a beta-VAE (Higgins et al., 2017).
    """

    Options: ClassVar[type] = SquaredErrorOptions
    summary: ClassVar[str] = "squared error + KL, both summed; --beta B weighs the KL (above 1: a beta-VAE)"

    def __call__(self, images_BCHW: Tensor, output_BCHW: Tensor, posterior: Posterior) -> LossTerms:
        """The terms, per image."""
        error_B = (output_BCHW - images_BCHW).square().flatten(1).sum(1)
        return LossTerms(error_B, posterior.kl_BZ())
