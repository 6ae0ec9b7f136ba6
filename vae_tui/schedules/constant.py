"""The same learning rate all along."""

from dataclasses import dataclass
from typing import ClassVar

from vae_tui.schedules.contract import SCHEDULES, Schedule
from vae_tui.schedules.warmup import check_warmup, warmup_factor, warmup_option


@dataclass(frozen=True)
class ConstantOptions:
    """How the run begins."""

    warmup: float = warmup_option()


@SCHEDULES.register("constant")
class Constant(Schedule):
    """1, after the warm-up."""

    Options: ClassVar[type] = ConstantOptions
    summary: ClassVar[str] = "the same rate all along"
    has_horizon: ClassVar[bool] = False

    def __init__(self, options: ConstantOptions) -> None:
        check_warmup(options.warmup)
        super().__init__(options)

    def factor(self, at: float, epochs: int) -> float:
        """The multiple of --lr; `epochs` plays no part."""
        return warmup_factor(at, float(self.options.warmup))
