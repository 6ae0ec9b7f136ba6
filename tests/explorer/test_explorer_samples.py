"""The Samples view: two priors, and the nearest images beside the tile under the cursor."""

import shlex
from dataclasses import replace

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.views.samples import SamplesOptions
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.bases import Draw
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point

FACTS = fake_facts()
KNOWN = replace(FACTS, survey=FakeModel().survey())
VIEW = VIEWS.get("samples")
PRIOR = every_key()["samples.prior"]

STATES = [
    LatentState(samples=3, seed=4, temperature=0.7, edits=((1, 0.5),)),
    LatentState(samples=3, cursor=4),
    LatentState(samples=1, cursor=0).with_own("samples", SamplesOptions("fitted")),
    LatentState(samples=2, edits=((0, 1.0),)).with_own("samples", SamplesOptions("fitted")),
]


@pytest.mark.parametrize("state", STATES)
def test_the_command_of_a_state_draws_the_same_bytes(state, monkeypatch):
    request = VIEW.request(state, KNOWN)
    delivered = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: delivered.append(request))
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    assert delivered == [request]
    for moving in (False, True):
        first, second = (file_bytes(one, FakeModel(), ORIGIN, "ab", moving=moving) for one in (request, *delivered))
        assert first == second


def test_the_tile_under_the_cursor_has_its_nearest_images_once_the_set_is_encoded():
    state = LatentState(samples=3, cursor=8)
    assert VIEW.request(state, FACTS).nearest is None
    assert VIEW.request(state, KNOWN).nearest == 8
    assert VIEW.request(state.point_at(None), KNOWN).nearest is None
    assert VIEW.request(replace(state, samples=2), KNOWN).nearest is None
    assert VIEW.request(state, replace(KNOWN, beside=FACTS)).nearest is None
    assert VIEW.request(state, replace(KNOWN, beside=KNOWN)).nearest == 8


def test_the_fitted_prior_waits_for_the_set():
    fitted = PRIOR.step(LatentState(), FACTS, Look())
    assert VIEW.needs_survey(fitted)
    assert not VIEW.needs_survey(LatentState(source="current", point=parse_point("mean")))
    assert VIEW.request(fitted, FACTS).prior == "fitted"
    assert not VIEW.needs_survey(PRIOR.step(fitted, FACTS, Look()))


def test_the_fitted_prior_is_refused_where_there_are_no_images():
    assert refusal("prior", VIEW, FACTS) == ""
    assert "no images to fit a prior to" in refusal("prior", VIEW, fake_facts(num_images=0))
    assert refusal("prior", VIEWS.get("interpolate"), FACTS) == "Interpolate has no prior"


async def test_a_cursor_over_the_grid_decodes_it_once():
    model = FakeModel()
    app = fake_app(model, studies=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        while app.facts.survey is None:
            await pilot.pause()
        await settle(pilot)
        decoded = list(model.decoded_batches)
        await press(pilot, "tab", "right", "down")
        assert app.state.cursor == 9
        assert model.decoded_batches == decoded
        assert "draw:9:0 · near tile 9: test images " in app.caption
        assert len(app._drawing.tiles_NHWC) == 72
        await press(pilot, "enter", "y")
        assert app.state.point == Point(Draw(9, 0))
        assert app.state.stops == (Point(Draw(9, 0)),)


async def test_the_prior_is_turned_by_its_key():
    app = fake_app(FakeModel(), studies=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("D")
        while app._drawing is None or "fitted" not in app.caption:
            await pilot.pause()
        assert "64 samples of fitted: a Gaussian of all 64 test images' aggregate posterior" in app.caption
        await press(pilot, "tab", "enter")
        assert app.state.point == Point(Draw(0, 0, 1.0, "fitted"))
        await press(pilot, "D")
        assert "N(0, I)" in app.caption


async def test_a_double_click_takes_the_tile_although_the_picture_is_laid_out_anew():
    app = fake_app(FakeModel(), studies=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        while app.facts.survey is None:
            await pilot.pause()
        await settle(pilot)
        placement = app._picture._frame.placement
        offset = (placement.x + placement.columns - 2, placement.y + placement.rows - 2)
        await pilot.click("#picture", offset=offset)
        await settle(pilot)
        assert app.state.cursor == 63
        await pilot.click("#picture", offset=offset, times=2)
        await settle(pilot)
        assert app.state.point == Point(Draw(63, 0))
