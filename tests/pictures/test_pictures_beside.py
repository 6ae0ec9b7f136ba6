"""Two models in one picture."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.charts.curves import Curves
from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER, read_provenance
from vae_tui.latent import DimChoice
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.fitting import fitted
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.joining import join
from vae_tui.pictures.map import MapPicture
from vae_tui.pictures.origin import Beside, Origin, command_line
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.rendering import file_bytes
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.traverse import TraversePicture
from vae_tui.points.bases import Draw, Image
from vae_tui.points.point import Point

NAMES = ("a.pt", "b.pt")


def flat(*values, columns=2, size=(4, 4), **more):
    """A drawing of flat grey tiles."""
    tiles = np.array(values, np.uint8)[:, None, None, None] * np.ones((1, *size, 3), np.uint8)
    latents = np.array(values, np.float32)[:, None]
    return Drawing(tiles, columns, latents, "grey", **more)


def greys(drawing):
    """The tiles' values by rows; -1 where there is none."""
    values = drawing.tiles_NHWC[:, drawing.tile_shape[0] // 2, drawing.tile_shape[1] // 2, 0].astype(int)
    return np.where(drawing.shown_N, values, -1).reshape(-1, drawing.columns).tolist()


def test_rows_stand_beside_each_other_with_a_gap():
    joined = join(flat(1, 2, 3, 4), flat(5, 6, 7, 8), NAMES)
    assert greys(joined) == [[1, 2, -1, 5, 6], [3, 4, -1, 7, 8]]
    assert joined.caption == "grey · left a.pt, right b.pt"


def test_the_shorter_one_is_filled_up():
    joined = join(flat(1, 2, 3), flat(5, 6, 7, columns=1), NAMES)
    assert greys(joined) == [[1, 2, -1, 5], [3, -1, -1, 6], [-1, -1, -1, 7]]


def test_single_columns_need_no_gap():
    assert greys(join(flat(1, 2, columns=1), flat(3, 4, columns=1), NAMES)) == [[1, 3], [2, 4]]


def test_what_a_part_does_not_show_is_not_shown():
    left = flat(1, 2, shown_N=np.array([True, False]))
    assert greys(join(left, flat(3, 4), NAMES)) == [[1, -1, -1, 3, 4]]


def test_latents_keep_their_rows_and_the_shorter_ones_are_filled_with_nan():
    right = replace(flat(5), latents_NZ=np.array([[5, 6]], np.float32))
    latents = join(flat(1), right, NAMES).latents_NZ
    np.testing.assert_array_equal(latents, np.array([[1, np.nan], [np.nan] * 2, [np.nan] * 2, [5, 6], [np.nan] * 2]))


def test_small_tiles_are_enlarged_to_the_size_of_the_others():
    joined = join(flat(1, columns=1, size=(8, 8)), flat(9, columns=1), NAMES)
    assert joined.tile_shape == (8, 8)
    assert (joined.tiles_NHWC[1] == 9).all()


def test_tiles_of_another_shape_stand_in_the_middle():
    joined = join(flat(1, columns=1, size=(8, 8)), flat(9, columns=1, size=(2, 4)), NAMES)
    assert (joined.tiles_NHWC[1, 2:6] == 9).all()
    assert (joined.tiles_NHWC[1, [0, 1, 6, 7]] == PAPER).all()


def test_points_and_words_keep_their_side():
    a, b = Point(Image(1)), Point(Image(2))
    joined = join(
        flat(1, columns=1, points=(a,), words=("one",)), flat(2, columns=1, points=(b,), words=("two",)), NAMES
    )
    assert (joined.points, joined.words) == ((a, b), ("one", "two"))


def test_numbers_of_short_labels_have_their_heads_on_both_sides():
    left, right = (TraversePicture(dims=DimChoice("kl", 2)).draw(FakeSubject(latent_dim=dims)) for dims in (8, 16))
    joined = join(left, right, NAMES)
    assert [head.split() for head in joined.label_heads[:2]] == [["KL", "Δ", "|", "KL", "Δ"]] * 2
    assert [len(head) for head in joined.label_heads[:2]] == [len(form[-1]) for form in joined.shorter_labels[:2]]


def test_different_labels_and_captions_are_both_said():
    left = flat(1, columns=1, row_labels=("z1",), column_labels=("x",))
    right = replace(left, row_labels=("z10",), caption="other")
    joined = join(left, right, NAMES)
    assert joined.row_labels == ("z1 | z10",)
    assert joined.column_labels == ("x", "x")
    assert joined.caption == "left a.pt: grey · right b.pt: other"
    assert join(left, left, NAMES).row_labels == ("z1",)


def test_labels_of_the_right_one_alone_keep_their_width():
    left = flat(1, columns=1, row_labels=("z1",))
    joined = join(left, replace(flat(1, 2, columns=1), row_labels=("z2", "z3")), NAMES)
    assert joined.row_labels == ("z1 | z2", "   | z3")


def test_large_tiles_stand_beside_each_other_without_their_strips():
    left = flat(1, 2, 3, lead=5, words=("large", "", ""))
    joined = join(left, flat(4, 5, 6, lead=5), NAMES)
    assert greys(joined) == [[1, 4]]
    assert joined.lead == 1
    assert joined.words == ("large", "")
    assert len(joined.front.tiles_NHWC) == 1


@pytest.mark.parametrize("tiles", [(), (1,)])
def test_charts_stand_beside_each_other_with_the_names(tiles):
    chart = Curves(())
    left = Drawing(
        np.zeros((len(tiles), 4, 4, 3), np.uint8), 1, np.zeros((len(tiles), 1), np.float32), "c", chart=chart
    )
    joined = join(left, left, NAMES)
    assert joined.chart.charts == (chart, chart)
    assert joined.chart.titles == NAMES
    assert joined.chart.direction == "across"


@pytest.mark.parametrize("columns", [(2, 2), (2, 1), (1, 3)])
def test_places_and_tiles_belong_to_each_other(columns):
    joined = join(flat(1, 2, 3, columns=columns[0]), flat(5, 6, 7, columns=columns[1]), NAMES)
    assert joined.front is joined.parts[0]
    for tile in range(3):
        places = joined.places(tile)
        assert joined.tiles_NHWC[places[0], 0, 0, 0] == tile + 1
        assert {joined.tile_of(place) for place in places} == {tile}


def test_the_gap_belongs_to_no_tile():
    assert join(flat(1, 2), flat(3, 4), NAMES).tile_of(2) is None


REQUESTS = [
    SamplePicture(num=5, edits=((1, 0.5),)),
    InterpolatePicture(num=2, steps=3),
    TraversePicture(dims=DimChoice("kl", 3), steps=3),
    ReconstructPicture(num=3),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.command_name)
def test_each_side_is_what_the_model_alone_draws(request_):
    a, b = FakeSubject(tile=8), FakeSubject(latent_dim=4, tile=4)
    joined = BesidePicture(request_, b, NAMES).draw(a)
    for part, model in zip(joined.parts, (a, b), strict=True):
        alone = request_.draw(model)
        np.testing.assert_array_equal(part.tiles_NHWC, alone.tiles_NHWC)
        np.testing.assert_array_equal(part.latents_NZ, alone.latents_NZ)
    assert len(joined.points) == len(joined.tiles_NHWC)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.command_name)
