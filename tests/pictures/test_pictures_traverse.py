import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import DimChoice
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.traverse import TraversePicture

PRIOR = {"centre": "prior"}


def test_each_row_moves_one_dimension_and_holds_the_others():
    drawing = TraversePicture(dims=DimChoice("given", 2, (5, 0)), steps=3, low=-1, high=1, image=10).draw(FakeSubject())

    by_row = drawing.latents_NZ.reshape(3, 3, 8)
    centre = [1, -1, 0, 0, 0, 0, 0, 0]
    for row, dim in ((1, 5), (2, 0)):
        for step, value in enumerate((-1, 0, 1)):
            expected = [value if index == dim else held for index, held in enumerate(centre)]
            np.testing.assert_array_equal(by_row[row, step], expected)


def test_the_image_and_its_reconstruction_come_first():
    drawing = TraversePicture(steps=4, image=10, dims=DimChoice("index", 2)).draw(FakeSubject())

    assert drawing.tiles_NHWC[0, 0, 0].tolist() == [10, 10, 10]
    assert drawing.tiles_NHWC[1, 0, 0].tolist() == [168, 88, 128]
    assert drawing.shown_N is not None
    assert drawing.shown_N.tolist() == [True, True, False, False] + [True] * 8
    np.testing.assert_array_equal(np.isnan(drawing.latents_NZ).all(axis=1), [True, False, True, True] + [False] * 8)
    assert drawing.rows == 3


def test_row_labels_have_one_width_and_name_the_kl():
    labels = TraversePicture(dims=DimChoice("kl", 3), image=3).draw(FakeSubject(latent_dim=128)).row_labels

    assert [label.split() for label in labels] == [
        ["image", "3"],
        ["z127", "KL", "0.99"],
        ["z126", "KL", "0.98"],
        ["z125", "KL", "0.98"],
    ]
    assert len({len(label) for label in labels}) == 1


def test_around_the_prior_there_is_no_image():
    drawing = TraversePicture(**PRIOR, steps=5, dims=DimChoice("index", 2)).draw(FakeSubject())

    assert (drawing.rows, drawing.columns, drawing.shown_N) == (2, 5, None)
    np.testing.assert_array_equal(drawing.latents_NZ[:5, 0], [-3, -1.5, 0, 1.5, 3])
    assert not drawing.latents_NZ[:, 2:].any()


def test_even_dimensions_of_128_are_those_of_the_known_experiment():
    drawing = TraversePicture(dims=DimChoice("even", 10)).draw(FakeSubject(latent_dim=128))

    dims = [label.split()[0] for label in drawing.row_labels[1:]]
    assert dims == [f"z{dim}" for dim in (0, 14, 28, 42, 56, 70, 84, 98, 112, 127)]


def test_quantiles_span_the_aggregate_posterior():
    drawing = TraversePicture(**PRIOR, scale="quantiles", steps=3, dims=DimChoice("given", 1, (2,))).draw(FakeSubject())

    np.testing.assert_allclose(drawing.latents_NZ[:, 2], [-1.96, 0, 1.96], atol=1e-6)  # level q lies at 4 q - 2
    assert [label.strip() for label in drawing.column_labels] == ["1%", "50%", "99%"]


def test_without_statistics_quantiles_are_refused_and_the_order_is_said():
    plain = FakeSubject(statistics=False)

    with pytest.raises(VaeTuiError, match="no quantiles"):
        TraversePicture(scale="quantiles").draw(plain)
    drawing = TraversePicture().draw(plain)
    assert "by index (no KL in the checkpoint)" in drawing.caption
    assert drawing.row_labels[1].strip() == "z0"


def test_the_first_given_latent_is_the_centre():
    base = LatentFile("z.npz", np.full((2, 8), 0.5, np.float32))

    drawing = TraversePicture(base=base, steps=2, dims=DimChoice("index", 1)).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 0], [-3, 3])
    np.testing.assert_array_equal(drawing.latents_NZ[:, 1:], 0.5)


def test_the_moved_dimension_wins_over_an_edit_of_it():
    request = TraversePicture(**PRIOR, steps=2, dims=DimChoice("given", 2, (0, 1)), edits=((0, 2.0),))

    drawing = request.draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 0], [-3, 3, 2, 2])


def test_the_animation_sweeps_all_dimensions_at_once():
    request = TraversePicture(**PRIOR, steps=3, dims=DimChoice("index", 4))

    animation = request.animate(FakeSubject())

    assert [frame.latents_NZ.diagonal().tolist() for frame in animation.frames] == [[-3] * 4, [0] * 4, [3] * 4, [0] * 4]
    assert animation.frames[0].columns == 2


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            TraversePicture(),
            "--dims kl:10 --steps 10 --low -3 --high 3 --centre image --image 0 --posterior mean",
        ),
        (TraversePicture(**PRIOR, scale="quantiles"), "--dims kl:10 --steps 10 --quantiles --centre prior"),
        (
            TraversePicture(dims=DimChoice.parse("0,14"), posterior="sample", seed=2, low=-2.5),
            "--dims 0,14 --steps 10 --low -2.5 --high 3 --centre image --image 0 --posterior sample --seed 2",
        ),
    ],
)
def test_the_arguments_name_what_was_asked(request_, words):
    assert request_.arguments() == words.split()


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 1},
        {"low": float("nan")},
        {"high": float("inf")},
        {"low": -1e39},
        {"dims": DimChoice("kl", 0)},
        {"dims": DimChoice("kl", 2000)},
    ],
    ids=str,
)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(VaeTuiError) as refused:
        TraversePicture(**wrong)

    assert refused.value.hint


@pytest.mark.parametrize(("centre", "expected"), [("prior", 0.0), ("image", 0.4)])
def test_a_drawing_knows_the_latent_that_stays(centre, expected):
    drawing = TraversePicture(centre=centre, image=4, edits=((2, 1.5),)).draw(FakeSubject())

    assert drawing.centre_Z[0] == pytest.approx(expected)
    assert drawing.centre_Z[2] == 1.5
