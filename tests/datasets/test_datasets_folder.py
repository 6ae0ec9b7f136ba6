"""Folders of images: what is found, how each kind of file becomes pixels, and what is said about the rest."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_sets import load, save
from PIL import Image

from vae_tui.datasets import LoadProgress, decoding, open_data
from vae_tui.errors import VaeTuiError


def test_flat_folder_has_no_classes_and_keeps_its_size(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "c.bmp"):
        save(tmp_path / name)
    data = load(tmp_path)
    assert data.train.image_shape == (3, 6, 8)
    assert len(data.train) == 3
    assert data.train.labels_N is None
    assert data.train.class_names == ()
    assert data.notes == ()
    assert data.name == str(tmp_path)


def test_subfolders_are_classes_in_alphabetical_order(tmp_path: Path) -> None:
    save(tmp_path / "dog" / "1.png", (9, 0, 0))
    save(tmp_path / "cat" / "deep" / "er" / "2.png", (5, 0, 0))
    save(tmp_path / "cat" / "1.png", (4, 0, 0))
    data = load(tmp_path)
    assert data.train.class_names == ("cat", "dog")
    assert data.train.labels_N is not None
    assert data.train.labels_N.tolist() == [0, 0, 1]
    assert data.train.images_NCHW[:, 0, 0, 0].tolist() == [4, 5, 9]


def test_class_names_are_printable(tmp_path: Path) -> None:
    save(tmp_path / "cat\x1b[2J" / "1.png")
    assert load(tmp_path).train.class_names == ("cat\ufffd[2J",)


def test_images_beside_class_folders_take_the_labels_away(tmp_path: Path) -> None:
    save(tmp_path / "cat" / "1.png")
    save(tmp_path / "loose.png")
    data = load(tmp_path)
    assert data.train.labels_N is None
    assert data.notes == ("1 images lie in no class folder: their split has no labels",)


@pytest.mark.parametrize("test_name", ["test", "val", "valid", "Test"])
def test_train_and_test_folders_are_the_splits(test_name: str, tmp_path: Path) -> None:
    save(tmp_path / "train" / "cat" / "1.png", (1, 0, 0))
    save(tmp_path / "train" / "dog" / "1.png", (2, 0, 0))
    save(tmp_path / test_name / "dog" / "1.png", (3, 0, 0))
    data = load(tmp_path, test_fraction=0.5)
    assert data.test is not None
    assert data.train.images_NCHW[:, 0, 0, 0].tolist() == [1, 2]
    assert data.test.images_NCHW[:, 0, 0, 0].tolist() == [3]
    assert data.train.class_names == data.test.class_names == ("cat", "dog")
    assert data.test.labels_N is not None
    assert data.test.labels_N.tolist() == [1]


def test_test_comes_before_val_which_is_passed_over_aloud(tmp_path: Path) -> None:
    for value, split in enumerate(("train", "test", "val")):
        save(tmp_path / split / "1.png", (value, 0, 0))
    data = load(tmp_path)
    assert data.test is not None
    assert data.test.images_NCHW[0, 0, 0, 0] == 1
    assert data.notes == ("passed over beside the two splits: val",)


def test_train_alone_is_split_by_seed(tmp_path: Path) -> None:
    for index in range(10):
        save(tmp_path / "train" / ("cat" if index % 2 else "dog") / f"{index}.png")
    (tmp_path / "README.md").write_text("about")
    data = load(tmp_path, test_fraction=0.2)
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (8, 2)
    assert data.train.class_names == ("cat", "dog")


def test_train_among_other_classes_is_a_class(tmp_path: Path) -> None:
    for name in ("bus", "train"):
        save(tmp_path / name / "1.png")
    assert load(tmp_path).train.class_names == ("bus", "train")


def test_held_out_images_follow_seed_and_paths(tmp_path: Path) -> None:
    def held_out(folder: Path, seed: int) -> list[int]:
        data = open_data(str(folder), {"test_fraction": 0.3}, seed=seed)
        assert data.test is not None
        test = data.test.images_NCHW[:, 0, 0, 0].tolist()
        assert sorted(test + data.train.images_NCHW[:, 0, 0, 0].tolist()) == list(range(20))
        return list(test)

    for place, order in (("one", range(20)), ("two", reversed(range(20)))):
        for index in order:
            save(tmp_path / place / f"{index:02}.png", (index, 0, 0))
    assert len(held_out(tmp_path / "one", 0)) == 6
    assert held_out(tmp_path / "one", 0) == held_out(tmp_path / "two", 0)
    assert held_out(tmp_path / "one", 0) != held_out(tmp_path / "one", 1)


def test_sizes_that_differ_are_cropped_and_resized_to_64(tmp_path: Path) -> None:
    save(tmp_path / "1.png", size=(80, 100))
    save(tmp_path / "2.png", size=(64, 64))
    data = load(tmp_path)
    assert data.train.image_shape == (3, 64, 64)
    (note,) = data.notes
    assert "1 of 2 images are resized (shorter side to 64, Lanczos) and cropped to the middle 64 x 64" in note
    assert load(tmp_path, image_size=16).train.image_shape == (3, 16, 16)


def test_unreadable_files_are_counted_and_named(tmp_path: Path) -> None:
    for index in range(5):
        save(tmp_path / "good" / f"{index}.png", (index, 0, 0))
    (tmp_path / "good" / "0.png").write_bytes(b"text")
    whole = save(tmp_path / "bad" / "cut.png", size=(8, 6)).read_bytes()
    (tmp_path / "bad" / "cut.png").write_bytes(whole[:45])
    (tmp_path / "bad" / "empty.jpg").touch()
    (tmp_path / "bad" / "link.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "bad" / "pipe.png")
    data = load(tmp_path)
    assert data.train.images_NCHW[:, 0, 0, 0].tolist() == [1, 2, 3, 4]
    assert data.train.labels_N is not None
    assert [data.train.class_names[label] for label in data.train.labels_N] == ["good"] * 4
    (note,) = data.notes
    assert note.startswith("5 of 9 images could not be read: bad/cut.png (")
    assert "bad/empty.jpg (not an image), bad/link.png (No such file or directory) and 2 more" in note
    assert note.isprintable()


def test_too_many_pixels_are_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "fair.png")
    save(tmp_path / "warned.png", size=(40, 40))
    save(tmp_path / "bomb.png", size=(90, 90))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    data = load(tmp_path)
    assert len(data.train) == 1
    assert data.notes == ("2 of 3 images could not be read: bomb.png (too many pixels), warned.png (too many pixels)",)


def test_floating_point_images_are_unreadable(tmp_path: Path) -> None:
    save(tmp_path / "1.tif", 0.5, mode="F")
    save(tmp_path / "2.tif", 7, mode="L")
    assert "floating-point" in load(tmp_path).notes[0]


def test_no_program_is_started_for_a_file_that_only_claims_to_be_an_image(tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    save(tmp_path / "2.png", format="EPS")
    assert load(tmp_path).notes == ("1 of 2 images could not be read: 2.png (not an image)",)


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "1.png").write_bytes(b"text")
    with pytest.raises(VaeTuiError, match=r"none of the 2 images .* can be read") as caught:
        load(tmp_path)
    assert "not an image" in (caught.value.hint or "")


def test_no_training_image_that_can_be_read(tmp_path: Path) -> None:
    whole = save(tmp_path / "train" / "1.png").read_bytes()
    (tmp_path / "train" / "1.png").write_bytes(whole[:45])
    save(tmp_path / "test" / "1.png")
    with pytest.raises(VaeTuiError, match="for training"):
        load(tmp_path)


@pytest.mark.parametrize("layout", ["", "train", "cat"])
def test_empty_folder_lists_what_would_be_read(layout: str, tmp_path: Path) -> None:
    (tmp_path / layout).mkdir(exist_ok=True)
    save(tmp_path / ".hidden" / "1.png")
    save(tmp_path / layout / ".hidden.png")
    (tmp_path / layout / "notes.txt").write_text("hello")
    with pytest.raises(VaeTuiError, match="holds no images") as caught:
        load(tmp_path)
    assert ".jpeg .jpg .png" in (caught.value.hint or "")


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    save(tmp_path / "set" / "cat" / "1.png")
    save(tmp_path / "elsewhere" / "1.png")
    (tmp_path / "set" / "dog").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "cat" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set" / "cat")
    data = load(tmp_path / "set")
    assert data.train.class_names == ("cat", "dog")
    assert len(data.train) == 2


def test_folder_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "cat" / "1.png")
    save(tmp_path / "dog" / "1.png")
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert load(tmp_path).notes == (f"{tmp_path / 'dog'} can't be opened: Permission denied",)
    for folder in (tmp_path, tmp_path / "cat"):
        monkeypatch.setattr(os, "scandir", lambda path: refuse("dog"))
        with pytest.raises(VaeTuiError, match="can't be opened: Permission denied"):
            load(folder)


def test_file_that_changes_while_it_is_read_keeps_the_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "1.png")
    read_headers = decoding.read_headers

    def read_and_change(*args: Any) -> Any:
        yield from read_headers(*args)
        save(tmp_path / "1.png", size=(30, 30))

    monkeypatch.setattr("vae_tui.datasets.folder_stream.read_headers", read_and_change)
    assert load(tmp_path).train.image_shape == (3, 6, 8)


def test_progress_counts_every_file(tmp_path: Path) -> None:
    for index in range(150):
        save(tmp_path / f"{index}.png")
    seen: list[LoadProgress] = []
    open_data(str(tmp_path), {"test_fraction": 0.0}, report=seen.append)
    assert LoadProgress("looking at images", 150, 150, "images") in seen
    assert seen[-1] == LoadProgress("reading images", 150, 150, "images")


@pytest.mark.parametrize("options", [{"channels": 2}, {"image_size": -1}, {"image_size": 5000}, {"test_fraction": 1.5}])
def test_options_out_of_range(options: dict[str, Any], tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    with pytest.raises(VaeTuiError, match=f"data.{next(iter(options))} is") as caught:
        load(tmp_path, **options)
    assert caught.value.hint


def test_too_large_for_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = np.empty

    def refuse(shape: Any, *args: Any) -> Any:
        if len(shape) == 4:
            raise MemoryError
        return empty(shape, *args)

    save(tmp_path / "1.png")
    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(VaeTuiError, match="do not fit into memory") as caught:
        load(tmp_path)
    assert "image_size" in (caught.value.hint or "")
