"""A first tile that is larger than the others and stands left of their grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.imaging import Layout, compose, fit, saved_layout


def test_the_large_tile_stands_left_of_the_grid():
    layout = Layout(2, 2, 3, 4, 1, (8, 10))
    assert (layout.height, layout.width) == (8, 10 + 1 + 4 + 1 + 4)
    assert [layout.origin(index) for index in range(4)] == [(0, 0), (0, 11), (0, 16), (4, 11)]
    assert [layout.size(index) for index in range(2)] == [(8, 10), (3, 4)]


def test_alone_it_is_all_of_the_picture():
    layout = fit((8, 8), 0, 2, 100, 60, 1, 5)
    assert layout is not None
    assert (layout.height, layout.width) == layout.size(0) == (56, 56)


@pytest.mark.parametrize(
    ("top", "left", "index"),
    [(0, 0, 0), (7, 9, 0), (0, 10, None), (2, 11, 1), (3, 11, None), (4, 16, 4), (7, 20, None), (0, -1, None)],
)
def test_a_pixel_belongs_to_a_tile_or_to_none(top, left, index):
    assert Layout(2, 2, 3, 4, 1, (8, 10)).tile_at(top, left) == index


@given(
    tile_h=st.integers(1, 40),
    tile_w=st.integers(1, 40),
    rows=st.integers(1, 6),
    columns=st.integers(1, 6),
    height=st.integers(1, 400),
    width=st.integers(1, 400),
    lead=st.integers(2, 6),
    gutter=st.integers(0, 4),
)
def test_it_fits_and_each_pixel_of_a_tile_is_found_again(tile_h, tile_w, rows, columns, height, width, lead, gutter):
    layout = fit((tile_h, tile_w), rows, columns, height, width, gutter, lead)
    if layout is None:
        return
    assert layout.height <= height
    assert layout.width <= width
    large = layout.size(0)
    assert large[0] >= layout.tile_height
    if large[0] >= tile_h:
        assert large[0] % tile_h == large[1] % tile_w == 0
    for index in range(1 + rows * columns):
        (top, left), (high, wide) = layout.origin(index), layout.size(index)
        assert layout.tile_at(top, left) == layout.tile_at(top + high - 1, left + wide - 1) == index


def test_it_is_composed_at_its_own_size_and_the_others_at_theirs():
    tiles = np.full((3, 2, 2, 3), 0, np.uint8) + np.array([10, 20, 30], np.uint8)[:, None, None, None]
    picture = compose(tiles, Layout(2, 1, 2, 2, 1, (6, 6)), (1, 1, 1))
    assert picture.shape == (6, 9, 3)
    assert (picture[:, :6] == 10).all()
    assert (picture[:2, 7:] == 20).all()
    assert (picture[3:5, 7:] == 30).all()
    assert (picture[5, 7:] == 1).all()


def test_saved_it_is_so_many_times_as_large():
    layout = saved_layout((32, 32), 4, 2, 5)
    assert layout.size(0) == (320, 320)
    assert layout.size(1) == (64, 64)
