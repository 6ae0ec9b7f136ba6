import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import even_steps, prior_latents, slerp
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.latent_file import LatentFile


def test_a_row_goes_from_image_to_image_with_both_shown():
    drawing = InterpolatePicture(steps=3, first=10, second=30).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (5, 1)
    assert drawing.tiles_NHWC[0, 0, 0].tolist() == [10, 10, 10]
    assert drawing.tiles_NHWC[4, 0, 0].tolist() == [30, 30, 30]
    np.testing.assert_allclose(drawing.latents_NZ[1:4, :2], [[1, -1], [2, -2], [3, -3]])
    assert drawing.tiles_NHWC[1, 0, 0].tolist() == [168, 88, 128]  # 128 + 40 z
    assert np.isnan(drawing.latents_NZ[[0, 4]]).all()
    assert drawing.column_labels == ("image", "t 0.00", "t 0.50", "t 1.00", "image")


def test_further_rows_take_the_next_images_around_the_end():
    drawing = InterpolatePicture(num=3, steps=2, first=1, second=2).draw(FakeSubject(num_images=5))

    assert [label.replace(" ", "") for label in drawing.row_labels] == ["1→2", "3→4", "0→1"]
    assert drawing.tiles_NHWC[::4, 0, 0, 0].tolist() == [1, 3, 0]
    assert drawing.tiles_NHWC[3::4, 0, 0, 0].tolist() == [2, 4, 1]


def test_random_ends_are_draws_of_the_prior():
    drawing = InterpolatePicture(num=2, steps=4, between="random", path="slerp", seed=6).draw(FakeSubject())

    ends = prior_latents(4, 8, 6)
    np.testing.assert_array_equal(drawing.latents_NZ[:4], slerp(ends[0], ends[1], even_steps(4)))
    np.testing.assert_array_equal(drawing.latents_NZ[4:], slerp(ends[2], ends[3], even_steps(4)))
    assert drawing.columns == 4


def test_given_latents_are_taken_two_a_row():
    base = LatentFile("z.npz", np.eye(8, dtype=np.float32)[:5])

    drawing = InterpolatePicture(num=2, steps=2, base=base).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ, base.latents_NZ[:4])
    with pytest.raises(VaeTuiError, match="holds 5 latents"):
        InterpolatePicture(num=3, base=base).draw(FakeSubject())


def test_edits_hold_along_the_whole_path():
    drawing = InterpolatePicture(steps=5, between="random", edits=((2, -1.5),)).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 2], -1.5)


def test_a_sampled_posterior_is_drawn_by_the_seed():
    means, drawn, again, other = (
        InterpolatePicture(posterior=posterior, seed=seed).draw(FakeSubject()).latents_NZ[1]
        for posterior, seed in (("mean", 0), ("sample", 0), ("sample", 0), ("sample", 1))
    )

    np.testing.assert_array_equal(drawn, again)
    assert not np.allclose(drawn, means)
    assert not np.allclose(drawn, other)
    np.testing.assert_allclose(drawn - means, 0.5 * prior_latents(1, 8, 0)[0], atol=1e-6)  # sigma is 0.5


def test_the_animation_goes_there_and_back():
    animation = InterpolatePicture(num=3, steps=4, between="random").animate(FakeSubject())

    still = InterpolatePicture(num=3, steps=4, between="random").draw(FakeSubject())
    by_row = still.latents_NZ.reshape(3, 4, 8)
    assert len(animation.frames) == 6
    for frame, step in zip(animation.frames, (0, 1, 2, 3, 2, 1), strict=True):
        np.testing.assert_array_equal(frame.latents_NZ, by_row[:, step])


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (InterpolatePicture(), "-n 1 --steps 10 --path lerp --from 0 --to 1 --posterior mean"),
        (
            InterpolatePicture(posterior="sample", seed=3, path="slerp"),
            "-n 1 --steps 10 --path slerp --from 0 --to 1 --posterior sample --seed 3",
        ),
        (InterpolatePicture(num=2, between="random"), "-n 2 --steps 10 --path lerp --random --seed 0"),
        (
            InterpolatePicture(between="random", edits=((0, -1.0),)),
            "-n 1 --steps 10 --path lerp --random --seed 0 --z 0=-1",
        ),
    ],
)
def test_the_arguments_name_what_was_asked(request_, words):
    assert request_.arguments() == words.split()


@pytest.mark.parametrize("wrong", [{"num": 0}, {"num": 257}, {"steps": 1}, {"steps": 257}, {"seed": -1}], ids=str)
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(VaeTuiError) as refused:
        InterpolatePicture(**wrong)

    assert str(refused.value.hint).startswith("give ")


@pytest.mark.parametrize(("image", "said"), [(-1, "no file 1"), (5, "no image 5")])
def test_an_absent_image_is_refused(image, said):
    with pytest.raises(VaeTuiError, match=said) as refused:
        InterpolatePicture(second=image).draw(FakeSubject(num_images=5))

    assert refused.value.hint == (
        "there are 0 to 4" if image > 0 else "give image files with --file FILE.png, once for each"
    )


def test_a_checkpoint_without_images_says_where_to_get_some():
    with pytest.raises(VaeTuiError, match="carries no images") as refused:
        InterpolatePicture().draw(FakeSubject(num_images=0))

    assert "--data" in str(refused.value.hint)


def test_rows_are_labelled_by_both_ends_in_one_word():
    drawing = InterpolatePicture(num=3, first=7, second=9).draw(FakeSubject())

    assert drawing.row_labels == ("7→9  ", "9→11 ", "11→13")
