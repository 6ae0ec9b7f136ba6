"""Favourites, marked images and finding, under a pilot's keys."""

import numpy as np
import pytest
from explorer_fakes import SUMMARY, FakeModel, fake_app, press, settle
from textual.events import Key
from textual.widgets import Input, OptionList, Static

from vae_tui.explorer.across import marks_text
from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.favourites import FavouritesDialog, favourite_lines
from vae_tui.explorer.prompt import Prompt
from vae_tui.explorer.shelving import favourite_of, point_of
from vae_tui.explorer.state import LatentState
from vae_tui.pictures.latent_file import read_latents
from vae_tui.pictures.origin import Origin
from vae_tui.points.bases import Draw, Image
from vae_tui.points.point import Point
from vae_tui.shelf.store import load_shelf, save_shelf
from vae_tui.shelf.values import MAX_POINT, Favourite, Shelf
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.user_folders import state_dir

SIZE = (100, 32)
HASH = SUMMARY.checkpoint_hash
MODEL = FakeModel()


def kept():
    """What the disk has."""
    return load_shelf(HASH).shelf


async def until(pilot, is_there):
    """Waits for what another thread does."""
    while not is_there():
        await pilot.pause()


async def open_app(pilot):
    await settle(pilot)
    await until(pilot, lambda: pilot.app._shelf is not None)
    await pilot.pause()


@pytest.fixture
async def pilot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await open_app(pilot)
        yield pilot


async def said(pilot, words):
    await until(pilot, lambda: words in pilot.app.message)


async def write(pilot, text):
    """Another text in the line that is asked for, and Enter."""
    await pilot.pause()
    line = pilot.app.screen.query_one(Input)
    line.value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_favourite_that_can_not_be_saved_is_not_said_to_be(pilot):
    folder = state_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file in the folder's place")
    await press(pilot, "tab", "right", "enter", "f")
    await said(pilot, "favourites can't be kept")
    await press(pilot, "right", "enter", "f")
    await said(pilot, "kept as favourite-2, until you leave: it can't be saved")


async def test_a_key_keeps_the_current_latent_and_lets_it_go(pilot):
    await press(pilot, "tab", "right", "enter", "escape", "right", "f")
    await said(pilot, "kept as favourite-1")
    (favourite,) = kept().favourites
    point = Point(Draw(1, 0), edits=((7, 0.1),))
    assert (favourite.point, favourite.edits) == (str(point), ((7, 0.1),))
    np.testing.assert_array_equal(np.array(favourite.latent, np.float32), point.latent(MODEL))
    await pilot.press("f")
    await said(pilot, "favourite-1 is no favourite any more")
    assert kept().favourites == ()


async def test_enter_in_the_list_makes_one_the_current_latent(pilot):
    await press(pilot, "f", "tab", "enter", "f")
    await until(pilot, lambda: len(kept().favourites) == 2)
    await pilot.press("X")
    await said(pilot, "")
    await pilot.press("F", "j", "enter")
    await said(pilot, "favourite-2 is the current latent")
    assert pilot.app.state.point == Point(Draw(0, 0))
    await press(pilot, "F", "enter")
    await said(pilot, "favourite-1 is the current latent")
    assert pilot.app.state.point == Point()
    await press(pilot, "u")
    assert pilot.app.state.point == Point(Draw(0, 0))


async def open_list(pilot):
    await press(pilot, "f")
    await until(pilot, lambda: len(kept().favourites) == 1 and pilot.app._shelf.favourites)
    await pilot.press("F")
    await pilot.pause()
    assert isinstance(pilot.app.screen, FavouritesDialog)
    return pilot.app.screen


async def test_an_empty_list_says_which_key_keeps_one(pilot):
    await press(pilot, "F")
    assert "f keeps the current latent" in str(pilot.app.screen.query_one(".dialog--note", Static).content)


