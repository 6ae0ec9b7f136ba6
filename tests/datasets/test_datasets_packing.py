"""Packs while they are written: killed, at the same time, without room, without leave, without their data."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packed_sets import Opener, assert_packed_like, assert_same, classes, npz, save_noise

from vae_tui.datasets import LoadProgress, open_data, packing, within
from vae_tui.errors import VaeTuiError

KILLED = """
import os, signal, sys
from pathlib import Path
from vae_tui.datasets import open_data, packing
packing.sync_folder = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
open_data(sys.argv[1], {}, root_dir=Path(sys.argv[2]), memory_budget=100)
"""


def test_half_of_a_pack_is_never_taken_and_goes_at_the_next_time(flat: Path, opened: Opener) -> None:
    """Killed after the last byte and before the pack was moved to its place."""
    ended = subprocess.run([sys.executable, "-c", KILLED, str(flat), str(opened.root_dir)], check=False)
    assert ended.returncode == -9
    (left,) = opened.packs
    assert left.name.endswith(".part")
    assert_packed_like(opened(flat), open_data(str(flat), {}))
    (pack,) = opened.packs
    assert not pack.name.startswith(".")


def test_pack_that_another_process_is_writing_is_left_alone(flat: Path, opened: Opener) -> None:
    opened(flat)
    theirs = opened.root_dir / "packed" / ".theirs.part"
    theirs.mkdir()
    handle = os.open(theirs, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        opened(flat, seed=1)
        assert theirs.exists()
    finally:
        os.close(handle)
    opened(flat, seed=2)
    assert not theirs.exists()


SECOND = """
import sys
from pathlib import Path
from vae_tui.datasets import folder_stream, open_data
folder_stream.decode = None
def show(progress):
    if progress.what.startswith("waiting"):
        print(progress.what, flush=True)
data = open_data(sys.argv[1], {}, root_dir=Path(sys.argv[2]), report=show, memory_budget=100)
print(data.train.packed, data.train.images_NCHW.sum().item())
"""


def test_second_process_waits_and_takes_the_pack_of_the_first(
    flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, others = packing._finish, []

    def finish_while_another_waits(*args: Any) -> Any:
        command = [sys.executable, "-c", SECOND, str(flat), str(opened.root_dir)]
        others.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert others[0].stdout is not None
        assert others[0].stdout.readline() == "waiting for another process that packs the same images\n"
        return finish(*args)

    monkeypatch.setattr(packing, "_finish", finish_while_another_waits)
    data = opened(flat)
    assert_packed_like(data, open_data(str(flat), {}))
    said, _ = others[0].communicate()
    assert said == f"True {int(data.train.images_NCHW.sum())}\n"
    assert len(opened.packs) == 1


def test_file_system_without_locks_makes_two_packs_and_keeps_one(
    flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process packs the same while this one does, and is ready first."""

    def refuse(*args: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    finish, inner = packing._finish, []

    def finish_second(*args: Any) -> Any:
        monkeypatch.setattr(packing, "_finish", finish)
        inner.append(Opener(opened.root_dir)(flat))
        return finish(*args)

    monkeypatch.setattr(packing, "_finish", finish_second)
    loaded = open_data(str(flat), {})
    assert_packed_like(opened(flat), loaded)
    assert_packed_like(inner[0], loaded)
    assert len(opened.packs) == 1


def test_failure_leaves_nothing_and_keeps_the_pack_of_before(flat: Path, opened: Opener) -> None:
    opened(flat)
    save_noise(flat / "more.png")

    def interrupt(progress: LoadProgress) -> None:
        if progress.what.startswith("packing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_data(str(flat), {}, root_dir=opened.root_dir, report=interrupt, memory_budget=100)
    (pack,) = opened.packs
    assert (pack / "meta.json").exists()


def full_disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(path)._replace(free=free))


def test_full_disk_is_said_before_the_work(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch, 1000)
    with pytest.raises(
        VaeTuiError, match=r"no room to pack .*: 1.6 kB of images are needed in .*, and 1.0 kB is free"
    ) as caught:
        opened(flat)
    for way in ("--data-dir", "data.image_size", "--memory-budget"):
        assert way in (caught.value.hint or "")
    assert opened.packs == []


def test_outdated_pack_makes_room_where_it_must(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(flat)
    save_noise(flat / "more.png")
    full_disk(monkeypatch, 1000)
    with pytest.raises(VaeTuiError, match="no room to pack"):
        opened(flat)
    assert opened.packs == []


def test_disk_that_fills_up_on_the_way(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(packing, "_write_all", refuse)
    with pytest.raises(VaeTuiError, match="no room to pack"):
        opened(flat)
    assert opened.packs == []


def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root every folder can be written to; so the call that would be refused is."""

    def refuse(*args: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/cache/packed")

    monkeypatch.setattr(packing, "_new_part", refuse)


def test_read_only_cache_goes_on_in_memory(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    read_only(monkeypatch)
    data = opened(flat)
    assert not data.train.packed
    assert_same(data.train, open_data(str(flat), {}).train)
    assert "can't be packed: /cache/packed: Read-only file system" in data.notes[-1]
    assert "held in memory, over the budget" in data.notes[-1]


def test_read_only_cache_without_memory_says_what_to_do(
    flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only(monkeypatch)
    monkeypatch.setattr(within, "free_host_memory", lambda: 1000)
    with pytest.raises(VaeTuiError, match="Read-only file system") as caught:
        opened(flat)
    assert "--data-dir" in (caught.value.hint or "")


def test_pack_in_a_read_only_cache_is_used(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(flat)
    read_only(monkeypatch)
    assert opened(flat).train.packed


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_vanished_data_come_from_their_pack(how: str, tmp_path: Path, opened: Opener) -> None:
    for location in (classes(tmp_path / "set"), npz(tmp_path / "set.npz")):
        loaded = open_data(str(location), {})
        opened(location)
        if location.is_file():
            location.unlink()
        else:
            shutil.rmtree(location)
            if how == "emptied":
                location.mkdir()
        data = opened(location, budget=10**9)
        assert_same(data.train, loaded.train)
        assert_same(data.test, loaded.test)
        assert "its pack of before is used" in data.notes[-1]


def test_vanished_data_without_a_whole_pack_are_an_error(tmp_path: Path, opened: Opener) -> None:
    folder = classes(tmp_path / "set")
    opened(folder)
    (opened.packs[0] / "train-images.u8").write_bytes(b"")
    shutil.rmtree(folder)
    with pytest.raises(VaeTuiError, match="no such file or folder"):
        opened(folder)
    with pytest.raises(VaeTuiError, match="no such file or folder"):
        opened(tmp_path / "never")


def anonymous_bytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is told apart on Linux alone")
def test_reading_a_pack_takes_no_memory_of_its_own(opened: Opener) -> None:
    images = opened("shapes", count=3000, image_size=64).train.images_NCHW.numpy()  # 33 MB
    total = int(images[:64].sum())
    before = anonymous_bytes()
    for start in range(64, len(images), 64):
        total += int(images[start : start + 64].sum())
    assert total > 0
    assert anonymous_bytes() - before < 8_000_000
