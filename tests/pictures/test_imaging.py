import base64
import io
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import (
    Layout,
    Provenance,
    compose,
    fit,
    gif_bytes,
    png_bytes,
    read_provenance,
    resize_tiles,
    saved_layout,
    saved_scale,
)

PAPER = (9, 8, 7)


def flat_tiles(*values: int, size: int = 2) -> np.ndarray:
    return np.stack([np.full((size, size, 3), value, np.uint8) for value in values])


def noise_tiles(num: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num, height, width, 3), np.uint8)


def provenance(rows: int = 3, dims: int = 4) -> Provenance:
    latents = np.arange(rows * dims, dtype=np.float32).reshape(rows, dims) / 7
    latents[-1] = np.nan
    return Provenance("vaetui sample best.pt -n 3 --z '3=1.5' · é", "ab" * 32, latents)


def test_a_layout_counts_gutters_between_tiles_and_none_around():
    layout = Layout(rows=2, columns=3, tile_height=10, tile_width=20, gutter=4)

    assert (layout.height, layout.width) == (24, 68)
    assert [layout.origin(index) for index in (0, 2, 3, 5)] == [(0, 0), (0, 48), (14, 0), (14, 48)]


def test_bands_of_rows_lie_apart():
    layout = Layout(rows=4, columns=2, tile_height=5, tile_width=5, gutter=1, band_rows=2, band_tops=(0, 22))
    assert [layout.origin(tile)[0] for tile in (0, 2, 4, 6)] == [0, 6, 22, 28]
    assert layout.height == 33
    assert [layout.tile_at(top, 0) for top in (-1, 0, 6, 11, 21, 22, 32, 33)] == [None, 0, 2, None, None, 4, 6, None]


def test_bands_need_not_be_equally_far_apart():
    layout = Layout(3, 1, tile_height=5, tile_width=5, gutter=1, band_rows=1, band_tops=(0, 8, 15))
    assert [layout.origin(tile)[0] for tile in range(3)] == [0, 8, 15]
    assert [layout.tile_at(top, 0) for top in (4, 7, 8, 12, 13, 15, 19, 20)] == [0, None, 1, 1, None, 2, 2, None]


def test_tiles_lie_where_the_layout_says_over_the_paper():
    picture = compose(flat_tiles(10, 20, 30), Layout(2, 2, 2, 2, 1), PAPER)

    paper = PAPER[0]
    expected = [
        [10, 10, paper, 20, 20],
        [10, 10, paper, 20, 20],
        [paper, paper, paper, paper, paper],
        [30, 30, paper, paper, paper],
        [30, 30, paper, paper, paper],
    ]
    np.testing.assert_array_equal(picture[..., 0], expected)
    assert picture.dtype == np.uint8


def test_hidden_tiles_stay_paper():
    picture = compose(flat_tiles(10, 20), Layout(1, 2, 2, 2, 0), PAPER, np.array([True, False]))

    np.testing.assert_array_equal(picture[0, :, 0], [10, 10, PAPER[0], PAPER[0]])


@pytest.mark.parametrize(
    ("room", "tile"),
    [((67, 67), 32), ((66, 99), 32), ((130, 130), 64), ((64, 200), 31), ((9, 200), 4), ((3, 3), 1)],
    ids=["exactly twice", "wider than needed", "twice as large", "one pixel short", "shrunk", "one pixel a tile"],
)
def test_tiles_fit_at_a_whole_number_scale_where_they_can(room, tile):
    layout = fit((32, 32), 2, 2, *room)

    assert layout is not None
    assert (layout.tile_height, layout.tile_width) == (tile, tile)


def test_gutters_go_before_tiles_do():
    layout = fit((32, 32), 2, 2, 2, 2)

    assert layout == Layout(2, 2, 1, 1, 0)
    assert fit((32, 32), 2, 2, 1, 2) is None


