import re

import numpy as np
import pytest
from decoders import decode_sixel, psnr
from grids import PAPER, decoded_tiles, explored, grid
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_tui.imaging import Layout, compose
from vae_tui.terminal.palette import SIXEL_REGISTERS, sixel_palette
from vae_tui.terminal.sixel import SixelPainter, encode

PERCENT = 2  # registers are set in whole percents: 2.55 levels, so at most 1.3 off, rounded twice
SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))
PICTURES = hnp.arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 30, 128, 255])) | hnp.arrays(np.uint8, SHAPES)


def shown(picture, colours=64):
    return decode_sixel(encode(picture, sixel_palette(colours)))


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def assert_whole(sixel, picture):
    """Every pixel is painted, and none beside or below."""
    assert sixel.declared == picture.shape[:2]
    assert sixel.picture.shape == picture.shape
    assert sixel.painted.all()


@given(PICTURES, st.integers(1, 4), st.integers(1, 4))
def test_every_pixel_is_painted_and_none_beside(picture, scale_y, scale_x):
    enlarged = picture.repeat(scale_y, axis=0).repeat(scale_x, axis=1)
    sixel = shown(enlarged)
    assert_whole(sixel, enlarged)
    plain = shown(picture).picture
    np.testing.assert_array_equal(sixel.picture, plain.repeat(scale_y, axis=0).repeat(scale_x, axis=1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (5, 7), (6, 6), (7, 5), (11, 1100), (1100, 11)])
def test_no_size_leaves_or_overpaints_a_row(shape):
    picture = noise(*shape)
    assert_whole(shown(picture), picture)


@given(PICTURES)
def test_colours_are_as_near_as_the_table_can_tell(picture):
    """The table sees five bits of a channel: the nearest of a colour up to 7 levels off."""
    palette = sixel_palette(64)
    seen = palette.colours_N3[palette.nearest(picture)].astype(int)
    weights = np.sqrt([0.8, 1.2, 0.6])
    best = np.linalg.norm((picture[:, :, None] - palette.colours_N3.astype(int)) * weights, axis=3).min(axis=2)
    off = np.linalg.norm((picture - seen) * weights, axis=2)
    assert (off <= best + 2 * 7 * np.linalg.norm(weights)).all()


@pytest.mark.parametrize("colour", [(24, 24, 27), (255, 0, 0), (1, 2, 3), (250, 128, 114)])
def test_a_flat_picture_has_its_own_colour(colour):
    picture = np.full((20, 30, 3), colour, np.uint8)
    sixel = shown(picture)
    assert_whole(sixel, picture)
    assert np.abs(sixel.picture.astype(int) - colour).max() <= PERCENT
    assert len(sixel.registers) == 1


@pytest.mark.parametrize("axis", [0, 1])
def test_what_lies_between_tiles_keeps_its_colour(axis):
    """Else a frame would be seen around the picture, on the same colour of the terminal."""
    picture = noise(13, 13)
    gutter = (slice(6, 7), slice(None)) if axis == 0 else (slice(None), slice(6, 7))
    picture[gutter] = (18, 52, 86)
    seen = shown(picture).picture[gutter]
    assert np.abs(seen.astype(int) - (18, 52, 86)).max() <= PERCENT


@pytest.mark.parametrize("colours", SIXEL_REGISTERS)
def test_black_and_white_are_exact(colours):
    picture = np.zeros((12, 9, 3), np.uint8)
    picture[::2, ::3] = picture[1::4] = 255
    np.testing.assert_array_equal(shown(picture, colours).picture, picture)


@pytest.mark.parametrize(("colours", "floor"), [(16, 22), (32, 24), (64, 26), (128, 28), (256, 30)])
def test_decoded_tiles_come_back_within_the_stated_error(colours, floor):
    picture = grid(1, gutter=3)
    sixel = shown(picture, colours)
    assert_whole(sixel, picture)
    assert psnr(sixel.picture, picture) > floor


@pytest.mark.parametrize(("colours", "floor"), [(16, 19), (64, 26), (256, 30)])
def test_gradients_come_back_within_the_stated_error(colours, floor):
    grey = np.linspace(0, 255, 200).astype(np.uint8)
    picture = np.stack([grey, grey, np.roll(grey, 20)], axis=-1)[None].repeat(20, axis=0)
    picture[:, :20, 2] = grey[:20]
    assert psnr(shown(picture, colours).picture, picture) > floor


def test_colours_are_all_defined_before_the_first_pixel():
    """xterm paints wrong pixels otherwise."""
    assert not shown(noise(40, 40)).defined_late


@pytest.mark.parametrize("colours", [3, 4, 15, 16, 20, 32, 64, 100, 128, 256, 1024])
def test_no_more_registers_are_used_than_the_terminal_has(colours):
    picture = noise(100, 100)
    picture[50] = 77  # paper takes one too
    sixel = shown(picture, colours)
    assert_whole(sixel, picture)
    limit = min(colours, 256)
    assert max(sixel.registers) < limit
    if colours >= 16:
        assert len(sixel.registers) > limit // 2


