"""The learning rate rises to --lr and falls far below where it began."""

import math
from dataclasses import dataclass
from typing import ClassVar

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.schedules.contract import SCHEDULES, Schedule


@dataclass(frozen=True)
class OneCycleOptions:
    """The shape of the cycle; the defaults are those of torch's OneCycleLR."""

    rise: float = option(0.3, "share of the run in which the rate rises, above 0 and under 1")
    start: float = option(0.04, "multiple of --lr at the start, from 0 to 1")
    end: float = option(4e-6, "multiple of --lr at the end, from 0 to 1")


@SCHEDULES.register("one-cycle")
class OneCycle(Schedule):
    """Half a cosine up from `start` to 1, half a cosine down to `end` (Smith & Topin, 2018; torch's OneCycleLR)."""

    Options: ClassVar[type] = OneCycleOptions
    summary: ClassVar[str] = "the rate rises to --lr, its warm-up, then falls far below where it began"
    has_horizon: ClassVar[bool] = True

    def __init__(self, options: OneCycleOptions) -> None:
        if not 0 < options.rise < 1:
            raise VaeTuiError(f"schedule.rise is {options.rise:g}", "give a number above 0 and under 1")
        for name in ("start", "end"):
            if not 0 <= getattr(options, name) <= 1:
                raise VaeTuiError(f"schedule.{name} is {getattr(options, name):g}", "give a number from 0 to 1")
        super().__init__(options)

    def factor(self, at: float, epochs: int) -> float:
        """The multiple of --lr."""
        share, rise = min(1.0, at / epochs), float(self.options.rise)
        if share < rise:
            return _half_cosine(float(self.options.start), 1.0, share / rise)
        return _half_cosine(1.0, float(self.options.end), (share - rise) / (1 - rise))


def _half_cosine(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2
