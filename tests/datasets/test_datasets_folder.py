"""Folders of images: what is found, how each kind of file becomes pixels, and what is said about the rest."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from vae_tui.datasets import Data, LoadProgress, decoding, image_files, open_data
from vae_tui.errors import VaeTuiError


def save(
    path: Path, colour: Any = (200, 30, 60), size: tuple[int, int] = (8, 6), mode: str = "RGB", **how: Any
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **how)
    return path


def load(folder: Path, **options: Any) -> Data:
    return open_data(str(folder), {"test_fraction": 0.0} | options)


def load_one(path: Path, **options: Any) -> np.ndarray:
    """(C, H, W) of a folder that holds one image."""
    data = load(path.parent, **options)
    assert len(data.train) == 1
    pixels: np.ndarray = data.train.images_NCHW[0].numpy()
    return pixels


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


def test_crop_keeps_the_middle(tmp_path: Path) -> None:
    """Three squares side by side: red, green, blue; the middle one is left."""
    image = Image.new("RGB", (90, 30))
    for index, colour in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255))):
        image.paste(colour, (30 * index, 0, 30 * index + 30, 30))
    for name, turned in (("wide", image), ("tall", image.transpose(Image.Transpose.ROTATE_90))):
        (tmp_path / name).mkdir()
        turned.save(tmp_path / name / "1.png")
        pixels = load_one(tmp_path / name / "1.png", image_size=10)
        assert (pixels[:, 3:-3, 3:-3] == np.array([0, 255, 0])[:, None, None]).all()
        assert (pixels[1] > 200).all()  # the filter reaches a little beyond the cut


def test_smaller_image_does_not_alias(tmp_path: Path) -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 254
    Image.fromarray(stripes).save(tmp_path / "1.png")
    pixels = load_one(tmp_path / "1.png", image_size=8)
    assert np.abs(pixels.astype(int) - 127).max() < 10


def test_large_jpeg_is_decoded_small_and_right(tmp_path: Path) -> None:
    gradient = np.broadcast_to(np.linspace(0, 255, 640).astype(np.uint8), (480, 640))
    Image.fromarray(gradient).save(tmp_path / "1.jpg", quality=95)
    pixels = load_one(tmp_path / "1.jpg", image_size=20)
    middle_square = gradient[0, 80:560].reshape(20, 24).mean(1)
    assert np.abs(pixels[0] - middle_square).max() < 3


def test_jpeg_is_not_decoded_smaller_than_its_detail_needs(tmp_path: Path) -> None:
    blocks = np.random.default_rng(0).integers(0, 256, (20, 20), np.uint8).repeat(8, 0).repeat(8, 1)
    for name in ("jpg", "png"):
        (tmp_path / name).mkdir()
        Image.fromarray(blocks).save(tmp_path / name / f"1.{name}", **({"quality": 95} if name == "jpg" else {}))
    decoded, exact = (load_one(tmp_path / name / f"1.{name}", image_size=64) for name in ("jpg", "png"))
    assert np.abs(decoded.astype(int) - exact).mean() < 3


def test_grey_everywhere_is_one_channel(tmp_path: Path) -> None:
    save(tmp_path / "1.png", 77, mode="L")
    save(tmp_path / "2.png", 1, mode="1")
    palette = Image.new("P", (8, 6), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9, 200, 0, 0])  # the red entry is not used
    palette.save(tmp_path / "3.png")
    data = load(tmp_path)
    assert data.train.images_NCHW[:, :, 0, 0].tolist() == [[77], [255], [9]]
    assert load(tmp_path, channels=3).train.images_NCHW[0, :, 0, 0].tolist() == [77, 77, 77]


def test_one_colour_image_makes_three_channels(tmp_path: Path) -> None:
    save(tmp_path / "1.png", 77, mode="L")
    save(tmp_path / "2.png", (10, 20, 30))
    assert load(tmp_path).train.images_NCHW[:, :, 0, 0].tolist() == [[77, 77, 77], [10, 20, 30]]
    assert load(tmp_path, channels=1).train.image_shape == (1, 6, 8)


def test_palette_keeps_its_colours(tmp_path: Path) -> None:
    image = Image.new("P", (8, 6), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.save(tmp_path / "1.png")
    assert load_one(tmp_path / "1.png")[:, 0, 0].tolist() == [200, 100, 50]


def test_transparent_images_are_put_on_white(tmp_path: Path) -> None:
    save(tmp_path / "colour" / "1.png", (255, 0, 0, 0), mode="RGBA")
    save(tmp_path / "half" / "1.png", (255, 0, 0, 128), mode="RGBA")
    save(tmp_path / "grey" / "1.png", (0, 0), mode="LA")
    palette = save(tmp_path / "palette" / "1.gif", 0, mode="P", transparency=0)
    assert load_one(tmp_path / "colour" / "1.png")[:, 0, 0].tolist() == [255, 255, 255]
    assert load_one(tmp_path / "half" / "1.png")[:, 0, 0].tolist() == [255, 127, 127]
    assert load_one(tmp_path / "grey" / "1.png")[:, 0, 0].tolist() == [255]
    assert (load_one(palette) == 255).all()
    assert load(tmp_path / "grey").notes == ("1 transparent images are put on white",)


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    pixels = load_one(save(tmp_path / "1.jpg", (0, 255, 255, 0), mode="CMYK", quality=100))
    assert np.abs(pixels[:, 0, 0].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("name", ["1.png", "1.tif"])
def test_sixteen_bit_grey_keeps_its_high_byte(name: str, tmp_path: Path) -> None:
    values = np.array([[0, 255, 256, 0x1234, 0xFFFF]], np.uint16)
    Image.fromarray(values).save(tmp_path / name)
    assert load_one(tmp_path / name).tolist() == [[[0, 0, 1, 0x12, 0xFF]]]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation: int, suffix: str, tmp_path: Path) -> None:
    upright = np.array([[10, 60, 110], [160, 210, 250]], np.uint8)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright, 1),  # to be shown turned clockwise
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored)).convert("RGB")
    image.save(tmp_path / f"1{suffix}", exif=exif, **({"lossless": True} if suffix == ".webp" else {}))
    pixels = load_one(tmp_path / f"1{suffix}")
    assert pixels.shape == (3, 2, 3)
    assert pixels[0].tolist() == upright.tolist()


@pytest.mark.parametrize("behind", [False, True])
def test_png_says_its_rotation_before_or_behind_its_pixels(behind: bool, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = save(tmp_path / "1.png", exif=exif).read_bytes()
    start, pixels, end = content.index(b"eXIf") - 4, content.index(b"IDAT") - 4, content.index(b"IEND") - 4
    assert start < pixels
    if behind:
        chunk_end = start + 12 + int.from_bytes(content[start : start + 4], "big")
        moved = content[:start] + content[chunk_end:end] + content[start:chunk_end] + content[end:]
        (tmp_path / "1.png").write_bytes(moved)
    assert load_one(tmp_path / "1.png").shape == (3, 8, 6)


def test_headers_of_png_are_read_without_the_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(save(tmp_path / "1.png"))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", None)
    headers, reasons = image_files.read_headers([path])
    assert (headers.tolist(), reasons) == ([[8, 6, False, False]], {})


def test_exif_that_can_not_be_read_leaves_the_image(tmp_path: Path) -> None:
    path = save(tmp_path / "1.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert load_one(path).shape == (3, 6, 8)


def test_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "1.gif", save_all=True, append_images=frames[1:])
    assert load_one(tmp_path / "1.gif")[:, 0, 0].tolist() == [255, 0, 0]


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
