"""A training as a child process."""

import errno
import os
import pathlib
import signal

import numpy as np
import pytest

from vae_tui import child_run
from vae_tui.checkpoint import read_checkpoint
from vae_tui.child_run import LOG_NAME, ChildRun
from vae_tui.errors import TrainingFailedError, VaeTuiError
from vae_tui.run_news import NewCheckpoint, NewEpoch, NewNotice, NewSteps, RunEnded, TrainingBegan
from vae_tui.runs import RunDir
from vae_tui.training.resume import resume_run

SMALL = ["--fc", "--set=model.hidden=8", "--latent-dim=3", "--batch-size=8", "--device=cpu"]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a child in an empty folder with a small data set; no child is left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
    np.savez("digits.npz", images=images)
    started = []

    def call(*words: str, run: str = "runs/one") -> ChildRun:
        child = ChildRun.start([*SMALL, *words, f"--out={run}", "--", "digits.npz"], RunDir(pathlib.Path(run)))
        started.append(child)
        return child

    yield call
    for child in started:
        child.stop()
        child.leave_running()


@pytest.fixture
def scripted(start, monkeypatch):
    """Starts a child that runs a few lines instead of a training."""

    def call(code: str) -> ChildRun:
        monkeypatch.setattr(child_run, "_START", code.replace("{", "{{").replace("}", "}}"))
        return start()

    return call


def news_until(child: ChildRun, kind: type) -> list:
    told = []
    while not any(isinstance(one, kind) for one in told):
        told += child.poll()
        child.ends_within(0.02)
    return told


def test_a_child_is_listened_to_from_its_untrained_model_to_its_end(start):
    child = start("--epochs=2")
    told = news_until(child, RunEnded)
    assert isinstance(told[0], TrainingBegan)
    assert (told[0].epochs, told[0].steps_per_epoch, told[0].num_train) == (2, 6, 54)
    assert [one.metrics.epoch for one in told if isinstance(one, NewEpoch)] == [1, 2]
    assert any(isinstance(one, NewSteps) for one in told)
    assert [one for one in told if isinstance(one, NewCheckpoint)][-1].epoch == 2
    assert told[-1] == RunEnded("all 2 epochs are done", is_done=True, exit_code=0)
    assert child.failure is None
    assert child.poll() == ()
    pinned = child.pin()
    assert pinned.exists()
    child.close()
    assert not pinned.exists()
    log = pathlib.Path("runs/one", LOG_NAME).read_text()
    assert "2/2" in log
    assert log.endswith("runs/one\n")


def test_a_child_that_is_stopped_saves_and_can_go_on(start):
    child = start("--epochs=100000")
    news_until(child, NewCheckpoint)
    assert child.stop() == 130
    ended = news_until(child, RunEnded)[-1]
    assert ended.reason.startswith("stopped at epoch ")
    assert (ended.is_done, ended.exit_code) == (False, 130)
    assert child.failure is None
    assert resume_run(child.run.path, None, {}).config.epochs == 100000
    assert child.run.is_trained() is False


def test_a_child_that_is_left_goes_on_to_its_end(start):
    child = start("--epochs=30")
    while not child.has_begun:
        child.ends_within(0.02)
    child.leave_running()
    assert child.ends_within(60)
    assert child.exit_code == 0
    assert len(read_checkpoint(child.run.last).history) == 30


def test_the_terminals_signals_do_not_reach_a_child(start):
    child = start("--epochs=100000")
    assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid


def test_bad_options_are_the_childs_own_words_and_leave_nothing(start, tmp_path):
    child = start("--set=model.hiden=3", run="new/folder/one")
    assert child.ends_within(60)
    assert child.exit_code == 2
    assert isinstance(child.failure, VaeTuiError)
    assert child.failure.message == "model has no option 'hiden'"
    assert "did you mean hidden" in child.failure.hint
    told = news_until(child, RunEnded)
    assert told == [RunEnded("model has no option 'hiden'", is_done=False, exit_code=2)]
    child.clear_away()
    assert os.listdir(tmp_path) == ["digits.npz"]


def test_a_run_that_goes_on_keeps_its_log(start, tmp_path):
    start("--epochs=1").ends_within(60)
    log = pathlib.Path("runs/one", LOG_NAME)
    before = log.read_text()
    child = ChildRun.start(["--resume=runs/one", "--lr=7"], RunDir(pathlib.Path("runs/one")))
    assert child.ends_within(60)
    assert "--lr 7.0 contradicts" in child.failure.message
    assert log.read_text().startswith(before)
    child.clear_away()
    child.leave_running()
    assert log.read_text() == before


def test_a_folder_that_holds_a_run_is_refused(start):
    pathlib.Path("runs/one").mkdir(parents=True)
    pathlib.Path("runs/one/best.pt").touch()
    with pytest.raises(VaeTuiError, match="holds a run already"):
        start()


def test_a_child_that_cannot_be_started_is_said(start, monkeypatch):
    def refuse(*words, **more):
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(child_run.subprocess, "Popen", refuse)
    with pytest.raises(VaeTuiError, match="can't be started: Resource temporarily"):
        start()


def test_a_child_that_dies_is_said_with_its_last_line(scripted):
    child = scripted("print('\x1b[2J' + 'the last line'); raise SystemExit(7)")
    assert child.ends_within(60)
    assert isinstance(child.failure, TrainingFailedError)
    assert child.failure.message == "the training ended with exit code 7: \ufffd[2Jthe last line"
    assert LOG_NAME in child.failure.hint
    assert child.last_line == "\ufffd[2Jthe last line"


def test_a_training_that_fails_is_the_error_of_exit_code_3(scripted):
    code = "import sys; sys.stderr.write('error: the disk is full\\nhint: make room\\n'); raise SystemExit(3)"
    child = scripted(code)
    assert child.ends_within(60)
    assert isinstance(child.failure, TrainingFailedError)
    assert (child.failure.message, child.failure.hint) == ("the disk is full", "make room")


def test_a_child_that_is_killed_has_the_exit_code_of_shells(scripted):
    child = scripted("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert child.ends_within(60)
    assert child.exit_code == 128 + signal.SIGKILL
    assert news_until(child, RunEnded)[-1].reason == "the training was killed by SIGKILL"
    assert f"--resume {child.run.path}" in child.failure.hint


def test_a_child_that_does_not_hear_is_killed(scripted):
    child = scripted(
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    while not child.last_line:
        child.ends_within(0.02)
    assert child.stop(wait_s=0.05) == 137


def test_lines_that_are_cut_and_lines_that_are_no_news_do_no_harm(scripted):
    child = scripted(
        "import os; fd = int(os.environ['VAETUI_EVENTS_FD'])\n"
        'os.write(fd, b\'no json\\n\\xff\\n{"kind": "NewNotice", "te\')\n'
        'os.write(fd, b\'xt": "a word"}\\n{"kind": "New\')'
    )
    assert child.ends_within(60)
    assert news_until(child, RunEnded) == [NewNotice("a word"), RunEnded("ended", is_done=True, exit_code=0)]


def test_the_child_imports_what_we_do_and_nothing_of_the_current_folder(start):
    """`python -m` would put the current folder, with whatever lies in it, before everything else."""
    pathlib.Path("json.py").write_text("raise SystemExit(99)")
    child = start("--epochs=0")
    assert child.ends_within(60)
    assert (child.exit_code, child.failure.message) == (2, "epochs is 0")
