"""What ends a run, and what is kept then."""

import dataclasses
import errno
import math
import signal

import pytest
import torch
from training_helpers import lines_of

from vae_tui import files
from vae_tui.checkpoint import read_checkpoint
from vae_tui.errors import TrainingFailedError, VaeTuiError
from vae_tui.models.scaling import SCALINGS
from vae_tui.training import loop, parts
from vae_tui.training.events import (
    Notice,
)
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest


def test_a_run_ends_early_by_its_patience(run_training, config, monkeypatch):
    losses = iter([5.0, 4.0, 4.5, 4.2, 3.0, 9.0])
    evaluate_all = loop.Measure.evaluate
    monkeypatch.setattr(
        loop.Measure,
        "evaluate",
        lambda measure, *more: dataclasses.replace(evaluate_all(measure, *more), loss=next(losses)),
    )
    run, events = run_training(dataclasses.replace(config, epochs=6, patience=2))
    assert len(lines_of(run)) == 4
    assert events[-1].reason == "stopped early: no lower test loss for 2 epochs; the best is of epoch 2"
    assert read_checkpoint(run.best).history[-1].epoch == 2
    assert read_checkpoint(run.last).training["stale"] == 2


def test_saves_within_an_epoch(run_training, config, monkeypatch):
    """Every fourth step of six an epoch: 4, (8) 2, 12 is the end of an epoch, (16) 4."""
    saved = []
    write = loop.Saves.last
    monkeypatch.setattr(
        loop.Saves,
        "last",
        lambda saves, checkpoint: (
            saved.append((checkpoint.training["epoch"], checkpoint.training["step"])) or write(saves, checkpoint)
        ),
    )
    run_training(dataclasses.replace(config, save_every=4))
    assert saved == [(1, 4), (2, 0), (2, 2), (3, 0), (3, 4), (4, 0)]


def test_a_save_within_an_epoch_that_fails_is_tried_again(run_training, config, monkeypatch):
    replaced, replace = [0], files.os.replace

    def full_once(source, target):
        replaced[0] += 1
        if replaced[0] == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full_once)
    run, events = run_training(dataclasses.replace(config, save_every=3))
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert any("No space left" in text and "tried again at the next save" in text for text in notices)
    assert len(read_checkpoint(run.last).history) == 3


def test_a_loss_that_explodes_ends_the_run_with_the_step(run_training, config, monkeypatch):
    step = Trainer.take_step

    def exploding(trainer, images_BCHW):
        sums = step(trainer, images_BCHW)
        return sums * 1e5 if (trainer.position.epoch, trainer.position.step) == (2, 3) else sums

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match=r"the loss grew a thousandfold in epoch 2, at step 4$") as error:
        run_training(config)
    assert "last.pt is the last good save" in error.value.hint
    assert "--lr" in error.value.hint


def test_images_that_the_decoder_cannot_reach_are_refused_before_the_first_step(run_training, config, monkeypatch):
    wrong = dataclasses.replace(SCALINGS["unit"], low=-1.0)  # to [-1, 1], beside a decoder of [0, 1]
    monkeypatch.setattr(parts.Parts, "__init__", _with_scaling(parts.Parts.__init__, wrong))
    with pytest.raises(VaeTuiError, match="the images reach from"):
        run_training(config)


def _with_scaling(build, scaling):
    def built(self, *args):
        build(self, *args)
        images = scaling.to_model(torch.tensor([0, 255], dtype=torch.uint8))
        kept = dataclasses.replace(SCALINGS["unit"])
        object.__setattr__(kept, "to_model", lambda _: images)
        self.model.scaling = kept

    return built


def test_the_last_good_save_survives_a_loss_that_is_not_finite(run_training, config, monkeypatch, tmp_path):
    stepped, step = [0], Trainer.take_step

    def exploding(trainer, images_BCHW):
        stepped[0] += 1
        if stepped[0] == 9:
            with torch.no_grad():
                next(trainer.parts.model.parameters()).fill_(math.nan)
        return step(trainer, images_BCHW)

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match=r"no longer finite in epoch 2, at step 3$") as error:
        run_training(config)
    assert "last.pt is the last good save" in error.value.hint
    assert torch.isfinite(read_checkpoint(tmp_path / "run" / "last.pt").weights["fc1.weight"]).all()


@pytest.mark.parametrize("stopped", [False, True])
def test_the_last_good_save_survives_a_last_step_that_runs_away(run_training, config, monkeypatch, tmp_path, stopped):
    """The weights go bad after the step's loss was summed: nothing but the evaluation sees it."""
    stop, stepped, step = StopRequest(), [0], Trainer.take_step

    def exploding(trainer, images_BCHW):
        sums = step(trainer, images_BCHW)
        stepped[0] += 1
        if stepped[0] == (9 if stopped else 12):
            with torch.no_grad():
                next(trainer.parts.model.parameters()).fill_(math.nan)
            stop.signal_number = signal.SIGTERM if stopped else None
        return sums

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match="the test loss is no longer finite in epoch 2") as error:
        run_training(config, stop=stop)
    assert "last.pt is the last good save" in error.value.hint
    assert len(read_checkpoint(tmp_path / "run" / "last.pt").history) == 1


def test_a_run_that_fails_before_its_first_save_leaves_no_run_behind(run_training, config, tmp_path):
    with pytest.raises(TrainingFailedError, match="no longer finite") as error:
        run_training(dataclasses.replace(config, lr=1e30))
    assert "nothing was saved yet" in error.value.hint
    assert not any((tmp_path / "run").iterdir())
    run_training(config)


def test_a_full_disk_leaves_the_last_good_save(run_training, config, monkeypatch, tmp_path):
    replaced, replace = [0], files.os.replace

    def full(source, target):
        replaced[0] += 1
        if replaced[0] == 5:  # last, best, config, metrics, then last again
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(TrainingFailedError, match="No space left"):
        run_training(config)
    run = tmp_path / "run"
    assert len(read_checkpoint(run / "last.pt").history) == 1
    assert sorted(path.name for path in run.iterdir()) == ["best.pt", "config.toml", "last.pt", "metrics.jsonl"]
