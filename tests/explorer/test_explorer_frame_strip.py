import pytest
from explorer_fakes import FakeModel

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.placing import place, place_best
from vae_tui.pictures.mix import MixPicture
from vae_tui.points.bases import Image
from vae_tui.points.point import Point

PAPER = (1, 2, 3)
MIXED = MixPicture(Point(Image(0)), recent=(Point(Image(1)), Point(Image(2)))).draw(FakeModel(tile=32))


@pytest.mark.parametrize(("size", "cells", "columns", "side"), [((77, 32), (1, 2), 1, 64), ((145, 52), (1, 2), 2, 96)])
def test_a_strip_takes_as_many_columns_as_leave_the_latent_largest(size, cells, columns, side):
    canvas = Canvas(*size, *cells, PAPER)
    drawing, placed = place_best(MIXED, canvas)
    assert (drawing.columns, placed.layout.size(0)) == (columns, (side, side))
    assert all(place(other, canvas).layout.size(0)[0] <= side for other in MIXED.arrangements)
    assert placed.columns <= canvas.columns
    assert placed.rows <= canvas.rows


def test_a_strip_of_one_column_has_the_same_tiles_in_the_same_order_and_two_in_files():
    two, one = MIXED.arrangements
    assert (one.tiles_NHWC == two.tiles_NHWC).all()
    assert (one.points, one.words) == (two.points, two.words)
    assert one.as_saved is two is two.as_saved