def test_pixels_that_are_not_set_would_stay():
    """A background ahead of the pixels would flash."""
    assert shown(noise(6, 6)).p2 == 1


def test_cells_are_stepped_over_and_measure_nothing():
    painting = SixelPainter((10, 20)).paint(noise(80, 60), 6, 4)
    assert len(painting.rows) == 4
    assert not painting.ready_rows
    for (segment,) in painting.rows:
        assert segment.text == "\x1b[6C"
        assert segment.cell_length == 0


def test_a_painter_takes_64_colours_unless_told_otherwise():
    picture = noise(80, 60)
    assert SixelPainter((10, 20)).paint(picture, 6, 4).sequence == encode(picture, sixel_palette(64))
    assert SixelPainter((10, 20), 16).paint(picture, 6, 4).sequence == encode(picture, sixel_palette(16))


def test_the_same_picture_has_the_same_bytes():
    painter, picture = SixelPainter((10, 20)), noise(80, 60)
    assert painter.paint(picture, 6, 4).sequence == painter.paint(picture, 6, 4).sequence


def test_only_what_sixel_knows_is_written():
    sequence = encode(noise(30, 30), sixel_palette(256))
    assert re.fullmatch(r'\x1bP9;1q"1;1;30;30[!-~]+\x1b\\', sequence)


def test_decoded_tiles_stay_within_their_bytes():
    assert len(encode(grid(2), sixel_palette(64))) <= 128_000
    picture, *_ = explored(decoded_tiles(), 120, 36, (10, 20))
    assert picture.shape == (540, 540, 3)
    assert len(encode(picture, sixel_palette(64))) <= 128_000
    assert tuple(picture[-1, -1]) == PAPER


@pytest.mark.parametrize(("height", "shown_height"), [(527, 522), (528, 528), (5, 5)])
def test_whole_bands_leave_out_the_rows_of_one_that_is_begun(height, shown_height):
    """527 pixels begin a band that ends in the next row of cells, where a cell has 17."""
    picture = noise(height, 60)
    sixel = decode_sixel(SixelPainter((10, 17), whole_bands=True).paint(picture, 6, -(-height // 17)).sequence)
    assert_whole(sixel, picture[:shown_height])


@pytest.mark.parametrize("height", [527, 528, 17, 595, 494])
def test_what_tmux_squeezes_is_the_picture_afterwards(height):
    """The sums of sixel_scale of tmux 3.4 to 3.5a."""
    painter, picture = SixelPainter((10, 17), squeezed=True), noise(height, 60)
    sixel = decode_sixel(painter.paint(picture, 6, -(-height // 17)).sequence)
    drawn = height // 6 * 6
    taken = [int(y * height / drawn) for y in range(drawn)]
    shown = height - 2 * (height % painter.band)
    assert all(row < drawn for row in taken[:shown])
    expected = decode_sixel(SixelPainter((10, 17)).paint(picture, 6, -(-height // 17)).sequence)
    np.testing.assert_array_equal(sixel.picture[taken[:shown]], expected.picture[:shown])


def test_a_small_picture_has_colours_of_its_own():
    picture = noise(15, 16).repeat(6, axis=0).repeat(7, axis=1)  # of 240 pixels
    back = decode_sixel(encode(picture, sixel_palette(64), 256)).picture
    assert abs(back.astype(int) - picture).max() <= PERCENT


def test_the_colours_of_more_pixels_than_registers_are_near():
    picture = decoded_tiles()[0].repeat(5, axis=0).repeat(5, axis=1)
    own, fixed = (decode_sixel(encode(picture, sixel_palette(64), colours)).picture for colours in (256, 0))
    assert psnr(own, picture) > max(38, psnr(fixed, picture) + 8)


def test_a_picture_of_many_pixels_keeps_the_fixed_palette():
    assert encode(noise(200, 200), sixel_palette(64), 256) == encode(noise(200, 200), sixel_palette(64))


@pytest.mark.parametrize("frame", [(255, 200, 0), None])
def test_a_picture_of_greys_has_no_hue(frame):
    tiles = np.random.default_rng(0).integers(0, 80, (64, 28, 28, 1)).astype(np.uint8).repeat(3, axis=3)
    picture = compose(tiles, Layout(8, 8, 28, 28, 2), (24, 24, 27))
    if frame is not None:
        picture[:30, 0] = frame
    seen = shown(picture).picture
    is_grey = (picture == picture[:, :, :1]).all(axis=2)
    assert (seen[is_grey] == seen[is_grey][:, :1]).all()
    assert np.abs(seen[is_grey].astype(int) - picture[is_grey]).max() <= 5
    assert np.abs(seen[~is_grey].astype(int) - picture[~is_grey]).max() <= PERCENT


def test_a_picture_with_more_hues_than_a_few_keeps_the_fixed_palette():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[50, :40, 0] = np.arange(100, 140)
    assert np.abs(shown(picture).picture[0, 0]).max() <= 3
    assert len({tuple(colour) for colour in shown(picture).picture[50, :40]}) < 40
