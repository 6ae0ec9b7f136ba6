"""Images of four channels from an .npz to the pictures of a model that was trained on them."""

import json
import shlex

import numpy as np
import pytest
from PIL import Image as ImageFile

from vae_tui.checkpoint import read_checkpoint
from vae_tui.cli import app
from vae_tui.errors import VaeTuiError
from vae_tui.imaging import read_provenance
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.showing import ShownPicture
from vae_tui.session import Session
from vae_tui.session_pair import open_pair

PICTURES = ("sample", "interpolate", "traverse", "reconstruct", "mix", "map")
SMALL = ["--latent-dim", "3", "--batch-size", "8", "--device", "cpu"]
MINE = """
from torch import nn


class VAE(nn.Module):
    image_shape = (4, 8, 8)

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(256, 6), nn.Linear(3, 256)

    def encode(self, images):
        return self.encoder(images.flatten(1)).chunk(2, dim=1)

    def decode(self, latents):
        return self.decoder(latents).sigmoid().view(-1, 4, 8, 8)
"""


@pytest.fixture(scope="module")
def data_path(tmp_path_factory):
    """40 images of 8 x 8 and four channels, each with a level of its own."""
    path = tmp_path_factory.mktemp("data") / "four.npz"
    levels = np.random.default_rng(0).integers(0, 60, (40, 8, 8, 4)) + 60 * np.arange(4)
    np.savez(path, images=levels.astype(np.uint8), labels=np.arange(40) % 2)
    return path


@pytest.fixture(scope="module", params=["conv", "fc"])
def run_dir(request, data_path, tmp_path_factory):
    """A run of one epoch on them."""
    folder = tmp_path_factory.mktemp(request.param) / "run"
    words = ["train", str(data_path), f"--{request.param}", "--epochs", "1", *SMALL, "--preview", "--out", str(folder)]
    assert app.run(words) == 0
    return folder


