import itertools
from dataclasses import replace

import numpy as np
import pytest
from explorer_fakes import FakeModel

from vae_tui.charts.curves import Curves, Series
from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.placing import place, place_best
from vae_tui.latent import DimChoice
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.traverse import TraversePicture

PAPER = (1, 2, 3)
HALF_CELLS = {"cell_width": 1, "cell_height": 2, "paper": PAPER}
PIXELS = {"cell_width": 8, "cell_height": 17, "paper": PAPER}
SAMPLES = SamplePicture(num=16).draw(FakeModel())
SWEEPS = TraversePicture(DimChoice("kl", 6), steps=5).draw(FakeModel())


@pytest.mark.parametrize("cells", [HALF_CELLS, PIXELS])
@pytest.mark.parametrize("size", [(50, 20), (82, 36), (150, 54), (9, 9)])
@pytest.mark.parametrize("drawing", [SAMPLES, SWEEPS])
def test_all_lies_within_the_canvas(cells, size, drawing):
    canvas = Canvas(*size, **cells)
    placed = place(drawing, canvas)
    assert placed is not None
    assert placed.x >= 0
    assert placed.y >= 0
    assert placed.x + placed.columns <= canvas.columns
    assert placed.y + placed.rows <= canvas.rows
    for label in placed.labels:
        assert label.x >= 0
        assert label.x + len(label.text) <= canvas.columns
        assert 0 <= label.y < canvas.rows


def test_tiles_have_a_whole_number_scale_where_they_fit():
    layout = place(SAMPLES, Canvas(100, 60, **HALF_CELLS)).layout
    assert (layout.tile_height, layout.tile_width) == (24, 24)


def test_no_room_gives_no_placement():
    assert place(SAMPLES, Canvas(3, 1, **HALF_CELLS)) is None


def test_row_labels_stand_beside_their_rows():
    canvas = Canvas(100, 60, **HALF_CELLS)
    placed = place(SWEEPS, canvas)
    pitch = placed.layout.tile_height + placed.layout.gutter
    rows = [label for label in placed.labels if label.y >= placed.y]
    assert [label.text.split()[0] for label in rows] == ["image", "z7", "z6", "z5", "z4", "z3", "z2"]
    for row, label in enumerate(rows):
        assert row * pitch <= (label.y - placed.y) * 2 < row * pitch + placed.layout.tile_height


def test_labels_in_half_cells_are_evenly_spaced():
    rows = [label.y for label in place(SWEEPS, Canvas(120, 66, **HALF_CELLS)).labels][:7]
    gaps = {below - above for above, below in itertools.pairwise(rows)}
    assert len(gaps) == 1


def test_the_marked_row_is_marked_by_more_than_colour():
    placed = place(SWEEPS, Canvas(100, 60, **HALF_CELLS), marked_row=2)
    (marked,) = [label for label in placed.labels if label.marked]
    assert marked.text.startswith("▸ z6")


def test_labels_are_shortened_then_left_out_before_tiles_get_small():
    words = {}
    for columns, rows in ((100, 60), (40, 24), (12, 36)):
        labels = [label.text for label in place(SWEEPS, Canvas(columns, rows, **HALF_CELLS)).labels]
        words[columns] = [label for label in labels if "z7" in label]
    assert words[100] == ["  z7 0.88     "]  # beside it stand rows that are dead
    assert words[40] == ["  z7     "]
    assert words[12] == []


def test_column_labels_do_not_touch():
    drawing = InterpolatePicture(steps=20).draw(FakeModel())
    for columns in range(30, 200, 7):
        placed = place(drawing, Canvas(columns, 30, **HALF_CELLS))
        header = sorted((label for label in placed.labels if label.y == placed.y - 1), key=lambda label: label.x)
        for left, right in itertools.pairwise(header):
            assert left.x + len(left.text) < right.x


def test_no_picture_is_larger_than_the_terminal_takes():
    canvas = Canvas(200, 60, **PIXELS, max_side=500)
    placed = place(SAMPLES, canvas)
    assert placed.columns * 8 <= 500
    assert placed.rows * 17 <= 500


