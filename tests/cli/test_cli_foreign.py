"""Somebody's own module through the commands: opened, drawn, and named in the command that draws it again."""

import json
import shlex
import sys

import numpy as np
import pytest
import torch

from vae_tui.imaging import read_provenance
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.sample import SamplePicture

THEIRS = """
import torch
from torch import nn

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(192, 8), nn.Linear(4, 192)

    def encode(self, images):
        return self.inner(images.flatten(1)).chunk(2, dim=1)

    def decode(self, z):
        return torch.tanh(self.outer(z)).view(-1, 3, 8, 8)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder: their_vae.py, weights.pt, images.npz."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "their_vae.py").write_text(THEIRS)
    weights = {"inner.weight": (8, 192), "inner.bias": (8,), "outer.weight": (192, 4), "outer.bias": (192,)}
    generator = torch.Generator().manual_seed(0)
    torch.save({key: torch.randn(shape, generator=generator) for key, shape in weights.items()}, "weights.pt")
    np.savez("images.npz", images=np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8))
    yield tmp_path
    sys.modules.pop("their_vae", None)


MODEL = ("--model", "their_vae:VAE", "--device", "cpu")


@pytest.mark.parametrize(
    "command",
    [
        ("sample", "--image-shape", "3x8x8"),
        ("interpolate", "--random", "--latent-dim", "4"),
        ("interpolate", "--data", "images.npz"),
        ("traverse", "--data", "images.npz", "--range", "unit"),
        ("reconstruct", "--data", "images.npz", "--range", "signed"),
    ],
)
def test_the_picture_in_the_metadata_is_drawn_again_by_its_command(vaetui, folder, command):
    name, *options = command
    first = vaetui(name, "weights.pt", *MODEL, *options, "-o", "first.png")
    assert (first.code, first.err) == (0, "")
    words = shlex.split(read_provenance(folder / "first.png").command)
    assert words[:3] == ["vaetui", name, "weights.pt"]
    for option in ("--model", *options):
        assert option in words
    assert vaetui(*words[1:], "--device", "cpu", "-o", "again.png").code == 0
    assert (folder / "first.png").read_bytes() == (folder / "again.png").read_bytes()


def test_what_was_found_is_not_in_the_command():
    told = command_line(SamplePicture(), Origin("a/w.pt", "d", foreign=None))
    assert "--model" not in told


def test_info_says_what_was_found(vaetui, folder):
    shown = vaetui("info", "weights.pt", "--model", "their_vae:VAE", "--image-shape", "3x8x8")
    assert shown.code == 0
    assert "their_vae:VAE · 2,504 parameters" in shown.out
    assert "3 x 8 x 8 · pixels in [-1, 1]\n" in shown.out
    assert "found: decoded values lie from -1.00 to 1.00" in shown.out
    facts = json.loads(vaetui("info", "weights.pt", "--model", "their_vae:VAE", "--image-shape", "3x8x8", "--json").out)
    assert (facts["foreign"], facts["model"], facts["latent_dim"]) == (True, "their_vae:VAE", 4)


def test_without_the_shape_the_next_step_is_named(vaetui, folder):
    refused = vaetui("sample", "weights.pt", *MODEL, "-o", "a.png")
    assert refused.code == 2
    assert "--image-shape 3x32x32" in refused.err
    assert not (folder / "a.png").exists()


def test_without_model_nothing_of_it_is_imported(vaetui, folder):
    refused = vaetui("sample", "weights.pt", "-o", "a.png")
    assert refused.code == 2
    assert "--model package.module:factory" in refused.err
    assert "their_vae" not in sys.modules


@pytest.mark.parametrize("command", ["sample", "info", "explore"])
def test_what_is_told_of_no_model_is_refused(vaetui, checkpoint_path, command):
    refused = vaetui(command, str(checkpoint_path), "--range", "unit", *(("-o", "a.png") * (command == "sample")))
    assert refused.code == 2
    assert "--range needs --model" in refused.err


def test_the_installed_program_finds_the_current_folder(vaetui_process, folder):
    words = ("sample", "weights.pt", "--model", "their_vae:VAE", "--image-shape", "3x8x8", "-o", "a.png")
    done = vaetui_process(*words, PYTHONSAFEPATH="1")  # without it, python -m has the folder on its path anyway
    assert (done.code, done.out) == (0, "a.png\n")
