"""The fitted prior has the moments of the aggregate posterior, and the noise of N(0, I)."""

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import prior_latents
from vae_tui.priors import FittedPrior, describe_prior, fitted_prior, prior_draws
from vae_tui.survey import Survey


def survey_of(means_NZ, variance=0.5):
    num = len(means_NZ)
    means_NZ = np.asarray(means_NZ, np.float32)
    return Survey(
        indices_N=np.arange(num),
        num_images=num,
        split="test",
        means_NZ=means_NZ,
        logvars_NZ=np.full_like(means_NZ, np.log(variance) if variance else -np.inf),
        squared_error_N=np.zeros(num, np.float32),
        image_size=12,
        labels_N=None,
        class_names=(),
    )


def random_means(num, latent_dim):
    generator = np.random.default_rng(1)
    return generator.standard_normal((num, latent_dim)) @ generator.standard_normal((latent_dim, latent_dim))


@pytest.mark.parametrize(("num", "latent_dim"), [(200, 6), (5, 12), (1, 4), (6, 6)])
def test_mean_and_covariance_are_those_of_the_aggregate_posterior(num, latent_dim):
    means_NZ = random_means(num, latent_dim)
    prior = FittedPrior.of(survey_of(means_NZ))

    root = prior.width_Z[:, None] * (np.eye(latent_dim) + prior.directions_RZ.T * prior.gains_R @ prior.directions_RZ)
    wanted = np.cov(means_NZ.T, bias=True).reshape(latent_dim, latent_dim) + 0.5 * np.eye(latent_dim)
    np.testing.assert_allclose(root @ root.T, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(prior.mean_Z, means_NZ.mean(0), rtol=1e-5, atol=1e-6)
    assert prior.directions_RZ.shape == (min(num, latent_dim), latent_dim)


def test_many_draws_have_that_covariance():
    means_NZ = random_means(4, 3)
    draws_NZ = FittedPrior.of(survey_of(means_NZ)).draws(100_000, 0)

    wanted = np.cov(means_NZ.T, bias=True) + 0.5 * np.eye(3)
    np.testing.assert_allclose(np.cov(draws_NZ.T), wanted, rtol=0.05, atol=0.05)


def test_one_unused_dimension_keeps_the_draws_of_the_normal_prior():
    means_NZ = np.zeros((10, 4))
    means_NZ[:, 0] = np.arange(10)
    draws_NZ = FittedPrior.of(survey_of(means_NZ, variance=1.0)).draws(7, 3)

    normal_NZ = prior_latents(7, 4, 3)
    np.testing.assert_allclose(draws_NZ[:, 1:], normal_NZ[:, 1:], atol=1e-6)
    np.testing.assert_allclose(draws_NZ[:, 0], 4.5 + np.sqrt(1 + 8.25) * normal_NZ[:, 0], atol=1e-5)


def test_the_temperature_scales_the_way_from_the_mean():
    prior = FittedPrior.of(survey_of(random_means(9, 4)))

    np.testing.assert_allclose(prior.draws(3, 0, 0.0), np.tile(prior.mean_Z, (3, 1)), atol=1e-6)
    half, whole = (prior.draws(3, 0, temperature) - prior.mean_Z for temperature in (0.5, 1.0))
    np.testing.assert_allclose(half, whole / 2, atol=1e-5)


def test_posteriors_without_width_are_no_trouble():
    means_NZ = random_means(9, 4)
    draws_NZ = FittedPrior.of(survey_of(means_NZ, variance=0)).draws(100_000, 0)

    np.testing.assert_allclose(np.cov(draws_NZ.T), np.cov(means_NZ.T, bias=True), rtol=0.1, atol=0.1)


def test_a_survey_is_fitted_once_and_the_same_survey_gives_the_same_draws():
    survey = survey_of(random_means(9, 4))

    assert fitted_prior(survey) is fitted_prior(survey)
    again = FittedPrior.of(survey_of(random_means(9, 4)))
    np.testing.assert_array_equal(again.draws(5, 2), fitted_prior(survey).draws(5, 2))


def test_moments_that_are_not_finite_are_refused():
    with pytest.raises(VaeTuiError, match="finite") as refused:
        FittedPrior.of(survey_of(random_means(9, 4), variance=1e300))
    assert "--prior normal" in str(refused.value.hint)


def test_a_prior_is_named_by_what_it_was_fitted_to():
    subject = FakeSubject()

    assert describe_prior(subject, "normal") == "N(0, I)"
    assert describe_prior(subject, "fitted") == "fitted: a Gaussian of all 64 test images' aggregate posterior"
    np.testing.assert_array_equal(prior_draws(subject, "normal", 3, 1, 0.5), prior_latents(3, 8, 1, 0.5))
    with pytest.raises(VaeTuiError, match="no images"):
        prior_draws(FakeSubject(num_images=0), "fitted", 3, 1)