def test_a_single_tile_fills_the_canvas():
    one = Drawing(np.zeros((1, 8, 8, 3), np.uint8), 1, np.zeros((1, 8), np.float32), "")
    assert place(one, Canvas(40, 20, **HALF_CELLS)).layout.tile_height == 40


FOOT = (("error", ("1.00", "2.00")), ("KL nats", ("3.0", "4.0")))
PAIRS = Drawing(
    np.zeros((4, 8, 8, 3), np.uint8),
    2,
    np.zeros((4, 4), np.float32),
    "a caption",
    ("original", "decoded "),
    foot=FOOT,
)


@pytest.mark.parametrize(("columns", "rows", "is_above"), [(120, 30, False), (60, 60, True)])
def test_two_are_arranged_so_that_their_tiles_are_largest(columns, rows, is_above):
    drawing = BesidePicture(SamplePicture(64), FakeModel(), ("a.pt", "b.pt")).draw(FakeModel())
    canvas = Canvas(columns, rows, 1, 2, PAPER)
    sizes = [place(known, canvas).layout.tile_height for known in drawing.arrangements]
    found, placement = place_best(drawing, canvas)
    assert placement.layout.tile_height == max(sizes)
    assert ("above" in found.caption) == is_above == (sizes[1] > sizes[0])


def test_lines_stand_under_the_grid_where_rows_are_free():
    canvas = Canvas(80, 60, **HALF_CELLS)
    placed = place(PAIRS, canvas)
    below = [label for label in placed.labels if label.y >= placed.y + placed.rows]
    assert [label.text for label in below] == ["error", "1.00", "2.00", "KL nats", "3.0", "4.0"]
    assert {label.y for label in below} == {placed.y + placed.rows, placed.y + placed.rows + 1}
    assert max(label.x + len(label.text) for label in below) <= canvas.columns


def test_lines_under_columns_name_what_they_say_where_names_have_no_room_beside_the_grid():
    canvas = Canvas(60, 40, **HALF_CELLS)
    placed = place(replace(PAIRS, row_labels=()), canvas)
    below = [label.text for label in placed.labels if label.y >= placed.y + placed.rows]
    assert below == ["error 1.00", "error 2.00", "KL nats 3.0", "KL nats 4.0"]


@pytest.mark.parametrize("size", [(60, 4), (12, 40)])
def test_lines_for_which_there_is_no_room_are_left_out(size):
    placed = place(PAIRS, Canvas(*size, **HALF_CELLS))
    assert not any("1.00" in label.text or "error" in label.text for label in placed.labels)


def test_labels_of_their_own_shorter_form_come_before_first_words():
    longest, shorter = ("z1 with a long tail", *["z2"] * 3), (("z1 dead", *["z2"] * 3),)
    drawing = replace(SAMPLES, row_labels=longest, shorter_labels=shorter)
    labels = place(drawing, Canvas(46, 20, **HALF_CELLS)).labels
    assert labels[0].text.strip() == "z1 dead"


@pytest.mark.parametrize("columns", range(24, 90))
def test_numbers_beside_rows_have_their_names_beside_or_above_them(columns):
    longest, shorter = ("z1 KL 2.22", *["z2 KL 1.11"] * 3), (("z1 2.22", *["z2 1.11"] * 3), ("z1", *["z2"] * 3))
    drawing = replace(SWEEPS, row_labels=longest, shorter_labels=shorter, label_heads=("     KL", ""))
    placed = place(drawing, Canvas(columns, 20, **HALF_CELLS))
    texts = {label.text.strip() for label in placed.labels}
    assert ("z1 2.22" in texts) == ("KL" in texts)
    for label in placed.labels:
        if label.text.strip() == "KL":
            assert label.y == placed.y - 1
            assert label.x + len(label.text) == min(other.x + len(other.text) for other in placed.labels)


@pytest.mark.parametrize("rows", [9, 20, 35, 36, 60])
@pytest.mark.parametrize("cell_height", [16, 17, 19, 20])
@pytest.mark.parametrize("drawing", [SAMPLES, SWEEPS])
def test_no_tile_lies_where_nothing_is_drawn(rows, cell_height, drawing):
    """As in tmux, which draws a Sixel picture in whole bands."""
    canvas = Canvas(120, rows, 8, cell_height, (0, 0, 0), band=6)
    placed = place(drawing, canvas)
    assert placed.layout.height <= canvas.drawn_height(placed.rows) <= placed.rows * cell_height
    assert placed.y + placed.rows <= rows


