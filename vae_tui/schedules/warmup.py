"""The rise at the start that schedules share."""

from typing import Any

from vae_tui.config import option
from vae_tui.errors import VaeTuiError


def warmup_option() -> Any:
    """The `warmup` field of a schedule's options."""
    return option(0.0, "epochs in which the rate rises from 0 to --lr in a straight line; 0: none; may be a fraction")


def check_warmup(epochs: float) -> None:
    """Raises VaeTuiError where the number of epochs is negative or none."""
    if not epochs >= 0:
        raise VaeTuiError(f"schedule.warmup is {epochs:g}", "give 0 or more epochs")


def warmup_factor(at: float, epochs: float) -> float:
    """From 0 at the start to 1 after `epochs` epochs (Goyal et al., 2017, 2.2)."""
    return min(1.0, at / epochs) if epochs else 1.0
