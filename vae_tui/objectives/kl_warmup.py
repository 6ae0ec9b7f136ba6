"""The KL's weight rises from 0 at the start, so that the decoder learns to use the latents before they cost."""

from dataclasses import dataclass
from typing import ClassVar

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.objectives.contract import OBJECTIVES
from vae_tui.objectives.squared_error import SquaredError


@dataclass(frozen=True)
class KlWarmupOptions:
    """How long the rise takes."""

    epochs: float = option(5.0, "epochs until the KL weighs --beta, above 0; may be a fraction")


@OBJECTIVES.register("kl-warmup")
class KlWarmup(SquaredError):
    """Squared error + w(t) KL, w(t) = beta * min(1, t / warm-up) (Bowman et al., 2016; Sønderby et al., 2016)."""

    Options: ClassVar[type] = KlWarmupOptions
    summary: ClassVar[str] = "squared error + KL whose weight rises from 0 to --beta over the first epochs"

    def __init__(self, options: KlWarmupOptions, beta: float = 1.0) -> None:
        if not options.epochs > 0:
            raise VaeTuiError(f"objective.epochs is {options.epochs:g}", "give a number above 0")
        super().__init__(options, beta)

    def weight(self, at: float, epochs: int) -> float:
        """The KL's weight; `epochs` plays no part."""
        if at >= epochs:
            return self.beta  # what a run is measured by, also where it is shorter than the warm-up
        return self.beta * min(1.0, at / float(self.options.epochs))

    @property
    def formula(self) -> str:
        """The loss in words."""
        return f"error + w x KL, w from 0 to {self.beta:g} over {self.options.epochs:g} epochs"
