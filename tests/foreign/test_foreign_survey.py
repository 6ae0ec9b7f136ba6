"""A survey of somebody's own module, which has no statistics of its own."""

import hand_written
import numpy as np
import pytest
from hand_written import told

from vae_tui import surveying
from vae_tui.session import Session


@pytest.fixture
def open_cached(weights_path, data_path, tmp_path, monkeypatch):
    """A session with images whose surveys are kept below the test's folder, however quickly they were made."""
    monkeypatch.setattr(surveying, "KEEP_FROM_S", 0.0)

    def open_it(kind="Pair", **options):
        path = weights_path(kind)
        options = {"model": told(kind, **options), "data_dir": tmp_path / "cache"}
        return Session.open(path, device="cpu", data=str(data_path), split="train", **options)

    return open_it


def test_it_gives_the_statistics_that_the_file_lacks(open_cached):
    session = open_cached()
    assert session.statistics is None
    survey = session.survey()
    mean_NZ, std_NZ = session.encode(range(session.num_images))
    kl_NZ = 0.5 * (mean_NZ**2 + std_NZ**2 - 1) - np.log(std_NZ)
    np.testing.assert_allclose(survey.statistics.kl_Z, kl_NZ.mean(0), rtol=1e-3, atol=1e-5)
    assert survey.statistics.num_images == session.num_images


def test_a_module_without_a_sigma_is_surveyed_and_kept_too(open_cached, monkeypatch):
    survey = open_cached("MeanAlone").survey()
    assert (survey.variance_Z < 1e-30).all()
    assert not survey.has_sigma
    assert np.isnan(survey.kl_N).all()
    assert np.isnan(survey.kl_Z).all()
    assert not survey.statistics.has_kl
    assert np.isfinite(survey.statistics.std_Z).all()
    monkeypatch.setattr(surveying.Surveys, "_measure", lambda *_: pytest.fail("the model was asked"))
    np.testing.assert_array_equal(open_cached("MeanAlone").survey().means_NZ, survey.means_NZ)


def test_it_is_read_again_where_the_code_is_the_same_and_made_again_where_it_is_another(open_cached, monkeypatch):
    first = open_cached().survey()
    assert open_cached().survey().key == first.key
    monkeypatch.setattr(hand_written.Pair, "decode", lambda self, z: 1 - self.outer(z).sigmoid().view(-1, 3, 8, 8))
    changed = open_cached().survey()
    assert changed.key != first.key
    assert not np.allclose(changed.squared_error_N, first.squared_error_N)


def test_another_range_is_another_survey(open_cached):
    assert open_cached(pixel_range="unit").survey().key != open_cached(pixel_range="signed").survey().key
