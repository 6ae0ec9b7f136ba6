"""Run folders and files that are swapped in whole."""

import errno
import os
import pathlib
import subprocess
import sys

import pytest

from vae_tui import files
from vae_tui.errors import VaeTuiError
from vae_tui.files import link_file, replace_file
from vae_tui.runs import KeptCheckpoint, RunDir, find_checkpoint, kept_checkpoints, kept_name, next_run_dir


def test_a_replaced_file_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    replace_file(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path):
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "file", lambda file: file.write(b"x"))
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_run_folders_are_numbered(tmp_path):
    assert next_run_dir("cifar10", "conv", tmp_path).path == tmp_path / "cifar10-conv-1"
    (tmp_path / "cifar10-conv-1").mkdir()
    (tmp_path / "cifar10-conv-3").mkdir()
    assert next_run_dir("cifar10", "conv", tmp_path).path == tmp_path / "cifar10-conv-2"
    assert next_run_dir("/some where/my photos.npz", "fc", tmp_path).path == tmp_path / "my-photos-fc-1"


def test_a_folder_that_holds_a_run_is_refused_and_left_alone(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("kept")
    with pytest.raises(VaeTuiError, match="holds a run already") as error:
        RunDir(tmp_path).create(resumed=False)
    assert "--resume" in error.value.hint
    RunDir(tmp_path).create(resumed=True)
    assert (tmp_path / "metrics.jsonl").read_text() == "kept"


def test_what_a_killed_save_left_behind_is_swept(tmp_path):
    (tmp_path / ".last.pt.x7.part").touch()
    (tmp_path / "notes.part").touch()
    RunDir(tmp_path).create(resumed=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.part"]


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(VaeTuiError, match="no folder"):
        RunDir(tmp_path / "file").create(resumed=False)
    with pytest.raises(VaeTuiError, match="can't be made"):
        RunDir(tmp_path / "file" / "below").create(resumed=False)


def test_a_path_leads_to_a_checkpoint(tmp_path):
    (tmp_path / "last.pt").touch()
    assert find_checkpoint(tmp_path) == tmp_path / "last.pt"
    (tmp_path / "best.pt").touch()
    assert find_checkpoint(tmp_path) == tmp_path / "best.pt"
    assert find_checkpoint(tmp_path / "last.pt") == tmp_path / "last.pt"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.pt", "no such file"),
        ("empty", "holds no checkpoint"),
        ("x" * 5000, "too long"),
        ("a\0b", "can't be opened"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(tmp_path, name, words):
    (tmp_path / "empty").mkdir()
    with pytest.raises(VaeTuiError, match=words):
        find_checkpoint(tmp_path / name)


def test_a_device_is_no_checkpoint():
    with pytest.raises(VaeTuiError, match="no regular file"):
        find_checkpoint(pathlib.Path(os.devnull))


@pytest.fixture
def no_links(monkeypatch):
    """A file system that has no hard links."""

    def refuse(*paths):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", refuse)


def test_a_linked_file_stays_when_its_source_is_swapped(tmp_path):
    replace_file(tmp_path / "last", lambda file: file.write(b"one"))
    link_file(tmp_path / "last", tmp_path / "kept")
    assert (tmp_path / "kept").samefile(tmp_path / "last")
    replace_file(tmp_path / "last", lambda file: file.write(b"two"))
    assert (tmp_path / "kept").read_bytes() == b"one"
    assert sorted(os.listdir(tmp_path)) == ["kept", "last"]


def test_a_file_is_linked_again_over_itself_and_over_another(tmp_path):
    (tmp_path / "last").write_bytes(b"one")
    (tmp_path / "kept").write_bytes(b"old")
    for _ in range(2):
        link_file(tmp_path / "last", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"one"
    assert sorted(os.listdir(tmp_path)) == ["kept", "last"]


def test_where_there_are_no_links_it_is_a_copy(tmp_path, no_links):
    (tmp_path / "last").write_bytes(b"one")
    link_file(tmp_path / "last", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"one"
    assert not (tmp_path / "kept").samefile(tmp_path / "last")


def test_a_copy_that_does_not_fit_leaves_what_was_there(tmp_path, no_links, monkeypatch):
    (tmp_path / "last").write_bytes(b"new")
    (tmp_path / "kept").write_bytes(b"old")

    def full(source, target):
        target.write(b"n")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left"):
        link_file(tmp_path / "last", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["kept", "last"]


def test_kept_checkpoints_come_in_order_and_strangers_are_left_out(tmp_path):
    assert kept_checkpoints(tmp_path) == ()
    folder = tmp_path / "epochs"
    folder.mkdir()
    names = [kept_name(10), kept_name(9), kept_name(9, 25), kept_name(9, digest="0123abcd"), kept_name(12345)]
    assert names[1:4] == ["epoch-0009.pt", "epoch-0009-step-000025.pt", "epoch-0009-0123abcd.pt"]
    for name in (*names, "epoch-1.pt", "epoch-0001.pt.part", "notes.txt"):
        (folder / name).touch()
    (folder / "epoch-0002.pt").mkdir()
    found = kept_checkpoints(tmp_path)
    assert [(one.epoch, one.step) for one in found] == [(9, 0), (9, 0), (9, 25), (10, 0), (12345, 0)]
    assert found[3] == KeptCheckpoint(10, folder / "epoch-0010.pt")


def test_a_folder_of_kept_checkpoints_holds_a_run(tmp_path):
    (tmp_path / "epochs").mkdir()
    assert not RunDir(tmp_path).holds_a_run()
    (tmp_path / "epochs" / kept_name(3)).touch()
    with pytest.raises(VaeTuiError, match="holds a run already"):
        RunDir(tmp_path).refuse_a_run()


def test_two_processes_do_not_train_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("vae_tui.runs.LOCK_WAIT_S", 0.0)
    run = RunDir(tmp_path)
    assert run.is_trained() is False
    with run.trained_by_us():
        assert run.is_trained() is True
        with pytest.raises(VaeTuiError, match="is being trained by another process"), run.trained_by_us():
            pytest.fail("two at once")
    assert run.is_trained() is False
    assert RunDir(tmp_path / "none").is_trained() is False


def test_a_training_that_dies_lets_its_folder_go(tmp_path):
    code = (
        "import pathlib, sys, time\n"
        "from vae_tui.runs import RunDir\n"
        "with RunDir(pathlib.Path(sys.argv[1])).trained_by_us():\n"
        "    print('holds', flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[1])}
    words = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"holds\n"
        assert RunDir(tmp_path).is_trained() is True
        process.kill()
    assert RunDir(tmp_path).is_trained() is False


def test_a_file_system_without_locks_trains_all_the_same(tmp_path, monkeypatch):
    def refuse(handle, how):
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr("vae_tui.runs.fcntl.flock", refuse)
    with RunDir(tmp_path).trained_by_us():
        assert RunDir(tmp_path).is_trained() is None
