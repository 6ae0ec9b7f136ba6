"""Data larger than the memory budget: packed once, the same to the bit, found again, and never half."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vae_tui.datasets import Data, ImageSet, LoadProgress, folder_stream, open_data, packed, packing, within
from vae_tui.datasets.shapes import Shapes
from vae_tui.errors import VaeTuiError

NOISE = np.random.default_rng(0)


def save(path: Path, size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(NOISE.integers(0, 256, (size[1], size[0], 3), np.uint8)).save(path)
    return path


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Twelve images, one of which can't be read and one of which breaks off."""
    for index in range(12):
        save(tmp_path / "flat" / f"{index}.png")
    (tmp_path / "flat" / "3.png").write_text("text")
    whole = (tmp_path / "flat" / "5.png").read_bytes()
    (tmp_path / "flat" / "5.png").write_bytes(whole[:60])
    return tmp_path / "flat"


def classes(folder: Path) -> Path:
    for name in ("cat", "dog"):
        for index in range(8):
            save(folder / name / f"{index}.png")
    return folder


def splits(folder: Path) -> Path:
    classes(folder / "train")
    save(folder / "test" / "dog" / "1.png", size=(10, 10))
    save(folder / "test" / "loose.png")
    return folder


def npz(path: Path, order: Any = "C", **more: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    images = np.asarray(NOISE.integers(0, 256, (40, 6, 5, 3), np.uint8), order=order)
    np.savez_compressed(path, images=images, labels=np.arange(40) % 3, **more)
    return path


class Opener:
    """`open_data` with one cache and a budget of 100 bytes; `seen` is the progress that was told."""

    def __init__(self, root_dir: Path) -> None:
        self.root_dir = root_dir
        self.seen: list[LoadProgress] = []

    def __call__(self, location: Path | str, budget: int = 100, seed: int = 0, **options: Any) -> Data:
        self.seen.clear()
        return open_data(
            str(location),
            options,
            root_dir=self.root_dir,
            seed=seed,
            report=self.seen.append,
            memory_budget=budget,
        )

    @property
    def packs(self) -> list[Path]:
        return sorted((self.root_dir / "packed").iterdir())


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    return Opener(tmp_path / "cache")


def assert_same(one: ImageSet | None, other: ImageSet | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    for name in ("images_NCHW", "labels_N", "factors_NF"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert (ours is None) == (theirs is None), name
        if ours is not None:
            assert ours.dtype == theirs.dtype
            assert torch.equal(ours, theirs), name
    assert (one.class_names, one.factor_names) == (other.class_names, other.factor_names)


def assert_packed_like(data: Data, loaded: Data) -> None:
    assert data.train.packed
    assert data.test is None or data.test.packed
    assert not loaded.train.packed
    assert data.name == loaded.name
    assert data.notes[: len(loaded.notes)] == loaded.notes
    assert_same(data.train, loaded.train)
    assert_same(data.test, loaded.test)


@pytest.mark.parametrize("fraction", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["flat", "classes", "splits", "npz", "npz with test", "npz by column", "shapes"])
def test_pack_holds_what_loading_gives(
    kind: str, fraction: float, tmp_path: Path, flat: Path, opened: Opener, request: pytest.FixtureRequest
) -> None:
    test = {"test_images": NOISE.integers(0, 256, (3, 6, 5, 3), np.uint8), "test_labels": [1, 2, 7]}
    make = {
        "flat": lambda: flat,
        "classes": lambda: classes(tmp_path / "set"),
        "splits": lambda: splits(tmp_path / "set"),
        "npz": lambda: npz(tmp_path / "set.npz"),
        "npz with test": lambda: npz(tmp_path / "set.npz", **test),
        "npz by column": lambda: npz(tmp_path / "set.npz", order="F"),
        "shapes": lambda: "shapes",
    }
    location = make[kind]()
    options: dict[str, Any] = {"test_fraction": fraction} | ({"count": 30} if kind == "shapes" else {})
    for seed in (0, 1):
        loaded = open_data(str(location), options, seed=seed)
        assert_packed_like(opened(location, seed=seed, **options), loaded)
        again = opened(location, seed=seed, **options)
        assert_packed_like(again, loaded)
        assert "streamed from the pack in" in again.notes[-1]


def test_blocks_of_a_few_images_make_the_same_pack(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and checksums that begin in the middle of one another."""
    monkeypatch.setattr(packing, "CHECK_BYTES", 1000)
    monkeypatch.setattr(packed, "CHECK_BYTES", 1000)
    monkeypatch.setattr(packed, "STEP_BYTES", 300)
    monkeypatch.setattr("vae_tui.datasets.decoding.BLOCK", 3)
    loaded = open_data(str(flat), {})
    assert_packed_like(opened(flat), loaded)
    assert_packed_like(opened(flat), loaded)


def test_data_within_the_budget_stay_in_memory(flat: Path, opened: Opener) -> None:
    data = opened(flat, budget=10**9)
    assert not data.train.packed
    assert not opened.root_dir.exists()


def test_without_a_cache_folder_only_what_is_too_large_fails(
    flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise VaeTuiError("no folder for downloads is known", "give one with --data-dir")

    monkeypatch.setattr("vae_tui.datasets.downloads.default_root", refuse)
    assert len(open_data(str(flat), {"test_fraction": 0.0}, memory_budget=10**9).train) == 10
    with pytest.raises(VaeTuiError, match="no folder for downloads"):
        open_data(str(flat), {}, memory_budget=100)
    with pytest.raises(VaeTuiError, match="no such file or folder"):
        open_data(str(flat / "absent"), {}, memory_budget=100)
    assert opened(flat).train.packed


def test_size_is_told_before_and_after(flat: Path, opened: Opener) -> None:
    note = opened(flat).notes[-1]
    assert note.startswith("1.4 kB of images are more than the memory budget of 100 bytes: packed into ")
    assert str(opened.packs[0]) in note
    packing_seen = [progress for progress in opened.seen if progress.what == "packing 1.6 kB of images"]
    assert packing_seen[-1] == LoadProgress("packing 1.6 kB of images", 11, 11, "images")


def test_pack_is_found_again_without_decoding(tmp_path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(classes(tmp_path / "set"))
    monkeypatch.setattr(folder_stream, "FileList", None)
    monkeypatch.setattr(folder_stream, "read_headers", None)
    monkeypatch.setattr(folder_stream, "decode", None)
    monkeypatch.chdir(tmp_path)
    data = opened("set")
    assert data.name == "set"
    assert "streamed from the pack in" in data.notes[-1]
    assert opened.seen[-1].what == "checking the packed images"
    assert opened.seen[-1].done == opened.seen[-1].total
    assert len(opened.packs) == 1


def test_shapes_are_not_drawn_again(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    opened("shapes", count=20)
    monkeypatch.setattr(Shapes, "load", None)
    assert opened("shapes", count=20).train.packed


def test_other_options_and_seeds_have_packs_of_their_own(flat: Path, opened: Opener) -> None:
    opened(flat)
    opened(flat, seed=1)
    opened(flat, image_size=4)
    assert len(opened.packs) == 3
    assert opened(flat, image_size=4).train.image_shape == (3, 4, 4)


def test_seed_makes_no_second_pack_where_it_changes_nothing(tmp_path: Path, opened: Opener) -> None:
    for location in (splits(tmp_path / "set"), npz(tmp_path / "set.npz", test_images=np.zeros((1, 6, 5, 3), np.uint8))):
        opened(location, seed=0)
        assert "streamed from the pack in" in opened(location, seed=1).notes[-1]


def test_seed_counts_where_no_test_image_can_be_read(tmp_path: Path, opened: Opener) -> None:
    classes(tmp_path / "set" / "train")
    (tmp_path / "set" / "test").mkdir()
    (tmp_path / "set" / "test" / "1.png").write_text("text")
    for seed in (0, 1):
        assert_packed_like(opened(tmp_path / "set", seed=seed), open_data(str(tmp_path / "set"), {}, seed=seed))


@pytest.mark.parametrize("change", ["new", "removed", "written", "renamed", "allowed"])
def test_changed_folder_is_packed_again(change: str, tmp_path: Path, opened: Opener) -> None:
    folder = classes(tmp_path / "set")
    opened(folder)
    one = folder / "cat" / "1.png"
    if change == "new":
        save(folder / "cat" / "new.png")
    elif change == "removed":
        one.unlink()
    elif change == "written":
        before = one.stat()
        shutil.copyfile(folder / "dog" / "1.png", one)
        os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    elif change == "renamed":
        one.rename(folder / "dog" / "11.png")
    else:
        one.chmod(0o600)
    data = opened(folder)
    assert "has changed since it was packed" in data.notes[-2]
    assert_packed_like(data, open_data(str(folder), {}))
    assert len(opened.packs) == 1


def test_changed_npz_is_packed_again(tmp_path: Path, opened: Opener) -> None:
    opened(npz(tmp_path / "set.npz"))
    npz(tmp_path / "set.npz", test_images=np.zeros((1, 6, 5, 3), np.uint8))
    assert_packed_like(opened(tmp_path / "set.npz"), open_data(str(tmp_path / "set.npz"), {}))


@pytest.mark.parametrize("name", ["train-images.u8", "test-images.u8", "train-labels.i64"])
@pytest.mark.parametrize("how", ["flipped", "cut", "longer", "gone"])
def test_damage_is_noticed_and_mended(name: str, how: str, tmp_path: Path, opened: Opener) -> None:
    folder = classes(tmp_path / "set")
    loaded = open_data(str(folder), {})
    opened(folder)
    path = opened.packs[0] / name
    content = bytearray(path.read_bytes())
    if how == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if how == "cut" else content + b"\0")
    data = opened(folder)
    if how != "gone":
        assert f"is damaged ({name} has " in data.notes[-2]
    assert_packed_like(data, loaded)
    assert "streamed from the pack in" in opened(folder).notes[-1]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"format": 1}', '{"format": 2, "shape": [3, 6, 8]}', '{"format": 1, "shape": 3}']
)
def test_meta_that_says_nothing_is_no_pack(text: str, tmp_path: Path, opened: Opener) -> None:
    folder = classes(tmp_path / "set")
    opened(folder)
    (opened.packs[0] / "meta.json").write_text(text)
    assert_packed_like(opened(folder), open_data(str(folder), {}))


def test_file_name_in_meta_leads_nowhere_else(tmp_path: Path, opened: Opener) -> None:
    folder = classes(tmp_path / "set")
    opened(folder)
    meta = opened.packs[0] / "meta.json"
    meta.write_text(meta.read_text().replace("train-labels.i64", "../../../secret"))
    assert "packed into" in opened(folder).notes[-1]


def test_writing_into_the_tensors_harms_no_file(flat: Path, opened: Opener) -> None:
    data = opened(flat)
    before = data.train.images_NCHW.clone()
    data.train.images_NCHW.zero_()
    again = opened(flat)
    assert "streamed from the pack in" in again.notes[-1]
    assert torch.equal(again.train.images_NCHW, before)


def test_tensors_behave_like_any(flat: Path, opened: Opener) -> None:
    images_NCHW = opened(flat).train.images_NCHW
    chosen = torch.tensor([3, 0, 3])
    assert torch.equal(torch.index_select(images_NCHW, 0, chosen), images_NCHW[chosen])
    assert images_NCHW.is_contiguous()
    assert not images_NCHW.is_shared()


def test_file_system_that_maps_nothing_is_said(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr("mmap.mmap", refuse)
    with pytest.raises(VaeTuiError, match=r"train-\w+\.\w+ can't be mapped: No such device") as caught:
        opened(flat)
    assert "--data-dir" in (caught.value.hint or "")


def test_open_pack_outlives_its_folder(flat: Path, opened: Opener) -> None:
    data = opened(flat)
    expected = open_data(str(flat), {}).train.images_NCHW
    shutil.rmtree(opened.root_dir)
    assert torch.equal(data.train.images_NCHW, expected)


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


def test_two_at_once_do_not_harm_each_other(flat: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process packs the same while this one does, and is ready first."""
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
    save(flat / "more.png")

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
    save(flat / "more.png")
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
