import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.charts.window import Window
from vae_tui.errors import VaeTuiError
from vae_tui.pictures.map import MapPicture, grid_places
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.plane import principal_plane, umap_plane
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.bases import Image, OnUmap
from vae_tui.points.point import Point

SUBJECT = FakeSubject()
METHODS = ("pca", "umap")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", [(0.0, 0.0), (1.5, -0.25), (-3.0, 2.0)])
def test_the_decoded_latent_is_that_of_its_point(method, place):
    drawing = MapPicture(method, *place).draw(SUBJECT)
    latent_Z = drawing.points[0].latent(SUBJECT)
    np.testing.assert_array_equal(drawing.latents_NZ[0], latent_Z)
    np.testing.assert_array_equal(drawing.tiles_NHWC[0], SUBJECT.decode(latent_Z[None])[0])
    np.testing.assert_array_equal(drawing.centre_Z, latent_Z)
    assert drawing.chart.cursor == place


@pytest.mark.parametrize("method", METHODS)
def test_every_tile_of_a_grid_is_its_point(method):
    drawing = MapPicture(method, grid=3, edits=((1, 0.5),)).draw(SUBJECT)
    expected = np.stack([point.latent(SUBJECT) for point in drawing.points])
    np.testing.assert_array_equal(drawing.latents_NZ, expected)
    assert (expected[:, 1] == 0.5).all()
    assert len(drawing.tiles_NHWC) == 9


def test_the_nearest_image_is_named_with_class_and_distance():
    x, y = principal_plane(SUBJECT.survey()).points_N2[41].tolist()
    drawing = MapPicture(x=x, y=y, edits=((5, 2.0),)).draw(SUBJECT)
    assert drawing.points[1] == Point(Image(41))
    assert drawing.words[1] == "image 41 truck, 2.00 away"
    assert "nearest: image 41 truck, 2.00 away" in drawing.caption
    np.testing.assert_array_equal(drawing.tiles_NHWC[1], SUBJECT.images([41])[0])
    assert np.isnan(drawing.latents_NZ[1]).all()


def test_places_are_counted_in_standard_deviations():
    plane = principal_plane(SUBJECT.survey())
    np.testing.assert_allclose(plane.points_N2[:, 0].std(), 1, rtol=1e-5)
    assert plane.points_N2[:, 1].tolist() == [0] * 64  # the fake's images lie on a line
    assert str(plane.point((1.5, 0.0))) == "mean,pc1=1.5"


def test_an_images_place_is_where_it_is_drawn():
    survey = SUBJECT.survey()
    for plane in (principal_plane(survey), umap_plane(survey, SUBJECT.umap_points())):
        place = plane.place_of(survey.means_NZ[40])
        np.testing.assert_allclose(place, plane.points_N2[40], rtol=1e-5, atol=1e-6)


def test_a_marked_latent_is_named_on_the_plane():
    (x, y, text), *others = MapPicture(at=Point(Image(40))).draw(SUBJECT).chart.marks
    assert (text, others) == ("current", [])
    np.testing.assert_allclose((x, y), principal_plane(SUBJECT.survey()).points_N2[40], rtol=1e-5, atol=1e-6)


def test_held_dimensions_are_decoded_and_part_of_the_point():
    drawing = MapPicture(x=1.0, edits=((2, 3.0),)).draw(SUBJECT)
    assert str(drawing.points[0]) == "mean,pc1=1,z2=3"
    assert drawing.latents_NZ[0, 2] == 3


def test_a_place_on_umap_is_what_lies_about_it():
    drawing = MapPicture("umap", 12.0, 0.0).draw(SUBJECT)
    assert drawing.points[0] == Point(OnUmap(12.0, 0.0))
    np.testing.assert_array_equal(drawing.latents_NZ[0], SUBJECT.encode([12])[0][0])


def test_zoom_shows_less_of_the_plane_about_a_place():
    whole = MapPicture().draw(SUBJECT).chart.window
    close = MapPicture(zoom=4.0, about=(1.0, 0.5)).draw(SUBJECT).chart.window
    assert close.width == pytest.approx(whole.width / 4)
    assert (close.left + close.right) / 2 == pytest.approx(1)
    assert (close.bottom + close.top) / 2 == pytest.approx(0.5)


def test_places_of_a_grid_go_by_rows_from_the_top_in_few_decimals():
    places = grid_places(Window(-2, 1, 0, 6), 3)
    assert places.tolist()[:4] == [[-1.5, 5], [-0.5, 5], [0.5, 5], [-1.5, 3]]
    assert all(len(repr(x)) <= 5 for x in grid_places(Window(-2.12345, 1.54321, 0, 6), 7)[:, 0].tolist())


def test_one_image_and_no_classes_are_a_map_too():
    for num, dims in ((1, 8), (2, 8), (3, 1)):
        drawing = MapPicture(x=1.0, y=1.0).draw(FakeSubject(dims, num))
        assert np.isfinite(drawing.latents_NZ[0]).all()
        assert np.isfinite(MapPicture(grid=2).draw(FakeSubject(dims, num)).latents_NZ).all()


def test_the_animation_goes_round_within_the_window():
    animation = MapPicture(zoom=2.0).animate(SUBJECT)
    cursors = np.array([frame.chart.cursor for frame in animation.frames])
    window = animation.frames[0].chart.window
    assert len({frame.chart.window for frame in animation.frames}) == 1
    assert (np.abs(cursors[:, 0] - (window.left + window.right) / 2) <= window.width / 4 + 1e-9).all()
    assert len(np.unique(cursors.round(6), axis=0)) == len(cursors)


def test_a_grids_animation_walks_from_tile_to_tile():
    still = MapPicture(grid=3).draw(SUBJECT)
    frames = MapPicture(grid=3).animate(SUBJECT).frames
    seen = [int(np.flatnonzero((still.latents_NZ == frame.latents_NZ).all(1))[0]) for frame in frames]
    columns = still.latents_NZ[:, 0]
    assert len(frames) == 16
    assert set(columns[seen].tolist()) == set(columns.tolist())


@pytest.mark.parametrize(
    "values",
    [
        {"method": "tsne"},
        {"x": float("nan")},
        {"y": float("inf")},
        {"zoom": 0.5},
        {"zoom": 1e9},
        {"about": (float("nan"), 0.0)},
        {"grid": 1},
        {"grid": 65},
    ],
)
def test_values_that_can_not_be_are_refused(values):
    with pytest.raises(VaeTuiError):
        MapPicture(**values)


def test_without_images_it_says_so():
    with pytest.raises(VaeTuiError, match="no images"):
        MapPicture().draw(FakeSubject(num_images=0))


@pytest.mark.parametrize("moving", [False, True])
def test_the_same_picture_is_the_same_bytes(moving):
    one, other = (file_bytes(MapPicture(), FakeSubject(), Origin("a.pt"), "ab", moving=moving) for _ in range(2))
    assert one == other


def test_a_cursor_on_umap_begins_at_a_short_place():
    plane = umap_plane(SUBJECT.survey(), SUBJECT.umap_points() / np.float32(3))
    assert all(len(f"{value:g}") <= 6 and round(value, 2) == value for value in plane.home)
    assert str(plane.point(plane.home)) == f"umap:{plane.home[0]:g}:{plane.home[1]:g}"
