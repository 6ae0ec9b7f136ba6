import numpy as np
import pytest
import torch

from vae_tui.checkpoint import read_checkpoint
from vae_tui.pictures.latent_file import read_latents
from vae_tui.session import Session


def test_latents_are_the_images_posterior_means_with_labels(vaetui, checkpoint_path, tmp_path):
    out = tmp_path / "latents.npz"
    done = vaetui("export", str(checkpoint_path), "-o", str(out))
    assert (done.code, done.out, done.err) == (0, f"{out}\n", "all 12 test images\n")
    session = Session.open(checkpoint_path, device="cpu")
    with np.load(out) as arrays:
        assert set(arrays) == {"latents", "indices", "split", "labels", "class_names"}
        np.testing.assert_allclose(arrays["latents"], session.encode(range(12))[0], atol=1e-6)
        assert arrays["latents"].dtype == np.float32
        np.testing.assert_array_equal(arrays["indices"], np.arange(12))
        assert [arrays["class_names"][label] for label in arrays["labels"]] == [session.label(i) for i in range(12)]
        assert str(arrays["split"]) == "test"
    assert read_latents(out).latents_NZ.shape == (12, session.latent_dim)


def test_weights_are_a_plain_state_dict_that_opens_again(vaetui, checkpoint_path, tmp_path):
    out = tmp_path / "weights.pth"
    assert vaetui("export", str(checkpoint_path), "-o", str(out)).code == 0
    plain = torch.load(out, weights_only=True)
    original = read_checkpoint(checkpoint_path)
    assert list(plain) == list(original.weights)
    latents = np.random.default_rng(0).standard_normal((3, original.spec.latent_dim)).astype(np.float32)
    sessions = [Session.open(path, device="cpu") for path in (checkpoint_path, out)]
    first, second = (session.decode(latents) for session in sessions)
    np.testing.assert_array_equal(first, second)


def test_weights_are_the_averaged_ones_unless_the_raw_ones_are_asked_for(vaetui, averaged_path, tmp_path):
    held = read_checkpoint(averaged_path)
    for name, words, weights in (("ema", (), held.ema_weights), ("raw", ("--weights", "raw"), held.weights)):
        out = tmp_path / f"{name}.pth"
        assert vaetui("export", str(averaged_path), "-o", str(out), *words).code == 0
        written = torch.load(out, weights_only=True)
        assert all(torch.equal(written[key], value) for key, value in weights.items())


@pytest.mark.parametrize("name", ["older.npz", "older.pth"])
def test_a_file_that_is_there_is_replaced_only_by_force(vaetui, checkpoint_path, tmp_path, name):
    out = tmp_path / name
    out.write_bytes(b"older")
    done = vaetui("export", str(checkpoint_path), "-o", str(out))
    assert done.code == 2
    assert "--force" in done.err
    assert out.read_bytes() == b"older"
    assert vaetui("export", str(checkpoint_path), "-o", str(out), "--force").code == 0
    assert out.read_bytes() != b"older"


def test_the_checkpoint_itself_is_never_written_over(vaetui, checkpoint_path):
    before = checkpoint_path.read_bytes()
    done = vaetui("export", str(checkpoint_path), "-o", str(checkpoint_path), "--force")
    assert (done.code, checkpoint_path.read_bytes()) == (2, before)
    assert "is the checkpoint itself" in done.err


@pytest.mark.parametrize(
    ("name", "why"), [("x.csv", "neither an .npz nor a .pth"), ("no/x.npz", "there is no folder"), (".", "neither")]
)
def test_a_name_that_can_not_be_is_said(vaetui, checkpoint_path, tmp_path, name, why):
    done = vaetui("export", str(checkpoint_path), "-o", str(tmp_path / name))
    assert done.code == 2
    assert why in done.err


def test_without_images_there_are_no_latents(vaetui, checkpoint_path, tmp_path):
    weights, out = tmp_path / "w.pth", tmp_path / "l.npz"
    vaetui("export", str(checkpoint_path), "-o", str(weights))
    done = vaetui("export", str(weights), "-o", str(out))
    assert done.code == 2
    assert "--data" in done.err
    assert not out.exists()
