"""The Reconstruct view: what is shown, in which order, of which class, and image files."""

import shlex
from dataclasses import replace

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.views.reconstruct import Choice, choice
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes

FACTS = fake_facts()
KNOWN = replace(FACTS, survey=FakeModel().survey())
VIEW = VIEWS.get("reconstruct")
KEYS = every_key()
START = LatentState(view="reconstruct", images=4)


def pressed(state, *key_ids, facts=KNOWN):
    for key_id in key_ids:
        state = KEYS[key_id].step(state, facts, Look())
    return state


def of(**options):
    return START.with_own("reconstruct", Choice(**options))


def with_files(num):
    model = FakeModel()
    model.num_files = num
    return model


STATES = [
    START,
    of(show="difference"),
    replace(of(show="draws"), seed=3),
    of(order="worst", place=7),
    of(group="truck", show="difference"),
    replace(of(order="worst", group="frog"), posterior="sample", seed=2, edits=((1, 0.5),)),
    replace(START, first=-2),
]


def test_no_image_of_a_small_set_is_shown_twice():
    few = fake_facts(num_images=8)
    assert VIEW.request(replace(START, images=12), few).num == 8
    assert VIEW.request(replace(START, images=6), few).num == 6
    assert VIEW.request(replace(of(show="draws"), images=12), few).num == 12


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_the_command_of_a_state_draws_the_same_bytes(state, monkeypatch):
    origin = replace(ORIGIN, files=("a.png", "b c.png"))
    request = VIEW.request(state, KNOWN)
    delivered = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, *handed: delivered.append(handed))
    assert run(shlex.split(command_line(request, origin))[1:]) == 0
    [(found, place)] = delivered
    assert [str(path) for path in place.files] == (list(origin.files) if state.first < 0 else [])
    for moving in (False, True):
        first, second = (file_bytes(one, with_files(2), origin, "ab", moving=moving) for one in (request, found))
        assert first == second


def test_the_keys_turn_what_is_shown():
    shows = [choice(pressed(START, *["reconstruct.show"] * presses)).show for presses in range(4)]
    assert shows == ["decoded", "difference", "draws", "decoded"]
    assert choice(pressed(START, "reconstruct.order")).order == "worst"
    groups = [choice(pressed(START, *["class.next"] * presses)).group for presses in range(4)]
    assert groups == ["", "frog", "truck", ""]


def test_the_worst_and_a_class_wait_for_the_survey():
    assert not VIEW.waits_for_survey(START, FACTS)
    for state in (of(order="worst"), of(group="frog")):
        assert VIEW.waits_for_survey(state, FACTS)
        assert not VIEW.waits_for_survey(state, KNOWN)


def test_pages_go_through_the_list_and_leave_the_image_of_other_views():
    state = pressed(of(group="frog"), "first.ten-on", "first.ten-back", "first.previous")
    assert choice(state).place == 31
    assert state.first == 0
    assert choice(pressed(of(group="frog"), "first.next", facts=FACTS)).place == 0  # the list is not known yet
    assert VIEW.own_controls["first"].value(state, KNOWN) == "place 32 of 32"


def test_an_image_is_found_in_the_list_or_by_index():
    worst = VIEW.show_image(of(order="worst"), KNOWN, 60)
    assert (choice(worst).order, choice(worst).place) == ("worst", 3)
    other = VIEW.show_image(of(group="frog"), KNOWN, 3)
    assert (choice(other).is_listed, other.first) == (False, 3)
    assert VIEW.show_image(START, KNOWN, 64).first == 0


def test_files_stand_before_the_set_under_the_keys():
    facts = replace(KNOWN, files=("cat.png", "dog.png"))
    places = [replace(START, first=0)]
    for _ in range(3):
        places.append(pressed(places[-1], "first.previous", facts=facts))
    assert [state.first for state in places] == [0, -2, -1, 63]
    assert pressed(places[-1], "first.next", facts=facts).first == -1
    assert facts.image_name(-1) == "f1 cat.png"


def test_idle_is_what_changes_nothing():
    assert VIEW.idle_controls(of(show="draws")) == {"posterior"}
    assert VIEW.zoom_text(of(show="draws")) == "4 draws"


async def test_the_tile_under_the_cursor_says_its_figures_and_is_taken():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4", "tab", "right")
        assert "image 1: squared error 0.100, KL" in app.caption
        await press(pilot, "enter")
        assert str(app.state.point) == "image:1"


async def test_a_file_is_opened_by_the_palette_and_named_by_the_command(tmp_path):
    path = tmp_path / "my cat.png"
    path.write_bytes(b"")
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "Open image file…" in [command.title for command in app.get_system_commands(app.screen)]
        app.action_open_file()
        await pilot.pause()
        for name in (tmp_path / "absent.png", "~nobody-of-that-name/cat.png", path):
            app.screen.query_one("Input").value = str(name)
            await pilot.press("enter")
            await pilot.pause()
        await settle(pilot)
        assert app.state.view == "reconstruct"
        assert app.state.first == -1
        assert app.facts.files == ("truck",)  # the fake's name for it
        assert "file 1 and test images 0 to 10 · error" in app.caption
        command = command_line(app.request(), app.origin("raw", app.request()))
        assert shlex.split(command)[-2:] == ["--file", str(path)]
        await press(pilot, "3")
        assert "the mean of file 1's posterior" in app.caption


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_mode_fits_every_size(size):
    app = fake_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in ("4", "d", "d"):
            await press(pilot, key)
            assert app.caption.startswith("Reconstruct")
        assert "its mean, 12 draws" in app.caption
