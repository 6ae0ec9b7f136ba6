"""The KL's weight rises from 0 several times over the run."""

from dataclasses import dataclass
from typing import ClassVar

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.objectives.contract import OBJECTIVES
from vae_tui.objectives.squared_error import SquaredError


@dataclass(frozen=True)
class CyclicalOptions:
    """How the run is cut into cycles; the paper's values."""

    cycles: int = option(4, "cycles over the whole run, 1 or more")
    rise: float = option(0.5, "share of a cycle in which the weight rises, above 0 and at most 1; then it stays")


@OBJECTIVES.register("cyclical")
class Cyclical(SquaredError):
    """Squared error + w(t) KL (Fu et al., 2019, eq. 6).

    In each of M cycles, w = beta * min(1, tau / R) with tau from 0 to 1.
    """

    Options: ClassVar[type] = CyclicalOptions
    summary: ClassVar[str] = "squared error + KL whose weight rises from 0 to --beta in each of several cycles"
    has_horizon: ClassVar[bool] = True

    def __init__(self, options: CyclicalOptions, beta: float = 1.0) -> None:
        if options.cycles < 1:
            raise VaeTuiError(f"objective.cycles is {options.cycles}", "give 1 or more")
        if not 0 < options.rise <= 1:
            raise VaeTuiError(f"objective.rise is {options.rise:g}", "give a number above 0 and at most 1")
        super().__init__(options, beta)

    def weight(self, at: float, epochs: int) -> float:
        """The KL's weight; the cycles divide `epochs`."""
        if at >= epochs:
            return self.beta
        tau = at * float(self.options.cycles) / epochs % 1.0
        return self.beta * min(1.0, tau / float(self.options.rise))

    @property
    def formula(self) -> str:
        """The loss in words."""
        return f"error + w x KL, w from 0 to {self.beta:g} in each of {self.options.cycles} cycles"
