"""Where a run is: what it needs to go on exactly, to and from a checkpoint."""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from vae_tui.devices import sum_dtype
from vae_tui.errors import VaeTuiError
from vae_tui.untrusted import is_plain


def derive_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """A seed of its own for each use, so that the data order and the noise are independent streams."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def epoch_order(seed: int, epoch: int, num_images: int) -> Tensor:
    """The order of the training images in one epoch: int64 (N,) on the CPU, the same on every device."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "order", epoch))
    return torch.randperm(num_images, generator=generator)


def epoch_noise(seed: int, epoch: int, device: torch.device) -> torch.Generator:
    """The generator of the posterior's noise in one epoch, on the device."""
    return torch.Generator(device).manual_seed(derive_seed(seed, "noise", epoch))


@dataclass
class Position:
    """Which step of which epoch comes next, and what the epoch has summed up so far."""

    epoch: int
    """Counted from 1."""
    step: int
    """Steps of the epoch done."""
    sums: Tensor
    """Loss, reconstruction and KL, summed over the epoch's images so far; on the device."""
    noise: torch.Generator
    best: float = math.inf
    """The lowest figure of merit of any epoch."""
    stale: int = 0
    """Epochs since then."""
    first_loss: float = math.nan
    """Of the run's first step, summed over its batch; NaN before it."""
    seconds: float = 0.0
    """Of the epoch's training steps so far."""
    earlier_s: float = 0.0
    """Of the epoch in all, in processes that were stopped."""
    since: float = field(default_factory=time.perf_counter)
    """When this process took up the epoch."""

    @classmethod
    def at_epoch(cls, epoch: int, seed: int, device: torch.device) -> "Position":
        """The start of an epoch."""
        sums = torch.zeros(3, dtype=sum_dtype(device), device=device)
        return cls(epoch, 0, sums, epoch_noise(seed, epoch, device))

    @property
    def epoch_s(self) -> float:
        """Seconds of the epoch in all."""
        return self.earlier_s + time.perf_counter() - self.since

    def to_plain(self) -> dict[str, Any]:
        """Numbers and tensors for a checkpoint."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "sums": self.sums.cpu(),
            "noise": self.noise.get_state(),
            "seconds": self.seconds,
            "epoch_seconds": self.epoch_s,
            "best": self.best,
            "stale": self.stale,
            "first_loss": self.first_loss,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], seed: int, device: torch.device) -> "Position":
        """What to_plain gave. Raises VaeTuiError where it does not hold together."""
        position = cls.at_epoch(_whole(plain, "epoch", 1), seed, device)
        position.step = _whole(plain, "step", 0)
        position.stale = _whole({"stale": 0, **plain}, "stale", 0)  # not in format 1, as the next
        position.first_loss = _number({"first_loss": math.nan, **plain}, "first_loss", may_be_nan=True)
        position.best = _number(plain, "best", may_be_infinite=True)
        position.seconds = _number(plain, "seconds", minimum=0)
        position.earlier_s = _number(plain, "epoch_seconds", minimum=0)
        sums, noise = plain.get("sums"), plain.get("noise")
        if not is_plain(sums) or sums.shape != (3,) or not sums.is_floating_point() or not sums.isfinite().all():
            raise _damaged("sums")
        position.sums.copy_(sums)
        try:
            position.noise.set_state(noise)  # type: ignore[arg-type]  # it checks the type itself
        except (TypeError, RuntimeError, AttributeError):
            raise _damaged("noise") from None
        return position


def _whole(plain: Mapping[str, Any], key: str, minimum: int) -> int:
    value = plain.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value < 2**62:
        raise _damaged(key)
    return value


def _number(
    plain: Mapping[str, Any],
    key: str,
    *,
    minimum: float = -math.inf,
    may_be_nan: bool = False,
    may_be_infinite: bool = False,
) -> float:
    value = plain.get(key)
    if not isinstance(value, float) and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**62):
        raise _damaged(key)
    is_in_range = value >= minimum and (may_be_infinite or math.isfinite(value))
    if not (may_be_nan if math.isnan(value) else is_in_range):
        raise _damaged(key)
    return float(value)


def _damaged(key: str) -> VaeTuiError:
    return VaeTuiError(f"the checkpoint's training state is damaged: its {key} can't be", _START_ANEW)


_START_ANEW = "its model still opens in vaetui explore; train anew to go on"
