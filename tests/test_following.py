"""Looking on at a run folder."""

import dataclasses
import hashlib
import os
import subprocess
import sys

import pytest
import torch

from vae_tui.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from vae_tui.config import resolve
from vae_tui.errors import VaeTuiError
from vae_tui.files import replace_file
from vae_tui.following import GRACE_S, RunFollower, keep, known_as
from vae_tui.models.contract import ModelSpec
from vae_tui.run_news import HistoryCut, NewCheckpoint, NewEpoch, RunEnded, RunTakenUp
from vae_tui.runs import RunDir, kept_checkpoints
from vae_tui.summary import EpochMetrics


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Trainer:
    """Writes a run's files as a training does."""

    def __init__(self, path) -> None:
        self.run = RunDir(path)
        path.mkdir(exist_ok=True)
        self.saves = 0

    def save_last(self, content: bytes = b"") -> None:
        self.saves += 1
        replace_file(self.run.last, lambda file: file.write(content or b"save %d" % self.saves))

    def record(self, epochs: int, *, asked: int = 5, loss: float | None = None, patience: int = 0) -> None:
        config = resolve("shapes", {"epochs": asked, "patience": patience})
        self.run.write_config(config.to_toml())
        self.run.write_metrics(tuple(metrics(epoch, loss or 10.0 - epoch) for epoch in range(1, epochs + 1)))
        later = self.run.last.stat().st_mtime_ns + 1_000_000
        os.utime(self.run.metrics, ns=(later, later))


def metrics(epoch: int, loss: float = 5.0) -> EpochMetrics:
    return EpochMetrics(epoch, loss, 4.0, 1.0, None, None, None, 3, 1.0, 100.0, 1.5)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def trainer(tmp_path):
    return Trainer(tmp_path / "run")


@pytest.fixture
def follower(trainer, clock):
    return RunFollower(trainer.run.path, clock=clock)


def test_nothing_is_told_of_a_folder_that_is_waited_for(follower, tmp_path):
    assert follower.poll() == ()
    assert RunFollower(tmp_path / "absent").poll() == ()


def test_epochs_and_checkpoints_are_told_once_and_in_order(follower, trainer):
    with trainer.run.trained_by_us():
        assert follower.poll() == ()
        for epoch in (1, 2):
            trainer.save_last()
            trainer.record(epoch)
            assert follower.poll() == (NewEpoch(metrics(epoch, 10.0 - epoch)), NewCheckpoint(trainer.run.last, epoch))
            assert follower.poll() == ()
    assert follower.epochs_asked == 5
    assert [one.epoch for one in follower.history] == [1, 2]


def test_a_run_that_is_there_is_told_whole(follower, trainer):
    trainer.save_last()
    trainer.record(3)
    told = follower.poll()
    assert [type(news) for news in told] == [NewEpoch] * 3 + [NewCheckpoint, RunEnded]
    assert told[-1] == RunEnded("stopped, 3 of 5 epochs are done: vaetui train --resume goes on", is_done=False)
    assert follower.poll() == ()


def test_a_checkpoint_waits_for_its_figures(follower, trainer, clock):
    """last.pt is swapped in before metrics.jsonl."""
    with trainer.run.trained_by_us():
        trainer.save_last()
        trainer.record(1)
        follower.poll()
        trainer.save_last()
        ahead = trainer.run.metrics.stat().st_mtime_ns + 1
        os.utime(trainer.run.last, ns=(ahead, ahead))
        assert follower.poll() == ()
        assert follower.is_settling
        trainer.record(2)
        assert follower.poll() == (NewEpoch(metrics(2, 8.0)), NewCheckpoint(trainer.run.last, 2))


def test_a_checkpoint_in_mid_epoch_has_no_figures_to_wait_for(follower, trainer, clock):
    with trainer.run.trained_by_us():
        trainer.save_last()
        assert follower.poll() == ()
        clock.now_s += GRACE_S / 2
        assert follower.poll() == ()
        clock.now_s += GRACE_S / 2
        assert follower.poll() == (NewCheckpoint(trainer.run.last, 0),)
        assert follower.poll() == ()


def test_a_resumed_run_is_cut_back(follower, trainer):
    with trainer.run.trained_by_us():
        trainer.save_last()
        trainer.record(3)
        follower.poll()
        trainer.save_last()
        trainer.record(2)
        assert follower.poll() == (HistoryCut(2), NewCheckpoint(trainer.run.last, 2))
        trainer.record(3, loss=1.0)
        told = follower.poll()
    assert told[0] == HistoryCut(0)
    assert told[1:] == tuple(NewEpoch(metrics(epoch, 1.0)) for epoch in (1, 2, 3))


def test_damaged_figures_are_told_up_to_the_damage(follower, trainer):
    with trainer.run.trained_by_us():
        trainer.save_last()
        trainer.record(2)
        lines = trainer.run.metrics.read_text().splitlines()
        trainer.run.metrics.write_text(f"{lines[0]}\n{lines[1][:20]}\n")
        assert [type(news) for news in follower.poll()][:1] == [NewEpoch]
    assert len(follower.history) == 1


@pytest.mark.parametrize(
    ("epochs", "more", "reason", "is_done"),
    [
        (5, {}, "all 5 epochs are done", True),
        (4, {"loss": 3.0, "patience": 3}, "stopped early: no lower loss for 3 epochs", True),
        (3, {"loss": 3.0, "patience": 3}, "stopped, 3 of 5 epochs are done: vaetui train --resume goes on", False),
    ],
)
def test_why_a_run_ended(follower, trainer, epochs, more, reason, is_done):
    with trainer.run.trained_by_us():
        trainer.save_last()
        trainer.record(epochs, **more)
        assert not any(isinstance(news, RunEnded) for news in follower.poll())
    assert follower.poll() == (RunEnded(reason, is_done),)
    with trainer.run.trained_by_us():
        assert follower.poll() == (RunTakenUp(),)
        assert follower.poll() == ()


