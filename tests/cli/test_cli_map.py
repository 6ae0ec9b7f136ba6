import shlex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_tui.cli import delivery
from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.imaging import read_provenance
from vae_tui.pictures.map import MapPicture
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.points.bases import Image, OnUmap, SetMean
from vae_tui.points.moves import PrincipalMove
from vae_tui.points.point import Point

NUMBERS = st.floats(-1e6, 1e6, width=32)
POINTS = st.sampled_from(
    [Point(Image(7)), Point(SetMean(), (PrincipalMove(1, -1.5),), ((3, 0.5),)), Point(OnUmap(1.5, -2.0))]
)


@pytest.fixture
def delivered(monkeypatch):
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: handed_over.append(request))
    return handed_over


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_command_is_read_back_as_the_request_that_wrote_it(data, delivered):
    grid = data.draw(st.integers(2, 64) | st.just(0))
    cursor = st.none() if grid else st.none() | NUMBERS
    request = MapPicture(
        method=data.draw(st.sampled_from(["pca", "umap"])),
        x=data.draw(cursor),
        y=data.draw(cursor),
        zoom=data.draw(st.floats(1, 1000)),
        about=data.draw(st.none() | st.tuples(NUMBERS, NUMBERS)),
        grid=grid,
        at=data.draw(st.none() | POINTS),
        edits=data.draw(st.sampled_from([(), ((3, -0.5),)])),
    )
    assert run(shlex.split(command_line(request, Origin("a b.pt")))[1:]) == 0
    assert delivered.pop() == request


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--x nan", "--x is nan"),
        ("--zoom 0.5", "--zoom is 0.5"),
        ("--about 3", "--about '3' is no place"),
        ("--about 3,b", "--about '3,b' is no place"),
        ("--about inf,0", "--about is inf"),
        ("--grid 1", "--grid is 1"),
        ("--grid 0", "--grid is 0"),
        ("--grid 99", "--grid is 99"),
        ("--grid 4 --x 1", "--x means nothing beside --grid"),
        ("--at nowhere", "no point of a latent space"),
    ],
)
def test_values_that_can_not_be_are_refused(words, said, vaetui, delivered):
    done = vaetui("map", "x.pt", *words.split())
    assert (done.code, done.out, delivered) == (2, "", [])
    assert said in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize("suffix", [".png", ".gif"])
@pytest.mark.parametrize("words", ["", "--x 1 --y -0.5 --zoom 2", "--grid 3 --method umap"])
def test_a_map_is_saved_and_names_the_command_that_draws_it_again(
    words, suffix, vaetui, fake_model, tmp_path, monkeypatch
):
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"
    assert vaetui("map", str(fake_model), *words.split(), "-o", str(first)).code == 0
    monkeypatch.chdir(tmp_path)
    assert vaetui(*shlex.split(read_provenance(first).command)[1:], "-o", str(second)).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_real_checkpoint_is_mapped(checkpoint_path, vaetui, tmp_path):
    done = vaetui("map", str(checkpoint_path), "--device", "cpu", "-o", str(tmp_path / "a.png"))
    assert (done.code, done.err) == (0, "")


def test_without_umap_learn_it_says_how_to_get_it(checkpoint_path, vaetui, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "umap", None)
    words = ["map", str(checkpoint_path), "--device", "cpu", "--method", "umap", "-o", str(tmp_path / "a.png")]
    done = vaetui(*words)
    assert done.code == 2
    assert "hint: pip install 'vaetui[umap]'" in done.err
    assert not (tmp_path / "a.png").exists()


def test_a_terminal_shows_the_points_in_cells(checkpoint_path, vaetui, monkeypatch):
    import vae_tui.terminal.inline

    monkeypatch.setattr(delivery, "stdout_is_terminal", lambda: True)
    monkeypatch.setattr(vae_tui.terminal.inline, "show", lambda picture, room: None)
    done = vaetui("map", str(checkpoint_path), "--device", "cpu", "--graphics", "halfblock")
    assert "╋" in done.out
    assert "0 square" in done.out
    assert "rows: decoded · nearest image" in done.out