def test_both_move_at_once(request_):
    a, b = FakeSubject(), FakeSubject(latent_dim=4)
    animation = BesidePicture(request_, b, NAMES).animate(a)
    assert len(animation.frames) == len(request_.animate(a).frames)
    assert animation.frame_ms == request_.animate(a).frame_ms


def test_swapped_and_alone():
    a, b = FakeSubject(), FakeSubject(latent_dim=4)
    beside = BesidePicture(REQUESTS[0], b, NAMES)
    swapped = replace(beside, sides="swapped").draw(a)
    assert swapped.caption.endswith("left b.pt, right a.pt")
    assert swapped.parts[0].latents_NZ.shape == (5, 4)
    alone = replace(beside, sides="other").draw(a)
    assert alone.latents_NZ.shape == (5, 4)
    assert alone.caption.endswith(" · b.pt")


def test_dimensions_of_one_model_alone_are_left_out_of_the_other_and_said():
    a, b = FakeSubject(latent_dim=8), FakeSubject(latent_dim=4)
    joined = BesidePicture(SamplePicture(num=1, edits=((1, 0.5), (6, 2.0))), b, NAMES).draw(a)
    assert joined.parts[0].latents_NZ[0, 6] == 2.0
    assert joined.parts[1].latents_NZ[0, 1] == 0.5
    assert joined.caption.startswith("b.pt has no z6 · left a.pt: ")