@pytest.mark.parametrize(("side", "gutter"), [(8, 0), (32, 0), (28, 4), (64, 0), (31, 1)])
def test_tiles_begin_on_the_painter_s_blocks(side, gutter):
    drawing = Drawing(np.zeros((64, side, side, 3), np.uint8), 8, np.zeros((64, 8), np.float32), "")
    canvas = Canvas(150, 80, **PIXELS, terminal_scales=True, block=8)
    layout = place(drawing, canvas).layout
    scale = layout.tile_height // side
    assert scale > 1
    assert layout.gutter == gutter * scale


def test_no_gutter_is_as_wide_as_a_tile_for_the_sake_of_blocks():
    drawing = Drawing(np.zeros((64, 33, 33, 3), np.uint8), 8, np.zeros((64, 8), np.float32), "")
    layout = place(drawing, Canvas(150, 80, **PIXELS, terminal_scales=True, block=8)).layout
    assert layout.gutter < layout.tile_width / 7


@pytest.mark.parametrize(("size", "chart_rows"), [((78, 32), 10), ((40, 40), 24), ((40, 30), 18)])
def test_a_chart_takes_the_rows_that_tiles_leave_up_to_twice_its_share(size, chart_rows):
    tiles, chart = np.zeros((54, 28, 28, 3), np.uint8), Curves((Series("norm", np.arange(3.0), np.arange(3.0)),))
    drawing = Drawing(tiles, 9, np.zeros((54, 1), np.float32), "paths", chart=chart)
    placed = place(drawing, Canvas(*size, **PIXELS))
    assert placed.chart[3] == chart_rows == min(size[1] - placed.rows - 1, 2 * round(0.3 * size[1]))


@pytest.mark.parametrize(
    ("columns", "rows", "width", "height"), [(79, 34, 8, 17), (79, 34, 8, 16), (79, 34, 10, 20), (79, 34, 1, 2)]
)
def test_rows_of_tiles_and_their_labels_are_equally_far_apart(columns, rows, width, height):
    drawing = InterpolatePicture(num=6, steps=9).draw(FakeModel())
    drawing = replace(drawing, tiles_NHWC=np.zeros((len(drawing.tiles_NHWC), 28, 28, 3), np.uint8))
    canvas = Canvas(columns, rows, width, height, PAPER)
    placed = place(replace(drawing, chart=None), canvas)
    ys = [label.y for label in placed.labels if label.y >= placed.y]
    steps = {below - above for above, below in itertools.pairwise(ys)}
    assert len(ys) == 6
    assert len(steps) == 1
    assert min(steps) > 1
    assert placed.y + placed.rows <= rows
    for tile, y in zip(range(0, 6 * drawing.columns, drawing.columns), ys, strict=True):
        assert placed.tile_at(placed.x, y, canvas) == tile


@pytest.mark.parametrize("num", [2, 4, 6, 7, 8])
@pytest.mark.parametrize("show", ["decoded", "difference"])
def test_one_band_of_images_has_their_figures_in_a_small_terminal(num, show):
    drawing = ReconstructPicture(num=num, show=show).draw(FakeModel())
    foot = tuple((name, ("70.8",) * num) for name, _ in drawing.foot)
    drawing = replace(drawing, tiles_NHWC=np.zeros((len(drawing.tiles_NHWC), 32, 32, 3), np.uint8), foot=foot)
    placed = place(drawing, Canvas(51, 20, **HALF_CELLS))
    texts = [label.text.strip() for label in placed.labels]
    assert texts.count("70.8") == 3 * num
    assert {"original", "decoded", "error", "KL nats", "PSNR dB"} <= set(texts)
    assert [text for text in texts if text.isdecimal()] == [str(index) for index in range(num)]
    assert all(label.x + len(label.text) <= 51 and label.y < 20 for label in placed.labels)
