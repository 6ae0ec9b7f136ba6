"""Runs that are stopped, extended, streamed or compiled are the same runs."""

import dataclasses
import math
import pathlib
import signal

import pytest
import torch
from training_helpers import lines_of, same_weights, stop_after

from vae_tui.checkpoint import read_checkpoint
from vae_tui.config import resolve
from vae_tui.datasets.contract import Data
from vae_tui.errors import VaeTuiError
from vae_tui.training import loop
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    RunStopped,
)
from vae_tui.training.resume import resume_run
from vae_tui.training.stopping import StopRequest


@pytest.mark.parametrize("model", ["fc", "conv"])
@pytest.mark.parametrize("steps", [1, 6, 8, 13])
def test_a_stopped_run_goes_on_bit_for_bit(run_training, config, monkeypatch, model, steps):
    options = {"model.hidden": 16} if model == "fc" else {}
    config = dataclasses.replace(config, model=model, options=options)
    whole, _ = run_training(config, "whole")
    with monkeypatch.context() as patch:
        stop = stop_after(steps, patch)
        part, events = run_training(config, "part", stop=stop)
    assert isinstance(events[-1], RunStopped)
    assert (events[-1].epoch - 1) * 6 + events[-1].step == steps
    assert stop.exit_code == 143
    assert (len(lines_of(part)) if part.metrics.exists() else 0) == (steps - 1) // 6
    run_training(config, "part", resume_from=read_checkpoint(part.last))
    one, other = read_checkpoint(whole.last), read_checkpoint(part.last)
    assert [m.loss for m in one.history] == [m.loss for m in other.history]
    assert [m.test_loss for m in one.history] == [m.test_loss for m in other.history]
    assert same_weights(one, other)
    assert same_weights(read_checkpoint(whole.best), read_checkpoint(part.best))


STEERED = [
    {"objective": "kl-warmup", "options": {"objective.epochs": 2.5}},
    {"objective": "cyclical", "options": {"objective.cycles": 2}},
    {"objective": "free-bits", "optimizer": "adamw", "options": {"optimizer.clip": 0.5, "optimizer.ema": 0.9}},
    {"objective": "capacity", "schedule": "cosine", "options": {"schedule.warmup": 0.5, "optimizer.ema": 0.99}},
    {"schedule": "one-cycle", "precision": "bf16", "save_every": 4},
]


@pytest.mark.parametrize("model", ["fc", "conv"])
@pytest.mark.parametrize("changes", STEERED, ids=lambda changes: "-".join(map(str, list(changes.values())[:2])))
def test_a_steered_run_goes_on_bit_for_bit(run_training, config, monkeypatch, model, changes):
    """Schedules, averages and precision go on where they were: in mid-epoch, and after the end of one."""
    options = ({"model.hidden": 16} if model == "fc" else {}) | changes.get("options", {})
    config = dataclasses.replace(config, model=model, **{**changes, "options": options})
    whole, _ = run_training(config, "whole")
    for steps in (8, 6):
        with monkeypatch.context() as patch:
            part, events = run_training(config, f"part-{steps}", stop=stop_after(steps, patch))
        assert isinstance(events[-1], RunStopped)
        run_training(config, f"part-{steps}", resume_from=read_checkpoint(part.last))
        one, other = read_checkpoint(whole.last), read_checkpoint(part.last)
        assert [m.loss for m in one.history] == [m.loss for m in other.history]
        assert [m.test_loss for m in one.history] == [m.test_loss for m in other.history]
        assert same_weights(one, other)
        if one.ema_weights is not None:
            assert all(torch.equal(one.ema_weights[key], other.ema_weights[key]) for key in one.ema_weights)


