"""What a survey says of its images, against a plain way to say it."""

import dataclasses

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.survey import Survey, sample_indices


def survey_of(means_NZ, *, num_images=None, indices_N=None, **changes):
    """A survey with these means; sigma 1, no error and no classes where nothing else is asked."""
    means_NZ = np.asarray(means_NZ, np.float32)
    indices_N = np.arange(len(means_NZ)) if indices_N is None else np.asarray(indices_N, np.int64)
    values = {
        "indices_N": indices_N,
        "num_images": num_images or len(means_NZ),
        "split": "test",
        "means_NZ": means_NZ,
        "logvars_NZ": np.zeros_like(means_NZ),
        "squared_error_N": np.zeros(len(means_NZ), np.float32),
        "image_size": 12,
        "labels_N": None,
        "class_names": (),
    }
    return Survey(**(values | changes))


@pytest.fixture
def cloud():
    """A survey of 50 of 100 images, those of an even index, of three classes and some of none."""
    rng = np.random.default_rng(0)
    means_NZ, logvars_NZ = rng.standard_normal((2, 50, 6)).astype(np.float32)
    return survey_of(
        means_NZ,
        num_images=100,
        indices_N=np.arange(0, 100, 2),
        logvars_NZ=logvars_NZ,
        squared_error_N=rng.random(50, dtype=np.float32),
        labels_N=np.arange(50) % 4 - 1,
        class_names=("a", "b", "c"),
    )


@pytest.mark.parametrize("num", [1, 8, 10_000])
def test_a_small_set_is_taken_whole(num):
    assert sample_indices(num, 4).tolist() == list(range(num))


@pytest.mark.parametrize(("latent_dim", "limit"), [(4, 10_000), (1024, 10_000), (65_536, 256)])
def test_of_a_large_set_the_same_sample_is_taken_each_time(latent_dim, limit):
    indices = sample_indices(1_000_000, latent_dim)
    assert len(indices) == limit
    assert (np.diff(indices) > 0).all()
    assert 0 <= indices[0] < 50_000
    assert 950_000 < indices[-1] < 1_000_000
    assert np.array_equal(indices, sample_indices(1_000_000, latent_dim))


@pytest.mark.parametrize(
    ("num_images", "split", "words"),
    [
        (2, "test", "all 2 test images"),
        (50_000, "train", "2 of 50,000 train images"),
        (50_000, "", "2 of 50,000 images"),
    ],
)
def test_what_it_was_taken_over_is_said(num_images, split, words):
    assert survey_of(np.zeros((2, 3)), num_images=num_images, split=split).describe() == words


def test_nearest_is_what_a_loop_over_all_images_finds(cloud):
    target_Z = np.full(6, 0.3, np.float32)
    distances = {
        int(index): float(np.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(mean_Z, target_Z, strict=True))))
        for index, mean_Z in zip(cloud.indices_N, cloud.means_NZ, strict=True)
    }
    expected = sorted(distances, key=lambda index: (distances[index], index))[:7]
    found = cloud.nearest(target_Z, 7)
    assert found.indices_K.tolist() == expected
    np.testing.assert_allclose(found.distances_K, [distances[index] for index in expected], rtol=1e-6)


def test_images_that_are_equally_near_come_by_index():
    found = survey_of(np.ones((9, 3))).nearest(np.ones(3, np.float32), 4)
    assert found.indices_K.tolist() == [0, 1, 2, 3]
    assert found.distances_K.tolist() == [0, 0, 0, 0]


def test_there_are_no_more_nearest_images_than_images():
    assert len(survey_of(np.zeros((3, 2))).nearest(np.zeros(2, np.float32), 100).indices_K) == 3


def test_means_of_groups_and_classes_are_those_of_their_rows(cloud):
    np.testing.assert_allclose(cloud.group_mean_Z([4, 98]), (cloud.means_NZ[2] + cloud.means_NZ[49]) / 2, rtol=1e-6)
    rows = [row for row in range(50) if row % 4 == 2]
    assert cloud.of_class(1).tolist() == [2 * row for row in rows]
    np.testing.assert_allclose(cloud.class_mean_Z(1), cloud.means_NZ[rows].mean(0), atol=1e-6)


def test_a_direction_leads_from_one_groups_mean_to_the_others(cloud):
    first, second = cloud.of_class(0), cloud.of_class(2)
    arrived_Z = cloud.class_mean_Z(0) + cloud.direction(first, second)
    np.testing.assert_allclose(arrived_Z, cloud.class_mean_Z(2), atol=1e-6)


def test_an_image_that_was_not_encoded_is_told_from_one_that_was(cloud):
    assert cloud.position(98) == 49
    for index in (5, 100, -1):
        with pytest.raises(VaeTuiError, match=f"image {index} is not among the 50 of 100 test images"):
            cloud.position(index)
    with pytest.raises(VaeTuiError, match="image 3 is not among"):
        cloud.group_mean_Z([2, 3])