def test_what_was_trained_carries_all_channels(run_dir, vaetui):
    checkpoint = read_checkpoint(run_dir / "last.pt")
    assert checkpoint.spec.image_shape == (4, 8, 8)
    assert checkpoint.gallery.images_NCHW.shape == (4, 4, 8, 8)
    assert [int(level) // 60 for level in checkpoint.gallery.images_NCHW[0, :, 0, 0]] == [0, 1, 2, 3]
    assert "4 x 8 x 8" in vaetui("info", str(run_dir)).out
    assert json.loads(vaetui("info", str(run_dir), "--json").out)["image_shape"] == [4, 8, 8]


@pytest.mark.parametrize("command", PICTURES)
def test_every_picture_by_chosen_channels_is_drawn_again_by_its_command(command, run_dir, vaetui, tmp_path):
    plain, alone, again = (tmp_path / f"{name}.png" for name in ("plain", "alone", "again"))
    at = ["--device", "cpu", "-o"]
    assert vaetui(command, str(run_dir), *at, str(plain)).code == 0
    assert vaetui(command, str(run_dir), "--channels", "3", *at, str(alone)).code == 0
    said = shlex.split(read_provenance(alone).command)
    assert said[-2:] == ["--channels", "3"]
    assert "--channels" not in read_provenance(plain).command
    assert vaetui(command, str(run_dir), *said[3:], *at, str(again)).code == 0
    assert alone.read_bytes() == again.read_bytes()
    assert alone.read_bytes() != plain.read_bytes()


def test_a_gif_goes_the_same_way(run_dir, vaetui, tmp_path):
    done = vaetui("reconstruct", str(run_dir), "-n", "1", "--channels", "3,0,0", "-o", str(tmp_path / "one.gif"))
    assert done.code == 0
    with ImageFile.open(tmp_path / "one.gif") as film:
        red, green, blue = film.convert("RGB").getpixel((4, 4))
    assert (red // 60, green // 60, blue // 60) == (3, 0, 0)


def test_what_is_measured_is_of_all_channels(run_dir):
    session = Session.open(run_dir, device="cpu")
    originals, made = session.images_all([0, 1]), session.reconstruct([0, 1])
    decoded = session.decode_all(made.means_NZ)
    assert originals.shape == decoded.shape == made.tiles_NHWC.shape == (2, 8, 8, 4)
    assert made.image_size == 4 * 8 * 8
    exact = np.square((decoded.astype(float) - originals) / 255).sum((1, 2, 3))
    np.testing.assert_allclose(made.squared_error_N, exact, rtol=0.02)
    np.testing.assert_allclose(session.survey().squared_error_N[:2], made.squared_error_N, rtol=1e-4)
    np.testing.assert_array_equal(session.images([0])[..., 2], originals[:1, ..., 2])
    shown = ShownPicture(ReconstructPicture(num=2, show="difference"), (3,)).draw(session)
    apart = np.abs(made.tiles_NHWC.astype(float) - originals)[0].mean()
    assert f"apart by {apart:.1f} of 255" in shown.words[4]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sample", "--channels", "4"], ["the images have no channel 4", "they have 0 to 3"]),
        (["sample", "--channels", "1,2"], ["can't be read", "4,2,1 or 4"]),
        (["reconstruct", "--file", "cat.png", "-n", "1"], ["cat.png is an image file", "have 4", "(N, 8, 8, 4)"]),
        (["reconstruct", "--data", "images"], ["are 3x8x8, the model takes 4x8x8", "(N, 8, 8, 4)"]),
    ],
    ids=["none such", "two", "file", "folder"],
)
def test_what_can_not_be_shown_says_why(words, said, run_dir, vaetui, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for path in ("cat.png", "images/dog.png"):
        ImageFile.new("RGB", (8, 8), "red").save(tmp_path / path)
    command, *options = words
    done = vaetui(command, str(run_dir), *options, "--device", "cpu", "-o", "out.png")
    assert done.code == 2
    assert [part for part in said if part not in done.err] == []


def test_a_module_of_ones_own(data_path, vaetui, tmp_path, monkeypatch):
    import torch

    monkeypatch.chdir(tmp_path)
    (tmp_path / "four_channels.py").write_text(MINE)
    torch.manual_seed(0)
    encoder, decoder = torch.nn.Linear(256, 6), torch.nn.Linear(3, 256)
    parts = {"encoder": encoder, "decoder": decoder}
    torch.save({f"{name}.{key}": v for name, part in parts.items() for key, v in part.state_dict().items()}, "w.pt")
    named = ["--model", "four_channels:VAE", "--device", "cpu", "-o"]
    assert vaetui("sample", "w.pt", "--channels", "3", *named, "one.png").code == 0
    assert vaetui("reconstruct", "w.pt", "--data", str(data_path), *named, "two.png").code == 0
    assert vaetui("info", "w.pt", "--model", "four_channels:VAE").out.count("4 x 8 x 8") == 1


def test_beside_a_model_of_three_channels(run_dir, checkpoint_path, vaetui, tmp_path):
    at = ["--beside", str(checkpoint_path), "--device", "cpu", "-o"]
    for number, options in enumerate(([], ["--channels", "2"], ["--channels", "3"])):
        out = str(tmp_path / f"{number}.png")
        assert vaetui("reconstruct", str(run_dir), "-n", "2", *options, *at, out).code == 0
        assert vaetui("sample", str(run_dir), "-n", "4", *options, *at, out).code == 0
    assert vaetui("compare", str(run_dir), str(checkpoint_path), "--device", "cpu").code == 0


def test_an_image_file_is_for_the_one_that_can_read_it(run_dir, checkpoint_path, vaetui, tmp_path):
    ImageFile.new("RGB", (8, 8), "red").save(tmp_path / "cat.png")
    at = ["--file", str(tmp_path / "cat.png"), "-n", "1", "--device", "cpu", "-o", str(tmp_path / "out.png")]
    assert vaetui("reconstruct", str(checkpoint_path), "--beside", str(run_dir), *at).code == 0
    pair = open_pair(Session.open(checkpoint_path, device="cpu"), run_dir, files=[tmp_path / "cat.png"], device="cpu")
    assert pair.second.num_files == 0
    refused = vaetui("reconstruct", str(run_dir), "--beside", str(checkpoint_path), *at)
    assert (refused.code, "the model's images have 4" in refused.err) == (2, True)


def test_a_session_refuses_channels_that_it_has_not(run_dir):
    with pytest.raises(VaeTuiError, match="no channel 9"):
        ShownPicture(SamplePicture(2), (9,)).draw(Session.open(run_dir, device="cpu"))
