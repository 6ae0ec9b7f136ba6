"""Every chart, whatever its data and its room."""

import numpy as np
import pytest
from charts_by_data import CHARTS, scatters, stacks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from vae_tui.imaging import PAPER

INK = (228, 228, 231)
HARD = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@HARD
@given(chart=CHARTS | stacks(), width=st.integers(0, 90), height=st.integers(0, 30), dark=st.booleans())
def test_cells_fill_their_room_and_no_more(chart, width, height, dark):
    lines = chart.cells(width, height, dark)
    assert len(lines) == height
    for line in lines:
        text = "".join(run.text for run in line)
        assert cell_len(text) <= width
        assert text.isprintable()
        assert all(run.text for run in line)


@HARD
@given(chart=CHARTS | stacks(), width=st.integers(1, 400), height=st.integers(1, 300))
def test_pixels_have_their_shape_and_come_out_the_same_again(chart, width, height):
    picture = chart.pixels(width, height, PAPER, INK)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, chart.pixels(width, height, PAPER, INK))


@HARD
@given(chart=CHARTS | stacks())
def test_words_are_one_printable_line(chart):
    assert chart.words().isprintable()


@HARD
@given(
    chart=scatters(),
    width=st.integers(1, 60),
    height=st.integers(1, 24),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_the_point_at_a_cell_lies_in_that_cell(chart, width, height, at):
    column, row = int(at[0] * (width - 1)), int(at[1] * (height - 1))
    point = chart.point_at(column, row, width, height)
    assert point is None or chart.cell_of(*point, width, height) == (column, row)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 2), (60, 20)])
@given(chart=scatters())
@HARD
def test_some_cell_of_a_scatter_has_a_point(chart, width, height):
    found = [chart.point_at(x, y, width, height) for x in range(width) for y in range(height)]
    assert any(point is not None for point in found)
