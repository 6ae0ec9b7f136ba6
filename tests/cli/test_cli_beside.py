"""--beside: the same picture of two checkpoints."""

import dataclasses
import json
import shlex
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from their_module import THEIRS

from vae_tui.checkpoint import read_checkpoint, write_checkpoint
from vae_tui.imaging import read_provenance
from vae_tui.models.contract import ModelSpec

COMMANDS = (
    "sample -n 4 --z 6=2",
    "interpolate -n 2 --steps 3",
    "traverse --dims kl:2 --steps 3",
    "traverse --dims 1,7 --steps 3",
    "reconstruct -n 3",
)


@pytest.fixture
def other_path(checkpoint_path, tmp_path):
    """Another model of fewer latent dimensions."""
    checkpoint = read_checkpoint(checkpoint_path)
    spec = ModelSpec("fc", (3, 8, 8), 4, {"hidden": 16})
    plain = dataclasses.replace(
        checkpoint, spec=spec, weights=spec.build(seed=1).state_dict(), statistics=None, gallery=None
    )
    write_checkpoint(tmp_path / "other.pt", plain)
    return tmp_path / "other.pt"


@pytest.mark.parametrize("sides", ["both", "swapped", "first", "other"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_picture_names_both_and_a_command_that_draws_it_again(
    command, sides, vaetui, checkpoint_path, other_path, tmp_path, monkeypatch
):
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    name, *options = command.split()
    beside = ("--beside", str(other_path), "--sides", sides)
    done = vaetui(name, str(checkpoint_path), *options, *beside, "-o", str(first))
    assert (done.code, done.err) == (0, "")
    said = read_provenance(first)
    assert said.checkpoint == read_checkpoint(checkpoint_path).file_hash
    assert said.beside == read_checkpoint(other_path).file_hash
    words = shlex.split(said.command)
    assert words[words.index("--beside") + 1] == "other.pt"
    assert ("--sides" in words) == (sides != "both")
    monkeypatch.chdir(tmp_path)
    (tmp_path / checkpoint_path.name).write_bytes(checkpoint_path.read_bytes())
    assert vaetui(*words[1:], "-o", str(second)).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_gif_moves_both(vaetui, checkpoint_path, other_path, tmp_path):
    path = tmp_path / "a.gif"
    assert vaetui("reconstruct", str(checkpoint_path), "--beside", str(other_path), "-o", str(path)).code == 0
    assert read_provenance(path).beside


def test_sides_mean_nothing_alone(vaetui, checkpoint_path, tmp_path):
    done = vaetui("sample", str(checkpoint_path), "--sides", "other", "-o", str(tmp_path / "a.png"))
    assert done.code == 2
    assert "--sides needs --beside" in done.err


@pytest.mark.parametrize("sides", ["both", "swapped"])
def test_what_only_one_can_draw_is_drawn_of_that_one(vaetui, checkpoint_path, tmp_path, sides):
    torch.save(ModelSpec("fc", (3, 16, 16), 4).build(seed=0).state_dict(), tmp_path / "large.pt")
    path = tmp_path / "a.png"
    beside = ("--beside", str(tmp_path / "large.pt"), "--sides", sides)
    done = vaetui("reconstruct", str(checkpoint_path), "-n", "2", *beside, "-o", str(path))
    assert (done.code, done.err) == (0, "")
    assert len(read_provenance(path).latents_NZ[0]) == 8
    alone = vaetui("reconstruct", str(checkpoint_path), *beside[:2], "--sides", "other", "-o", str(path))
    assert alone.code == 2
    assert "large.pt: the checkpoint carries no images" in alone.err


def test_a_checkpoint_without_images_is_shown_on_those_of_the_other(vaetui, checkpoint_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full.pt").write_bytes(checkpoint_path.read_bytes())
    write_checkpoint(tmp_path / "bare.pt", dataclasses.replace(read_checkpoint(checkpoint_path), gallery=None))
    assert vaetui("reconstruct", "bare.pt", "-o", "bare.png").code == 2
    for name, order in [("a", ("bare.pt", "full.pt")), ("b", ("full.pt", "bare.pt"))]:
        done = vaetui("reconstruct", order[0], "--beside", order[1], "-n", "2", "-o", f"{name}.png")
        assert (done.code, done.err) == (0, "")
    rows = [np.asarray(Image.open(f"{name}.png")) for name in "ab"]
    np.testing.assert_array_equal(*rows)  # one model, one set of images: whichever lent them
    alone = vaetui("reconstruct", "bare.pt", "--beside", "full.pt", "--sides", "first", "-n", "2", "-o", "c.png")
    assert alone.code == 0
    assert vaetui("reconstruct", "full.pt", "-n", "2", "-o", "d.png").code == 0
    np.testing.assert_array_equal(*(np.asarray(Image.open(f"{name}.png")) for name in "cd"))


@pytest.mark.parametrize("foreign_first", [True, False])
def test_model_means_the_one_that_is_not_vaetuis(vaetui, checkpoint_path, tmp_path, monkeypatch, foreign_first):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "their_beside.py").write_text(THEIRS)
    (tmp_path / "own.pt").write_bytes(checkpoint_path.read_bytes())
    shapes = {"inner.weight": (8, 192), "inner.bias": (8,), "outer.weight": (192, 4), "outer.bias": (192,)}
    torch.save({name: torch.full(shape, 0.01) for name, shape in shapes.items()}, "foreign.pth")
    first, second = ("foreign.pth", "own.pt") if foreign_first else ("own.pt", "foreign.pth")
    options = ("--beside", second, "--model", "their_beside:VAE", "--image-shape", "3x8x8")
    done = vaetui("reconstruct", first, *options, "-n", "2", "-o", "a.png")
    assert (done.code, done.err) == (0, "")
    words = shlex.split(read_provenance(tmp_path / "a.png").command)
    assert words[words.index("--model") + 1] == "their_beside:VAE"
    assert vaetui(*words[1:], "-o", "b.png").code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    compared = vaetui("compare", first, second, *options[2:], "--json")
    assert {json.loads(compared.out)[side]["model"] for side in "ab"} == {"fc", "their_beside:VAE"}
    both = vaetui("sample", "own.pt", "--beside", "own.pt", *options[2:], "-o", "c.png")
    assert both.code == 2
    assert "leave --model out" in both.err
    sys.modules.pop("their_beside", None)
