"""What may be changed of a run that goes on."""

import dataclasses

import pytest

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
