"""The map: its cursor, window, grid and planes; and what it waits for."""

import shlex
import threading
from dataclasses import replace

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.errors import VaeTuiError
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.pictures.origin import command_line
from vae_tui.points.bases import Draw, Image, OnUmap
from vae_tui.points.point import Point

SIZE = (120, 40)
MAP = VIEWS.get("map")
FACTS = fake_facts()


def walk(*key_ids, state=None):
    """The state after some keys, each of which sees the picture before it."""
    state = state or MAP.arrive(LatentState().show("map"), FACTS)
    for key_id in key_ids:
        drawing = MAP.request(state, FACTS).draw(FakeModel())
        state = every_key()[key_id].step(state, FACTS, Look(drawing, MAP.centre(drawing)))
    return state


def drawn(state):
    return MAP.request(state, FACTS).draw(FakeModel())


def share_across(chart):
    return (chart.cursor[0] - chart.window.left) / chart.window.width


def test_the_arrows_move_the_cursor_from_the_start_in_short_steps():
    request = MAP.request(walk("value.more", "value.more", "dimension.up"), FACTS)
    assert (request.x, request.y) == (0.2, 0.05)
    assert request.arguments() == ["--method", "pca", "--x", "0.2", "--y", "0.05", "--zoom", "1"]


def test_capitals_take_ten_steps_and_the_window_goes_along():
    state = walk(*["value.much-more"] * 3)
    chart = drawn(state).chart
    assert chart.cursor == (3.0, 0.0)
    assert chart.window.left <= 3 <= chart.window.right
    assert chart.window.width == pytest.approx(chart.whole.width)
    far = walk(*["value.much-more"] * 30)
    assert drawn(far).chart.cursor[0] <= chart.whole.width * 2


def test_the_farthest_place_has_few_decimals():
    far = walk(*["value.much-more"] * 30, *["dimension.ten-up"] * 30)
    for value in (MAP.request(far, FACTS).x, MAP.request(far, FACTS).y):
        assert value > 1
        assert len(f"{value}") <= 5


def test_zooming_keeps_the_cursors_place_on_the_screen():
    state = walk("value.much-more", "dimension.up")
    before = drawn(state).chart
    for key in ("zoom.in", "zoom.in", "zoom.in", "zoom.out"):
        state = walk(key, state=state)
        after = drawn(state).chart
        assert after.cursor == before.cursor
        assert share_across(after) == pytest.approx(share_across(before), abs=0.01)
    assert after.window.width == pytest.approx(after.whole.width / 2)
    assert drawn(walk("zoom.out", "zoom.out", state=state)).chart.window == before.whole


def test_the_grid_keeps_the_cursors_place_and_walks_over_the_edge():
    state = walk("value.much-more", "map.grid")
    grid = drawn(state)
    assert len(grid.tiles_NHWC) == 81
    x = grid.points[state.cursor].amount("pc1")
    assert abs(x - 1.0) < grid.chart.window.width / 9
    edge = walk("value.much-more", state=state)
    assert edge.cursor % 9 == 8
    past = walk("value.more", state=edge)
    assert past.cursor == edge.cursor
    assert drawn(past).chart.window.left > grid.chart.window.left
    back = walk("map.grid", state=state)
    assert drawn(back).chart.cursor[0] == pytest.approx(x)


def test_zooming_a_grid_changes_its_tiles():
    state = walk("map.grid")
    assert len(drawn(walk("zoom.in", state=state)).tiles_NHWC) == 64
    assert len(drawn(walk("zoom.out", state=state)).tiles_NHWC) == 100
    assert len(drawn(walk(*["zoom.in"] * 20, state=state)).tiles_NHWC) == 4


def test_each_plane_has_a_cursor_of_its_own():
    state = walk("value.more", "kind", "value.more")
    assert MAP.request(state, FACTS).method == "umap"
    assert MAP.request(walk("kind", state=state), FACTS).x == 0.1


def test_the_current_latent_is_marked():
    state = LatentState(view="map").take(Point(Image(7)))
    assert MAP.request(state, FACTS).at == Point(Image(7))
    assert MAP.request(LatentState(view="map"), FACTS).at is None


def test_held_values_are_decoded():
    state = walk("cursor.on", "value.more")
    assert state.cursor is None
    assert state.edits == ((7, 0.1),)
    assert drawn(state).latents_NZ[0, 7] == pytest.approx(0.1)
    assert walk("cursor.on", state=state).cursor == 0


