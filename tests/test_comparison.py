"""Figures of two checkpoints, subtracted where that means something."""

from dataclasses import replace

import pytest
from fakes import FakeSubject, fake_statistics

from vae_tui.comparison import Figure, compared, loss_of, signed, surveyed
from vae_tui.summary import EpochMetrics, ModelSummary

LAST = EpochMetrics(10, 80.0, 66.0, 14.0, 79.0, 65.0, 14.5, 4, 1.0, 900.0, 2.0)
LEFT = ModelSummary(
    path="a.pt",
    checkpoint_hash="a" * 64,
    model="conv",
    num_parameters=1000,
    image_shape=(3, 8, 8),
    latent_dim=8,
    scaling="unit",
    dataset="cifar10",
    num_train=100,
    num_test=10,
    epoch=10,
    objective="squared-error",
    formula="squared error + KL",
    beta=1.0,
    has_ema=False,
    note="",
    history=(LAST,),
)
RIGHT = replace(LEFT, latent_dim=4, epoch=5, history=(replace(LAST, test_loss=82.5, loss=84.0, test_kl=13.0),))


def by_name(*summaries):
    return {figure.name: figure for figure in compared(*summaries, fake_statistics(8), fake_statistics(4))}


def test_a_difference_is_right_less_left():
    figures = by_name(LEFT, RIGHT)
    assert (figures["test loss"].left, figures["test loss"].right) == (79.0, 82.5)
    assert figures["test loss"].difference == 3.5
    assert figures["test loss"].unit == "squared error + KL, an image"
    assert figures["test KL"].difference == -1.5
    assert figures["active units"].difference == -2
    assert figures["latent dimensions"].difference == -4
    assert figures["epochs"].difference == -5
    assert figures["parameters"].difference == 0


def test_other_losses_have_no_difference_and_say_why():
    other = replace(RIGHT, formula="squared error + 4 x KL")
    figures = by_name(LEFT, other)
    assert figures["test loss"].difference is None
    assert figures["test loss"].why_not == "other losses: squared error + KL, squared error + 4 x KL"
    assert figures["test loss"].unit == ""
    assert figures["test error"].difference == 0
    assert figures["test KL"].difference == -1.5


def test_other_errors_have_no_difference():
    other = replace(RIGHT, objective="bernoulli", formula="cross entropy + KL")
    assert by_name(LEFT, other)["test error"].difference is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dataset": "svhn"}, "trained on other data: cifar10, svhn"),
        ({"dataset": ""}, "trained on other data: cifar10, not known"),
        ({"image_shape": (3, 16, 16)}, "images of other sizes: 3x8x8, 3x16x16"),
    ],
)
def test_other_images_have_no_differences(change, why):
    figures = by_name(LEFT, replace(RIGHT, **change))
    for name in ("test loss", "test error", "test KL"):
        assert (figures[name].difference, figures[name].why_not) == (None, why)


def test_where_one_held_nothing_out_both_are_of_the_training():
    bare = replace(LAST, loss=90.0, test_loss=None, test_reconstruction=None, test_kl=None)
    loss = loss_of(LEFT, replace(RIGHT, history=(bare,)))
    assert (loss.name, loss.left, loss.right) == ("train loss", 80.0, 90.0)


def test_what_is_not_known_is_not_subtracted():
    plain = replace(RIGHT, history=(), epoch=0)
    figures = by_name(LEFT, plain)
    assert (figures["test loss"].left, figures["test loss"].right) == (79.0, None)
    assert figures["test loss"].difference is None
    assert figures["epochs"].right is None


def test_a_loss_that_ran_away_is_not_known():
    wild = replace(RIGHT, history=(replace(LAST, test_loss=float("nan")),))
    assert loss_of(LEFT, wild).right is None


def test_surveys_of_the_same_images_are_subtracted():
    survey = FakeSubject().survey()
    worse = replace(survey, squared_error_N=survey.squared_error_N + 2)
    figures = {figure.name: figure for figure in surveyed(survey, worse, True)}
    assert figures["squared error"].difference == pytest.approx(2)
    assert figures["KL"].difference == 0
    assert "all 64 test images" in figures["squared error"].unit
    assert figures["PSNR"].left is None  # the fake's first image comes back as it is


@pytest.mark.parametrize(("num", "same", "why"), [(64, False, "over other images"), (32, True, "over other samples")])
def test_surveys_of_other_images_are_not(num, same, why):
    figures = surveyed(FakeSubject().survey(), FakeSubject(num_images=num).survey(), same)
    assert all(figure.difference is None and figure.why_not.startswith(why) for figure in figures)


def test_without_images_there_are_no_such_figures():
    assert all((figure.left, figure.right) == (None, None) for figure in surveyed(None, None, True))


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(3.094, 2, "+3.09"), (-1234.5, 1, "-1,234.5"), (0.001, 2, "0.00"), (-0.001, 2, "0.00"), (-41.0, 0, "-41")],
)
def test_differences_are_written_with_their_sign(value, places, text):
    assert signed(value, places) == text


def test_infinite_figures_have_no_difference():
    assert Figure("x", float("inf"), 1.0).difference is None
