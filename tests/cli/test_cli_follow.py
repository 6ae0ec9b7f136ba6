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


WAITS = """import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)  # the tests may run where it is ignored
print("ready", flush=True)
signal.pause()
"""
SAVES = """import pathlib, signal
def save(number, frame):
    pathlib.Path("my run/last.pt").write_bytes(b"saved")
    raise SystemExit(130)
signal.signal(signal.SIGINT, save)
print("ready", flush=True)
while True: signal.pause()
"""
TAKES_LONG_TO_SAVE = """import signal
def save(number, frame):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print("saving", flush=True)
signal.signal(signal.SIGINT, save)
print("ready", flush=True)
while True: signal.pause()
"""


@pytest.fixture
def interrupted(monkeypatch):
    """Has Ctrl-C come as the training, these lines, has said each of the words, while its end is waited for."""
    ends_within = ChildRun.ends_within

    def call(training: str, *at: str) -> None:
        left = list(at)

        def interrupt(child, wait_s):
            while left and child.last_line != left[0]:
                assert not ends_within(child, 0.01)
            if left:
                del left[0]
                raise KeyboardInterrupt
            return ends_within(child, wait_s)

        monkeypatch.setattr("vae_tui.child_run._START", training)
        monkeypatch.setattr(ChildRun, "ends_within", interrupt)

    return call


def test_ctrl_c_before_anything_is_saved_leaves_nothing_and_says_so(vaetui, terminal, opened, folder, interrupted):
    interrupted(WAITS, "ready")
    done = vaetui("train", "digits.npz", *SMALL, "--explore", "--out", "new/run")
    assert (done.code, done.out, opened) == (130, "", [])
    assert done.err == "nothing was kept: the training was stopped before its first save, and new/run is gone again\n"
    assert os.listdir(folder) == ["digits.npz"]


def test_a_folder_that_was_there_before_ctrl_c_stays(vaetui, terminal, opened, folder, interrupted):
    (folder / "run").mkdir()
    interrupted(WAITS, "ready")
    done = vaetui("train", "digits.npz", *SMALL, "--explore", "--out", "run")
    assert (done.code, done.out) == (130, "")
    assert done.err == "nothing was kept: the training was stopped before its first save\n"
    assert os.listdir("run") == []


def test_ctrl_c_while_a_training_begins_says_how_what_it_saved_goes_on(vaetui, terminal, opened, interrupted):
    interrupted(SAVES, "ready")
    done = vaetui("train", "digits.npz", *SMALL, "--explore", "--out", "my run")
    assert (done.code, opened) == (130, [])
    assert done.out.splitlines() == [
        "go on: vaetui train --resume 'my run'", "explore: vaetui explore 'my run/last.pt'", "my run",
    ]  # fmt: skip


def test_a_second_ctrl_c_ends_a_training_that_takes_long_to_save(vaetui, terminal, opened, folder, interrupted):
    interrupted(TAKES_LONG_TO_SAVE, "ready", "saving")
    done = vaetui("train", "digits.npz", *SMALL, "--explore", "--out", "run")
    assert (done.code, done.out, opened) == (130, "", [])
    assert "nothing was kept" in done.err
    assert not (folder / "run").exists()


def test_ctrl_c_before_the_explorer_has_the_keyboard_stops_the_training_saved(vaetui, terminal, monkeypatch):
    children = []

    def interrupt(run, child):
        children.append(child)
        raise KeyboardInterrupt

    monkeypatch.setattr(explore_module, "explore_run", interrupt)
    done = vaetui("train", "digits.npz", *SMALL, "--epochs", "100000", "--explore", "--out", "run")
    (child,) = children
    assert (done.code, child.exit_code) == (130, 130)
    assert done.out.splitlines()[0] == "go on: vaetui train --resume run"


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

    def look(open_model, origin, graphics, watched, second, channels):
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
