"""A second checkpoint, on the images of the first."""

import dataclasses

import numpy as np
import pytest
import torch

from vae_tui.checkpoint import read_checkpoint, write_checkpoint
from vae_tui.models.contract import ModelSpec
from vae_tui.session import Session


@pytest.fixture
def run(run_training, config):
    return run_training(config)[0]


@pytest.fixture
def session(run):
    return Session.open(run.path)


@pytest.fixture
def other_path(run, tmp_path):
    """The same model, which carries other images."""
    checkpoint = read_checkpoint(run.best)
    gallery = dataclasses.replace(checkpoint.gallery, images_NCHW=255 - checkpoint.gallery.images_NCHW)
    write_checkpoint(tmp_path / "other.pt", dataclasses.replace(checkpoint, gallery=gallery))
    return tmp_path / "other.pt"


@pytest.fixture
def large_path(tmp_path):
    """The weights of a model of larger images, alone."""
    torch.save(ModelSpec("fc", (3, 16, 16), 3).build(seed=0).state_dict(), tmp_path / "large.pt")
    return tmp_path / "large.pt"


def test_it_looks_at_the_images_of_the_first(session, other_path):
    other = session.open_beside(other_path)
    assert other.shares_images(session)
    assert np.array_equal(other.images([3]), session.images([3]))
    assert not np.array_equal(Session.open(other_path).images([3]), session.images([3]))
    assert other.label(3) == session.label(3)
    assert np.array_equal(other.encode([3])[0], session.encode([3])[0])


def test_other_weights_keep_them(session, other_path):
    other = session.open_beside(other_path)
    assert other.with_weights(other.weights).shares_images(session)


def test_a_model_of_another_shape_keeps_its_own(session, large_path):
    other = session.open_beside(large_path)
    assert not other.shares_images(session)
    assert (other.num_images, other.summary.image_shape) == (0, (3, 16, 16))
    assert session.with_images_of(other) is session


def test_its_own_images_of_the_data_set_are_brought_to_its_shape(run, large_path, tmp_path):
    from PIL import Image

    for number in range(6):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(tmp_path / f"{number}.png")
    session = Session.open(run.path, data=str(tmp_path), split="train")
    other = session.open_beside(large_path, data=str(tmp_path), split="train")
    assert session.images([0]).shape[1:3] == (8, 8)
    assert other.images([0]).shape[1:3] == (16, 16)
    assert other.num_images == session.num_images


def test_averaged_weights_are_taken_where_it_holds_them(session, other_path):
    assert session.open_beside(other_path, weights="ema").weights == "raw"
