import numpy as np
import pytest
from explorer_fakes import FakeModel

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place
from vae_tui.latent import DimChoice
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.traverse import TraversePicture

PAPER = (1, 2, 3)
HALF_CELLS = {"cell_width": 1, "cell_height": 2, "paper": PAPER}
PIXELS = {"cell_width": 8, "cell_height": 17, "paper": PAPER}
SAMPLES = SamplePicture(num=16).draw(FakeModel())
SWEEPS = TraversePicture(DimChoice("kl", 6), steps=5).draw(FakeModel())


def test_the_box_is_tiles_over_paper_in_whole_cells():
    canvas = Canvas(100, 60, **PIXELS)
    placed = place(SAMPLES, canvas)
    box = compose_box(SAMPLES, placed, canvas)
    assert box.shape == (placed.rows * 17, placed.columns * 8, 3)
    np.testing.assert_array_equal(box[0, 0], SAMPLES.tiles_NHWC[0, 0, 0])
    last_top, last_left = placed.layout.origin(15)
    np.testing.assert_array_equal(box[last_top, last_left], SAMPLES.tiles_NHWC[15, 0, 0])
    np.testing.assert_array_equal(box[placed.layout.tile_height, 0], PAPER)


def test_positions_that_are_not_shown_stay_paper():
    canvas = Canvas(100, 60, **HALF_CELLS)
    placed = place(SWEEPS, canvas)
    top, left = placed.layout.origin(4)
    np.testing.assert_array_equal(compose_box(SWEEPS, placed, canvas)[top, left], PAPER)


@pytest.mark.parametrize("size", [(50, 20), (82, 36), (150, 54), (211, 55), (9, 9)])
@pytest.mark.parametrize("drawing", [SAMPLES, SWEEPS])
def test_a_terminal_that_scales_is_given_the_tiles_own_pixels(size, drawing):
    """Enlarged by its scale the picture is, but for the last pixels of paper, what is composed for others."""
    canvas = Canvas(*size, **PIXELS, terminal_scales=True)
    placed = place(drawing, canvas)
    box = compose_box(drawing, placed, canvas)
    scale = max(1, placed.layout.tile_height // drawing.tile_shape[0])
    assert placed.layout.gutter % scale == 0
    assert box.shape[0] == -(-placed.rows * 17 // scale)
    assert box.shape[1] == -(-placed.columns * 8 // scale)
    enlarged = box.repeat(scale, axis=0).repeat(scale, axis=1)[: placed.rows * 17, : placed.columns * 8]
    whole = compose_box(drawing, placed, Canvas(*size, **PIXELS))
    assert np.array_equal(enlarged, whole)
    assert placed.x + placed.columns <= canvas.columns
    assert placed.y + placed.rows <= canvas.rows


@pytest.mark.parametrize("num", [1, 2, 9])
@pytest.mark.parametrize("scales", [False, True])
@pytest.mark.parametrize("cells", [HALF_CELLS, PIXELS])
@pytest.mark.parametrize("size", [(50, 20), (82, 36), (150, 54), (9, 9)])
def test_a_large_tile_stands_beside_its_strip(size, cells, scales, num):
    tiles = np.arange(num, dtype=np.uint8)[:, None, None, None] + np.zeros((num, 8, 8, 3), np.uint8) + 10
    drawing = Drawing(tiles, 2, np.zeros((num, 4), np.float32), "a caption", lead=5)
    canvas = Canvas(*size, **cells, terminal_scales=scales)
    placed = place(drawing, canvas)
    assert placed is not None
    assert placed.columns <= canvas.columns
    assert placed.rows <= canvas.rows
    box = compose_box(drawing, placed, canvas)
    assert set(range(10, 10 + num)) <= set(np.unique(box[..., 0]))
    large = np.count_nonzero(box[:, 0, 0] == 10)
    assert placed.layout.size(0)[0] % large == 0
    assert placed.tile_at(placed.x, placed.y, canvas) == 0


def test_a_large_tile_is_sent_in_fewer_pixels_where_the_terminal_scales():
    drawing = Drawing(np.zeros((9, 8, 8, 3), np.uint8), 2, np.zeros((9, 4), np.float32), "a caption", lead=5)
    canvas = Canvas(100, 36, **PIXELS, terminal_scales=True)
    placed = place(drawing, canvas)
    box = compose_box(drawing, placed, canvas)
    assert box.shape[0] * 8 <= placed.rows * canvas.cell_height
    assert placed.layout.size(0)[0] % placed.layout.tile_height == 0
