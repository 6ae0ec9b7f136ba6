"""`vaetui train --explore` and `vaetui explore --follow`, up to the explorer's screen."""

import os
import pathlib
import signal

import numpy as np
import pytest
import typer

from vae_tui.child_run import ChildRun
from vae_tui.cli import app
from vae_tui.cli import explore as explore_module
from vae_tui.cli.train import _words
from vae_tui.runs import RunDir

SMALL = ["--fc", "--set", "model.hidden=8", "--latent-dim", "3", "--batch-size", "8", "--device", "cpu"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    np.savez("digits.npz", images=np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), dtype=np.uint8))
    return tmp_path


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(explore_module, "check_terminal", lambda: None)


@pytest.fixture
def opened(monkeypatch):
    """What the explorer was opened on: the run folder, the child."""
    calls = []
    monkeypatch.setattr(explore_module, "explore_run", lambda run, child=None: calls.append((run, child)))
    return calls


def test_without_a_terminal_nothing_is_trained(vaetui, folder):
    done = vaetui("train", "digits.npz", *SMALL, "--explore")
    assert done.code == 2
    assert "explore needs a terminal" in done.err
    assert os.listdir(folder) == ["digits.npz"]


def test_one_of_several_processes_is_refused(vaetui, terminal, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = vaetui("train", "digits.npz", *SMALL, "--explore")
    assert done.code == 2
    assert "--follow" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["digits.npz", "--epochs", "0"], "epochs is 0"),
        (["digits.npz", "--batch-size", "100"], "larger than the 54 training images"),
        (["nowhere.npz", "--out", "new/run"], "no such file or folder: nowhere.npz"),
        (["--resume", "nowhere"], "nowhere holds no run to go on with"),
        (["--resume", "nowhere", "--out", "x"], "--out contradicts --resume"),
    ],
)
def test_what_can_be_mended_is_said_and_nothing_stays(vaetui, terminal, opened, folder, words, said):
    done = vaetui("train", *words, "--explore")
    assert done.code == 2
    assert said in done.err
    assert "hint:" in done.err
    assert opened == []
    assert os.listdir(folder) == ["digits.npz"]


def test_a_training_that_ended_while_it_was_looked_at_says_what_it_always_says(vaetui, terminal, monkeypatch):
    monkeypatch.setattr(explore_module, "explore_run", lambda run, child: child.ends_within(60))
    done = vaetui("train", "digits.npz", *SMALL, "--epochs", "2", "--keep-every", "1", "--explore")
    assert done.code == 0
    assert done.out.splitlines() == ["explore: vaetui explore runs/digits-fc-1/best.pt", "runs/digits-fc-1"]
    assert sorted(os.listdir("runs/digits-fc-1/epochs")) == ["epoch-0001.pt", "epoch-0002.pt"]


def test_a_training_that_goes_on_is_told_with_what_leads_to_it(vaetui, terminal, opened):
    done = vaetui("train", "digits.npz", *SMALL, "--epochs", "100000", "--explore", "--out", "my run")
    lines = done.out.splitlines()
    pid = int(lines[1].rpartition(" ")[2])
    (run, child), *_ = opened
    try:
        assert done.code == 0
        assert lines == [
            "it goes on; look on: vaetui explore 'my run' --follow", f"stop it, saved: kill -INT {pid}", "my run",
        ]  # fmt: skip
        assert run.last.exists()
        assert run.is_trained() is True
    finally:
        os.kill(pid, signal.SIGINT)
        assert child.ends_within(60)
    assert child.exit_code == 130


@pytest.mark.parametrize(("number", "goes_on"), [(signal.SIGTERM, False), (signal.SIGHUP, True)])
def test_a_signal_that_ends_the_explorer_stops_the_training_unless_the_terminal_hung_up(
    vaetui, terminal, monkeypatch, number, goes_on
):
    children = []

    def end(run, child):
        children.append(child)
        raise SystemExit(128 + number)

    monkeypatch.setattr(explore_module, "explore_run", end)
    done = vaetui("train", "digits.npz", *SMALL, "--epochs", "100000", "--explore", "--out", "run")
    (child,) = children
    try:
        assert done.code == 128 + number
        assert child.is_running is goes_on
        assert ("kill -INT" if goes_on else "go on: vaetui train --resume run") in done.out
    finally:
        child.stop()


WAITS = "print('ready', flush=True); import signal; signal.pause()"
SAVES = """import pathlib, signal
def save(number, frame):
    pathlib.Path("run/last.pt").write_bytes(b"saved")
    raise SystemExit(130)
signal.signal(signal.SIGINT, save)
print("ready", flush=True)
while True: signal.pause()
"""


@pytest.mark.parametrize(("training", "is_kept"), [(WAITS, False), (SAVES, True)])
def test_ctrl_c_before_the_first_save_leaves_a_save_or_nothing(
    vaetui, terminal, opened, folder, monkeypatch, training, is_kept
):
    """Asked to stop before it trains, the training just ends; a moment later it saves first."""
    ends_within = ChildRun.ends_within

    def interrupt(child, wait_s):
        monkeypatch.setattr(ChildRun, "ends_within", ends_within)
        while child.last_line != "ready":
            assert not child.ends_within(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr("vae_tui.child_run._START", training)
    monkeypatch.setattr(ChildRun, "ends_within", interrupt)
    done = vaetui("train", "digits.npz", *SMALL, "--explore", "--out", "run")
    assert done.code == 130
    assert opened == []
    assert (folder / "run").exists() == is_kept
    assert (folder / "run" / "last.pt").exists() == is_kept


def test_the_command_line_is_given_again_as_it_was_read():
    command = typer.main.get_command(app.program()).commands["train"]
    words = ["--lr=-1e-3", "--set", "model.hidden=8", "--set=data.x= y", "--fc", "--preview", "--data-dir", "a b"]
    read = command.make_context("train", [*words, "--explore", "--out", "x", "--", "--odd"])
    again = command.make_context("train", _words(read, without=("explore", "out")))
    assert again.params == read.params | {"explore": False, "out": None}
    assert again.params["dataset"] == "--odd"
    assert again.params["set_"] == ["model.hidden=8", "data.x= y"]


def test_a_run_is_waited_for_until_its_first_save(vaetui, terminal, monkeypatch):
    run = RunDir(pathlib.Path("run"))
    run.path.mkdir()
    seen, waited = [], []

    def wait(seconds):
        waited.append(seconds)
        if len(waited) == 3:
            run.last.touch()

    def look(open_model, origin, graphics, watched, second):
        seen.append(origin.checkpoint)
        assert watched.run_dir == run.path
        assert watched.source is not None
        return 0

    monkeypatch.setattr(explore_module.time, "sleep", wait)
    monkeypatch.setattr("vae_tui.explorer.run_explorer", look)
    assert vaetui("explore", "run", "--follow").code == 0
    assert seen == ["run/last.pt"]
    assert len(waited) == 3


@pytest.mark.parametrize(("path", "said"), [("absent", "absent does not exist"), ("digits.npz", "is no run folder")])
def test_what_is_no_folder_is_not_waited_for(vaetui, terminal, path, said):
    done = vaetui("explore", path, "--follow")
    assert done.code == 2
    assert said in done.err