async def test_a_favourite_is_renamed_gathered_and_deleted(pilot):
    dialog = await open_list(pilot)
    await pilot.press("n")
    await write(pilot, " ")
    assert isinstance(pilot.app.screen, Prompt)  # no name: it asks on
    await write(pilot, "the first")
    await until(pilot, lambda: kept().names == ("the first",))
    await until(pilot, lambda: dialog.shelf.names == ("the first",))
    assert pilot.app.screen is dialog
    await pilot.press("y")
    await until(pilot, lambda: pilot.app.state.stops == (Point(),))
    assert dialog.said == "the first is stop 1"
    await pilot.press("d")
    await until(pilot, lambda: kept().favourites == ())
    await until(pilot, lambda: dialog.query_one(OptionList).option_count == 0)
    await pilot.press("d", "y", "n", "enter", "escape")
    assert len(pilot.app.screen_stack) == 1


async def test_favourites_go_to_a_file_and_come_back(pilot, tmp_path):
    dialog = await open_list(pilot)
    (tmp_path / "mine.npz").write_bytes(b"older")
    await pilot.press("e")
    await write(pilot, "mine.txt")
    assert "end the name" in str(pilot.app.screen.query(".prompt--said").first().render())
    await write(pilot, "mine.npz")
    assert (tmp_path / "mine.npz").read_bytes() == b"older"
    await pilot.press("enter")
    await until(pilot, lambda: "written to mine.npz" in dialog.said)
    assert len(read_latents(tmp_path / "mine.npz").latents_NZ) == 1
    await pilot.press("d")
    await until(pilot, lambda: kept().favourites == ())
    await pilot.press("i")
    await write(pilot, "absent.npz")
    assert isinstance(pilot.app.screen, Prompt)
    await write(pilot, "mine.npz")
    await until(pilot, lambda: "1 added" in dialog.said)
    assert kept().names == ("favourite-1",)


async def test_what_can_not_be_imported_is_said(pilot, tmp_path):
    dialog = await open_list(pilot)
    (tmp_path / "notes.json").write_text("[]")
    await pilot.press("i")
    await write(pilot, "notes.json")
    await until(pilot, lambda: "holds no favourites" in dialog.said)


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.npz", f"{'x' * 300}.npz"])
async def test_a_name_that_no_file_can_have_is_said(pilot, name):
    dialog = await open_list(pilot)
    await pilot.press("i")
    await write(pilot, name)
    assert "no such file" in str(pilot.app.screen.query(".prompt--said").first().render())
    await pilot.press("escape", "e")
    await write(pilot, name)
    await until(pilot, lambda: "can't be written" in dialog.said)


async def test_marks_are_said_kept_and_undone(pilot):
    await press(pilot, "4", "A")
    await until(pilot, lambda: kept().marked_a == (0,))
    assert pilot.app.message == "marked a: 0"
    await press(pilot, "n", "B")
    await until(pilot, lambda: kept().marked_b == (1,))
    assert pilot.app.message == "marked a: 0 · b: 1"
    await press(pilot, "u")
    await until(pilot, lambda: kept().marked_b == ())
    await press(pilot, "n", "p", "n", "p", "p", "A")
    await until(pilot, lambda: kept().marked_a == ())
    assert pilot.app.message == "no image is marked"


async def test_the_image_under_the_cursor_is_marked(pilot):
    await press(pilot, "4", "tab", "right", "A")
    assert pilot.app.state.marked_a == (1,)
    await press(pilot, "1", "tab", "A")
    assert pilot.app.message == "there is no image here to mark"
    assert pilot.app.state.marked_a == (1,)


async def test_kept_marks_are_there_from_the_start():
    save_shelf(Shelf(HASH, (), (3, 17), (5, 9999)), Shelf(HASH))
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down")
        await open_app(pilot)
        assert (app.state.marked_a, app.state.marked_b) == ((3, 17), (5,))
        await press(pilot, "u")
        assert (app.state.marked_a, app.state.marked_b) == ((3, 17), (5,))
        assert app.state.rank == 0


async def test_marks_of_other_data_are_not_the_checkpoints():
    save_shelf(Shelf(HASH, (), (3,), ()), Shelf(HASH))
    app = ExplorerApp(FakeModel, Origin("run/best.pt", "cifar10"), HalfblockPainter(), studies=False)
    async with app.run_test(size=SIZE) as pilot:
        await open_app(pilot)
        assert app.state.marked_a == ()
        await press(pilot, "4", "A", "f")
        await said(pilot, "kept as")
        assert app.state.marked_a == (0,)
        assert kept().marked_a == (3,)


