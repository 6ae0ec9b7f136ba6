"""Each latent dimension may carry some nats for nothing, so that none is pressed to carry none."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.objectives.contract import OBJECTIVES, BatchMean, LossTerms, Weight, batch_mean
from vae_tui.objectives.squared_error import SquaredError


@dataclass(frozen=True)
class FreeBitsOptions:
    """How much is free."""

    nats: float = option(0.1, "KL of each dimension that costs nothing, nats, 0 or more")


@OBJECTIVES.register("free-bits")
class FreeBits(SquaredError):
    """Squared error + beta * sum over dimensions of max(lambda, mean KL) (Kingma et al., 2016, eq. 15).

    The mean is over the batch, as there: a dimension whose mean is under lambda gets no gradient from its KL.
    """

    Options: ClassVar[type] = FreeBitsOptions
    summary: ClassVar[str] = "squared error + KL of which each dimension has some nats free"

    def __init__(self, options: FreeBitsOptions, beta: float = 1.0) -> None:
        if not options.nats >= 0:
            raise VaeTuiError(f"objective.nats is {options.nats:g}", "give 0 or more")
        super().__init__(options, beta)

    def loss_B(self, terms: LossTerms, weight: Weight, mean: BatchMean = batch_mean) -> Tensor:
        """What is minimised, an image; its mean over the batch is eq. 15's."""
        nats = float(self.options.nats)
        kl_BZ = torch.where(mean(terms.kl_BZ) > nats, terms.kl_BZ, nats)
        return terms.reconstruction_B + weight * kl_BZ.sum(1)

    @property
    def formula(self) -> str:
        """The loss in words."""
        beta = "" if self.beta == 1 else f"{self.beta:g} x "
        return f"error + {beta}KL, at least {self.options.nats:g} nats counted for each dimension"
