"""Two checkpoints: each opened by its own code, both on the same images."""

import dataclasses
import sys

import numpy as np
import pytest
import torch
from their_module import THEIRS

from vae_tui.checkpoint import read_checkpoint, write_checkpoint
from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel
from vae_tui.models.contract import ModelSpec
from vae_tui.session import Session
from vae_tui.session_pair import foreign_at, open_pair

FOREIGN = ForeignModel("their_pair:VAE", image_shape=(3, 8, 8))


@pytest.fixture
def run(run_training, config):
    return run_training(config)[0]


@pytest.fixture
def full(run):
    """A checkpoint that carries images of 3x8x8."""
    return run.best


@pytest.fixture
def bare(run, tmp_path):
    """The same without images."""
    path = tmp_path / "bare.pt"
    write_checkpoint(path, dataclasses.replace(read_checkpoint(run.best), gallery=None))
    return path


@pytest.fixture
def large(tmp_path):
    """The weights of a model of larger images, alone."""
    torch.save(ModelSpec("fc", (3, 16, 16), 3).build(seed=0).state_dict(), tmp_path / "large.pt")
    return tmp_path / "large.pt"


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """The weights of somebody's own module, which can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "their_pair.py").write_text(THEIRS)
    shapes = {"inner.weight": (8, 192), "inner.bias": (8,), "outer.weight": (192, 4), "outer.bias": (192,)}
    torch.save({name: torch.full(shape, 0.01) for name, shape in shapes.items()}, tmp_path / "foreign.pth")
    yield tmp_path / "foreign.pth"
    sys.modules.pop("their_pair", None)


def opened(first, second, **options):
    told = {key: value for key, value in options.items() if key != "files"}
    model = foreign_at(first, told.pop("model", None))
    session = Session.open(first, device="cpu", model=model, **told)
    for file in options.get("files", ()):
        session.add_file(file)
    return open_pair(session, second, device="cpu", **options)


def test_the_one_that_has_images_lends_them(full, bare):
    to_second, to_first = opened(full, bare), opened(bare, full)
    assert (to_second.whose, to_first.whose) == ("first", "second")
    for pair in (to_second, to_first):
        assert pair.first.num_images > 0
        assert np.array_equal(pair.first.images([2]), pair.second.images([2]))
        assert pair.first.label(2) == pair.second.label(2)
        assert pair.first.survey().means_NZ.shape == pair.second.survey().means_NZ.shape


def test_both_that_have_images_look_at_those_of_the_first(full):
    assert opened(full, full).whose == "shared"


def test_images_of_data_are_nobodys(full, bare, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", images=images)
    pair = opened(full, bare, data=str(tmp_path / "images.npz"))
    assert pair.whose == "shared"
    assert np.array_equal(pair.first.images([1]), pair.second.images([1]))


def test_images_that_do_not_fit_stay_where_they_are(full, bare, large):
    kept, alone = opened(full, large), opened(large, full)
    assert (kept.whose, kept.second.num_images) == ("first alone", 0)
    assert (alone.whose, alone.first.num_images) == ("second alone", 0)
    assert opened(bare, bare).whose == "shared"


def test_image_files_are_there_for_both(full, large, tmp_path):
    from PIL import Image

    Image.new("RGB", (8, 8), (200, 0, 0)).save(tmp_path / "red.png")
    files = [tmp_path / "red.png"]
    for pair in (opened(full, large, files=files), opened(full, full, files=files)):
        assert (pair.first.num_files, pair.second.num_files) == (1, 1)


@pytest.mark.parametrize("foreign_first", [True, False])
def test_a_checkpoint_of_its_own_knows_its_model(full, foreign, foreign_first):
    paths = (foreign, full) if foreign_first else (full, foreign)
    pair = opened(*paths, model=FOREIGN)
    models = [pair.first.summary.model, pair.second.summary.model]
    assert models == (["their_pair:VAE", "fc"] if foreign_first else ["fc", "their_pair:VAE"])
    assert pair.whose == ("second" if foreign_first else "first")


def test_two_modules_of_somebodys_own_are_both_of_that_kind(foreign):
    pair = opened(foreign, foreign, model=FOREIGN)
    assert pair.first.summary.model == pair.second.summary.model == "their_pair:VAE"


def test_a_module_that_is_neither_is_refused(full):
    with pytest.raises(VaeTuiError, match="both are checkpoints of vaetui"):
        opened(full, full, model=FOREIGN)


def test_without_a_module_nothing_is_read(tmp_path):
    assert foreign_at(tmp_path / "absent.pt", None) is None
