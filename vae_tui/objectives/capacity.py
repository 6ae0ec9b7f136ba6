"""The KL is drawn to a capacity that rises as the run goes on."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.objectives.contract import OBJECTIVES, BatchMean, LossTerms, Weight, batch_mean
from vae_tui.objectives.squared_error import SquaredError


@dataclass(frozen=True)
class CapacityOptions:
    """Which capacity, how soon, how firmly. 1000 and 25 nats are the paper's."""

    nats: float = option(25.0, "capacity at the end of the rise, nats, above 0")
    epochs: float = option(5.0, "epochs until it is reached, above 0; may be a fraction")
    gamma: float = option(1000.0, "weight of |KL - capacity|, above 0; --beta plays no part")


@OBJECTIVES.register("capacity")
class Capacity(SquaredError):
    """Squared error + gamma * |KL(x) - C(t)|, C from 0 to its end in a straight line (Burgess et al., 2018, eq. 8).

    As the equation stands, for each image; disentanglement_lib takes the KL's mean over the batch instead.
    """

    Options: ClassVar[type] = CapacityOptions
    summary: ClassVar[str] = "squared error + gamma x |KL - C|, C rising to a capacity in nats"

    def __init__(self, options: CapacityOptions, beta: float = 1.0) -> None:
        for name in ("nats", "epochs", "gamma"):
            if not getattr(options, name) > 0:
                raise VaeTuiError(f"objective.{name} is {getattr(options, name):g}", "give a number above 0")
        if beta != 1:
            raise VaeTuiError("--beta plays no part in the capacity objective", "give --set objective.gamma=… instead")
        super().__init__(options, beta)

    def weight(self, at: float, epochs: int) -> float:
        """The capacity C in nats; `epochs` plays no part."""
        share = 1.0 if at >= epochs else min(1.0, at / float(self.options.epochs))
        return float(self.options.nats) * share

    def loss_B(self, terms: LossTerms, weight: Weight, mean: BatchMean = batch_mean) -> Tensor:
        """What is minimised, an image; `weight` is the capacity."""
        return terms.reconstruction_B + float(self.options.gamma) * (terms.kl_BZ.sum(1) - weight).abs()

    @property
    def formula(self) -> str:
        """The loss in words."""
        options = self.options
        return f"error + {options.gamma:g} x |KL - C|, C from 0 to {options.nats:g} nats over {options.epochs:g} epochs"