@given(
    st.integers(1, 64), st.integers(1, 64), st.integers(1, 20), st.integers(1, 20), st.integers(1, 300),
    st.integers(1, 300), st.integers(0, 4),
)  # fmt: skip
def test_what_fits_stays_in_the_room_and_keeps_its_shape(tile_h, tile_w, rows, columns, height, width, gutter):
    layout = fit((tile_h, tile_w), rows, columns, height, width, gutter)

    if layout is None:
        return
    assert layout.height <= height
    assert layout.width <= width
    assert layout.tile_height >= 1 <= layout.tile_width
    if layout.tile_height > tile_h:
        assert layout.tile_height % tile_h == 0
        assert layout.tile_width * tile_h == layout.tile_height * tile_w


def test_enlarging_repeats_pixels():
    tile = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)[None]

    enlarged = resize_tiles(tile, 2, 4)

    row = [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]]
    np.testing.assert_array_equal(enlarged[0], [row, row])


def test_shrinking_by_a_whole_number_is_the_mean_of_the_box():
    tile = np.array([[0, 20], [40, 100]], np.uint8)[None, :, :, None].repeat(3, axis=3)

    np.testing.assert_array_equal(resize_tiles(tile, 1, 1), np.full((1, 1, 1, 3), 40))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60), st.integers(1, 60))
def test_no_tile_bleeds_into_its_neighbour(tile_h, tile_w, height, width):
    values = (0, 255, 0, 128, 255)
    tiles = np.stack([np.full((tile_h, tile_w, 3), value, np.uint8) for value in values])

    resized = resize_tiles(tiles, height, width)

    expected = np.array(values)[:, None, None, None]
    np.testing.assert_array_equal(resized, np.broadcast_to(expected, (5, height, width, 3)))


def test_each_tile_is_resized_as_if_it_were_alone():
    tiles = noise_tiles(4, 32, 32)

    together = resize_tiles(tiles, 13, 11)

    for index in range(4):
        alone = resize_tiles(tiles[index : index + 1], 13, 11)[0]
        np.testing.assert_allclose(together[index], alone, atol=1)  # Pillow may round in another order


@pytest.mark.parametrize(("shape", "scale"), [((32, 32), 2), ((28, 28), 3), ((8, 8), 8), ((64, 64), 1), ((100, 20), 1)])
def test_saved_tiles_are_at_least_64_pixels_at_a_whole_scale(shape, scale):
    assert saved_scale(shape) == scale
    layout = saved_layout(shape, 2, 3)
    assert (layout.tile_height, layout.tile_width, layout.gutter) == (shape[0] * scale, shape[1] * scale, 4)


def test_a_png_keeps_picture_and_provenance(tmp_path):
    picture, made_by = noise_tiles(1, 20, 30)[0], provenance()
    path = tmp_path / "a.png"
    path.write_bytes(png_bytes(picture, made_by))

    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
    assert_same(read_provenance(path), made_by)


def test_a_gif_keeps_frames_and_provenance(tmp_path):
    frames, made_by = [np.full((20, 30, 3), value, np.uint8) for value in (0, 100, 200)], provenance(50, 128)
    path = tmp_path / "a.gif"
    path.write_bytes(gif_bytes(frames, 80, made_by))

    with Image.open(path) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (3, 0, 80)
        for index, frame in enumerate(frames):
            image.seek(index)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), frame)
    assert_same(read_provenance(path), made_by)


def assert_same(found: Provenance, expected: Provenance) -> None:
    assert (found.command, found.checkpoint) == (expected.command, expected.checkpoint)
    np.testing.assert_array_equal(found.latents_NZ, expected.latents_NZ)
    assert found.latents_NZ.dtype == np.float32


