"""A moving average of the weights: smoother than the weights of any one step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from vae_tui.models.contract import VAE


class WeightAverage:
    """An exponential moving average of a model's parameters (Polyak & Juditsky, 1992), on its device."""

    def __init__(self, model: VAE, decay: float) -> None:
        self.decay = decay
        self._model = model
        self._names = [name for name, _ in model.named_parameters()]
        self._live = [parameter.detach() for parameter in model.parameters()]
        self._average = [parameter.clone() for parameter in self._live]

    def share(self, step: int) -> float:
        """How much of the average the weights after step `step` (counted from 1) replace.

        The decay rises with the steps, min(decay, (1 + t) / (10 + t)) as in TensorFlow's ExponentialMovingAverage, so
        that the untrained weights are soon forgotten.
        """
        return 1 - min(self.decay, (1 + step) / (10 + step))

    def update(self, share: float | Tensor) -> None:
        """average += share * (weights - average)."""
        difference = torch._foreach_sub(self._live, self._average)
        torch._foreach_mul_(difference, share)
        torch._foreach_add_(self._average, difference)

    def state_dict(self) -> dict[str, Tensor]:
        """The average under the model's names; buffers as the model has them."""
        return self._model.state_dict() | dict(zip(self._names, self._average, strict=True))

    def load_state_dict(self, weights: Mapping[str, Tensor]) -> None:
        """Takes up an average that `state_dict` gave."""
        for name, average in zip(self._names, self._average, strict=True):
            average.copy_(weights[name])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the average as its weights meanwhile; their memory stays where it is."""
        kept = [live.clone() for live in self._live]
        torch._foreach_copy_(self._live, self._average)
        try:
            yield
        finally:
            torch._foreach_copy_(self._live, kept)
