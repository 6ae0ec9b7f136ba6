import numpy as np
import pytest
from fakes import FakeSubject
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.latent import image_draws, lerp, prior_latents, slerp
from vae_tui.points.bases import Centre, Draw, Image, OnUmap, SetMean
from vae_tui.points.grammar import parse_point
from vae_tui.points.moves import ClassMove, ImagesMove, PrincipalMove
from vae_tui.points.point import Between, Point
from vae_tui.priors import PRIORS, prior_draws

SPACE = FakeSubject(latent_dim=8, num_images=20)
NUMBERS = st.floats(-1e6, 1e6, width=32)
COUNTS = st.integers(0, 10**9)
BASES = st.one_of(
    st.just(Centre()),
    st.just(SetMean()),
    st.builds(Image, COUNTS, st.none() | COUNTS),
    st.builds(Draw, st.integers(0, 4095), COUNTS, st.floats(0, 1e3), st.sampled_from(PRIORS)),
    st.builds(OnUmap, NUMBERS, NUMBERS),
)
AMOUNTS = NUMBERS.filter(bool)
SOME = st.lists(COUNTS, min_size=1, max_size=4).map(tuple)
MOVES = st.one_of(
    st.builds(PrincipalMove, st.integers(1, 999), AMOUNTS),
    st.builds(ClassMove, st.integers(0, 999), st.integers(0, 999), AMOUNTS),
    st.builds(ImagesMove, SOME, SOME, AMOUNTS),
)
EDITS = st.dictionaries(st.integers(0, 1023), NUMBERS, max_size=4).map(lambda edits: tuple(sorted(edits.items())))
PLAIN = st.builds(Point, BASES, st.lists(MOVES, max_size=3, unique_by=lambda move: move.name).map(tuple), EDITS)
POINTS = st.recursive(
    PLAIN,
    lambda points: st.builds(
        lambda start, end, t, path, edits: Point(Between(start, end, t, path), (), edits),
        points,
        points,
        st.floats(0, 1),
        st.sampled_from(["lerp", "slerp"]),
        EDITS,
    ),
    max_leaves=4,
)


@given(POINTS)
def test_what_is_written_is_read_back(point):
    assert parse_point(str(point)) == point


@given(st.text(alphabet="centreimag:drawbtwn();,=pcz+>0123456789.-e \x1b", max_size=40))
def test_no_text_does_worse_than_an_error(text):
    try:
        point = parse_point(text)
    except VaeTuiError as error:
        said = error.message
    else:
        said = str(point)
        assert parse_point(said) == point
    assert "\x1b" not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "image",
        "image:x",
        "image:-1",
        "image:7=2",
        "draw:1",
        "umap:1",
        "umap:1:nan",
        "draw:4096:0",
        "draw:1:2:-1",
        "draw:1:2:nan",
        "centre,z3",
        "centre,z3=inf",
        "centre,pc1=1,pc1=2",
        "centre,class:1",
        "between(centre;mean)",
        "between(centre):0.5",
        "between(centre;mean):1.5",
        "between(centre;mean):0.5:arc",
        "between(centre;mean:0.5",
        "between" + "(" * 99,
    ],
)
def test_what_is_no_point_is_refused_with_the_next_step(text):
    with pytest.raises(VaeTuiError) as caught:
        parse_point(text)
    assert caught.value.hint


def test_points_nested_too_deep_are_refused():
    text = "centre"
    for _ in range(20):
        text = f"between({text};centre):0.5"
    with pytest.raises(VaeTuiError):
        parse_point(text)


def test_bases_are_the_latents_that_they_name():
    np.testing.assert_array_equal(Point().latent(SPACE), np.zeros(8))
    np.testing.assert_array_equal(Point(Draw(3, 5, 0.5)).latent(SPACE), prior_latents(9, 8, 5, 0.5)[3])
    mean_1Z, std_1Z = SPACE.encode([7])
    np.testing.assert_array_equal(Point(Image(7)).latent(SPACE), mean_1Z[0])
    np.testing.assert_array_equal(Point(Image(7, 3)).latent(SPACE), image_draws(mean_1Z, std_1Z, [7], 3)[0])


@pytest.mark.parametrize(("name", "path"), [("lerp", lerp), ("slerp", slerp)])
def test_a_place_between_two_points_is_that_of_the_path(name, path):
    start, end = Point(Draw(0, 1)), Point(Image(7))
    between = Point(Between(start, end, 0.25, name)).latent(SPACE)
    np.testing.assert_array_equal(between, path(start.latent(SPACE), end.latent(SPACE), np.linspace(0, 1, 5))[1])


