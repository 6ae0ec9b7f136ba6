"""Steps whose results are thrown away: to compile, and to see how fast they are."""

import logging
import time

import torch
from torch import Tensor

from vae_tui.config import RunConfig
from vae_tui.errors import VaeTuiError, printable
from vae_tui.training.parts import Parts
from vae_tui.training.step import Knobs


class StepTrial:
    """Takes steps on the same batch (B, C, H, W) again and again, with noise of zeros."""

    def __init__(self, parts: Parts, images_BCHW: Tensor, config: RunConfig) -> None:
        self._step, self._images_BCHW = parts.step, images_BCHW
        self._knobs = Knobs(config.lr, parts.objective.weight(config.epochs, config.epochs), 1.0)
        self._eps_BZ = torch.zeros(len(images_BCHW), config.latent_dim, device=images_BCHW.device)

    def compile(self) -> None:
        """Compiles the step; weights and optimizer stay as they are. Raises VaeTuiError where it can't be done."""
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # it finds a lack of CUDA worth a line
        try:
            self._step.compile(self._images_BCHW, self._eps_BZ)
        except Exception as error:  # the compiler's own, of many kinds: a missing g++, a model that it can't follow
            reason = printable(str(error).strip().partition("\n")[0], 160)
            raise VaeTuiError(f"the step can't be compiled: {reason}", "give --compile off") from error

    def run(self, num_steps: int) -> float:
        """Takes steps, which move the weights, and gives their seconds, the device waited for."""
        began = time.perf_counter()
        for _ in range(num_steps):
            self._step(self._images_BCHW, self._eps_BZ, self._knobs)
        if self._images_BCHW.device.type == "cuda":
            torch.cuda.synchronize(self._images_BCHW.device)
        return time.perf_counter() - began
