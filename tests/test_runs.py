"""Run folders and files that are swapped in whole."""

import os
import pathlib

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.files import replace_file
from vae_tui.runs import RunDir, find_checkpoint, next_run_dir


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
