"""Checkpoints that stay: --keep-every."""

import dataclasses
import errno

import pytest
from training_helpers import same_weights

from vae_tui.checkpoint import read_checkpoint
from vae_tui.errors import TrainingFailedError
from vae_tui.run_records import read_run
from vae_tui.runs import kept_checkpoints
from vae_tui.training.loop import Trainer
from vae_tui.training.resume import resume_run
from vae_tui.training.saving import Saves


def kept(run) -> dict[int, int]:
    """Epoch in the name to epochs in the file."""
    return {one.epoch: len(read_checkpoint(one.path).history) for one in kept_checkpoints(run.path)}


def test_every_second_epoch_stays(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=5, keep_every=2))
    assert kept(run) == {2: 2, 4: 4}
    assert len(read_checkpoint(run.last).history) == 5


def test_nothing_stays_where_nobody_asked(run_training, config):
    run, _ = run_training(config)
    assert not run.kept.exists()


def test_the_newest_takes_no_room_of_its_own(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=2, keep_every=1))
    last, best, first = (path.stat().st_size for path in (run.last, run.best, kept_checkpoints(run.path)[0].path))
    record = read_run(run)
    assert record.num_kept == 2
    assert record.num_bytes == last + best + first


def test_a_run_goes_on_keeping_and_may_begin_to(run_training, config):
    run, _ = run_training(config)
    resumed = resume_run(run.path, None, {"epochs": 5, "keep_every": 1})
    run_training(resumed.config, resume_from=resumed.checkpoint)
    assert kept(run) == {3: 3, 4: 4, 5: 5}


def test_a_run_that_died_before_it_kept_an_epoch_keeps_it_when_it_goes_on(run_training, config, monkeypatch, tmp_path):
    keeping = dataclasses.replace(config, keep_every=2)

    def die(saves, epoch):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Saves, "keep", die)
        with pytest.raises(KeyboardInterrupt):
            run_training(keeping)
    run, _ = run_training(keeping, resume_from=read_checkpoint(tmp_path / "run" / "last.pt"))
    assert kept(run) == {2: 2}


def test_a_full_disk_ends_the_run_with_its_last_save(run_training, config, monkeypatch, tmp_path):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vae_tui.runs.link_file", full)
        with pytest.raises(TrainingFailedError, match="No space left") as error:
            run_training(dataclasses.replace(config, keep_every=2))
    assert "last.pt is the last good save; make room, then go on with --resume" in error.value.hint
    assert len(read_checkpoint(tmp_path / "run" / "last.pt").history) == 2
    resumed = resume_run(tmp_path / "run", None, {})
    run, _ = run_training(resumed.config, resume_from=resumed.checkpoint)
    assert kept(run) == {2: 2}


def test_an_untrained_model_is_there_to_look_at_and_the_run_is_the_same(run_training, config, monkeypatch):
    saved, write = [], Saves.last

    def watched(saves, checkpoint):
        saved.append((checkpoint.training["epoch"], checkpoint.training["step"], len(checkpoint.history)))
        write(saves, checkpoint)

    monkeypatch.setattr(Saves, "last", watched)
    looked_at, _ = run_training(config, "looked at", save_first=True)
    plain, _ = run_training(config, "plain")
    assert saved[0] == (1, 0, 0)
    assert len(saved) == 3 + 1 + 3
    assert same_weights(read_checkpoint(looked_at.last), read_checkpoint(plain.last))


def test_a_run_goes_on_from_its_untrained_model(run_training, config, monkeypatch, tmp_path):
    def interrupted(trainer, images_BCHW):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "take_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_training(config, save_first=True)
    untrained = read_checkpoint(tmp_path / "run" / "last.pt")
    assert (untrained.history, untrained.summary().epoch) == ((), 0)
    resumed = resume_run(tmp_path / "run", None, {})
    run, _ = run_training(resumed.config, resume_from=resumed.checkpoint)
    plain, _ = run_training(config, "plain")
    assert same_weights(read_checkpoint(run.last), read_checkpoint(plain.last))
