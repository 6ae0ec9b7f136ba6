"""`vaetui train` from the words on the command line to the files in the run folder."""

import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys

import numpy as np
import pytest

from vae_tui.checkpoint import read_checkpoint
from vae_tui.cli import app
from vae_tui.datasets.contract import DATASETS

SMALL = ["--fc", "--set", "model.hidden=8", "--latent-dim", "3", "--epochs", "2", "--batch-size", "8"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
    np.savez("digits.npz", images=images, labels=np.arange(60) % 3)
    return tmp_path


def lines_of(path):
    return [json.loads(line) for line in pathlib.Path(path, "metrics.jsonl").read_text().splitlines()]


def test_a_run_is_kept_and_its_path_comes_last(capsys):
    assert app.run(["train", "digits.npz", *SMALL]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == ["explore: vaetui explore runs/digits-fc-1/best.pt", "runs/digits-fc-1"]
    assert "2/2" in err
    assert len(lines_of("runs/digits-fc-1")) == 2
    checkpoint = read_checkpoint(pathlib.Path("runs/digits-fc-1/last.pt"))
    assert checkpoint.data.name == "digits.npz"
    assert (checkpoint.data.num_train, checkpoint.data.num_test) == (54, 6)


def test_the_line_that_is_printed_leads_into_the_model(capsys):
    app.run(["train", "digits.npz", *SMALL, "--out", "my runs/one"])
    explore = capsys.readouterr().out.splitlines()[0].removeprefix("explore: ")
    words = shlex.split(explore)
    assert words[:2] == ["vaetui", "explore"]
    assert app.run(["info", words[2]]) == 0
    assert app.run(["sample", words[2], "-o", "x.png"]) == 0


def test_a_config_trains_the_same_run_again():
    app.run(["train", "digits.npz", *SMALL, "--seed", "5", "--out", "one"])
    assert app.run(["train", "--config", "one/config.toml", "--out", "two"]) == 0
    assert [line["loss"] for line in lines_of("one")] == [line["loss"] for line in lines_of("two")]


def test_a_run_goes_on_from_any_folder(folder, monkeypatch):
    app.run(["train", "digits.npz", *SMALL, "--out", "part"])
    app.run(["train", "digits.npz", *SMALL, "--epochs", "4", "--out", "whole"])
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert app.run(["train", "--resume", "../part", "--epochs", "4"]) == 0
    assert [line["loss"] for line in lines_of("../part")] == [line["loss"] for line in lines_of("../whole")]


def test_test_fraction_zero_holds_nothing_out():
    app.run(["train", "digits.npz", *SMALL, "--set", "data.test_fraction=0", "--out", "one"])
    assert "test_loss" not in lines_of("one")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cifar11"], "did you mean cifar10"),
        (["no/such/folder"], "no such file or folder"),
        (["digits.npz", "--device", "gpu"], "no device is called 'gpu'"),
        (["digits.npz", "--batch-size", "1000"], "larger than the 54 training images"),
        (["digits.npz", "--batch-size", "0"], "batch_size is 0"),
        (["digits.npz", "--lr", "-1"], "lr is -1"),
        (["digits.npz", "--epochs", "-2"], "epochs is -2"),
        (["digits.npz", "--beta", "nan"], "beta is nan"),
        (["digits.npz", "--model", "covn"], "did you mean conv"),
        (["digits.npz", "--recipe", "note"], "did you mean notebook"),
        (["digits.npz", "--fc", "--conv"], "more than one model"),
        (["digits.npz", "--set", "hidden=3"], "no option is called 'hidden'"),
        (["digits.npz", "--set", "model.hiden=3", "--fc"], "did you mean hidden"),
        (["digits.npz", "--set", "data.test_fration=0.5"], "did you mean test_fraction"),
        (["digits.npz", "--out", "digits.npz"], "is no folder"),
        (["--resume", "nowhere"], "holds no run"),
        ([], "no data set is named"),
        (["empty"], "holds no images"),
    ],
)
def test_what_can_be_mended_is_said_and_nothing_is_written(folder, capsys, words, said):
    (folder / "empty").mkdir()
    before = sorted(folder.rglob("*"))
    assert app.run(["train", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in " ".join(err.split())
    assert "hint:" in err
    assert "Traceback" not in err
    assert sorted(folder.rglob("*")) == before


def test_a_folder_that_holds_a_run_is_left_as_it_is(folder, capsys):
    app.run(["train", "digits.npz", *SMALL, "--out", "one"])
    before = {path: path.read_bytes() for path in (folder / "one").iterdir()}
    assert app.run(["train", "digits.npz", *SMALL, "--out", "one"]) == 2
    assert "--resume" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (folder / "one").iterdir()} == before


def test_a_flag_that_contradicts_the_run_is_refused(capsys):
    app.run(["train", "digits.npz", *SMALL, "--out", "one"])
    assert app.run(["train", "--resume", "one", "--epochs", "4", "--lr", "0.5"]) == 2
    assert "--lr 0.5 contradicts" in capsys.readouterr().err
    assert app.run(["train", "--resume", "one", "--out", "two"]) == 2


def test_training_that_stops_by_itself_says_so_and_exits_with_3(capsys):
    assert app.run(["train", "digits.npz", *SMALL, "--lr", "1e30", "--out", "one"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: the loss is no longer finite in epoch 1" in err
    assert "Traceback" not in err
    assert app.run(["train", "digits.npz", *SMALL, "--out", "one"]) == 0


@pytest.mark.parametrize("words", [["--model", "cnv"], ["--fc", "--set", "model.hidden=0"], ["--out", "digits.npz/x"]])
def test_what_is_wrong_is_said_before_any_data_are_loaded(capsys, words):
    assert app.run(["train", "cifar10", "--data-dir", "none", *words]) == 2
    assert "download" not in capsys.readouterr().err
    assert not pathlib.Path("none").exists()


def test_every_data_set_is_in_the_list(capsys):
    assert app.run(["list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in DATASETS.names())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_saves_says_how_to_go_on_and_sets_the_exit_code(number, code):
    words = [sys.executable, "-m", "vae_tui", "train", "digits.npz", *SMALL, "--epochs", "100000", "--out", "run"]
    environment = os.environ | {"PYTHONPATH": str(pathlib.Path(app.__file__).parents[2])}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    seen = []
    for line in process.stderr:
        seen.append(line)
        if "best" in line:
            break
    process.send_signal(number)
    out, _ = process.communicate()
    assert process.returncode == code, seen
    assert out.splitlines()[0] == "go on: vaetui train --resume run"
    assert out.splitlines()[-1] == "run"
    checkpoint = read_checkpoint(pathlib.Path("run/last.pt"))
    assert checkpoint.training["epoch"] == len(checkpoint.history) + 1