def test_no_key_needs_a_picture():
    state = MAP.arrive(LatentState().show("map"), FACTS)
    for key in every_key().values():
        if refusal(key.control, MAP, FACTS):
            continue
        MAP.request(key.step(state, FACTS, Look()), FACTS)


@pytest.mark.parametrize(
    "keys",
    [(), ("value.more", "zoom.in", "dimension.ten-down"), ("map.grid", "value.more"), ("kind", "value.more")],
    ids=lambda keys: "+".join(keys) or "start",
)
def test_the_shown_command_draws_the_same_picture(keys, monkeypatch):
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: handed_over.append(request))
    state = replace(walk(*keys), point=Point(Draw(3, 1)), edits=((2, -0.5),))
    request = MAP.request(state, FACTS)
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    assert handed_over == [request]


async def open_map(pilot):
    await settle(pilot)
    await pilot.press("6")
    await settle(pilot)


async def test_the_cursor_is_on_the_picture_and_enter_takes_its_place():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        assert app.state.cursor == 0
        await press(pilot, "right", "right", "enter")
        assert str(app.state.point) == "mean,pc1=0.2"
        assert "decoded · cursor at mean,pc1=0.2 · nearest: image" in app.caption
        await press(pilot, "1", "6")
        assert app.request().x == 0.2


async def test_a_click_on_the_points_moves_the_cursor_and_one_on_the_image_takes_it():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        placement = app._picture._frame.placement
        _, _, width, height = placement.chart
        await pilot.click("#picture", offset=(width - 4, 4))
        await settle(pilot)
        chart = app._drawing.chart
        assert chart.cell_of(*chart.cursor, width, height) == (width - 4, 4)
        below = (placement.x + 2, placement.y + placement.rows - 2)
        await pilot.click("#picture", offset=below, times=2)
        await settle(pilot)
        assert isinstance(app.state.point.base, Image)


async def test_it_waits_for_the_images_and_for_umap_without_stopping_keys():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        await press(pilot, "M")
        assert app.facts.has_umap
        assert isinstance(app._drawing.points[0].base, OnUmap)


@pytest.mark.parametrize(
    ("num_images", "said"), [(64, "pip install 'vaetui[umap]'"), (5, "UMAP needs at least 8 images; there are 5")]
)
async def test_where_there_is_no_umap_it_says_why_and_keeps_the_picture(num_images, said, monkeypatch):
    monkeypatch.setattr("vae_tui.survey_umap.find_spec", lambda name: None)
    app = fake_app(FakeModel(num_images=num_images), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        before = app.state
        await pilot.press("M")
        assert said in app.message
        assert app.state == before
        assert app._drawing is not None


async def test_the_epochs_of_umap_are_told_while_it_is_made():
    gate = threading.Event()

    class SlowUmap(FakeModel):
        def umap_points(self, on_progress=None):
            if on_progress is not None:
                on_progress(1200, 5000)
                gate.wait()
            return super().umap_points()

    app = fake_app(SlowUmap(), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        await pilot.press("M")
        while not app.facts.umap_progress.endswith(": epoch 1,200 of 5,000"):
            await pilot.pause()
        await pilot.pause()
        assert "epoch 1,200 of 5,000" in app._picture._note[0]
        gate.set()
        while not app.facts.has_umap:
            await pilot.pause()
        await settle(pilot)
        assert app._drawing is not None


class FailingUmap(FakeModel):
    def umap_points(self, on_progress=None):
        raise VaeTuiError("UMAP needs umap-learn, which is not installed", "pip install it")


async def test_where_umap_fails_it_says_why_and_goes_back():
    app = fake_app(FailingUmap(), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await open_map(pilot)
        await pilot.press("M")
        while "pip install it" not in app.facts.umap_progress:
            await pilot.pause()
        assert "pip install it" in " ".join(app._picture._note)
        await pilot.press("c")
        assert app.message == "there is no picture to draw again"
        await press(pilot, "M")
        assert app._drawing is not None


async def test_without_images_it_says_so():
    app = fake_app(FakeModel(num_images=0), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await pilot.pause()
        assert app._picture._note[0] == "there are no images to encode"
        await pilot.press("right", "M", "G", "plus", "tab", "enter")
        await press(pilot, "1")
        assert app._drawing is not None
