"""The cursor on the picture, by keys and by mouse, and what it takes."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from explorer_fakes import FakeModel, fake_app, press, settle
from textual.events import MouseScrollUp

from vae_tui.explorer.history import History
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import next_tile
from vae_tui.points.bases import Draw
from vae_tui.points.point import Point

SIZE = (120, 40)


async def test_arrows_walk_over_the_tiles_and_enter_takes_one():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "tab", "right", "right", "down")
        assert app.state.cursor == 10
        assert "draw:10:0" in app.caption
        await press(pilot, "enter")
        assert app.state.point == Point(Draw(10, 0))
        await press(pilot, "escape", "right")
        assert app.state.cursor is None
        assert app.state.edits


async def test_a_click_puts_the_cursor_there_and_two_take_the_tile():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        placement = app._picture._frame.placement
        offset = (placement.x + placement.columns - 2, placement.y + 1)
        await pilot.click("#picture", offset=offset)
        await settle(pilot)
        assert app.state.cursor == 7
        await pilot.click("#picture", offset=offset, times=2)
        await settle(pilot)
        assert app.state.point == Point(Draw(7, 0))


def turn_wheel(app, x, y):
    """Up by one, as the event comes from a terminal."""
    options = {"x": x, "y": y, "delta_x": 0, "delta_y": 0, "button": 0, "shift": False, "meta": False, "ctrl": False}
    app.screen._forward_event(MouseScrollUp(widget=None, screen_x=x, screen_y=y, **options))


async def test_the_wheel_zooms_the_picture():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        turn_wheel(app, 20, 10)
        await settle(pilot)
        assert app.state.samples == 7
        turn_wheel(app, SIZE[0] - 5, 20)  # over the side panel
        await settle(pilot)
        assert app.state.samples == 7


async def test_keys_of_the_picture_do_nothing_behind_a_dialog():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await pilot.press("tab", "r")
        assert app.state.cursor is None
        assert app.state.seed == 0


async def test_undo_and_redo_are_keys():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "r", "right", "u")
        assert (app.state.seed, app.state.edits) == (1, ())
        await press(pilot, "u")
        assert app.state.seed == 0
        await pilot.press("u")
        assert app.message == "there is nothing to undo"
        await press(pilot, "U")
        assert app.state.seed == 1


@pytest.mark.parametrize(
    ("start", "right", "down", "end"),
    [(1, 1, 0, 2), (1, 10, 0, 3), (2, -10, 0, 1), (1, 0, 1, 9), (1, 0, -1, 1), (3, 0, 1, 3), (9, 1, 0, 10)],
)
def test_the_cursor_passes_over_what_can_not_be_taken(start, right, down, end):
    tiles = np.array([1, 2, 3, 9, 10])  # of a grid of 4 columns: the second row has none
    assert next_tile(tiles, 4, start, right, down) == end


async def test_the_survey_is_made_in_the_background():
    app = fake_app(FakeModel(num_images=40), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        while app.facts.survey is None:
            await pilot.pause()
        assert app.facts.survey.num_images == 40
        assert app.facts.survey_progress == ""
        assert app.facts.orders == ("kl", "change", "index")
        await press(pilot, "o")
        assert app.state.order == "change"


START = LatentState()
HERE, THERE = START.point_at(0), START.point_at(1)
PLAYING = START.play()


@pytest.mark.parametrize(
    ("states", "before"),
    [
        ([START, HERE, START, START.reseed(1)], [START]),
        ([START, HERE, THERE, START, HERE], [START]),
        ([START.reseed(1), START, HERE, START, START.reseed(2)], [START, START.reseed(1)]),
        ([START, PLAYING, PLAYING.roll(9), PLAYING.roll(9).reseed(1)], [replace(START, frame=1), START]),
        ([START.wind(1, 9), START.wind(1, 9).play(), START.wind(1, 9).play().reseed(1)], [START.wind(1, 9)]),
    ],
)
def test_each_undo_changes_something(states, before):
    history = History()
    for old, new in itertools.pairwise(states):
        history.record(old, new)
    present, found = states[-1], []
    while (present := history.undo(present)) is not None:
        found.append(present)
    assert found == before
