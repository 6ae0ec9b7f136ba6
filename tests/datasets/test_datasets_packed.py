"""Data larger than the memory budget: packed once, the same to the bit, found again, made again where they changed."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from packed_sets import NOISE, Opener, assert_packed_like, classes, npz, save_noise, splits

from vae_tui.datasets import LoadProgress, folder_stream, open_data, packed, packing
from vae_tui.datasets.shapes import Shapes
from vae_tui.errors import VaeTuiError


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
        save_noise(folder / "cat" / "new.png")
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
