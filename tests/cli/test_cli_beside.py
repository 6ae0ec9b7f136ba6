"""--beside: the same picture of two checkpoints."""

import dataclasses
import shlex

import pytest
import torch

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


@pytest.mark.parametrize("sides", ["both", "swapped", "other"])
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


def test_what_the_other_can_not_draw_is_said_with_its_name(vaetui, checkpoint_path, tmp_path):
    torch.save(ModelSpec("fc", (3, 16, 16), 4).build(seed=0).state_dict(), tmp_path / "large.pt")
    done = vaetui(
        "reconstruct", str(checkpoint_path), "--beside", str(tmp_path / "large.pt"), "-o", str(tmp_path / "a.png")
    )
    assert done.code == 2
    assert "large.pt: the checkpoint carries no images" in done.err