def test_streamed_images_give_the_same_run(run_training, config, data):
    resident, _ = run_training(config, "resident")
    packed = Data("small", *(dataclasses.replace(split, packed=True) for split in (data.train, data.test)))
    streamed, events = run_training(config, "streamed", data=packed)
    assert events[0].streamed
    assert same_weights(read_checkpoint(resident.last), read_checkpoint(streamed.last))
    assert [line["test_loss"] for line in lines_of(resident)] == [line["test_loss"] for line in lines_of(streamed)]


def test_a_streamed_run_goes_on_bit_for_bit(run_training, config, data, monkeypatch):
    packed = Data("small", *(dataclasses.replace(split, packed=True) for split in (data.train, data.test)))
    whole, _ = run_training(config, "whole")
    with monkeypatch.context() as patch:
        part, _ = run_training(config, "part", data=packed, stop=stop_after(8, patch))
    run_training(config, "part", data=packed, resume_from=read_checkpoint(part.last))
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))


def test_a_compiled_run_goes_on_bit_for_bit(run_training, config, monkeypatch):
    config = dataclasses.replace(config, compile="on", objective="kl-warmup")
    whole, events = run_training(config, "whole")
    assert any(isinstance(event, CompilingStarted) for event in events)
    with monkeypatch.context() as patch:
        part, _ = run_training(config, "part", stop=stop_after(8, patch))
    checkpoint = read_checkpoint(part.last)
    assert checkpoint.training["resolved"]["compile"] == "on"
    run_training(config, "part", resume_from=checkpoint)
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))
    plain, _ = run_training(dataclasses.replace(config, compile="off"), "plain")
    assert [line["loss"] for line in lines_of(plain)] == pytest.approx(
        [line["loss"] for line in lines_of(whole)], rel=1e-3
    )


def test_a_signal_while_compiling_leaves_the_last_save(run_training, config, monkeypatch):
    part, _ = run_training(dataclasses.replace(config, epochs=1, compile="on"), "part")
    kept = part.last.read_bytes()
    stop = StopRequest()

    def interrupted(trial):
        stop.ask(signal.SIGTERM)
        pytest.fail("it went on compiling")

    monkeypatch.setattr(loop.StepTrial, "compile", interrupted)
    _, events = run_training(config, "part", resume_from=read_checkpoint(part.last), stop=stop)
    assert events[-1] == RunStopped(2, 0, 6, saved=False)
    assert stop.exit_code == 143
    assert part.last.read_bytes() == kept


