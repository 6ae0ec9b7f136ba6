"""From a place on the map back to a latent."""

import numpy as np
import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.survey_umap import latent_near, umap_points

POINTS = np.float32([[0, 0], [4, 0], [0, 4], [100, 100]])
MEANS = np.float32([[1, 0], [0, 1], [2, 2], [50, 50]])


def test_on_an_images_point_it_is_the_images_mean():
    assert latent_near(POINTS, MEANS, (4, 0)).tolist() == [0, 1]


def test_between_images_it_is_their_means_weighted_by_one_over_the_distance():
    weights = np.array([1 / 1, 1 / 3])
    expected = (weights[0] * MEANS[0] + weights[1] * MEANS[1]) / weights.sum()
    np.testing.assert_allclose(latent_near(POINTS, MEANS, (1, 0), num=2), expected, rtol=1e-6)


def test_images_on_one_point_give_the_mean_of_theirs():
    points = np.float32([[1, 1], [1, 1], [9, 9]])
    np.testing.assert_allclose(latent_near(points, MEANS[:3], (1, 1)), [0.5, 0.5])


@pytest.mark.parametrize("place", [(1e-320, 0), (1e30, -1e30), (2, 2)])
def test_any_place_gives_a_finite_latent(place):
    assert np.isfinite(latent_near(POINTS, MEANS, place)).all()


def test_too_few_images_for_umap_are_said():
    with pytest.raises(VaeTuiError, match="at least 8 images; there are 7"):
        umap_points(np.zeros((7, 4), np.float32))