def test_moves_add_up_and_held_dimensions_come_last():
    survey = SPACE.survey()
    moved = parse_point("image:2,pc1=1.5,images:1+3>5=2,z0=9").latent(SPACE)
    offset = 1.5 * survey.principal.components_KZ[0] * survey.principal.std_K[0]
    images = SPACE.encode([5])[0][0] - SPACE.encode([1, 3])[0].mean(axis=0)
    expected = SPACE.encode([2])[0][0] + offset + 2 * images
    expected[0] = 9
    np.testing.assert_allclose(moved, expected, atol=1e-5)


def test_a_class_direction_goes_from_mean_to_mean():
    survey = SPACE.survey()
    start, end = (int(label) for label in np.unique(survey.labels_N)[:2])
    moved = parse_point(f"centre,class:{start}>{end}=0.5").latent(SPACE)
    np.testing.assert_allclose(moved, 0.5 * (survey.class_mean_Z(end) - survey.class_mean_Z(start)), atol=1e-6)


def test_a_move_takes_the_place_of_its_namesake():
    point = Point().moved(PrincipalMove(1, 0.5)).moved(PrincipalMove(2, 1.0)).moved(PrincipalMove(1, -2.0))
    assert str(point) == "centre,pc1=-2,pc2=1"
    assert str(point.moved(PrincipalMove(1, 0.0))) == "centre,pc2=1"


@pytest.mark.parametrize("text", ["image:20", "centre,z8=1", "centre,pc0", "centre,pc99", "centre,class:0>77"])
def test_what_the_model_has_not_is_said(text):
    with pytest.raises(VaeTuiError):
        parse_point(text).latent(SPACE)


def test_a_point_of_a_latent_is_that_latent():
    latent = prior_latents(1, 8, 3)[0]
    np.testing.assert_array_equal(parse_point(str(Point.of(latent))).latent(SPACE), latent)


def test_a_place_on_the_map_by_umap_is_what_lies_about_it():
    # the fake's image 3 lies at (3, 1)
    np.testing.assert_array_equal(parse_point("umap:3:1").latent(SPACE), SPACE.encode([3])[0][0])
    assert 0.3 < parse_point("umap:3.1:1").latent(SPACE)[0] < 0.4


@pytest.mark.parametrize(
    ("text", "needs"), [("umap:3:1,z0=1", True), ("between(centre;umap:0:0):0.5", True), ("mean,pc1=2", False)]
)
def test_a_point_says_whether_it_needs_the_map_by_umap(text, needs):
    assert parse_point(text).needs_umap == needs


def test_a_draw_of_the_fitted_prior_is_the_tile_of_its_samples():
    point = parse_point("draw:3:5:0.5:fitted")
    assert point == Point(Draw(3, 5, 0.5, "fitted"))
    assert point.needs_survey
    assert not Point(Draw(3, 5)).needs_survey
    np.testing.assert_array_equal(point.latent(SPACE), prior_draws(SPACE, "fitted", 4, 5, 0.5)[3])


def test_an_unknown_prior_is_no_point():
    with pytest.raises(VaeTuiError, match="no point"):
        parse_point("draw:3:5:0.5:flat")


def test_a_class_is_left_for_the_whole_sets_mean():
    point = parse_point("centre,class:all>1=0.5")
    survey = SPACE.survey()
    assert str(point) == "centre,class:all>1=0.5"
    np.testing.assert_allclose(point.latent(SPACE), (survey.class_mean_Z(1) - survey.principal.mean_Z) / 2, atol=1e-6)
    back = parse_point("centre,class:1>all=0.5").latent(SPACE)
    np.testing.assert_allclose(back, -point.latent(SPACE), atol=1e-6)


def test_a_latent_without_a_name_is_moved_like_any_other():
    latent = np.linspace(-1, 1, SPACE.latent_dim).astype(np.float32)
    moved = Point.of(latent).moved(PrincipalMove(1, 2.0)).latent(SPACE)
    np.testing.assert_allclose(moved, latent + 2 * PrincipalMove(1).offset(SPACE), atol=1e-6)
    assert not Point.of(latent).needs_survey


def test_values_are_those_of_the_first_dimensions():
    assert parse_point("values:0.5:-2").latent(SPACE)[:4].tolist() == [0.5, -2, 0, 0]
    with pytest.raises(VaeTuiError, match="no latent dimension"):
        parse_point("values" + ":1" * (SPACE.latent_dim + 1)).latent(SPACE)
    for text in ("values", "values:", "values:a", "values:inf"):
        with pytest.raises(VaeTuiError):
            parse_point(text)
