"""From a settled config to a run folder, in this process."""

import dataclasses

import numpy as np
import torch

from vae_tui import launch
from vae_tui.config import resolve


def test_denormal_numbers_are_zero_while_a_run_trains(tmp_path, monkeypatch):
    """Adam's means of dead units end there, and a fully connected model's steps took 2.5 times as long."""
    np.savez(tmp_path / "set.npz", images=np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8))
    config = resolve(str(tmp_path / "set.npz"), {"model": "fc", "epochs": 1, "batch_size": 8, "device": "cpu"})
    config = dataclasses.replace(config, options={"model.hidden": 8})
    tiny = torch.tensor([1e-30])
    seen = []
    step = launch.Trainer.take_step

    def watched(trainer, images_BCHW):
        seen.append(float(tiny * 1e-10))
        return step(trainer, images_BCHW)

    monkeypatch.setattr(launch.Trainer, "take_step", watched)
    assert float(tiny * 1e-10) > 0
    outcome = launch.run_training(config, out=tmp_path / "run", data_dir=None)
    assert outcome.exit_code == 0
    assert seen
    assert not any(seen)
    assert float(tiny * 1e-10) > 0
