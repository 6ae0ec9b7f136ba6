"""What may be changed of a run that goes on."""

import dataclasses

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.training.resume import resumed_config


@pytest.fixture
def run(run_training, config):
    return run_training(dataclasses.replace(config, epochs=2))[0]


def test_a_run_goes_on_to_more_epochs(run, config):
    checkpoint, settled = resumed_config(run.path, None, {"epochs": 5})
    assert settled == dataclasses.replace(config, epochs=5, device="cpu")
    assert len(checkpoint.history) == 2


def test_what_agrees_may_be_repeated(run):
    _, settled = resumed_config(
        run.path, "small", {"epochs": 3, "lr": 1e-3, "model": "fc", "options": {"model.hidden": 16}}
    )
    assert settled.epochs == 3


@pytest.mark.parametrize(
    ("dataset", "flags", "words"),
    [
        ("other", {}, "other is not what the run was trained on: small"),
        (None, {"lr": 0.1}, "--lr 0.1 contradicts the run's 0.001"),
        (None, {"batch_size": 16}, "--batch-size 16 contradicts"),
        (None, {"model": "conv"}, "--model conv contradicts"),
        (None, {"options": {"model.hidden": 17}}, "--set model.hidden contradicts"),
        (None, {}, "the run has ended: 2 of 2"),
        (None, {"epochs": 1}, "the run has ended: 2 of 1"),
    ],
)
def test_what_contradicts_is_refused(run, dataset, flags, words):
    with pytest.raises(VaeTuiError, match=words):
        resumed_config(run.path, dataset, {"epochs": 3, **flags} if flags and "epochs" not in flags else flags)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(VaeTuiError, match="holds no run"):
        resumed_config(tmp_path, None, {})
