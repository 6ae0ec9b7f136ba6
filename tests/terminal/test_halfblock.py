import re

import numpy as np
import pytest
from decoders import XTERM_256, read_halfblocks
from grids import decoded_tiles, explored
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.palette import MAX_ERROR_OF_256, nearest_of_256

COLOURS = ("true", "256")
FEW = st.sampled_from([0, 1, 95, 128, 255])  # so that neighbours are often equal
SHAPES = st.tuples(st.integers(1, 4).map(lambda rows: 2 * rows), st.integers(1, 9), st.just(3))
PICTURES = hnp.arrays(np.uint8, SHAPES, elements=FEW) | hnp.arrays(np.uint8, SHAPES)


def paint(picture, colours="true"):
    height, width, _ = picture.shape
    return HalfblockPainter(colours).paint(picture, width, height // 2)


def shown(picture, colours="true"):
    return read_halfblocks(paint(picture, colours).ready_rows, picture.shape[1])


def num_bytes(painting):
    return sum(len(row.encode()) for row in painting.ready_rows)


def nearest_by_search(picture):
    squares = ((picture.astype(int)[:, :, None] - XTERM_256) ** 2).sum(axis=3)
    return XTERM_256[squares.argmin(axis=2)], squares.min(axis=2)


@given(PICTURES)
def test_24_bits_give_every_pixel_back(picture):
    np.testing.assert_array_equal(shown(picture), picture)


@given(PICTURES)
def test_256_colours_give_the_nearest_of_each_pixel(picture):
    seen = shown(picture, "256")
    _, best = nearest_by_search(picture)
    np.testing.assert_array_equal(((seen.astype(int) - picture) ** 2).sum(axis=2), best)


def test_no_channel_is_further_off_than_stated_in_256_colours():
    steps = np.unique([*range(0, 256, 5), 47, 48, 126])
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(len(steps), -1, 3)
    off = np.abs(XTERM_256[nearest_of_256(cube.astype(np.uint8)) - 16] - cube)
    assert off.max() == MAX_ERROR_OF_256


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("shape", [(2, 1), (2, 100), (72, 1), (72, 100)])
def test_rows_are_as_many_and_as_wide_as_the_picture_at_any_size(shape, colours):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    painting = paint(picture, colours)
    assert (painting.sequence, len(painting.rows), len(painting.ready_rows)) == ("", shape[0] // 2, shape[0] // 2)
    assert all(sum(segment.cell_length for segment in row) == shape[1] for row in painting.rows)
    assert shown(picture, colours).shape == picture.shape


@pytest.mark.parametrize("colours", COLOURS)
@given(PICTURES)
def test_segments_show_what_the_ready_rows_show(colours, picture):
    painting = paint(picture, colours)
    seen = shown(picture, colours)
    for y, row in enumerate(painting.rows):
        cells = [(char, segment.style) for segment in row for char in segment.text]
        for x, (char, style) in enumerate(cells):
            lower = tuple(style.bgcolor.get_truecolor())
            upper = tuple(style.color.get_truecolor()) if char == "▀" else lower
            assert (upper, lower) == (tuple(seen[2 * y, x]), tuple(seen[2 * y + 1, x]))


def test_rows_are_a_sequence():
    rows = paint(np.random.default_rng(0).integers(0, 256, (6, 3, 3), np.uint8)).rows
    assert list(rows) == [rows[0], rows[1], rows[-1]] == rows[:]
    with pytest.raises(IndexError):
        rows[3]


@pytest.mark.parametrize("colours", COLOURS)
def test_bare_paper_is_spaces_under_one_colour(colours):
    painting = paint(np.full((4, 50, 3), 30, np.uint8), colours)
    for row in painting.ready_rows:
        assert re.fullmatch(r"\x1b\[48;[0-9;]+m {50}\x1b\[0m", row)


def test_numbers_have_a_fixed_width():
    for colours in COLOURS:
        picture = np.random.default_rng(0).integers(0, 256, (2, 40, 3), np.uint8)
        (row,) = paint(picture, colours).ready_rows
        numbers = re.findall(r"(?:8;2;|8;5;)([0-9;]+?)(?=;[34]8;|m)", row)
        assert {len(number) for number in numbers} == {11 if colours == "true" else 3}


def test_a_frame_of_random_pixels_stays_within_its_bytes():
    """100 x 36 cells, each of which has two new colours: nothing is longer."""
    noise = np.random.default_rng(0).integers(0, 256, (72, 100, 3), np.uint8)
    assert num_bytes(paint(noise)) <= 141_000
    assert num_bytes(paint(noise, "256")) <= 84_000


def test_a_frame_of_decoded_tiles_stays_within_its_bytes():
    picture, columns, rows = explored(decoded_tiles(), 120, 36, (1, 2))
    assert (columns, rows) == (71, 36)
    assert num_bytes(paint(picture)) <= 90_000
    assert num_bytes(paint(picture, "256")) <= 45_000


@pytest.mark.parametrize(("columns", "rows"), [(40, 20), (71, 36), (100, 30), (120, 40), (200, 56), (90, 47)])
def test_no_tile_bleeds_into_its_neighbour(columns, rows):
    """Black and white tiles in turn: a pixel of both would be grey."""
    tiles = np.zeros((64, 32, 32, 3), np.uint8)
    tiles[(np.arange(64) + np.arange(64) // 8) % 2 == 1] = 255
    picture, *_ = explored(tiles, columns, rows, (1, 2))
    seen = shown(picture)
    assert {tuple(colour) for colour in seen.reshape(-1, 3).tolist()} <= {(0, 0, 0), (30, 30, 30), (255, 255, 255)}
    assert (seen == 255).all(axis=2).sum() == (seen == 0).all(axis=2).sum()