@pytest.mark.parametrize(
    "damage",
    [
        {"epoch": 2}, {"epoch": 10**30}, {"epoch": math.inf}, {"step": -1}, {"step": 7}, {"step": True},
        {"seconds": math.nan}, {"seconds": -3.0}, {"epoch_seconds": 10**400}, {"best": math.nan}, {"best": 10**400},
        {"stale": -5}, {"stale": math.inf}, {"first_loss": "text"}, {"first_loss": math.inf},
        {"sums": torch.zeros(2)}, {"sums": torch.full((3,), torch.nan)}, {"noise": torch.zeros(3)}, {"noise": None},
        {"optimizer": None}, {"optimizer": {"state": {}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_training_state_that_does_not_add_up_is_refused(run_training, config, damage):
    run, _ = run_training(dataclasses.replace(config, epochs=2))
    checkpoint = read_checkpoint(run.last)
    hostile = dataclasses.replace(checkpoint, training={**checkpoint.training, **damage})
    with pytest.raises(VaeTuiError, match="damaged"):
        run_training(config, resume_from=hostile)


def test_a_run_that_died_between_its_files_gets_them_back(run_training, config):
    """best.pt comes before last.pt, and the record after it."""
    run, _ = run_training(dataclasses.replace(config, epochs=2))
    kept = run.metrics.read_text()
    run.metrics.write_text(kept.splitlines()[0] + "\n")
    with pytest.raises(VaeTuiError, match="the run has ended"):
        resume_run(run.path, None, {})
    assert run.metrics.read_text() == kept


def test_a_stop_that_falls_into_the_evaluation_is_heard_there(run_training, config, monkeypatch):
    whole, _ = run_training(config, "whole")
    stop = StopRequest()

    def counted(trainer):
        stop.ask(signal.SIGTERM)
        return evaluate_epoch(trainer)

    evaluate_epoch = loop.Trainer._evaluate
    with monkeypatch.context() as patch:
        patch.setattr(loop.Trainer, "_evaluate", counted)
        part, events = run_training(config, "part", stop=stop)
    assert events[-1] == RunStopped(1, 6, 6)
    assert not part.best.exists()
    run_training(config, "part", resume_from=read_checkpoint(part.last))
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))
    assert [line["loss"] for line in lines_of(whole)] == [line["loss"] for line in lines_of(part)]
    assert [line["test_loss"] for line in lines_of(whole)] == [line["test_loss"] for line in lines_of(part)]


def test_what_was_settled_is_kept_and_written_down(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=1))
    checkpoint = read_checkpoint(run.last)
    assert checkpoint.config.precision == checkpoint.config.compile == "auto"
    assert checkpoint.training["resolved"] == {
        "device": "cpu", "precision": "fp32", "compile": "off", "threads": torch.get_num_threads()
    }  # fmt: skip
    again = resolve(None, {}, run.config)
    assert (again.precision, again.compile) == ("fp32", "off")


def test_the_config_of_a_run_runs_again_to_the_same_losses(run_training, config):
    changes = {"objective": "capacity", "schedule": "cosine", "optimizer": "adamw", "lr": 3e-3}
    first, _ = run_training(dataclasses.replace(config, **changes), "first")
    again, _ = run_training(resolve(None, {}, first.config), "again")
    assert [line["loss"] for line in lines_of(first)] == [line["loss"] for line in lines_of(again)]


def test_a_run_of_format_1_goes_on(run_training, config):
    old = read_checkpoint(pathlib.Path(__file__).parent.parent / "checkpoints" / "format-1.pt")
    run, _ = run_training(dataclasses.replace(old.config, epochs=5), resume_from=old)
    last = read_checkpoint(run.last)
    assert [metrics.epoch for metrics in last.history] == [1, 2, 3, 4, 5]
    assert last.format == 2
    assert last.training["resolved"]["compile"] == "off"


def test_the_average_leaves_the_run_as_it_is(run_training, config):
    plain, _ = run_training(config, "plain")
    averaged, _ = run_training(dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9}), "ema")
    assert same_weights(read_checkpoint(plain.last), read_checkpoint(averaged.last))


def test_a_preview_leaves_the_run_as_it_is(run_training, config):
    plain, _ = run_training(config, "plain")
    shown, events = run_training(config, "shown", preview=True)
    assert same_weights(read_checkpoint(plain.last), read_checkpoint(shown.last))
    previews = [event.preview for event in events if isinstance(event, EpochDone)]
    assert len(previews) == 3
    assert all((preview.originals == previews[0].originals).all() for preview in previews)


def test_a_run_that_ended_is_extended_bit_for_bit(run_training, config):
    whole, _ = run_training(dataclasses.replace(config, epochs=5), "whole")
    part, _ = run_training(dataclasses.replace(config, epochs=2), "part")
    run_training(dataclasses.replace(config, epochs=5), "part", resume_from=read_checkpoint(part.last))
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))
    assert [line["loss"] for line in lines_of(whole)] == [line["loss"] for line in lines_of(part)]


def test_metrics_are_cut_back_to_the_checkpoint(run_training, config, monkeypatch):
    run, _ = run_training(dataclasses.replace(config, epochs=2))
    with run.metrics.open("a") as file:
        file.write('{"epoch": 3, "loss": 1}\n{"epo')
    checkpoint = read_checkpoint(run.last)
    stop = stop_after(1, monkeypatch)
    run_training(dataclasses.replace(config, epochs=4), resume_from=checkpoint, stop=stop)
    assert [line["epoch"] for line in lines_of(run)] == [1, 2]
