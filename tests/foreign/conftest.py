import hand_written
import numpy as np
import pytest
import torch
from hand_written import told

from vae_tui.foreign.opening import load_foreign
from vae_tui.session import Session


@pytest.fixture
def weights_path(tmp_path):
    """Writes the weights of a hand-written class, drawn by a seed; the path."""

    def write(kind, wrap=lambda weights: weights, name="weights.pt"):
        torch.manual_seed(3)
        torch.save(wrap(getattr(hand_written, kind)().state_dict()), tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def data_path(tmp_path):
    """20 images of 3x8x8."""
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", images=images, labels=np.arange(20) % 2)
    return tmp_path / "images.npz"


@pytest.fixture
def settle(weights_path):
    """Opens a hand-written class by name, of known shape, with no images."""

    def open_it(kind, **options):
        return load_foreign(weights_path(kind), told(kind, **options)).settle()

    return open_it


@pytest.fixture
def open_session(weights_path, data_path):
    """The same, as a session with images."""

    def open_it(kind, **options):
        path = weights_path(kind)
        return Session.open(path, device="cpu", data=str(data_path), model=told(kind, **options))

    return open_it
