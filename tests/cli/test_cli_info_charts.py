"""`vaetui info` as charts."""

import shlex
from itertools import product

import pytest
from PIL import Image

from vae_tui.cli import delivery
from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.imaging import read_provenance
from vae_tui.pictures.model import ModelPicture
from vae_tui.pictures.origin import Origin, command_line


@pytest.fixture
def delivered(monkeypatch):
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, *handed: handed_over.append(handed))
    return handed_over


@pytest.mark.parametrize(
    "request_",
    [
        ModelPicture(*values)
        for values in product((None, 17), ("kl", "change", "index"), (None, "images", "statistics"))
    ],
    ids=str,
)
def test_the_command_is_read_back_as_the_request_that_wrote_it(request_, delivered):
    origin = Origin("a b.pt", "cifar10", "train", raw_weights=True)
    assert run(shlex.split(command_line(request_, origin))[1:]) == 0
    (found, place), *_ = delivered
    assert found == request_
    assert (place.source.data, place.source.split, place.source.weights) == ("cifar10", "train", "raw")


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_charts_are_saved_and_name_the_command_that_draws_them_again(
    suffix, vaetui, checkpoint_path, tmp_path, monkeypatch
):
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    done = vaetui("info", str(checkpoint_path), "--device", "cpu", "-o", str(first))
    assert (done.code, done.out, done.err) == (0, f"{first}\n", "")
    with Image.open(first) as image:
        assert (getattr(image, "n_frames", 1) > 1) == (suffix == ".gif")
    monkeypatch.chdir(checkpoint_path.parent)
    words = shlex.split(read_provenance(first).command)
    assert words[:3] == ["vaetui", "info", "best.pt"]
    assert vaetui(*words[1:], "--device", "cpu", "-o", str(second)).code == 0
    assert first.read_bytes() == second.read_bytes()
    refused = vaetui("sample", str(checkpoint_path), "--latent", str(first), "-o", str(tmp_path / "a.png"))
    assert "holds no finite latents" in refused.err


def test_a_terminal_shows_them_in_cells(vaetui, checkpoint_path, monkeypatch):
    monkeypatch.setattr(delivery, "stdout_is_terminal", lambda: True)
    done = vaetui("info", str(checkpoint_path), "--dim", "3", "--device", "cpu")
    assert done.code == 0
    assert "KL of each dimension, nats; 4 of" in done.out
    assert done.out.splitlines()[-1] == f"vaetui info {checkpoint_path} --dim 3 --order kl"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dim 3 --json", "--json means nothing beside --dim"),
        ("-o a.png --json", "--json means nothing beside -o"),
        ("--data cifar10", "--data means nothing without charts"),
        ("--weights raw", "--weights means nothing without charts"),
        ("--histogram images", "--histogram means nothing without charts"),
        ("--dim 3", "there is no terminal"),
    ],
)
def test_options_that_mean_nothing_are_refused(words, said, vaetui, checkpoint_path):
    done = vaetui("info", str(checkpoint_path), *words.split())
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_an_absent_dimension_is_refused(vaetui, checkpoint_path, tmp_path):
    path = tmp_path / "a.png"
    done = vaetui("info", str(checkpoint_path), "--device", "cpu", "--dim", "8", "-o", str(path))
    assert done.code == 2
    assert "there is no latent dimension 8" in done.err
    assert not path.exists()
