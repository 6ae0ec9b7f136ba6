"""What the training tests share."""

import json
import signal

import torch

from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest

OBJECTIVE = SquaredError(SquaredErrorOptions())


def lines_of(run):
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def stop_after(num_steps: int, monkeypatch) -> StopRequest:
    """A request that comes with the given step."""
    stop, taken, step = StopRequest(), [0], Trainer.take_step

    def counted(trainer, images_BCHW):
        taken[0] += 1
        if taken[0] == num_steps:
            stop.signal_number = signal.SIGTERM
        return step(trainer, images_BCHW)

    monkeypatch.setattr(Trainer, "take_step", counted)
    return stop


def same_weights(one, other) -> bool:
    return all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights)
