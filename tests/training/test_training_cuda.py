"""The same runs on a CUDA device."""

import dataclasses

import pytest
import torch

from vae_tui.checkpoint import read_checkpoint
from vae_tui.runs import RunDir
from vae_tui.session import Session
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]


@pytest.fixture
def losses(tmp_path, data, config):
    """Trains on a device and gives the losses and the run's folder."""

    def train(device: str, epochs: int, folder: str, resume_from=None):
        run = RunDir(tmp_path / folder)
        settled = dataclasses.replace(config, epochs=epochs)
        trainer = Trainer(settled, data, run, device=torch.device(device), stop=StopRequest(), resume_from=resume_from)
        run.create(resumed=resume_from is not None)
        history = list(trainer.events())[-1].history
        return [metrics.loss for metrics in history], run

    return train


def test_losses_are_those_of_the_cpu(losses):
    on_cuda, _ = losses("cuda", 3, "cuda")
    on_cpu, _ = losses("cpu", 3, "cpu")
    assert on_cuda == pytest.approx(on_cpu, rel=0.01)  # the noise is another stream there


def test_a_run_goes_on_where_it_was(losses):
    whole, _ = losses("cuda", 4, "whole")
    _, run = losses("cuda", 2, "part")
    part, _ = losses("cuda", 4, "part", resume_from=read_checkpoint(run.last))
    assert part == pytest.approx(whole, rel=1e-4)


def test_its_checkpoint_opens_on_the_cpu(losses):
    _, run = losses("cuda", 1, "run")
    assert Session.open(run.path, device="cpu").images([0]).shape == (1, 8, 8, 3)
