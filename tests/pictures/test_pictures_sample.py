import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import prior_latents
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.sample import WALK_STEPS, WALK_STOPS, SamplePicture


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