def test_the_same_values_give_the_same_bytes():
    frames = list(noise_tiles(3, 16, 16))

    assert png_bytes(frames[0], provenance()) == png_bytes(frames[0], provenance())
    assert gif_bytes(frames, 80, provenance()) == gif_bytes(frames, 80, provenance())


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"vaetui:latents-shape": "3"},
        {"vaetui:latents-shape": "-1x-4"},
        {"vaetui:latents-shape": "1x0"},
        {"vaetui:latents-shape": "3x4x5"},
        {"vaetui:latents-shape": "axb"},
        {"vaetui:latents-shape": "0x4"},
        {"vaetui:latents-shape": "-3x-4"},
        {"vaetui:latents-shape": "3x5"},
        {"vaetui:latents-shape": "1000000x1000000"},
        {"vaetui:latents-shape": "9" * 5000 + "x1"},
        {"vaetui:latents": "not base64 !"},
        {"vaetui:latents": "é"},
        {"vaetui:latents": base64.b64encode(b"not zlib").decode()},
        {"vaetui:latents": packed(bytes(47))},
        {"vaetui:latents": packed(bytes(10**7))},
        {"vaetui:latents": None},
        {"vaetui:command": None},
        {"vaetui:checkpoint": None},
    ],
    ids=lambda changes: "; ".join(f"{key[7:]} {str(value)[:20]}" for key, value in changes.items()),
)
def test_metadata_that_does_not_hold_together_is_refused(changes, tmp_path):
    text = {key: value for key, value in (provenance().to_text() | changes).items() if value is not None}
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_itxt(key, value)
    path = tmp_path / "hostile.png"
    Image.fromarray(noise_tiles(1, 4, 4)[0]).save(path, pnginfo=info)

    with pytest.raises(VaeTuiError, match=r"holds no latents|latents are damaged") as refused:
        read_provenance(path)
    assert refused.value.hint


def test_hostile_latents_are_not_unpacked_beyond_their_shape():
    text = provenance(3, 4).to_text() | {"vaetui:latents": packed(bytes(10**7))}

    tracemalloc.start()
    with pytest.raises(ValueError, match=r"holds no latents|latents are damaged"):
        Provenance.from_text(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 10**6


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_a_picture_of_someone_else_is_refused(suffix, tmp_path):
    path = tmp_path / f"theirs{suffix}"
    Image.fromarray(noise_tiles(1, 4, 4)[0]).save(path)

    with pytest.raises(VaeTuiError, match="no latents"):
        read_provenance(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"text", bytes(1000)],
    ids=["empty", "gif", "png", "text", "zeros"],
)
def test_a_file_that_is_no_picture_is_refused(content, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)

    with pytest.raises(VaeTuiError, match="is no picture"):
        read_provenance(path)


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(VaeTuiError, match="no such file"):
        read_provenance(tmp_path / "absent.png")
    with pytest.raises(VaeTuiError, match="is no picture"):
        read_provenance(tmp_path)


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_damaged_pictures_never_end_in_another_error(kind, tmp_path):
    frames = list(noise_tiles(2, 16, 16))
    whole = png_bytes(frames[0], provenance()) if kind == "png" else gif_bytes(frames, 80, provenance())
    generator = np.random.default_rng(0)
    path = tmp_path / f"damaged.{kind}"
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(whole)
        for position in generator.integers(0, len(whole), 3):
            damaged[position] = generator.integers(256)
        path.write_bytes(damaged[: generator.integers(len(whole) // 2, len(whole))])
        try:
            read_provenance(path)
            outcomes.add("read")
        except VaeTuiError:
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}


def test_a_large_picture_of_ours_is_read_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    path = tmp_path / "large.png"
    path.write_bytes(png_bytes(noise_tiles(1, 20, 20)[0], provenance()))

    assert_same(read_provenance(path), provenance())  # warnings are errors here


def test_a_gif_of_one_frame_is_a_still(tmp_path):
    with Image.open(io.BytesIO(gif_bytes([flat_tiles(7)[0]], 80, provenance()))) as image:
        assert getattr(image, "n_frames", 1) == 1
