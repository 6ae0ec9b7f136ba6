"""`vaetui runs`."""

import dataclasses
import json
import math
import os

import pytest

from vae_tui.cli import app


@pytest.fixture
def runs(run_training, config, tmp_path, monkeypatch):
    """Two runs, the second saved later; the run folders lie below `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    run_training(config, "runs/first one")
    run_training(dataclasses.replace(config, epochs=2), "runs/second")
    for age, name in ((200, "first one"), (100, "second")):
        for path in (tmp_path / "runs" / name).glob("*.pt"):
            os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    (tmp_path / "runs" / "no run").mkdir()
    return tmp_path / "runs"


def test_runs_are_listed_newest_first_with_their_commands(runs, capsys):
    assert app.run(["runs"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["model", "data", "epochs", "loss", "test", "loss", "active", "saved", "size", "kept"]
    assert [line.split()[:3] for line in lines[::2]] == [["fc", "small", "2/2"], ["fc", "small", "3/3"]]
    assert lines[1::2] == [
        "  vaetui explore runs/second/best.pt",
        "  vaetui explore 'runs/first one/best.pt'",
    ]
    assert all(len(line) <= 100 for line in lines)
    last = json.loads((runs / "second" / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"{last['loss']:.2f}" in lines[0]
    assert f"{last['test_loss']:.2f}" in lines[0]


def test_json_is_one_object(runs, capsys):
    assert app.run(["runs", str(runs), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["runs"]
    assert [run["epochs"] for run in found] == [2, 3]
    assert found[0]["last"]["epoch"] == 2
    assert found[0]["num_bytes"] > 10_000


def test_json_stays_json_where_a_training_diverged(runs, capsys):
    metrics_path = runs / "second" / "metrics.jsonl"
    last = json.loads(metrics_path.read_text().splitlines()[-1]) | {"loss": math.nan, "test_loss": math.inf}
    metrics_path.write_text(json.dumps(last) + "\n")

    assert app.run(["runs", str(runs), "--json"]) == 0
    newest, _ = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["runs"]
    assert (newest["last"]["loss"], newest["last"]["test_loss"]) == (None, None)
    assert newest["last"]["kl"] == last["kl"]


def test_a_run_folder_itself_is_listed(runs, capsys):
    assert app.run(["runs", str(runs / "second")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_damaged_run_is_listed_all_the_same(runs, capsys):
    (runs / "second" / "metrics.jsonl").write_text('{"epoch": "\x1b[2J"}\n[1')
    (runs / "second" / "config.toml").write_text("model = ")
    assert app.run(["runs"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.splitlines()[1].split()[:4] == ["?", "?", "0/?", "-"]


def test_no_runs_and_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert app.run(["runs"]) == 2
    assert "hint: vaetui train DATASET makes a run" in capsys.readouterr().err
    (tmp_path / "runs").mkdir()
    assert app.run(["runs"]) == 0
    assert "no runs yet" in capsys.readouterr().out


def test_kept_checkpoints_are_counted_and_named(run_training, config, capsys):
    run, _ = run_training(dataclasses.replace(config, keep_every=1))
    assert app.run(["runs", str(run.path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "3"
    for path in (run.path, run.kept / "epoch-0002.pt"):
        assert app.run(["info", str(path)]) == 0
        assert "3 of the run's checkpoints: epoch 1, 2, 3" in capsys.readouterr().out
    assert app.run(["info", str(run.kept / "epoch-0002.pt"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["epoch"], facts["kept_epochs"]) == (2, [1, 2, 3])
