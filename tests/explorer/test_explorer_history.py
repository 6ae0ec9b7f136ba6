"""Whatever was pressed can be taken back, one change at a time."""

import asyncio

import pytest
from explorer_acts import Desk, acts, with_files
from explorer_fakes import AveragedModel, FakeModel, fake_app, settle
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textual.events import Key, MouseScrollDown, MouseScrollUp

from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.history import History
from vae_tui.explorer.keys import main_bindings
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.state import LatentState

DESKS = {
    "bare": lambda: Desk(FakeModel(statistics=False, num_images=0), studied=False),
    "not yet studied": lambda: Desk(FakeModel(), studied=False),
    "studied": lambda: Desk(with_files(AveragedModel()), studied=True),
    "two": lambda: Desk(with_files(FakeModel()), with_files(FakeModel(latent_dim=5)), studied=True),
    "two unlike": lambda: Desk(
        with_files(FakeModel()), FakeModel(tile=4, num_images=0, statistics=False), studied=False
    ),
}
ALONE = {"bare": {"both"}, "two unlike": {"left", "right"}}
"""What of these is refused where it is asked for: pictures of a model without images, with no other one beside it."""


@pytest.mark.parametrize("kind", DESKS)
@settings(max_examples=50, deadline=None)
@given(acts)
def test_all_undone_is_where_it_began_and_all_redone_where_it_was(kind, done):
    desk = DESKS[kind]()
    first = desk.state
    for act in done:
        desk.do(act)
    last = desk.state
    assert desk.refused.keys() <= ALONE.get(kind, set()), desk.refused
    while (state := desk.history.undo(desk.state)) is not None:
        desk.go_to(state)
    assert desk.state == first
    while (state := desk.history.redo(desk.state)) is not None:
        desk.go_to(state)
    assert desk.state == last


SIZE = (100, 32)
PLACES = st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1))
BOUND = sorted({key.strip() for binding in main_bindings() for key in binding.key.split(",")})
VIEW_KEYS = [key for key in BOUND if key.isdigit() and key != "0"]
TYPED = st.sampled_from(BOUND) | st.sampled_from(VIEW_KEYS) | st.sampled_from(["enter", "escape", "tab", "backspace"])
BURSTS = st.lists(TYPED, min_size=1, max_size=5)
MOUSED = st.tuples(st.sampled_from(["click", "twice", "drag", "up", "down"]), PLACES, PLACES)
OPENED = {
    "alone": lambda: fake_app(with_files(AveragedModel()), studies=True),
    "two, not studied": lambda: fake_app(
        with_files(FakeModel()),
        second=Second("run/b.pt", lambda first: Two(first, with_files(FakeModel(latent_dim=5)))),
    ),
}


async def type_fast(pilot, keys):
    """The keys in one go, and a moment for what they set off: Pilot.press waits some 0.1 s for each."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))
    await pilot.pause(0)


async def use(pilot, step):
    """Some keys, or what the mouse does."""
    if isinstance(step, list):
        await type_fast(pilot, step)
        return
    kind, start, end = step
    screen = pilot.app.screen
    if kind in ("click", "twice"):
        await pilot.click(screen, offset=start, times=1 + (kind == "twice"))
    elif kind == "drag":
        await pilot.mouse_down(screen, offset=start)
        await pilot.hover(screen, offset=end)
        await pilot.mouse_up(screen, offset=end)
    else:
        wheel = MouseScrollUp if kind == "up" else MouseScrollDown
        await pilot._post_mouse_events([wheel], screen, offset=start)


async def leave_dialogs(pilot):
    """Escape until the main screen is in front."""
    while len(pilot.app.screen_stack) > 1:
        await type_fast(pilot, ["escape"])


async def walk(kind, steps):
    app = OPENED[kind]()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        first = app.state
        for step in steps:
            await use(pilot, step)
        await leave_dialogs(pilot)
        app.state = app.state.leave_picture() if app.state.playing else app.state
        await settle(pilot)
        assert app.is_settled
        while app.message != "there is nothing to undo":
            await type_fast(pilot, ["u"] * 5)
        await settle(pilot)
        assert app.state == first
        assert app.frames_shown


@pytest.mark.parametrize("kind", OPENED)
def test_no_keys_and_no_clicks_raise_and_undoing_leads_back(kind, tmp_path_factory):
    @settings(max_examples=6, deadline=None, database=None, phases=(Phase.generate,))
    @given(st.lists(BURSTS | BURSTS | MOUSED, min_size=12, max_size=24))
    def check(steps):
        folder = tmp_path_factory.mktemp("walk")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("VAETUI_STATE", str(folder / "state"))
            for leaving in ("action_quit", "action_suspend_process"):
                patch.setattr(ExplorerApp, leaving, lambda app: None)
            asyncio.run(walk(kind, steps))

    check()


def test_undo_is_one_change():
    desk = Desk(FakeModel(), studied=False)
    for name in ("seed.next", "seed.next", "value.more"):
        desk.do(("key", name))
    desk.state = desk.history.undo(desk.state)
    assert (desk.state.seed, desk.state.edits) == (2, ())


def test_a_walk_of_the_cursor_is_one_change():
    desk = Desk(FakeModel(), studied=False)
    for name in ("seed.next", "cursor.on", "value.more", "dimension.down"):
        desk.do(("key", name))
    desk.state = desk.history.undo(desk.state)
    assert (desk.state.seed, desk.state.cursor) == (1, None)
    desk.state = desk.history.undo(desk.state)
    assert desk.state.seed == 0


def test_a_film_is_one_change():
    desk = Desk(FakeModel(), studied=False)
    first = desk.state
    for step in (first.play(), first.play().roll(5), first.play().roll(5).play()):
        desk.history.record(desk.state, step)
        desk.state = step
    assert (desk.state.frame, desk.state.playing) == (1, False)
    assert desk.history.undo(desk.state) == first


def test_what_is_done_anew_takes_the_place_of_what_was_undone():
    desk = Desk(FakeModel(), studied=False)
    desk.do(("key", "seed.next"))
    desk.state = desk.history.undo(desk.state)
    desk.do(("key", "temperature.warmer"))
    assert desk.history.redo(desk.state) is None


def test_there_is_nothing_to_undo_at_first():
    assert History().undo(LatentState()) is None
