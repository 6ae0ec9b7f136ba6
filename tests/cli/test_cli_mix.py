"""vaetui mix: what it reads, and that its commands draw the same again."""

import shlex

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.imaging import read_provenance
from vae_tui.pictures.latent_file import read_latents
from vae_tui.pictures.mix import MixPicture
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point

NUMBERS = st.floats(-1e6, 1e6, width=32)
EDITS = st.dictionaries(st.integers(0, 500), NUMBERS, max_size=4).map(lambda edits: tuple(sorted(edits.items())))
POINTS = st.sampled_from(
    ["centre", "mean", "image:7", "image:7:3,pc1=1.5,class:3>5=0.8,z3=-2", "between(centre;draw:1:2):0.25:slerp,z1=4"]
).map(parse_point)
SWEEPS = st.sampled_from(["", "z3", "pc1", "class:3>5", "images:1+4>7"])


@pytest.fixture
def delivered(monkeypatch):
    """The requests that the command hands over, instead of drawing them."""
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: handed_over.append(request))
    return handed_over


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(point=POINTS, edits=EDITS, recent=st.lists(POINTS, max_size=8).map(tuple), sweep=SWEEPS, has_file=st.booleans())
def test_every_command_line_is_read_back(point, edits, recent, sweep, has_file, delivered, tmp_path):
    path = tmp_path / "in a folder's z.npz"
    if not path.exists():
        np.savez(path, latents=np.eye(4, dtype=np.float32))
    base = read_latents(path) if has_file else None
    request = MixPicture(Point() if has_file else point, edits, recent, sweep, base)
    words = shlex.split(command_line(request, Origin("a b/best.pt")))
    assert run(words[1:]) == 0
    assert delivered.pop() == request


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_a_saved_picture_names_the_command_that_draws_the_same_bytes(suffix, vaetui, fake_model, tmp_path, monkeypatch):
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    words = ["--at", "image:7,pc1=0.5,class:0>1", "--z", "3=-2", "--recent", "image:7", "--sweep", "class:0>1"]
    done = vaetui("mix", str(fake_model), *words, "-o", str(first))
    assert (done.code, done.out) == (0, f"{first}\n")
    monkeypatch.chdir(tmp_path)
    again = shlex.split(read_provenance(first).command)
    assert again[:2] == ["vaetui", "mix"]
    assert vaetui(*again[1:], "-o", str(second)).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_saved_picture_is_a_start_of_another(vaetui, fake_model, tmp_path):
    first = tmp_path / "1.png"
    vaetui("mix", str(fake_model), "--at", "image:7", "-o", str(first))
    assert vaetui("mix", str(fake_model), "--latent", str(first), "-o", str(tmp_path / "2.png")).code == 0
    found = read_provenance(tmp_path / "2.png").latents_NZ
    np.testing.assert_array_equal(found, read_provenance(first).latents_NZ)


def test_what_is_not_asked_is_the_default(vaetui, delivered):
    assert vaetui("mix", "x.pt").code == 0
    assert delivered == [MixPicture()]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "nowhere"], "'nowhere' is no point"),
        (["--recent", "nowhere"], "'nowhere' is no point"),
        (["--sweep", "3"], "--sweep '3' can't be read"),
        (["--at", "centre", "--latent", "z.npz"], "--at means nothing beside --latent"),
        (["--recent", "centre"] * 9, "9 latents stand beside it"),
    ],
)
def test_what_can_not_be_is_refused_in_one_line_and_a_hint(words, said, vaetui, delivered):
    done = vaetui("mix", "x.pt", *words)
    assert (done.code, delivered) == (2, [])
    assert said in done.err
