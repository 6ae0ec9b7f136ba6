import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import prior_latents
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.sample import WALK_STEPS, WALK_STOPS, SamplePicture
from vae_tui.priors import fitted_prior


def colours(latents: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(128 + 40 * latents[:, :3]), 0, 255)


def test_samples_are_decoded_draws_of_the_prior():
    drawing = SamplePicture(num=5, seed=3).draw(FakeSubject())

    latents = prior_latents(5, 8, 3)
    np.testing.assert_array_equal(drawing.latents_NZ, latents)
    np.testing.assert_array_equal(drawing.tiles_NHWC[:, 0, 0], colours(latents))


@pytest.mark.parametrize(("num", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (16, 4, 4), (64, 8, 8)])
def test_samples_make_a_square_grid(num, columns, rows):
    drawing = SamplePicture(num=num).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (columns, rows)
    assert drawing.caption.startswith("1 sample of" if num == 1 else f"{num} samples of")


def test_the_first_samples_are_the_same_in_a_larger_grid():
    few, many = (SamplePicture(num=num, seed=9).draw(FakeSubject()) for num in (4, 25))

    np.testing.assert_array_equal(few.tiles_NHWC, many.tiles_NHWC[:4])


def test_edits_and_temperature_reach_every_sample():
    drawing = SamplePicture(num=4, temperature=0.5, edits=((0, 1.0),)).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 0], 1)
    np.testing.assert_array_equal(drawing.latents_NZ[:, 1:], prior_latents(4, 8, 0, 0.5)[:, 1:])
    assert drawing.caption == "4 samples of N(0, I) · seed 0 · temperature 0.5 · z 0=1"


def test_given_latents_are_decoded_as_they_are():
    base = LatentFile("folder/z.npz", np.eye(8, dtype=np.float32)[:3])

    drawing = SamplePicture(base=base).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ, base.latents_NZ)
    assert drawing.caption == "3 latents of z.npz"
    assert SamplePicture(base=base).arguments() == ["--latent", "folder/z.npz"]


def test_a_walk_passes_through_the_samples_of_the_next_seeds():
    walk = SamplePicture(num=4, seed=5).animate(FakeSubject())

    assert len(walk.frames) == WALK_STOPS * WALK_STEPS
    for stop in range(WALK_STOPS):
        np.testing.assert_allclose(walk.frames[stop * WALK_STEPS].latents_NZ, prior_latents(4, 8, 5 + stop), atol=1e-5)


def test_a_walk_takes_even_steps_and_closes():
    frames = [frame.latents_NZ for frame in SamplePicture(num=1).animate(FakeSubject(latent_dim=64)).frames]
    strides = [
        float(np.linalg.norm(after - before)) for before, after in zip(frames, frames[1:] + frames[:1], strict=True)
    ]

    assert max(strides) < 2 * min(strides)


def test_the_arguments_name_what_was_asked():
    request = SamplePicture(num=9, seed=4, temperature=0.7, edits=((3, 1.5), (17, -2.0)))

    assert request.arguments() == ["-n", "9", "--seed", "4", "--temperature", "0.7", "--z", "3=1.5,17=-2"]


@pytest.mark.parametrize(
    "wrong",
    [{"num": 0}, {"num": -3}, {"num": 5000}, {"seed": -1}, {"seed": 2**63}, {"temperature": -0.1}]
    + [{"temperature": value} for value in (float("nan"), float("inf"), 1e39)],
    ids=str,
)
def test_impossible_values_are_refused_with_what_is_possible(wrong):
    with pytest.raises(VaeTuiError) as refused:
        SamplePicture(**wrong)

    assert refused.value.hint
    assert "give" in refused.value.hint


def test_an_absent_dimension_is_refused():
    with pytest.raises(VaeTuiError, match="no latent dimension 8"):
        SamplePicture(edits=((8, 0.0),)).draw(FakeSubject())


def test_latents_of_another_model_are_refused():
    base = LatentFile("z.npz", np.zeros((3, 5), np.float32))

    with pytest.raises(VaeTuiError, match="5 dimensions") as refused:
        SamplePicture(base=base).draw(FakeSubject())
    assert refused.value.hint == "the model has 8"


def test_an_animation_of_too_many_tiles_is_refused_before_anything_is_decoded():
    subject = FakeSubject()
    with pytest.raises(VaeTuiError, match="36 frames of 456 tiles is too large") as error:
        SamplePicture(num=456).animate(subject)
    assert "-n 455 or less" in error.value.hint
    assert subject.decoded_batches == []


def test_samples_of_the_fitted_prior_are_its_draws():
    subject = FakeSubject()
    drawing = SamplePicture(num=5, seed=3, temperature=0.5, prior="fitted", edits=((0, 1.0),)).draw(subject)

    latents = fitted_prior(subject.survey()).draws(5, 3, 0.5)
    latents[:, 0] = 1
    np.testing.assert_allclose(drawing.latents_NZ, latents, atol=1e-6)
    assert drawing.caption.startswith(
        "5 samples of fitted: a Gaussian of all 64 test images' aggregate posterior · seed 3"
    )
    assert str(drawing.points[2]) == "draw:2:3:0.5:fitted,z0=1"
    np.testing.assert_array_equal(drawing.points[2].latent(subject), drawing.latents_NZ[2])


