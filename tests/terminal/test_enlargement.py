import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_tui.imaging import Layout, compose
from vae_tui.terminal.enlargement import distinct_rows, native

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))


@given(hnp.arrays(np.uint8, SHAPES, elements=st.integers(0, 2)), st.integers(1, 4), st.integers(1, 4))
def test_a_native_picture_is_whole_and_no_larger_than_need_be(small, scale_y, scale_x):
    picture = small.repeat(scale_y, axis=0).repeat(scale_x, axis=1)
    found = native(picture)
    assert found.shape[0] <= small.shape[0]
    assert found.shape[1] <= small.shape[1]
    again = found.repeat(picture.shape[0] // found.shape[0], axis=0)
    again = again.repeat(picture.shape[1] // found.shape[1], axis=1)
    np.testing.assert_array_equal(again, picture)


def test_tiles_between_gutters_of_another_size_stay_as_they_are():
    tiles = np.random.default_rng(0).integers(0, 256, (4, 5, 5, 3), np.uint8)
    assert native(compose(tiles, Layout(2, 2, 10, 10, 3), (0, 0, 0))).shape == (23, 23, 3)
    assert native(compose(tiles, Layout(2, 2, 10, 10, 2), (0, 0, 0))).shape == (11, 11, 3)


def test_distinct_rows_are_the_first_of_their_kind():
    rows = np.array([[1, 1], [1, 1], [1, 2], [1, 1], [1, 1]], np.uint8)
    assert distinct_rows(rows).tolist() == [0, 2, 3]