def test_a_run_that_ends_before_its_first_save_is_told(follower, trainer):
    with trainer.run.trained_by_us():
        assert follower.poll() == ()
    assert follower.poll() == (RunEnded("it ended before its first save", is_done=False),)


def test_where_there_are_no_locks_a_run_ends_with_its_last_epoch(follower, trainer, monkeypatch):
    monkeypatch.setattr(RunDir, "is_trained", lambda run: None)
    trainer.save_last()
    trainer.record(4)
    assert not any(isinstance(news, RunEnded) for news in follower.poll())
    trainer.record(5)
    assert follower.poll()[-1] == RunEnded("all 5 epochs are done", is_done=True)
    trainer.record(5, asked=8)
    assert follower.poll() == (RunTakenUp(),)


def test_a_pinned_checkpoint_stays_until_it_is_released(follower, trainer):
    trainer.save_last(b"one")
    pinned = follower.pin()
    trainer.save_last(b"two")
    other = follower.pin()
    assert (pinned.read_bytes(), other.read_bytes()) == (b"one", b"two")
    follower.release(pinned)
    assert not pinned.exists()
    follower.release(trainer.run.last)
    follower.close()
    assert os.listdir(trainer.run.path) == ["last.pt"]


def test_a_pinned_checkpoint_is_known_as_its_runs_last(follower, trainer):
    trainer.save_last(b"one")
    assert known_as(str(follower.pin())) == str(trainer.run.last)
    assert known_as("runs/one/best.pt") == "runs/one/best.pt"


def test_in_a_folder_that_cannot_be_written_to_last_pt_itself_is_looked_at(follower, trainer, monkeypatch):
    def refuse(source, target):
        raise PermissionError

    trainer.save_last()
    monkeypatch.setattr("vae_tui.following.link_file", refuse)
    assert follower.pin() == trainer.run.last
    follower.close()
    assert trainer.run.last.exists()


def test_what_a_killed_explorer_left_pinned_is_swept(follower, trainer):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    left = trainer.run.path / f".followed-{process.pid}-0.part"
    ours = trainer.run.path / f".followed-{os.getpid()}-7.part"
    left.touch()
    ours.touch()
    trainer.save_last()
    follower.pin()
    assert not left.exists()
    assert ours.exists()


def checkpoint(epochs: int, step: int | None = None, seed: int = 0) -> Checkpoint:
    spec = ModelSpec("fc", (3, 8, 8), 2, {"hidden": 4})
    training = None if step is None else {"step": step, "sums": torch.zeros(3)}
    history = tuple(metrics(epoch) for epoch in range(1, epochs + 1))
    return Checkpoint(spec, spec.build(seed=seed).state_dict(), history=history, training=training)


@pytest.fixture
def run(tmp_path):
    run = RunDir(tmp_path)
    write_checkpoint(run.last, checkpoint(3, step=0))
    return run


def test_a_checkpoint_is_kept_under_its_epoch(run):
    kept = keep(run.path, run.last)
    assert kept == run.path / "epochs" / "epoch-0003.pt"
    write_checkpoint(run.last, checkpoint(4, step=0))
    assert len(read_checkpoint(kept).history) == 3
    assert keep(run.path, kept) == kept
    assert os.listdir(run.kept) == ["epoch-0003.pt"]


def test_one_in_mid_epoch_has_its_step_too(run):
    write_checkpoint(run.last, checkpoint(3, step=25))
    assert keep(run.path, run.last).name == "epoch-0003-step-000025.pt"


def test_the_same_bytes_have_the_same_name_and_others_another(run):
    first = keep(run.path, run.last)
    copy = run.path / "copy.pt"
    copy.write_bytes(run.last.read_bytes())
    assert keep(run.path, copy) == first
    write_checkpoint(run.last, checkpoint(3, step=0, seed=1))
    digest = hashlib.sha256(run.last.read_bytes()).hexdigest()
    other = keep(run.path, run.last)
    assert other.name == f"epoch-0003-{digest[:8]}.pt"
    assert keep(run.path, run.last) == other
    assert [one.path for one in kept_checkpoints(run.path)] == sorted([first, other])


def test_a_kept_one_is_the_one_that_was_looked_at_or_none(run):
    shown = read_checkpoint(run.last).file_hash
    write_checkpoint(run.last, checkpoint(4, step=0))
    with pytest.raises(VaeTuiError, match="has made way for a newer one"):
        keep(run.path, run.last, shown)
    assert os.listdir(run.kept) == []


def test_what_is_pinned_can_be_kept_after_the_swap(run):
    follower = RunFollower(run.path)
    pinned = follower.pin()
    shown = read_checkpoint(pinned).file_hash
    write_checkpoint(run.last, checkpoint(4, step=0))
    kept = keep(run.path, pinned, shown)
    follower.close()
    assert kept.name == "epoch-0003.pt"
    assert read_checkpoint(kept).file_hash == shown


def test_a_full_disk_is_said(run, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae_tui.following.link_file", full)
    with pytest.raises(VaeTuiError, match="No space left on device"):
        keep(run.path, run.last)


def test_a_training_state_that_lies_names_no_step(run):
    write_checkpoint(run.last, dataclasses.replace(checkpoint(3), training={"step": "../../x"}))
    assert keep(run.path, run.last).name == "epoch-0003.pt"
