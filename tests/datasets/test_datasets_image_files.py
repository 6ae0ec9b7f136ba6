"""How each kind of image file becomes pixels."""

from pathlib import Path

import numpy as np
import pytest
from image_sets import load, load_one, save
from PIL import ExifTags, Image, PngImagePlugin

from vae_tui.datasets import image_files


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
