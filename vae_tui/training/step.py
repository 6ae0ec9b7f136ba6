"""One training step: forward, loss, backward, update. Eager, compiled, or as one captured CUDA graph."""

# B batch (of this process), C channels, H height, W width, Z latent dims

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae_tui.models.contract import VAE
from vae_tui.objectives.contract import BatchMean, Objective, Weight, batch_mean
from vae_tui.training.average import WeightAverage
from vae_tui.training.optimizers import set_rate
from vae_tui.training.processes import Processes

WARM_UP_STEPS = 3
"""Steps on a side stream before a CUDA graph is captured, as torch asks for; they are steps like any other."""


class Knobs(NamedTuple):
    """The scheduled numbers of a step."""

    rate: float
    """Learning rate."""
    weight: float
    """The objective's."""
    share: float
    """How much of the weights' average is replaced."""


class TrainingLoss(nn.Module):
    """From uint8 images to the loss: all of a step that is differentiated, and so all that is compiled."""

    def __init__(self, model: VAE, objective: Objective, precision: str, mean: BatchMean = batch_mean) -> None:
        super().__init__()
        self.model = model
        self._objective, self._mean = objective, mean
        self._device_type = model.device.type
        self._bf16 = precision == "bf16"
        self._channels_last = self._device_type == "cuda"

    def forward(self, images_BCHW: Tensor, eps_BZ: Tensor, weight: Weight) -> tuple[Tensor, Tensor]:
        """The loss summed over the batch, and loss, reconstruction and KL summed over it, (3,), detached."""
        scaled_BCHW = self.model.scaling.to_model(images_BCHW)
        if self._channels_last:
            scaled_BCHW = scaled_BCHW.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device_type, torch.bfloat16, enabled=self._bf16):
            posterior = self.model.encode(scaled_BCHW).float()
            output_BCHW = self.model.decode(posterior.draw(eps_BZ)).float()
        terms = self._objective(scaled_BCHW, output_BCHW, posterior)
        loss = self._objective.loss_B(terms, weight, self._mean).sum()
        sums = torch.stack([loss.detach(), terms.reconstruction_B.detach().sum(), terms.kl_BZ.detach().sum()])
        return loss, sums


class Step:
    """Takes steps on one model. All processes of a run take each step together."""

    def __init__(
        self,
        loss: TrainingLoss,
        optimizer: torch.optim.Optimizer,
        *,
        average: WeightAverage | None = None,
        max_norm: float = 0.0,
        processes: Processes | None = None,
    ) -> None:
        """`max_norm` is the largest norm of the gradient of the loss summed over all processes; 0: any."""
        self._optimizer, self._average, self._max_norm = optimizer, average, max_norm
        self._processes = processes or Processes()
        self._parameters = list(loss.parameters())
        self._loss = loss
        self._forward: Callable[..., tuple[Tensor, Tensor]] = self._processes.parallel(loss)
        self._graph: CapturedStep | None = None
        if loss.model.device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # every batch has one shape
            if self._processes.size == 1:
                self._graph = CapturedStep(self, loss.model)

    def __call__(self, images_BCHW: Tensor, eps_BZ: Tensor, knobs: Knobs) -> Tensor:
        """One step on uint8 images on the device: loss, reconstruction and KL summed over the batch, (3,)."""
        if self._graph is not None:
            return self._graph(images_BCHW, eps_BZ, knobs)
        self.set_rate(knobs.rate)
        self.unset_gradients()
        return self.update(images_BCHW, eps_BZ, self._weight(knobs.weight), knobs.share)

    def update(self, images_BCHW: Tensor, eps_BZ: Tensor, weight: Weight, share: float | Tensor) -> Tensor:
        """The part of a step that a device does by itself; gradients are unset before."""
        loss, sums = self._forward(images_BCHW, eps_BZ, weight)
        self._processes.add(sums)  # before the weights move: where another process is gone, the step is not taken
        (loss * self._processes.size).backward()  # several processes take the mean of their gradients
        if self._max_norm:
            nn.utils.clip_grad_norm_(self._parameters, self._max_norm)
        self._optimizer.step()
        if self._average is not None:
            with torch.no_grad():
                self._average.update(share)
        return sums

    def compile(self, images_BCHW: Tensor, eps_BZ: Tensor) -> None:
        """Compiles for batches of this shape: up to a minute. Weights, buffers and optimizer stay as they are."""
        self._forward = torch.compile(self._forward, dynamic=False)
        with _buffers_kept(self._loss):
            loss, _ = self._forward(images_BCHW, eps_BZ, self._weight(0.5))
            loss.backward()
        self._optimizer.zero_grad(set_to_none=True)

    def unset_gradients(self) -> None:
        """Before a graph is captured, so that its backward pass makes them."""
        self._optimizer.zero_grad(set_to_none=True)

    def set_rate(self, rate: float | Tensor) -> None:
        """The learning rate of the next update."""
        set_rate(self._optimizer, rate)

    def _weight(self, weight: float) -> Tensor:
        """A tensor: for every new value of a number, the step would be compiled anew."""
        return torch.tensor(weight, device=self._loss.model.device)


class CapturedStep:
    """A step as one CUDA graph: one launch in place of some hundred, from the fourth step on.

    The graph reads its batch, noise and knobs from memory of its own, which each call fills; nothing waits for the
    device (torch's notes on CUDA graphs, "whole-network capture").
    """

    def __init__(self, step: Step, model: VAE) -> None:
        self._step, self._device = step, model.device
        self._taken = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stream = torch.cuda.Stream(self._device)
        self._knobs = torch.zeros(len(Knobs._fields), device=self._device)
        self._images_BCHW = self._eps_BZ = self._sums = torch.empty(0)

    def __call__(self, images_BCHW: Tensor, eps_BZ: Tensor, knobs: Knobs) -> Tensor:
        """As Step; what it gives is overwritten by the next call."""
        if not self._taken:
            self._images_BCHW, self._eps_BZ = torch.empty_like(images_BCHW), torch.empty_like(eps_BZ)
        self._images_BCHW.copy_(images_BCHW, non_blocking=True)
        self._eps_BZ.copy_(eps_BZ, non_blocking=True)
        self._knobs.copy_(torch.tensor(knobs).pin_memory(), non_blocking=True)
        self._taken += 1
        if self._taken <= WARM_UP_STEPS:
            return self._warm_up()
        if self._graph is None:
            self._capture()
        assert self._graph is not None
        self._graph.replay()
        return self._sums

    def _update(self) -> Tensor:
        rate, weight, share = self._knobs.unbind()
        self._step.set_rate(rate)
        return self._step.update(self._images_BCHW, self._eps_BZ, weight, share)

    def _warm_up(self) -> Tensor:
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            self._step.unset_gradients()
            sums = self._update()
        torch.cuda.current_stream(self._device).wait_stream(self._stream)
        return sums

    def _capture(self) -> None:
        self._step.unset_gradients()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._sums = self._update()
        self._graph = graph


@contextmanager
def _buffers_kept(module: nn.Module) -> Iterator[None]:
    kept = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(module.buffers(), kept, strict=True):
                buffer.copy_(before)
