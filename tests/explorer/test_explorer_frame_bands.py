from dataclasses import replace

import pytest
from explorer_fakes import FakeModel

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place
from vae_tui.explorer.frame.scaling import fit_grid
from vae_tui.latent import DimChoice
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.traverse import TraversePicture

PAPER = (1, 2, 3)
HALF_CELLS = {"cell_width": 1, "cell_height": 2, "paper": PAPER}
PIXELS = {"cell_width": 8, "cell_height": 17, "paper": PAPER}
SCALED = {"cell_width": 8, "cell_height": 17, "paper": PAPER, "terminal_scales": True}
SWEEPS_OF_32 = TraversePicture(DimChoice("kl", 8), steps=9).draw(FakeModel(tile=32))
BANDS = {show: ReconstructPicture(12, show=show).draw(FakeModel(tile=7)) for show in ("decoded", "difference")}
ROOMY = [(82, 36), (150, 54), (100, 80)]


@pytest.mark.parametrize("cells", [HALF_CELLS, PIXELS, SCALED])
@pytest.mark.parametrize("size", ROOMY)
@pytest.mark.parametrize("show", BANDS)
def test_figures_stand_under_each_band_and_over_no_tile(cells, size, show):
    drawing, canvas = BANDS[show], Canvas(*size, **cells)
    placed = place(drawing, canvas)
    covered = set()
    for tile in range(len(drawing.tiles_NHWC)):
        top, left = placed.layout.origin(tile)
        bottom = top + placed.layout.tile_height
        covered |= set(range(top // canvas.cell_height, (bottom - 1) // canvas.cell_height + 1))
        assert placed.layout.tile_at((top + bottom) // 2, left) == tile
    assert placed.text_rows
    assert not covered & set(placed.text_rows)
    assert placed.layout.height <= placed.rows * canvas.cell_height
    errors = [label.y for label in placed.labels if label.text == "error"]
    middles = [(placed.layout.origin(row * 6)[0]) // canvas.cell_height for row in range(drawing.rows)]
    half = drawing.rows // 2
    assert middles[half - 1] < errors[0] < middles[half] < middles[-1] < errors[1] < canvas.rows
    assert all(placed.tile_at(placed.x + 1, row, canvas) is None for row in placed.text_rows)


def test_a_picture_that_takes_no_text_has_all_figures_below_it():
    canvas = Canvas(150, 54, **PIXELS, takes_text=False)
    placed = place(BANDS["decoded"], canvas)
    errors = [label.y for label in placed.labels if label.text == "error"]
    assert not placed.text_rows
    assert len(errors) == 2
    assert min(errors) >= placed.y + placed.rows


def test_figures_that_cost_the_tiles_too_much_are_left_out():
    placed = place(BANDS["difference"], Canvas(60, 9, **HALF_CELLS))
    assert not placed.text_rows


@pytest.mark.parametrize("cells", [HALF_CELLS, PIXELS])
def test_row_labels_stand_above_their_rows_where_there_is_no_room_beside_them(cells):
    drawing = TraversePicture(DimChoice("kl", 3), steps=9).draw(FakeModel(tile=8))
    canvas = Canvas(*((20, 40) if cells is HALF_CELLS else (36, 30)), **cells)
    placed = place(drawing, canvas, marked_row=2)
    labels = [label for label in placed.labels if label.text.strip(" ▸")[0] in "iz"]
    assert [label.text.split()[:2] for label in labels[1:]] == [["z7", "KL"], ["▸", "z6"], ["z5", "KL"]]
    assert [label.y for label in labels[1:]] == list(placed.text_rows)
    for row, label in enumerate(labels):
        top, _ = placed.layout.origin(row * 9)
        assert label.y == placed.y + top // canvas.cell_height - 1
    assert placed.y + placed.rows <= canvas.rows


@pytest.mark.parametrize("size", [(36, 36), (50, 36), (50, 55)])
@pytest.mark.parametrize("block", [1, 8])
def test_bands_that_the_terminal_enlarges_end_within_their_rows(size, block):
    """Their pauses are whole numbers of enlarged pixels, and so a little wider than the rows of text between them."""
    drawing = TraversePicture(DimChoice("kl", 6), steps=5).draw(FakeModel())
    canvas = Canvas(*size, **SCALED, block=block)
    placed = place(drawing, canvas)
    box = compose_box(drawing, placed, canvas)
    scale = placed.layout.tile_height // drawing.tile_shape[0]
    assert placed.layout.height // scale <= len(box) == -(-placed.rows * canvas.cell_height // scale)


@pytest.mark.parametrize(
    ("columns", "rows", "width", "height"),
    [(74, 48, 8, 17), (77, 52, 8, 17), (81, 48, 8, 17), (71, 46, 9, 18), (57, 46, 12, 24)],
)
@pytest.mark.parametrize("scales", [True, False])
def test_a_traversal_has_its_numbers_at_the_same_scale_wherever_rows_are_free(columns, rows, width, height, scales):
    """Above the rows: at these sizes there is no room beside them."""
    canvas = Canvas(columns, rows, width, height, PAPER, terminal_scales=scales)
    placed = place(SWEEPS_OF_32, canvas)
    assert placed.layout.tile_width == fit_grid(SWEEPS_OF_32, canvas, 0, 0).tile_width
    assert [label.text.strip()[:10] for label in placed.labels if "KL" in label.text][:2] == [
        "z7 KL 0.88",
        "z6 KL 0.75",
    ]
    for tile in range(0, 81, 9):
        row = placed.y + placed.layout.origin(tile)[0] // height
        assert placed.tile_at(placed.x, row, canvas) == tile
        assert row not in placed.text_rows


@pytest.mark.parametrize(("columns", "rows"), [(44, 48), (40, 40)])
def test_labels_beside_rows_do_not_cost_tiles_their_own_size_where_rows_are_free(columns, rows):
    canvas = Canvas(columns, rows, 8, 16, PAPER)
    placed = place(SWEEPS_OF_32, canvas)
    assert placed.layout.tile_width == 32
    assert placed.text_rows


def test_numbers_may_cost_a_third_where_there_is_no_room_for_any_label_otherwise():
    canvas = Canvas(101, 50, 9, 20, PAPER, terminal_scales=True)
    assert fit_grid(SWEEPS_OF_32, canvas, 0, 0).tile_width == 96
    placed = place(SWEEPS_OF_32, canvas)
    assert placed.layout.tile_width == 64
    assert any("z7" in label.text and "0.88" in label.text for label in placed.labels)
    nameless = replace(SWEEPS_OF_32, label_heads=(), shorter_labels=())
    assert place(nameless, canvas).layout.tile_width == 96


def test_one_band_whose_columns_have_no_names_has_its_figures():
    drawing = BesidePicture(ReconstructPicture(9), FakeModel(), ("a.pt", "b.pt")).draw(FakeModel())
    placed = [place(known, Canvas(40, 40, **HALF_CELLS)) for known in drawing.arrangements]
    assert "error" in {label.text for label in placed[-1].labels}


def test_without_free_rows_tiles_come_before_labels():
    drawing = TraversePicture(DimChoice("kl", 3), steps=9).draw(FakeModel(tile=8))
    placed = place(drawing, Canvas(20, 6, **HALF_CELLS))
    assert not placed.text_rows
