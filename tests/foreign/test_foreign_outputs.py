"""What encode and decode of somebody's module return, read the right way."""

import re

import hand_written
import numpy as np
import pytest
import torch

from vae_tui.errors import VaeTuiError

IMAGES = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))
WITH_SIGMA = [
    "Pair",
    "Gaussian",
    "GaussianBesideADraw",
    "DiagonalMultivariate",
    "Named",
    "MeanAndSigma",
    "Drawn",
    "DrawnLast",
    "LogvarFirst",
    "NotDrawnInEvaluation",
    "Flat",
]


def linear(checkpoint):
    """Mean and log-variance by hand: every class is one linear layer."""
    weights = checkpoint.weights
    weight, bias = (next(v for k, v in weights.items() if k.endswith(f"inner.{part}")) for part in ("weight", "bias"))
    return (IMAGES.flatten(1) @ weight.T + bias).chunk(2, dim=1)


@pytest.mark.parametrize("kind", WITH_SIGMA)
def test_mean_and_log_variance_are_read(settle, kind):
    checkpoint = settle(kind)
    posterior = checkpoint.build_model().encode(IMAGES)
    mean, logvar = linear(checkpoint)
    assert torch.allclose(posterior.mean_BZ, mean, atol=1e-5)
    assert torch.allclose(posterior.logvar_BZ, logvar, atol=1e-4)
    assert checkpoint.spec.latent_dim == hand_written.LATENT_DIM
    assert "sigma" not in checkpoint.note


def test_an_encoder_and_a_decoder_stand_for_encode_and_decode(settle):
    checkpoint = settle("Interleaved", image_shape=None)
    posterior = checkpoint.build_model().encode(IMAGES)
    both = IMAGES.flatten(1) @ checkpoint.weights["encoder.mu_logvar_gen.weight"].T
    both = both + checkpoint.weights["encoder.mu_logvar_gen.bias"]
    assert torch.allclose(posterior.mean_BZ, both[:, 0::2], atol=1e-5)
    assert torch.allclose(posterior.logvar_BZ, both[:, 1::2], atol=1e-5)
    assert checkpoint.summary().scaling == "unit"


def test_a_mean_alone_has_sigma_0_and_says_so(settle):
    checkpoint = settle("MeanAlone")
    posterior = checkpoint.build_model().encode(IMAGES)
    assert torch.allclose(posterior.mean_BZ, linear(checkpoint)[0], atol=1e-5)
    assert torch.equal(posterior.std_BZ, torch.zeros(5, 4))
    assert torch.equal(posterior.draw(torch.randn(5, 4)), posterior.mean_BZ)
    assert torch.isfinite(posterior.kl_BZ()).all()
    assert "encode gives a mean alone: sigma 0, and no true KL" in checkpoint.note


def test_what_is_drawn_is_drawn_the_same_each_time(settle):
    checkpoint = settle("ADraw")
    model = checkpoint.build_model()
    before = torch.random.get_rng_state()
    first, second = model.encode(IMAGES), model.encode(IMAGES)
    assert torch.equal(first.mean_BZ, second.mean_BZ)
    assert not torch.allclose(first.mean_BZ, linear(checkpoint)[0], atol=1e-2)
    assert torch.equal(before, torch.random.get_rng_state())
    assert "draws at random" in checkpoint.note
    assert "draws at random" not in settle("Pair").note


def test_a_grid_of_latents_lies_flat(settle):
    checkpoint = settle("Grid")
    model = checkpoint.build_model()
    posterior = model.encode(IMAGES)
    assert posterior.mean_BZ.shape == (5, 32)
    assert torch.equal(posterior.mean_BZ, model.module.encode(IMAGES)[0].flatten(1))
    theirs = model.module.decode(model.module.encode(IMAGES)[0])
    assert torch.equal(model.decode(posterior.mean_BZ), theirs)


