"""Looks at every step's loss where it lies, so that the step at which a run went bad is known to the step."""

import math

import torch
from torch import Tensor

EXPLODED = 1000.0
"""A step's loss so many times the run's first is as bad as one that is not finite."""
NEVER = 2**62


class Watch:
    """Keeps the number of the first bad step of an epoch on the device: asking every step would wait for it."""

    def __init__(self, device: torch.device, first_loss: float = math.nan) -> None:
        self._limit = torch.tensor(EXPLODED * first_loss, dtype=torch.float32, device=device)
        self.bad_step = torch.tensor(NEVER, dtype=torch.int64, device=device)
        """Counted from 1; NEVER where all were good."""
        self._knows_first = math.isfinite(first_loss)

    def see(self, loss: Tensor, step: int) -> None:
        """Looks at the loss (no dimensions, on the device) of step `step` of the epoch, counted from 1."""
        if not self._knows_first:
            self._limit.copy_(EXPLODED * loss.abs())
            self._knows_first = True
        is_good = loss <= self._limit  # neither NaN nor inf is: a first loss that is not finite leaves no limit
        is_good &= loss < math.inf
        self.bad_step.copy_(torch.where(is_good, self.bad_step, self.bad_step.clamp(max=step)))

    @property
    def first_loss(self) -> float:
        """The loss that others are compared with, NaN before the first step; waits for the device."""
        return float(self._limit) / EXPLODED


class Latest:
    """The newest numbers of a device, fetched without waiting for it."""

    def __init__(self, device: torch.device) -> None:
        self._is_cuda = device.type == "cuda"
        self._asked: tuple[int, Tensor] | None = None
        self._arrived: torch.cuda.Event | None = torch.cuda.Event() if self._is_cuda else None

    def ask(self, step: int, numbers: Tensor) -> None:
        """Has the numbers of a step brought to the host; while others are on their way, nothing."""
        if self._asked is not None:
            return
        if self._arrived is None:
            self._asked = (step, numbers.cpu())
            return
        host = torch.empty_like(numbers, device="cpu", pin_memory=True)
        host.copy_(numbers, non_blocking=True)
        self._arrived.record()
        self._asked = (step, host)

    def answer(self) -> tuple[int, Tensor] | None:
        """The step that was asked after and its numbers, where they have arrived."""
        if self._asked is None or (self._arrived is not None and not self._arrived.query()):
            return None
        answer, self._asked = self._asked, None
        return answer
