"""The learning rate falls along half a cosine."""

import math
from dataclasses import dataclass
from typing import ClassVar

from vae_tui.config import option
from vae_tui.errors import VaeTuiError
from vae_tui.schedules.contract import SCHEDULES, Schedule
from vae_tui.schedules.warmup import check_warmup, warmup_factor, warmup_option


@dataclass(frozen=True)
class CosineOptions:
    """How it begins and where it ends."""

    warmup: float = warmup_option()
    floor: float = option(0.0, "multiple of --lr at the end, from 0 to 1")


@SCHEDULES.register("cosine")
class Cosine(Schedule):
    """floor + (1 - floor) (1 + cos(pi t)) / 2, t from 0 after the warm-up to 1 (Loshchilov & Hutter, 2017, eq. 5)."""

    Options: ClassVar[type] = CosineOptions
    summary: ClassVar[str] = "the rate falls to its end along half a cosine"
    has_horizon: ClassVar[bool] = True

    def __init__(self, options: CosineOptions) -> None:
        check_warmup(options.warmup)
        if not 0 <= options.floor <= 1:
            raise VaeTuiError(f"schedule.floor is {options.floor:g}", "give a number from 0 to 1")
        super().__init__(options)

    def factor(self, at: float, epochs: int) -> float:
        """The multiple of --lr."""
        warmup, floor = float(self.options.warmup), float(self.options.floor)
        if at < warmup:
            return warmup_factor(at, warmup)
        share = min(1.0, (at - warmup) / (epochs - warmup)) if epochs > warmup else 1.0
        return floor + (1 - floor) * (1 + math.cos(math.pi * share)) / 2
