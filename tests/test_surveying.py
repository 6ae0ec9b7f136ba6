"""A session's survey: the model's own numbers, remembered, kept in the cache, made anew where anything is another."""

import dataclasses
import sys
import types

import numpy as np
import pytest
import torch

from vae_tui import surveying
from vae_tui.array_cache import ArrayCache
from vae_tui.checkpoint import read_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import ModelSpec
from vae_tui.session import Session
from vae_tui.survey_building import SurveyStopped
from vae_tui.surveying import fingerprint


def coloured(num, seed=0):
    """Images of noise, uint8 (N, 3, 8, 8)."""
    return torch.randint(0, 256, (num, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def run(run_training, config):
    return run_training(config)[0]


@pytest.fixture
def more_images(tmp_path):
    """A set of 150 images, of which a tenth is held out."""
    path = tmp_path / "more.npz"
    np.savez(path, images=coloured(150).permute(0, 2, 3, 1).numpy(), labels=np.arange(150) % 2)
    return path


@pytest.fixture
def kept(monkeypatch):
    """Keeps every survey, however quickly it was made."""
    monkeypatch.setattr(surveying, "KEEP_FROM_S", 0.0)


@pytest.fixture
def open_session(run, more_images, tmp_path):
    """Opens the run with the 150 images, its cache below the test's folder."""

    def open_it(**options):
        options = {"data": str(more_images), "split": "train", "data_dir": tmp_path / "cache"} | options
        return Session.open(run.path, **options)

    return open_it


def files_of(tmp_path, kind="survey"):
    return sorted((tmp_path / "cache" / "surveys").glob(f"{kind}-*.npz"))


def refuse_to_measure(monkeypatch):
    monkeypatch.setattr(surveying, "measure", lambda *_: pytest.fail("the model was asked"))


@pytest.mark.parametrize("scaling", ["unit", "signed"])
def test_the_numbers_are_those_of_a_plain_loop(tmp_path, more_images, scaling):
    spec = ModelSpec("fc", (3, 8, 8), 5, {"scaling": scaling} if scaling == "signed" else {})
    model = spec.build(seed=1).eval()
    images = coloured(20)
    measured = surveying.measure(model, images)
    for index, image in enumerate(images):
        unit = image[None].float() / 255
        with torch.no_grad():
            posterior = model.encode(unit if scaling == "unit" else 2 * unit - 1)
            decoded = model.decode(posterior.mean_BZ)
        decoded = decoded if scaling == "unit" else (decoded + 1) / 2
        np.testing.assert_allclose(measured.means_BZ[index], posterior.mean_BZ[0], atol=1e-5)
        np.testing.assert_allclose(measured.logvars_BZ[index], posterior.logvar_BZ[0], atol=1e-5)
        assert measured.squared_error_B[index] == pytest.approx(float(((decoded - unit) ** 2).sum()), rel=1e-4)


def test_all_images_are_surveyed_and_what_is_said_of_them_adds_up(open_session):
    session = open_session()
    told = []
    survey = session.survey(lambda *now: told.append(now))
    total = session.num_images
    assert told[-1] == (total, total)
    assert told == sorted(told)
    assert survey.describe() == f"all {total} train images"
    mean_NZ, std_NZ = session.encode(range(total))
    np.testing.assert_allclose(survey.means_NZ, mean_NZ, atol=1e-5)
    np.testing.assert_allclose(np.exp(0.5 * survey.logvars_NZ), std_NZ, rtol=1e-4)
    assert [survey.class_names[label] for label in survey.labels_N] == [session.label(i) for i in range(total)]
    error = (session.images(range(total)).astype(float) - session.decode(mean_NZ)) / 255
    np.testing.assert_allclose(survey.squared_error_N, (error**2).sum((1, 2, 3)), rtol=0.02)
    assert len(survey.key) == 64


def test_the_statistics_of_a_checkpoint_and_of_a_survey_of_the_same_images_agree(run, data, tmp_path):
    statistics = read_checkpoint(run.best).statistics
    survey = Session.open(
        run.path
    ).survey()  # the 20 test images, all of which the checkpoint carries, in another order
    np.testing.assert_allclose(survey.statistics.kl_Z, statistics.kl_Z, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(survey.statistics.mean_variance_Z, statistics.mean_variance_Z, rtol=1e-3, atol=1e-6)
    assert survey.statistics.num_active == statistics.num_active
    assert (survey.statistics.num_images, survey.statistics.split) == (len(data.test), "test")


def test_a_survey_is_made_once(open_session, monkeypatch):
    session = open_session()
    assert session.known_survey is None
    survey = session.survey()
    refuse_to_measure(monkeypatch)
    assert session.survey() is survey
    assert session.known_survey is survey
    assert session.survey_builder().is_done
    assert session.survey_builder().finish() is survey


def test_what_was_made_quickly_is_not_kept(open_session, tmp_path, monkeypatch):
    monkeypatch.setattr(surveying, "KEEP_FROM_S", 3600)
    open_session().survey()
    assert files_of(tmp_path) == []


def test_another_session_reads_what_was_kept(open_session, tmp_path, kept, monkeypatch):
    survey = open_session().survey()
    (path,) = files_of(tmp_path)
    assert path.name == f"survey-{survey.key}.npz"
    refuse_to_measure(monkeypatch)
    builder = open_session().survey_builder()
    assert builder.is_done
    again = builder.finish()
    for name in ("indices_N", "means_NZ", "logvars_NZ", "squared_error_N", "labels_N"):
        np.testing.assert_array_equal(getattr(again, name), getattr(survey, name))
    assert (again.key, again.class_names, again.describe()) == (survey.key, survey.class_names, survey.describe())


@pytest.mark.parametrize("damage", [lambda whole: b"", lambda whole: whole[:-9], lambda whole: whole.swapcase()])
def test_a_damaged_file_is_made_again(open_session, tmp_path, kept, damage):
    survey = open_session().survey()
    (path,) = files_of(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    np.testing.assert_array_equal(open_session().survey().means_NZ, survey.means_NZ)
    assert path.read_bytes() == whole


def test_a_file_of_numbers_that_are_not_finite_is_made_again(open_session, tmp_path, kept):
    session = open_session()
    survey = session.survey()
    num = len(survey)
    arrays = {"means_NZ": np.full((num, 4), np.nan), "logvars_NZ": np.zeros((num, 4)), "squared_error_N": np.zeros(num)}
    ArrayCache(files_of(tmp_path)[0].parent).write("survey", survey.key, arrays)
    np.testing.assert_array_equal(open_session().survey().means_NZ, survey.means_NZ)


def test_other_images_are_another_survey(open_session, tmp_path, kept, more_images):
    keys = {open_session().survey().key}
    with np.load(more_images) as found:
        images, labels = found["images"].copy(), found["labels"].copy()
    images ^= 1
    np.savez(more_images, images=images, labels=labels)
    keys.add(open_session().survey().key)
    labels ^= 1
    np.savez(more_images, images=images, labels=labels)
    keys.add(open_session().survey().key)
    keys.add(open_session(split="test").survey().key)
    keys.add(open_session(data=None, split=None).survey().key)
    assert len(keys) == len(files_of(tmp_path)) == 5


def test_other_weights_have_a_survey_of_their_own(run_training, config, tmp_path, kept):
    averaged = dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9})
    run = run_training(averaged)[0]
    session = Session.open(run.path, data_dir=tmp_path / "cache")
    other = session.with_weights("raw")
    assert session.survey().key != other.survey().key
    assert not np.array_equal(session.survey().means_NZ, other.survey().means_NZ)
    assert len(files_of(tmp_path)) == 2


def test_who_stops_midway_leaves_nothing(open_session, tmp_path, kept):
    session, told = open_session(), []
    with pytest.raises(SurveyStopped):
        session.survey(lambda *now: told.append(now), lambda: bool(told))
    assert told == [(64, session.num_images)]
    assert session.known_survey is None
    assert files_of(tmp_path) == []
    assert len(session.survey()) == session.num_images


def test_a_cache_that_can_not_be_written_to_is_no_hindrance(open_session, tmp_path, kept):
    (tmp_path / "file").write_text("in the way")
    session = open_session(data=None, split=None, data_dir=tmp_path / "file")
    assert len(session.survey()) == 20


def test_without_images_there_is_no_survey(tmp_path):
    torch.save(ModelSpec("fc", (1, 8, 8), 3).build(seed=0).state_dict(), tmp_path / "w.pth")
    session = Session.open(tmp_path / "w.pth")
    assert session.known_survey is None
    for ask in (session.survey, session.survey_builder, session.umap_points):
        with pytest.raises(VaeTuiError, match="no images"):
            ask()


def test_a_single_grey_image_without_a_class_is_a_survey(tmp_path):
    torch.save(ModelSpec("fc", (1, 8, 8), 3).build(seed=0).state_dict(), tmp_path / "w.pth")
    np.savez(tmp_path / "one.npz", images=np.full((2, 8, 8), 7, np.uint8))
    session = Session.open(tmp_path / "w.pth", data=str(tmp_path / "one.npz"), split="test", data_dir=tmp_path)
    survey = session.survey()
    assert (len(survey), survey.labels_N, survey.image_size) == (1, None, 64)
    assert survey.describe() == "1 test image"


def test_of_a_large_set_a_part_is_hashed_spread_over_all_of_the_sample(monkeypatch):
    monkeypatch.setattr(surveying, "HASHED_BYTES", 100 * 12)
    images = torch.randint(0, 256, (1_000, 3, 2, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    indices = np.arange(1_000)
    before = fingerprint(images, None, indices)
    assert fingerprint(images.clone(), None, indices) == before
    images[5] += 1  # of each ten the first is hashed
    assert fingerprint(images, None, indices) == before
    images[990] += 1
    assert fingerprint(images, None, indices) != before


def test_labels_and_shape_are_a_part_of_the_hash():
    images, indices = torch.zeros(4, 1, 2, 8, dtype=torch.uint8), np.arange(4)
    hashes = {
        fingerprint(images, None, indices),
        fingerprint(images.reshape(4, 1, 8, 2), None, indices),
        fingerprint(images[:3], None, indices[:3]),
        fingerprint(images, torch.zeros(4, dtype=torch.int64), indices),
        fingerprint(images, torch.tensor([0, 0, 0, 1]), indices),
    }
    assert len(hashes) == 5


@pytest.fixture
def umap(monkeypatch):
    """A stand-in for umap-learn: the first two dimensions are the plane. Gives what it was asked for."""
    asked = []

    class UMAP:
        def __init__(self, **options):
            self.options = options

        def fit_transform(self, means_NZ):
            asked.append(self.options)
            return means_NZ[:, :2].astype(np.float64)

    module = types.ModuleType("umap")
    module.UMAP = UMAP
    monkeypatch.setitem(sys.modules, "umap", module)
    return asked


def test_the_map_by_umap_is_made_once_and_kept_beside_the_survey(open_session, tmp_path, umap, kept):
    session = open_session()
    points = session.umap_points()
    np.testing.assert_array_equal(points, session.survey().means_NZ[:, :2])
    assert session.umap_points() is points
    (path,) = files_of(tmp_path, "umap")
    assert path.name == f"umap-{session.survey().key}.npz"
    np.testing.assert_array_equal(open_session().umap_points(), points)
    assert umap == [{"n_neighbors": 15, "random_state": 0, "n_jobs": 1}]
    ArrayCache(path.parent).write("umap", session.survey().key, {"points_N2": np.full_like(points, np.nan)})
    np.testing.assert_array_equal(open_session().umap_points(), points)


def test_what_umaps_bar_writes_is_told_as_epochs(open_session, umap):
    told = []
    session = open_session()
    points = session.umap_points(lambda done, total: told.append((done, total)))
    bar = umap[0]["tqdm_kwds"]
    assert bar["disable"] is False
    for text in ("\r", bar["bar_format"].format(n=0, total=200), "\r120 200", "  ", "\n"):
        assert bar["file"].write(text) == len(text)
    assert told == [(0, 200), (120, 200)]
    assert session.umap_points() is points


def test_umap_takes_no_more_neighbours_than_there_are_images(open_session, umap):
    session = open_session(split="test")
    assert 8 <= session.num_images <= 15
    session.umap_points()
    assert umap[0]["n_neighbors"] == session.num_images - 1


def test_where_umap_is_absent_the_line_to_install_it_is_said(open_session, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(VaeTuiError, match="umap-learn") as refused:
        open_session().umap_points()
    assert refused.value.hint == "pip install 'vaetui[umap]'"