@pytest.mark.parametrize("kind", ["Pair", "Flat", "Named", "DecodesADistribution"])
def test_images_are_read(settle, kind):
    checkpoint = settle(kind)
    z = torch.randn(3, 4)
    weight, bias = (
        next(v for k, v in checkpoint.weights.items() if k.endswith(part) and len(v) == 192)
        for part in ("weight", "bias")
    )
    images = checkpoint.build_model().decode(z)
    assert images.shape == (3, 3, 8, 8)
    assert torch.allclose(images.flatten(1), torch.sigmoid(z @ weight.T + bias), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "words", "hint"),
    [
        ("AnyThree", r"encode gives \(a tensor of 2x4, .*can't be told apart", "a \\(mean, logvar\\) pair"),
        ("NotGaussian", "encode gives a Gamma, not a Gaussian", "pair"),
        ("Correlated", "dimensions depend on each other", "pair"),
        ("Uneven", r"encode gives \(a tensor of 2x4, a tensor of 2x1\)", "pair"),
        ("DecodesAPair", r"decode gives \(a tensor of 2x3x8x8, a tensor of 2x4\), not images", "images alone"),
        ("DecodesOtherSizes", "decode gives a tensor of .*x3x8x7 for .* images of 3x8x8", "--image-shape"),
        ("WantsLabels", "encode fails on a tensor of 2x3x8x8: TypeError: .*'labels'", "needs no more"),
        ("Logits", "decode gives values from -.* no pixels", "end decode in a sigmoid"),
    ],
)
def test_what_can_not_be_read_is_refused_with_the_next_step(settle, kind, words, hint):
    with pytest.raises(VaeTuiError, match=words) as refused:
        settle(kind)
    assert re.search(hint, refused.value.hint)


@pytest.mark.parametrize(
    ("kind", "scaling", "how"),
    [
        ("Named", "unit", "found: decode ends in Sigmoid"),
        ("EndsInTanh", "signed", "found: decode ends in Tanh"),
        ("Pair", "unit", "found: decoded values lie from 0."),
        ("Tanh", "signed", "found: decoded values lie from -0."),
        ("TanhBroughtToUnit", "unit", "found: decoded values lie from 0."),
    ],
)
def test_the_range_of_pixels_is_found_and_said(settle, kind, scaling, how):
    checkpoint = settle(kind)
    assert checkpoint.summary().scaling == scaling
    assert how in checkpoint.summary().note


def test_the_range_that_is_told_counts(settle):
    checkpoint = settle("Named", pixel_range="signed")
    assert checkpoint.summary().scaling == "signed"
    assert checkpoint.note == "pixels in [-1, 1], as told"
    assert settle("Logits", pixel_range="unit").summary().scaling == "unit"


def test_the_session_shows_pixels_of_either_range(open_session):
    unit, signed = open_session("Pair"), open_session("EndsInTanh")
    z = np.zeros((1, 4), np.float32)
    for session, to_unit in ((unit, torch.sigmoid), (signed, lambda x: (torch.tanh(x) + 1) / 2)):
        bias = session.checkpoint.weights["outer.bias"]
        expected = 255 * to_unit(bias).view(3, 8, 8).permute(1, 2, 0).numpy()
        assert np.abs(session.decode(z)[0] - expected).max() <= 0.51


def test_the_session_encodes_images_in_the_models_range(open_session):
    session = open_session("EndsInTanh")
    rows = torch.from_numpy(session.images([1, 0]).copy()).permute(0, 3, 1, 2).float().flatten(1) / 127.5 - 1
    weights = session.checkpoint.weights
    mean, logvar = (rows @ weights["inner.weight"].T + weights["inner.bias"]).chunk(2, dim=1)
    got_mean, got_std = session.encode([1, 0])
    assert np.allclose(got_mean, mean, atol=1e-5)
    assert np.allclose(got_std, torch.exp(logvar / 2), atol=1e-5)


@pytest.mark.parametrize("kind", ["MeanAlone", "Grid", "ADraw"])
def test_a_foreign_model_can_be_surveyed(open_session, kind):
    survey = open_session(kind).survey()
    assert len(survey) == 20
    assert np.isfinite(survey.means_NZ).all()
    assert np.isfinite(survey.squared_error_N).all()
    assert np.isfinite(survey.kl_Z).all() == survey.has_sigma  # without a sigma there is no KL