def test_dimensions_of_neither_are_refused():
    with pytest.raises(VaeTuiError, match=r"^there is no latent dimension 8$"):
        BesidePicture(SamplePicture(num=1, edits=((8, 1.0),)), FakeSubject(4), NAMES).draw(FakeSubject(8))


@pytest.mark.parametrize("sides", ["both", "swapped"])
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
def test_where_one_has_no_picture_the_other_is_shown_and_it_is_said_why(sides, moving):
    a, b = FakeSubject(), FakeSubject(num_images=0)
    asked, reason = ReconstructPicture(num=3), "b.pt has no such picture: the checkpoint carries no images"
    picture = BesidePicture(asked, b, NAMES, sides)
    drawing = picture.animate(a).frames[0] if moving else picture.draw(a)
    alone = asked.animate(a).frames[0] if moving else asked.draw(a)
    np.testing.assert_array_equal(drawing.tiles_NHWC[drawing.shown_N], alone.tiles_NHWC)
    np.testing.assert_array_equal(drawing.latents_NZ[drawing.shown_N], alone.latents_NZ)
    assert drawing.caption == f"{reason} · a.pt: {alone.caption}"
    assert drawing.chart.words().startswith(reason)
    assert drawing.row_labels == alone.row_labels
    assert not drawing.is_stacked
    assert drawing.arrangements == (drawing,)


def test_a_list_of_dimensions_of_the_other_alone_leaves_its_picture():
    request = TraversePicture(dims=DimChoice("given", 2, (5, 6)), steps=3)
    drawing = BesidePicture(request, FakeSubject(latent_dim=4), NAMES).draw(FakeSubject(latent_dim=8))
    assert drawing.rows == 3  # of the image too
    assert drawing.caption.startswith("b.pt has no such picture: a model of 4 dimensions has no z5, z6 · a.pt: ")


def test_beside_a_chart_the_reason_has_less_room():
    drawing = BesidePicture(MapPicture(), FakeSubject(num_images=0), NAMES, "swapped").draw(FakeSubject())
    assert (drawing.chart_side, drawing.chart.direction, drawing.chart.titles) == ("left", "down", ("", "a.pt"))
    assert drawing.chart.weights[0] < drawing.chart.weights[1]
    assert drawing.front.points == ()
    found = drawing.chart_cell(20, 20, 60, 40)
    assert (found.drawing is drawing.parts[1], found.width) == (True, 60)


def test_what_neither_can_draw_is_refused_as_of_one():
    with pytest.raises(VaeTuiError, match=r"^the checkpoint carries no images$"):
        BesidePicture(ReconstructPicture(), FakeSubject(num_images=0), NAMES).draw(FakeSubject(num_images=0))
    both = r"^a\.pt: the checkpoint carries no images; b\.pt: there is no image 40$"
    with pytest.raises(VaeTuiError, match=both):
        BesidePicture(ReconstructPicture(first=40), FakeSubject(num_images=9), NAMES).draw(FakeSubject(num_images=0))
    with pytest.raises(VaeTuiError, match=r"^b\.pt: the checkpoint carries no images$"):
        BesidePicture(ReconstructPicture(), FakeSubject(num_images=0), NAMES, "other").draw(FakeSubject())


def test_images_of_their_own_are_said():
    drawing = BesidePicture(REQUESTS[0], FakeSubject(), NAMES, images="own").draw(FakeSubject())
    assert drawing.caption.endswith("each model's own images")


def test_before_two_captions_they_are_said_first():
    few = FakeSubject(num_images=2)
    drawing = BesidePicture(ReconstructPicture(num=3), few, NAMES, images="own").draw(FakeSubject())
    assert drawing.caption.startswith("each model's own images · left a.pt: ")


@dataclass(frozen=True)
class Asked:
    """A request with everything that names dimensions."""

    dims: DimChoice
    stops: tuple[Point, ...]
    edits: tuple = ()
    dim: int | None = None
    sweep: str = ""


