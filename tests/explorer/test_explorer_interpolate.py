"""The Interpolate view: paths through what was gathered, and films."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import refusal
from vae_tui.explorer.shared_controls import CONTROLS
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.views.interpolate import path_points
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.bases import Draw, Image
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Between, Point

FACTS = fake_facts()
VIEW = VIEWS.get("interpolate")
FEW = LatentState(view="interpolate", pairs=2, steps=3)
A, B, C = (Point(Draw(index, 0)) for index in range(3))

STATES = [
    replace(FEW, posterior="sample", seed=3, path="slerp"),
    replace(FEW, seed=3, frame=0),
    replace(FEW, source="random", seed=3, edits=((1, 0.5),), frame=5),
    replace(FEW, source="current"),
    replace(
        FEW,
        source="current",
        stops=(Point(Draw(3, 0, 0.5, "fitted")), Point(Image(4))),
        point=Point(Between(Point(), Point(Image(2)), 0.25)),
        edits=((1, 0.5),),
        frame=999,
    ),
]


@pytest.mark.parametrize("state", STATES)
def test_the_command_of_a_state_draws_the_same_bytes(state, monkeypatch):
    request = VIEW.request(state, FACTS)
    delivered = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: delivered.append(request))
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    assert delivered == [request]
    for moving in (False, True):
        first, second = (file_bytes(one, FakeModel(), ORIGIN, "ab", moving=moving) for one in (request, *delivered))
        assert first == second


@pytest.mark.parametrize("name", VIEWS.names())
def test_a_view_with_a_film_has_its_keys_and_plays_around(name):
    view, state = VIEWS.get(name), replace(FEW, view=name, rank=FACTS.latent_dim - 1)  # z0, which the fake shows
    count = view.num_frames(state)
    assert (count > 0) == ("film" in view.controls) == (refusal("film", view, FACTS) == "")
    if count:
        first, later, again = (
            view.request(replace(state, frame=frame), FACTS).draw(FakeModel()).tiles_NHWC
            for frame in (0, count // 4, count)
        )
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, later)


def test_a_path_to_the_current_latent_goes_through_what_was_gathered():
    assert path_points(LatentState(point=A)) == (Point(), A)
    assert path_points(LatentState(point=A, stops=(B,))) == (B, A)
    assert path_points(LatentState(point=A, edits=((2, 1.0),), stops=(A,))) == (A, A.held(((2, 1.0),)))
    assert path_points(LatentState(point=C, stops=(A, B, C))) == (A, B, C)
    assert path_points(LatentState(point=C, stops=(C,))) == (C, C)
    full = LatentState(point=A)
    for _ in range(40):
        full = full.gather()
    assert len(path_points(full.take(B))) == 16


def test_only_what_is_gathered_counts_on_the_way_to_the_current_latent():
    state = replace(FEW, source="current", stops=(A, B), point=C)
    assert "stops" not in VIEW.idle_controls(state)
    assert "stops" in VIEW.idle_controls(FEW)
    assert VIEW.needs_survey(replace(state, stops=(parse_point("mean"),)))
    assert VIEW.request(state, FACTS).through == (A, B, C)


def test_a_halted_film_gives_the_latent_of_its_first_row_or_of_the_cursor():
    state = replace(FEW, source="random", frame=3)
    look = Look(VIEW.request(state, FACTS).draw(FakeModel()))
    assert VIEW.point(state, FACTS, look) == look.drawing.points[0]
    assert VIEW.point(state.point_at(1), FACTS, look) == look.drawing.points[1]
    assert VIEW.point(replace(state, frame=None), FACTS, look) is None


def test_the_panel_says_where_the_film_is():
    says = CONTROLS["film"].value
    assert says(FEW, FACTS) == "still"
    assert says(FEW.play(), FACTS) == "▶ 0/15"
    assert says(replace(FEW, frame=17), FACTS) == "1/15"
    assert says(LatentState(view="samples"), FACTS) == ""


async def test_a_film_plays_by_itself_and_halts_where_its_latent_can_be_taken():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "i")
        await pilot.press("space")
        assert app.state.playing
        while app.state.frame < 3:
            await pilot.pause(0.01)
        await press(pilot, "space")
        frame = app.state.frame
        assert not app.state.playing
        assert f"frame {frame} of 0 to 63 · t {frame / 32:.2f} · " in app.caption
        await press(pilot, "greater_than_sign", "greater_than_sign", "less_than_sign")
        assert app.state.frame == frame + 1
        await press(pilot, "enter")
        assert app.state.point == Point(Between(A, B, (frame + 1) / 32))
        await press(pilot, "escape")
        assert (app.state.frame, len(app._drawing.tiles_NHWC)) == (None, 54)


async def test_a_film_ends_with_its_view_and_is_one_change():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        still = app.state
        await pilot.press("space")
        while (app.state.frame or 0) < 2:
            await pilot.pause(0.01)
        await pilot.press("u")
        await settle(pilot)
        assert app.state == still
        await pilot.press("space")
        while (app.state.frame or 0) < 2:
            await pilot.pause(0.01)
        await press(pilot, "1")
        assert (app.state.frame, app.state.playing) == (None, False)
        await press(pilot, "space")
        assert app.message == "Samples has no film"


async def test_a_film_goes_on_after_the_terminal_was_too_small_for_it():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        await pilot.press("space")
        await pilot.resize_terminal(10, 5)
        await settle(pilot)
        frame = app.state.frame
        app._roll()
        assert (app.state.frame, app.state.playing) == (frame, True)
        await pilot.resize_terminal(120, 40)
        while app.state.frame == frame:
            await pilot.pause(0.01)


async def test_a_film_waits_under_a_dialog_and_for_the_frame_before():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        await pilot.press("space", "question_mark")
        frame = app.state.frame
        app._roll()
        assert (app.state.frame, app.state.playing) == (frame, True)
        await pilot.press("escape")
        await settle(pilot)
        app._traffic.last_ticket += 1  # as if a frame were on its way
        frame = app.state.frame
        app._roll()
        assert app.state.frame == frame
        app._traffic.last_ticket -= 1


async def test_a_path_is_gathered_over_the_views():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "tab", "enter", "y", "right", "enter", "y", "right", "enter", "2", "i", "i")
        assert app.state.source == "current"
        assert "lerp in 9 steps a leg through draw:0:0 · draw:1:0 · draw:2:0" in app.caption
        assert app._drawing.rows == 2
