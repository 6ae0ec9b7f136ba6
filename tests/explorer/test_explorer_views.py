"""The contract of a view, over every one that is registered."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_facts

from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_control, every_key, refusal
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, ordered_views, style_paths
from vae_tui.pictures.contract import Drawing
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes

FACTS = fake_facts()
every_view = pytest.mark.parametrize("name", VIEWS.names())


@pytest.fixture
def state(name):
    """The view with few tiles."""
    return LatentState(view=name, steps=3, samples=2, pairs=2, dims=2, images=2)


def test_views_have_a_digit_each():
    digits = [view.key for _, view in ordered_views()]
    assert digits == sorted(set(digits))
    assert set(digits) <= set("123456789")


def test_the_four_first_views():
    assert [name for name, _ in ordered_views()][:4] == ["samples", "interpolate", "traverse", "reconstruct"]


@every_view
def test_a_view_explains_itself(name):
    view = VIEWS.get(name)
    assert view.title.lower() == name
    assert view.question.endswith("?")
    assert len(view.help) > 100


def test_each_view_has_its_own_help():
    assert len({view.help for _, view in ordered_views()}) == len(VIEWS.names())


@pytest.mark.parametrize("path", style_paths(), ids=lambda path: Path(path).name)
def test_each_view_has_a_style_sheet(path):
    assert Path(path).is_file()


@every_view
def test_its_controls_exist(name, state):
    view = VIEWS.get(name)
    assert set(view.controls) <= set(every_control(view))
    assert not set(view.controls) & set(view.always)
    assert view.idle_controls(state) <= set(view.controls)
    assert view.idle_controls(state.switch_source(FACTS)) <= set(view.controls)


@every_view
def test_where_a_tile_can_be_taken_it_can_be_gathered(name, state):
    view = VIEWS.get(name)
    assert bool(refusal("stops", view, FACTS)) == bool(refusal("current", view, FACTS))


@every_view
def test_its_zoom_keys_change_its_picture_or_are_refused(name, state):
    """A view that zooms by a count has a `zoom`; one that zooms otherwise answers to `zoom_at`; others have none."""
    view = VIEWS.get(name)
    if "zoom" not in view.controls:
        assert view.zoom is None
        assert refusal("zoom", view, FACTS)
        return
    before = view.request(state, FACTS)
    look = Look(before.draw(FakeModel()))
    assert any(view.request(view.zoom_at(state, look, by), FACTS) != before for by in (-1, 1))


@pytest.mark.parametrize("name", [name for name in VIEWS.names() if VIEWS.get(name).zoom is not None])
def test_its_zoom_counts_tiles(name):
    view = VIEWS.get(name)
    zoom = view.zoom
    assert zoom.least <= getattr(LatentState(), zoom.field) <= zoom.most
    least = view.request(LatentState(view=name).resize(zoom.field, -1000, zoom.least, zoom.most), FACTS)
    most = view.request(LatentState(view=name).resize(zoom.field, 1000, zoom.least, zoom.most), FACTS)
    assert len(least.draw(FakeModel()).tiles_NHWC) < len(most.draw(FakeModel()).tiles_NHWC)


@every_view
def test_equal_states_ask_for_equal_pictures(name, state):
    view = VIEWS.get(name)
    assert view.request(state, FACTS) == view.request(dataclasses.replace(state), FACTS)


@every_view
@pytest.mark.parametrize("source", ["images", "random"])
@pytest.mark.parametrize("posterior", ["mean", "sample"])
def test_it_draws_whatever_is_switched(name, state, source, posterior):
    switched = dataclasses.replace(state, source=source, posterior=posterior, edits=((1, 0.5),))
    drawing = VIEWS.get(name).request(switched, FACTS).draw(FakeModel())
    assert isinstance(drawing, Drawing)
    known = drawing.latents_NZ[np.isfinite(drawing.latents_NZ).all(axis=1)]
    assert np.count_nonzero(known[:, 1] == 0.5) >= len(known) - state.steps  # a row may move it


@every_view
def test_a_control_that_is_not_idle_changes_the_command(name, state):
    view = VIEWS.get(name)
    before = command_line(view.request(state, FACTS), ORIGIN)
    for control in set(view.controls) - view.idle_controls(state):
        moved = [key.step(state, FACTS, Look()) for key in every_key().values() if key.control == control]
        assert any(command_line(view.request(after, FACTS), ORIGIN) != before for after in moved), control


@every_view
def test_an_idle_control_changes_no_tile(name, state):
    view = VIEWS.get(name)
    before = view.request(state, FACTS).draw(FakeModel()).tiles_NHWC
    for control in view.idle_controls(state):
        for after in (key.step(state, FACTS, Look()) for key in every_key().values() if key.control == control):
            np.testing.assert_array_equal(view.request(after, FACTS).draw(FakeModel()).tiles_NHWC, before)


@every_view
def test_its_centre_is_a_latent_of_the_model(name, state):
    view = VIEWS.get(name)
    centre = view.centre(view.request(state, FACTS).draw(FakeModel()))
    assert centre is None or (centre.shape == (8,) and np.isfinite(centre).all())


@every_view
@pytest.mark.parametrize("rank", [0, 5])
@pytest.mark.parametrize("source", ["images", "random"])
def test_its_marked_row_is_that_of_the_chosen_dimension(name, state, rank, source):
    view = VIEWS.get(name)
    chosen = dataclasses.replace(state, rank=rank, source=source)
    row = view.marked_row(chosen, FACTS)
    if row is not None:
        labels = view.request(chosen, FACTS).draw(FakeModel()).row_labels
        assert labels[row].split()[0] == f"z{chosen.chosen_dim(FACTS)}"


@every_view
def test_the_same_picture_is_saved_as_the_same_bytes(name, state):
    request = VIEWS.get(name).request(state, FACTS)
    first, second = (file_bytes(request, FakeModel(), ORIGIN, "ab", moving=False) for _ in range(2))
    assert first == second


def test_a_traversal_follows_the_chosen_dimension():
    view = VIEWS.get("traverse")
    near = view.request(LatentState(view="traverse", dims=3, rank=2), FACTS)
    far = view.request(LatentState(view="traverse", dims=3, rank=4), FACTS)
    assert str(near.dims) == "kl:3"
    assert str(far.dims) == "5,4,3"