async def test_find_goes_there_or_says_why_not(pilot):
    await pilot.press("slash")
    await write(pilot, "z3")
    assert pilot.app.state.chosen_dim(pilot.app.facts) == 3
    assert len(pilot.app.screen_stack) == 1
    await pilot.press("slash")
    await write(pilot, "nowhere")
    assert "Samples has no 'nowhere'" in str(pilot.app.screen.query(".prompt--said").first().render())
    before = pilot.app.state
    await pilot.press("escape")
    assert len(pilot.app.screen_stack) == 1
    assert pilot.app.state == before
    await press(pilot, "4", "slash")
    await write(pilot, "image 12")
    assert pilot.app.state.first == 12
    await pilot.press("slash")
    await write(pilot, "truck")
    assert pilot.app.state.first == 13
    await pilot.press("u")
    assert pilot.app.state.first == 12


async def test_before_the_model_is_there_everything_says_so():
    import threading

    gate = threading.Event()

    def open_model():
        gate.wait(30)
        return FakeModel()

    app = fake_app(open_model=open_model)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for key in ("f", "F", "slash", "ctrl+e", "c", "A"):
            app.message = ""
            await pilot.press(key)
            assert app.message == "the model is still loading", key
            assert len(app.screen_stack) == 1
        gate.set()
        await settle(pilot)


def test_words_are_kept_where_they_mean_the_same_another_time():
    latent = MODEL.encode([3])[0][0]
    favourite = favourite_of(Point(Image(3)), latent, has_own_images=True)
    assert favourite.point == "image:3"
    assert point_of(favourite, MODEL, is_surveyed=True) == Point(Image(3))
    assert favourite_of(Point(Image(3)), latent, has_own_images=False).point == ""
    assert favourite_of(Point(Draw(3, 0)), latent, has_own_images=False).point == "draw:3:0"
    assert favourite_of(Point.of(latent), latent, has_own_images=True).point == ""
    long = Point.of(np.linspace(0, 1, 2000, dtype=np.float32))
    assert len(str(long)) > MAX_POINT
    assert favourite_of(long.held(((0, 1.0),)), np.zeros(2001, np.float32), has_own_images=True).point == ""


@pytest.mark.parametrize("words", ["image:4", "image:400", "mean", "nonsense", ""])
def test_words_that_give_other_values_give_way_to_the_values(words):
    latent = MODEL.encode([3])[0][0]
    favourite = Favourite("x", words, (), tuple(map(float, latent)))
    assert point_of(favourite, MODEL, is_surveyed=False) == Point.of(latent)


def test_the_list_shows_names_and_words():
    shelf = Shelf(HASH).add(Favourite("a", "image:3", (), (0.0,))).add(Favourite("long", "", (), (1.0,)))
    assert favourite_lines(shelf) == ["a     image:3", "long  values"]


def test_marks_in_words():
    assert marks_text(LatentState(marked_a=(3, 17))) == "marked a: 3, 17"
    assert marks_text(LatentState(marked_a=(3,), marked_b=(5,))) == "marked a: 3 · b: 5"


async def twice(pilot, key):
    """The key, twice before anything has seen it."""
    for _ in range(2):
        pilot.app.post_message(Key(key, None))
    await pilot.pause()
    await pilot.pause()


async def test_enter_twice_is_enter_once(pilot):
    taken = []
    pilot.app.push_screen(Prompt(pilot.app._keys, "below", lambda text: ""))
    pilot.app.push_screen(Prompt(pilot.app._keys, "above", lambda text: taken.append(text) or ""))
    await pilot.pause()
    await twice(pilot, "enter")
    assert taken == [""]
    assert len(pilot.app.screen_stack) == 2


async def test_a_favourite_that_is_taken_twice_leaves_the_screen_below(pilot):
    await open_list(pilot)
    await twice(pilot, "enter")
    assert len(pilot.app.screen_stack) == 1


async def test_enter_twice_in_the_palette_does_one_thing_once(pilot):
    await pilot.press("ctrl+p", *"open image")
    while pilot.app.screen.query(OptionList).first().option_count != 1:
        await pilot.pause()
    await twice(pilot, "enter")
    await until(pilot, lambda: len(pilot.app.screen_stack) == 2)
    await pilot.press("escape")
    assert len(pilot.app.screen_stack) == 1
