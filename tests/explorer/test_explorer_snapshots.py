"""What each view looks like, as SVG. After a change that is meant: --snapshot-update, then look at the report."""

import pytest
from explorer_fakes import AveragedModel, FakeModel, fake_app, press, settle

from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import ordered_views

SIZES = [(80, 24), (120, 40), (200, 60)]
VIEWS = [pytest.param(view.key, id=name) for name, view in ordered_views()]
WAITING = frozenset(view.key for name, view in ordered_views() if view.needs_survey(LatentState(view=name)))
"""Views that show nothing before the images have been encoded, in the background."""


def zoom(key):
    """A few larger tiles, where the view has such a key."""
    return ["plus"] * 4 if any(view.key == key and "zoom" in view.controls for _, view in ordered_views()) else []


def look(snap_compare, size, *keys, kind=FakeModel):
    """Compares the screen after some keys with its snapshot."""

    async def prepare(pilot):
        await settle(pilot)
        await press(pilot, *keys)

    app = fake_app(kind(latent_dim=16, tile=2), studies=not WAITING.isdisjoint(keys))
    return snap_compare(app, terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("key", VIEWS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_a_view_looks_as_it_did(snap_compare, size, key):
    assert look(snap_compare, size, key, "down", "right", *zoom(key))


FEW_ROWS = ("2", *["plus"] * 4)
STATES = {
    "film": (*FEW_ROWS, "greater_than_sign", "greater_than_sign"),
    "path": ("tab", "enter", "y", "right", "enter", "y", "down", "enter", "2", "i", "i"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_a_film_and_a_gathered_path_look_as_they_did(snap_compare, size, state):
    assert look(snap_compare, size, *STATES[state])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_nearest_images_look_as_they_did(snap_compare, size):
    async def prepare(pilot):
        await settle(pilot)
        while pilot.app.facts.survey is None:
            await pilot.pause()
        await press(pilot, "tab", "right", "down")

    assert snap_compare(fake_app(FakeModel(latent_dim=16), studies=True), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("keys", [("3", *["plus"] * 4), ("backslash", "z", "z")], ids=["both", "one"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_two_checkpoints_look_as_they_did(snap_compare, size, keys):
    async def prepare(pilot):
        await settle(pilot)
        await press(pilot, *keys)

    second = Second("run/other.pt", lambda first: Two(first, FakeModel(latent_dim=6, tile=2)))
    app = fake_app(FakeModel(latent_dim=16, tile=2), second=second)
    assert snap_compare(app, terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("key", VIEWS)
def test_a_light_view_looks_as_it_did(snap_compare, key):
    assert look(snap_compare, (80, 24), key, "t", *zoom(key))


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "x".join(map(str, size)))
def test_help_looks_as_it_did(snap_compare, size):
    assert look(snap_compare, size, "3", "question_mark")


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "x".join(map(str, size)))
def test_the_raw_weights_look_as_they_did(snap_compare, size):
    assert look(snap_compare, size, "3", "v", *["plus"] * 4, kind=AveragedModel)


def test_help_of_averaged_weights_looks_as_it_did(snap_compare):
    assert look(snap_compare, (80, 60), "3", "v", "question_mark", kind=AveragedModel)


def test_the_command_looks_as_it_did(snap_compare):
    assert look(snap_compare, (80, 24), "2", "right", "c")


def test_a_small_terminal_looks_as_it_did(snap_compare):
    assert snap_compare(fake_app(), terminal_size=(50, 12))
