"""What may be changed of a run that goes on."""

import dataclasses

import pytest

from vae_tui.checkpoint import read_checkpoint, write_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.training.resume import resume_run


@pytest.fixture
def run(run_training, config):
    return run_training(dataclasses.replace(config, epochs=2))[0]


def test_a_run_goes_on_to_more_epochs(run, config):
    resumed = resume_run(run.path, None, {"epochs": 5})
    assert resumed.config == dataclasses.replace(config, epochs=5)
    assert resumed.device == "cpu"
    assert resumed.notes == ()
    assert len(resumed.checkpoint.history) == 2


def test_what_agrees_may_be_repeated(run):
    flags = {"epochs": 3, "lr": 1e-3, "model": "fc", "precision": "fp32", "options": {"model.hidden": 16}}
    assert resume_run(run.path, "small", flags).config.epochs == 3


@pytest.mark.parametrize(
    ("dataset", "flags", "words"),
    [
        ("other", {}, "other is not what the run was trained on: small"),
        (None, {"lr": 0.1}, "--lr 0.1 contradicts the run's 0.001"),
        (None, {"batch_size": 16}, "--batch-size 16 contradicts"),
        (None, {"model": "conv"}, "--model conv contradicts"),
        (None, {"options": {"model.hidden": 17}}, "--set model.hidden contradicts"),
        (None, {"device": "cuda"}, "--device cuda contradicts the run's cpu"),
        (None, {}, "the run has ended: 2 epochs are done, of 2 asked for"),
        (None, {"epochs": 1}, "the run has ended: 2 epochs are done, of 1 asked for"),
    ],
)
def test_what_contradicts_is_refused(run, dataset, flags, words):
    with pytest.raises(VaeTuiError, match=words):
        resume_run(run.path, dataset, {"epochs": 3, **flags} if flags and "epochs" not in flags else flags)


def test_the_hint_of_a_run_that_ended_is_true(run):
    with pytest.raises(VaeTuiError) as error:
        resume_run(run.path, None, {"epochs": 1})
    assert "--epochs 4 goes on to 4 in all" in error.value.hint


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_the_device_may_be_repeated_as_it_was_given_or_found(run, device):
    resumed = resume_run(run.path, None, {"epochs": 3, "device": device})
    assert (resumed.config.device, resumed.device) == ("auto", "cpu")


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(VaeTuiError, match="holds no run"):
        resume_run(tmp_path, None, {})


def test_a_schedule_with_a_horizon_says_that_it_moves(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=2, schedule="cosine"), "cosine")
    resumed = resume_run(run.path, None, {"epochs": 5})
    assert len(resumed.notes) == 1
    assert "now ends at epoch 5 instead of 2" in resumed.notes[0]


def test_a_run_that_was_stopped_keeps_its_horizon(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=2, objective="cyclical"), "cyclical")
    checkpoint = read_checkpoint(run.last)
    write_checkpoint(run.last, dataclasses.replace(checkpoint, history=checkpoint.history[:1]))
    assert resume_run(run.path, None, {}).notes == ()


def test_a_run_that_ended_early_says_how_it_goes_on(run, config):
    checkpoint = read_checkpoint(run.last)
    training = {**checkpoint.training, "stale": 3}
    patient = dataclasses.replace(config, epochs=9, patience=3)
    write_checkpoint(run.last, dataclasses.replace(checkpoint, config=patient, training=training))
    with pytest.raises(VaeTuiError, match="ended early: its loss has not fallen for 3 epochs") as error:
        resume_run(run.path, None, {})
    assert "--patience 0" in error.value.hint
    assert resume_run(run.path, None, {"patience": 0}).config.patience == 0


@pytest.mark.parametrize(
    "resolved",
    [3, {"device": 3}, {"threads": 0}, {"threads": 10**9}, {"precision": "fp8"}, {"compile": "perhaps"}],
)
def test_a_damaged_training_state_is_refused(run, resolved):
    checkpoint = read_checkpoint(run.last)
    whole = checkpoint.training["resolved"]
    damaged = {**whole, **resolved} if isinstance(resolved, dict) else resolved
    write_checkpoint(run.last, dataclasses.replace(checkpoint, training={**checkpoint.training, "resolved": damaged}))
    with pytest.raises(VaeTuiError, match="training state is damaged"):
        resume_run(run.path, None, {"epochs": 5})


def test_save_every_and_the_memory_budget_may_change(run):
    resumed = resume_run(run.path, None, {"epochs": 3, "save_every": 7, "memory_budget": "1GB"})
    assert (resumed.config.save_every, resumed.config.memory_budget) == (7, "1GB")


@pytest.mark.parametrize("flags", [{"precision": "bf16"}, {"compile": "on"}, {"objective": "capacity"}])
def test_what_was_settled_is_not_changed(run, flags):
    with pytest.raises(VaeTuiError, match=f"{next(iter(flags.values()))} contradicts"):
        resume_run(run.path, None, {"epochs": 5, **flags})
