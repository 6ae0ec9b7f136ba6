import shlex

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.reconstruct import ReconstructPicture


def test_originals_stand_above_their_reconstructions():
    drawing = ReconstructPicture(num=3, first=10).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (3, 2)
    assert drawing.tiles_NHWC[:3, 0, 0, 0].tolist() == [10, 11, 12]
    assert drawing.tiles_NHWC[3:, 0, 0].tolist() == [[168, 88, 128], [172, 84, 128], [176, 80, 128]]
    assert drawing.row_labels == ("original", "decoded ")
    assert np.isnan(drawing.latents_NZ[:3]).all()
    np.testing.assert_allclose(drawing.latents_NZ[3:, 0], [1, 1.1, 1.2])


def test_more_images_than_fit_a_row_make_bands():
    drawing = ReconstructPicture(num=12).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (8, 4)
    red = drawing.tiles_NHWC[:, 0, 0, 0].reshape(4, 8)
    assert red[0].tolist() == list(range(8))
    assert red[2, :4].tolist() == [8, 9, 10, 11]
    assert drawing.shown_N is not None
    assert drawing.shown_N.reshape(4, 8).sum(axis=1).tolist() == [8, 8, 4, 4]


def test_images_go_on_around_the_end_of_the_set():
    drawing = ReconstructPicture(num=4, first=3).draw(FakeSubject(num_images=5))

    assert drawing.tiles_NHWC[:4, 0, 0, 0].tolist() == [3, 4, 0, 1]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (ReconstructPicture(num=4, first=1), "test images 1 to 4 above their reconstructions"),
        (ReconstructPicture(num=1, first=3), "test image 3 above its reconstruction"),
        (ReconstructPicture(num=4, first=3), "4 test images from 3 on, around the end of 5, above their"),
        (ReconstructPicture(num=8), "8 test images from 0 on, around the end of 5, above their"),
    ],
)
def test_the_caption_names_the_images_that_are_shown(picture, words):
    assert picture.draw(FakeSubject(num_images=5)).caption.startswith(words)


def test_the_animation_shows_the_two_in_turn_in_one_place():
    originals, decoded = ReconstructPicture(num=4, first=10).animate(FakeSubject()).frames

    assert originals.tiles_NHWC[:, 0, 0, 0].tolist() == [10, 11, 12, 13]
    assert decoded.tiles_NHWC[0, 0, 0].tolist() == [168, 88, 128]
    assert originals.columns == decoded.columns == 2


def test_the_arguments_name_what_was_asked():
    assert shlex.join(ReconstructPicture(num=2, first=5).arguments()) == "-n 2 --start 5 --posterior mean"
    sampled = ReconstructPicture(posterior="sample", seed=1, edits=((0, 0.5),))
    assert shlex.join(sampled.arguments()) == "-n 8 --start 0 --posterior sample --seed 1 --z 0=0.5"


@pytest.mark.parametrize("wrong", [{"num": 0}, {"num": 5000}, {"seed": -1}], ids=str)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(VaeTuiError):
        ReconstructPicture(**wrong)


def test_a_start_past_the_images_is_refused():
    with pytest.raises(VaeTuiError, match="no image 64"):
        ReconstructPicture(first=64).draw(FakeSubject())