def test_groups_without_images_are_refused(cloud):
    with pytest.raises(VaeTuiError, match="holds no image"):
        cloud.group_mean_Z([])
    with pytest.raises(VaeTuiError, match=r"no image of the .* is of class 7"):
        cloud.of_class(7)
    lacking = dataclasses.replace(cloud, labels_N=np.zeros(50, np.int64))
    with pytest.raises(VaeTuiError, match="is of class c"):
        lacking.of_class(2)
    with pytest.raises(VaeTuiError, match="no classes"):
        survey_of(np.zeros((2, 2))).of_class(0)


def test_the_worst_come_first_and_equal_ones_by_index():
    survey = survey_of(np.zeros((5, 2)), squared_error_N=np.float32([1, 3, 2, 3, 0]), indices_N=[3, 5, 7, 9, 11])
    assert survey.worst_first().tolist() == [5, 9, 7, 3, 11]


def test_psnr_is_ten_times_the_logarithm_of_one_over_the_mean_squared_error():
    survey = survey_of(np.zeros((3, 2)), squared_error_N=np.float32([12, 0.12, 0]))
    assert survey.psnr_N.tolist() == pytest.approx([0, 20, np.inf])


def test_the_kl_is_that_of_the_formula(cloud):
    mean, variance = cloud.means_NZ.astype(float), np.exp(cloud.logvars_NZ.astype(float))
    kl_NZ = 0.5 * (mean**2 + variance - 1 - np.log(variance))
    np.testing.assert_allclose(cloud.kl_N, kl_NZ.sum(1), rtol=1e-5)
    np.testing.assert_allclose(cloud.kl_Z, kl_NZ.mean(0), rtol=1e-5)
    np.testing.assert_allclose(cloud.variance_Z, variance.mean(0), rtol=1e-5)


def test_its_statistics_are_those_of_posterior_means_and_one_draw_an_image():
    rng = np.random.default_rng(1)
    means_NZ = rng.standard_normal((5_000, 2)).astype(np.float32) * np.float32([3, 0])
    survey = survey_of(means_NZ, logvars_NZ=np.tile(np.log(np.float32([1e-12, 1])), (5_000, 1)))
    statistics = survey.statistics
    np.testing.assert_allclose(statistics.kl_Z, survey.kl_Z)
    np.testing.assert_allclose(statistics.mean_variance_Z, [means_NZ[:, 0].var(), 0], rtol=1e-4)
    assert (statistics.num_active, statistics.num_images, statistics.split) == (1, 5_000, "test")
    np.testing.assert_allclose(statistics.std_Z[0], means_NZ[:, 0].std(), rtol=1e-4)
    assert statistics.std_Z[1] == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(statistics.quantiles_QZ[50, 0], np.median(means_NZ[:, 0]), atol=1e-4)
    assert statistics.dims_by_kl == (0, 1)


def test_a_posterior_that_ran_away_gives_no_warning():
    survey = survey_of(np.zeros((8, 2)), logvars_NZ=np.full((8, 2), 1_000, np.float32))
    assert not np.isfinite(survey.statistics.kl_Z).any()
    assert not np.isfinite(survey.variance_Z).any()


@pytest.mark.parametrize(("num", "latent_dim"), [(8, 4), (8, 1024), (1, 3)])
def test_few_images_and_many_dimensions_are_enough_for_all_of_it(num, latent_dim):
    survey = survey_of(np.random.default_rng(2).standard_normal((num, latent_dim)))
    assert survey.principal.components_KZ.shape == (min(num - 1, latent_dim), latent_dim)
    assert survey.statistics.kl_Z.shape == (latent_dim,)
    assert survey.nearest(survey.means_NZ[num - 1], 1).indices_K.tolist() == [num - 1]


def test_the_fake_subject_is_surveyed_like_a_model():
    subject = FakeSubject(num_images=10)
    survey = subject.survey()
    assert survey.nearest(subject.encode([6])[0][0], 1).indices_K.tolist() == [6]
    assert survey.worst_first()[0] == 9
    assert subject.umap_points().shape == (10, 2)
    with pytest.raises(VaeTuiError, match="no images"):
        FakeSubject(num_images=0).survey()


def test_the_classes_are_those_that_have_images():
    survey = dataclasses.replace(
        FakeSubject().survey(), labels_N=np.array([4, -1, *[1] * 62]), class_names=("frog", "\x1b[31m")
    )
    assert survey.classes == (1, 4)
    assert [survey.class_name(label) for label in (0, 1, 4)] == ["frog", "�[31m", "4"]
    assert dataclasses.replace(survey, labels_N=None).classes == ()