def test_without_images_there_is_no_fitted_prior():
    with pytest.raises(VaeTuiError, match="no images"):
        SamplePicture(prior="fitted").draw(FakeSubject(num_images=0))


def test_a_tile_stands_again_beside_its_nearest_images():
    subject = FakeSubject()
    still = SamplePicture(num=16).draw(subject)
    drawing = SamplePicture(num=16, nearest=6).draw(subject)

    near = subject.survey().nearest(still.latents_NZ[6], 3)
    assert (drawing.columns, drawing.rows) == (4, 5)
    np.testing.assert_array_equal(drawing.tiles_NHWC[:16], still.tiles_NHWC)
    np.testing.assert_array_equal(drawing.tiles_NHWC[16], still.tiles_NHWC[6])
    assert drawing.tiles_NHWC[17:, 0, 0, 0].tolist() == near.indices_K.tolist()
    np.testing.assert_array_equal(drawing.latents_NZ[16], still.latents_NZ[6])
    assert np.isnan(drawing.latents_NZ[17:]).all()
    assert drawing.points[:16] == tuple(still.points)
    assert set(drawing.points[16:]) == {None}
    assert drawing.row_labels == ("       ",) * 4 + ("nearest",)
    first = f"{near.indices_K[0]} {('frog', 'truck')[near.indices_K[0] % 2]} at {near.distances_K[0]:.2f} · "
    assert drawing.caption.startswith(f"near tile 6: test images {first}")


@pytest.mark.parametrize(
    ("num", "columns", "num_images", "hidden"), [(1, 4, 3, 0), (2, 2, 2, 0), (4, 2, 2, 0), (5, 3, 2, 1), (9, 3, 2, 0)]
)
def test_the_nearest_images_stand_in_a_row_of_their_own_or_beside_a_single_tile(num, columns, num_images, hidden):
    drawing = SamplePicture(num=num, nearest=num - 1).draw(FakeSubject())

    assert drawing.columns == columns
    assert len(drawing.tiles_NHWC) == num + hidden + (num > 1) + num_images
    assert np.flatnonzero(~drawing.shown_N).tolist() == list(range(num, num + hidden))
    assert len(drawing.points) == len(drawing.words) == len(drawing.latents_NZ) == len(drawing.tiles_NHWC)


def test_another_tile_s_nearest_images_cost_no_decoding():
    subject = FakeSubject()
    for nearest in (None, 0, 7):
        SamplePicture(num=16, nearest=nearest).draw(subject)
    assert subject.decoded_batches == [16]
    SamplePicture(num=16, seed=1).draw(subject)
    assert subject.decoded_batches == [16, 16]


def test_the_tile_and_the_prior_are_named_by_the_arguments():
    request = SamplePicture(num=9, prior="fitted", nearest=3, edits=((3, 1.5),))

    words = "-n 9 --seed 0 --temperature 1 --prior fitted --z 3=1.5 --nearest 3"
    assert request.arguments() == words.split()


@pytest.mark.parametrize("tile", [-1, 4])
def test_an_absent_tile_has_no_nearest_images(tile):
    with pytest.raises(VaeTuiError, match=f"no tile {tile}") as refused:
        SamplePicture(num=4, nearest=tile).draw(FakeSubject())
    assert refused.value.hint == "there are 0 to 3"


def test_the_walk_of_fitted_draws_has_the_grid_alone():
    walk = SamplePicture(num=4, prior="fitted", nearest=1).animate(FakeSubject())

    assert {len(frame.tiles_NHWC) for frame in walk.frames} == {4}


def test_a_screen_may_have_the_nearest_images_in_a_column_at_the_right():
    below, right = SamplePicture(num=16, nearest=6).draw(FakeSubject()).arrangements
    assert (below.rows, below.columns) == (5, 4)
    assert (right.rows, right.columns) == (4, 5)
    assert right.front is right.as_saved is below
    for tile in range(20):
        (place,) = right.places(tile)
        assert right.tile_of(place) == tile
        assert (place % 5 == 4) == (tile >= 16)
        np.testing.assert_array_equal(right.tiles_NHWC[place], below.tiles_NHWC[tile])
        np.testing.assert_array_equal(right.latents_NZ[place], below.latents_NZ[tile])
        assert right.points[place] == below.points[tile]
        assert right.words[place] == below.words[tile]
    assert (right.caption, right.column_labels) == (below.caption, ("", "", "", "", "nearest"))


def test_a_column_of_fewer_images_than_rows_ends_empty():
    subject = FakeSubject(num_images=2)
    below, right = SamplePicture(num=16, nearest=6).draw(subject).arrangements
    assert len(below.tiles_NHWC) == 19
    assert right.shown_N.tolist() == [True] * 19 + [False]
    assert right.tile_of(19) is None
    assert right.places(19) == ()


@pytest.mark.parametrize("num", [1, 3, 6, 12])
def test_a_grid_that_is_no_square_keeps_them_below(num):
    assert len(SamplePicture(num=num, nearest=0).draw(FakeSubject()).arrangements) == 1