def test_fitting_reaches_into_what_a_request_holds():
    held = Point(Draw(0, 1), edits=((1, 1.0), (5, 2.0)))
    asked = Asked(DimChoice("given", 3, (1, 5, 2)), (held, Point()), ((0, 1.0), (6, 1.0)))
    got, left_out = fitted(asked, 4, 8)
    assert left_out == (5, 6)
    assert fitted(replace(asked, dim=6), 4, 8)[0].dim is None
    assert fitted(replace(asked, dim=3), 4, 8)[0].dim == 3
    assert [fitted(replace(asked, sweep=words), 4, 8)[0].sweep for words in ("z6", "z3", "pc1")] == ["", "z3", "pc1"]
    assert got == Asked(DimChoice("given", 2, (1, 2)), (replace(held, edits=((1, 1.0),)), Point()), ((0, 1.0),))


def test_what_fits_stays_the_same():
    asked = Asked(DimChoice(), (Point(),))
    assert fitted(asked, 4, 8) == (asked, ())


def test_a_list_of_which_nothing_remains_is_refused():
    with pytest.raises(VaeTuiError, match="a model of 4 dimensions has no z5, z6"):
        fitted(TraversePicture(dims=DimChoice("given", 2, (5, 6))), 4, 8)


@pytest.mark.parametrize("moving", [False, True], ids=["png", "gif"])
def test_the_file_names_both(tmp_path, moving):
    request = BesidePicture(REQUESTS[0], FakeSubject(), NAMES, "swapped")
    origin = Origin("runs/a.pt", beside=Beside("runs/b.pt", "b" * 64))
    path = tmp_path / f"two.{'gif' if moving else 'png'}"
    path.write_bytes(file_bytes(request, FakeSubject(), origin, "a" * 64, moving=moving))
    said = read_provenance(path)
    assert (said.checkpoint, said.beside) == ("a" * 64, "b" * 64)
    assert said.command.startswith("vaetui sample a.pt -n 5 ")
    assert said.command.endswith("--sides swapped --beside b.pt")
    assert "runs/b.pt" in command_line(request, origin)


def test_another_arrangement_has_the_left_one_above_the_right_one():
    left = flat(1, 2, 3, 4, row_labels=("a", "b"), column_labels=("x", "y"))
    right = flat(5, 6, row_labels=("long",), column_labels=("x", "y"))
    beside, above = join(left, right, NAMES).arrangements
    assert greys(beside) == [[1, 2, -1, 5, 6], [3, 4, -1, -1, -1]]
    assert greys(above) == [[1, 2], [3, 4], [-1, -1], [5, 6]]
    assert above.row_labels == ("a   ", "b   ", "    ", "long")
    assert above.column_labels == ("x", "y")
    assert above.caption == "grey · above a.pt, below b.pt"
    assert [above.places(tile) for tile in range(4)] == [(0, 6), (1, 7), (2,), (3,)]
    assert [above.tile_of(place) for place in range(8)] == [0, 1, 2, 3, None, None, 0, 1]
    assert above.arrangements == (above,)


def test_columns_that_say_different_things_stay_beside_each_other():
    joined = join(flat(1, 2, column_labels=("x", "y")), flat(3, 4, column_labels=("u", "v")), NAMES)
    assert joined.arrangements == (joined,)
    alone = join(flat(1), flat(columns=1), NAMES)
    assert alone.arrangements == (alone,)


def test_lines_under_grids_above_each_other_say_of_which_they_are():
    foot = (("image", ("7",)), ("error", ("1",)))
    left, right = flat(1, columns=1, foot=foot), flat(2, columns=1, foot=(foot[0], ("error", ("2",))))
    above = join(left, right, NAMES).arrangements[1]
    assert above.foot == (("image", ("7",)), ("error ↑", ("1",)), ("error ↓", ("2",)))


def test_what_was_left_out_is_said_of_any_arrangement():
    request = SamplePicture(4, edits=((3, 1.0),))
    drawing = BesidePicture(request, FakeSubject(latent_dim=2), NAMES).draw(FakeSubject(latent_dim=4))
    assert all("b.pt has no z3" in known.caption for known in drawing.arrangements)
    assert "above" in drawing.arrangements[1].caption
