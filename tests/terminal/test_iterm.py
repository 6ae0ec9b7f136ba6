import numpy as np
import pytest
from decoders import psnr, read_iterm
from grids import grid
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_tui.terminal.iterm import MAX_SEQUENCE, ItermPainter, encode

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))
PICTURES = hnp.arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 30, 255])) | hnp.arrays(np.uint8, SHAPES)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def on_cells(inline, picture):
    """The picture as a terminal enlarges it to the box of cells, which has the pixels of `picture`."""
    (height, width), (small_height, small_width) = picture.shape[:2], inline.picture.shape[:2]
    assert (height % small_height, width % small_width) == (0, 0)
    return inline.picture.repeat(height // small_height, axis=0).repeat(width // small_width, axis=1)


@given(PICTURES, st.integers(1, 3), st.integers(1, 3))
def test_png_gives_every_pixel_back(picture, scale_y, scale_x):
    picture = picture.repeat(scale_y, axis=0).repeat(scale_x, axis=1)
    inline = read_iterm(encode(picture, 3, 2, "png"))
    assert inline.format == "PNG"
    np.testing.assert_array_equal(on_cells(inline, picture), picture)


def test_jpeg_gives_decoded_tiles_back_within_the_stated_error():
    picture = grid(2, gutter=4)
    inline = read_iterm(encode(picture, 54, 27))
    assert inline.format == "JPEG"
    assert psnr(on_cells(inline, picture), picture) > 35


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (17, 23), (600, 600)])
def test_jpeg_has_the_picture_s_pixels_at_any_size(shape):
    picture = noise(*shape)
    assert read_iterm(encode(picture, 3, 2)).picture.shape == picture.shape


def test_the_terminal_enlarges_what_is_only_repeated():
    inline = read_iterm(encode(grid(2), 54, 27))
    assert inline.picture.shape == (256, 256, 3)


def test_the_picture_fills_its_cells_and_the_cursor_stays():
    inline = read_iterm(encode(noise(40, 60), 6, 2))
    assert inline.arguments == {
        "inline": "1",
        "size": str(len(inline.data)),  # xterm.js shows nothing that does not say it
        "width": "6",
        "height": "2",
        "preserveAspectRatio": "0",
        "doNotMoveCursor": "1",
    }


def test_what_is_too_long_for_one_sequence_goes_out_in_parts():
    picture = noise(700, 700)
    inline = read_iterm(encode(picture, 70, 35, "png"))
    assert inline.num_parts > 3
    assert inline.longest <= MAX_SEQUENCE
    np.testing.assert_array_equal(inline.picture, picture)


def test_what_fits_one_sequence_goes_out_in_one():
    """WezTerm knows no parts."""
    inline = read_iterm(encode(noise(500, 500), 70, 35, "png"))
    assert inline.num_parts == 1
    assert 0.9 * MAX_SEQUENCE < inline.longest <= MAX_SEQUENCE


def test_decoded_tiles_stay_within_their_bytes():
    assert len(encode(grid(2), 51, 26)) <= 22_000
    assert len(encode(grid(2, gutter=2), 53, 27, is_slow=True)) <= 22_500


def test_tiles_on_blocks_do_not_spill_into_one_another():
    block = ItermPainter((10, 20)).block
    picture = np.full((4 * block, 4 * block, 3), 40, np.uint8)
    picture[:, : 2 * block] = noise(4 * block, 2 * block)
    shown = read_iterm(encode(picture, 3, 2)).picture
    assert np.ptp(shown[:, 2 * block :]) == 0
    assert np.ptp(read_iterm(encode(picture[:, 1:], 3, 2)).picture[:, 2 * block - 1 :]) > 0


def test_a_slow_link_gets_fewer_bytes():
    painter = ItermPainter((10, 20))
    exact = painter.paint(grid(2), 51, 26)
    painter.take_care(True)
    careful = painter.paint(grid(2), 51, 26)
    assert len(careful.sequence) < 0.85 * len(exact.sequence)
    assert psnr(read_iterm(careful.sequence).picture, read_iterm(exact.sequence).picture) > 35


def test_cells_are_stepped_over_and_measure_nothing():
    painting = ItermPainter((10, 20)).paint(noise(80, 60), 6, 4)
    assert len(painting.rows) == 4
    assert not painting.ready_rows
    for (segment,) in painting.rows:
        assert segment.text == "\x1b[6C"
        assert segment.cell_length == 0


def test_a_painter_loses_nothing_where_it_is_asked_to():
    picture = noise(80, 60)
    painting = ItermPainter((10, 20), "png").paint(picture, 6, 4)
    np.testing.assert_array_equal(read_iterm(painting.sequence).picture, picture)
