"""A survey made step by step."""

import numpy as np
import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.survey_building import Measured, SurveyBuilder, SurveyPlan, SurveyStopped


def plan_of(num_images, *, latent_dim=4, image_size=3 * 32 * 32, labels=None):
    return SurveyPlan(num_images, "test", latent_dim, image_size, labels, ("a", "b") if labels is not None else ())


class Model:
    """Of image i the mean is i, the log-variance -i and the error i / 10, in all dimensions; notes its batches."""

    def __init__(self, latent_dim=4, bad=None):
        self.batches = []
        self._latent_dim = latent_dim
        self._bad = bad

    def __call__(self, indices_B):
        self.batches.append(indices_B.tolist())
        means_BZ = np.repeat(indices_B[:, None], self._latent_dim, axis=1).astype(np.float32)
        means_BZ[indices_B == self._bad] = np.nan
        return Measured(means_BZ, -means_BZ, indices_B.astype(np.float32) / 10)


def test_all_images_are_encoded_once_in_order():
    model, told = Model(), []
    survey = SurveyBuilder(plan_of(150, labels=np.arange(150) % 2), model, key="abc").run(lambda *now: told.append(now))
    assert [len(batch) for batch in model.batches] == [64, 64, 22]
    assert [index for batch in model.batches for index in batch] == list(range(150))
    assert told == [(64, 150), (128, 150), (150, 150)]
    assert survey.means_NZ[:, 3].tolist() == list(range(150))
    assert survey.logvars_NZ[77].tolist() == [-77] * 4
    assert survey.squared_error_N[10] == 1
    assert survey.labels_N.tolist() == [0, 1] * 75
    assert (survey.key, survey.class_names, survey.num_images) == ("abc", ("a", "b"), 150)


def test_of_a_large_set_the_sample_alone_is_encoded_with_its_own_labels():
    model = Model()
    labels = np.arange(30_000) % 7
    survey = SurveyBuilder(plan_of(30_000, labels=labels), model).run()
    encoded = np.concatenate(model.batches)
    assert len(encoded) == 10_000
    assert np.array_equal(survey.indices_N, encoded)
    assert np.array_equal(survey.labels_N, encoded % 7)
    assert np.array_equal(survey.means_NZ[:, 0], encoded)
    assert survey.describe() == "10,000 of 30,000 test images"


@pytest.mark.parametrize(("image_size", "step"), [(28 * 28, 64), (3 * 64 * 64, 16), (3 * 512 * 512, 1)])
def test_larger_images_are_encoded_fewer_at_a_time(image_size, step):
    model = Model()
    SurveyBuilder(plan_of(70, image_size=image_size), model).step()
    assert len(model.batches[0]) == step


def test_a_builder_counts_its_steps_and_is_finished_once():
    kept = []
    builder = SurveyBuilder(plan_of(70), Model(), finished=lambda survey, took_s: kept.append((survey, took_s)))
    assert (builder.done, builder.total, builder.is_done) == (0, 70, False)
    builder.step()
    assert (builder.done, builder.is_done) == (64, False)
    with pytest.raises(ValueError, match="64 of 70"):
        builder.finish()
    builder.step()
    assert (builder.done, builder.is_done) == (70, True)
    assert builder.finish() is builder.finish()
    ((survey, took_s),) = kept
    assert survey is builder.finish()
    assert took_s > 0


def test_a_survey_that_is_known_takes_no_step():
    survey = SurveyBuilder(plan_of(20), Model()).run()
    model, kept, told = Model(), [], []
    builder = SurveyBuilder(plan_of(20), model, found=survey, finished=lambda *all_of_it: kept.append(all_of_it))
    assert (builder.is_done, builder.done, builder.total) == (True, 20, 20)
    assert builder.run(lambda *now: told.append(now)) is survey
    assert (model.batches, kept, told) == ([], [], [])


def test_who_stops_it_midway_gets_nothing_and_nothing_is_kept():
    model, kept = Model(), []
    builder = SurveyBuilder(plan_of(200), model, finished=lambda *all_of_it: kept.append(all_of_it))
    with pytest.raises(SurveyStopped):
        builder.run(should_stop=lambda: len(model.batches) == 2)
    assert (builder.done, kept) == (128, [])


def test_an_image_whose_numbers_are_not_finite_is_named():
    builder = SurveyBuilder(plan_of(100), Model(bad=70))
    builder.step()
    with pytest.raises(VaeTuiError, match="not finite for image 70"):
        builder.step()
    assert builder.done == 64


def test_a_model_without_a_sigma_is_surveyed():
    without = Model()
    builder = SurveyBuilder(
        plan_of(8), lambda indices_B: without(indices_B)._replace(logvars_BZ=np.full((len(indices_B), 4), -np.inf))
    )
    survey = builder.run()
    assert (survey.variance_Z == 0).all()
    assert np.isposinf(survey.kl_N).all()
    assert np.isfinite(survey.statistics.quantiles_QZ).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sigma_that_is_no_number_is_refused(value):
    def measure(indices_B):
        return Model()(indices_B)._replace(logvars_BZ=np.full((len(indices_B), 4), value, np.float32))

    with pytest.raises(VaeTuiError, match="not finite for image 0"):
        SurveyBuilder(plan_of(8), measure).step()
