"""The Mix view: sliders of every kind under keys and mouse, and the latents that were left."""

import dataclasses
import shlex
import threading

import numpy as np
import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle
from fakes import FakeSubject

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key
from vae_tui.explorer.lines import line_width
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.panel import bar_value, panel_hit, panel_lines
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point

MIX = VIEWS.get("mix")
SURVEY = FakeSubject().survey()
FACTS = dataclasses.replace(fake_facts(), survey=SURVEY)
START = LatentState(view="mix").take(parse_point("image:7"))
SIZE = (120, 40)


def after(state, *ids, facts=FACTS):
    """The state after keys of these ids."""
    for key_id in ids:
        state = every_key()[key_id].step(state, facts, Look())
    return state


def text(line):
    return "".join(run.text for run in line)


def panel(state, facts=FACTS, width=38, height=40):
    return [text(line) for line in panel_lines(state, facts, None, width, height)]


def test_a_dimension_is_moved_by_tenths():
    state = after(START, "value.more", "value.more", "value.much-less")
    assert str(state.current) == "image:7,z7=-0.8"
    assert str(after(state, "release.one").current) == "image:7"


def test_principal_directions_are_sliders_of_their_own():
    state = after(START, "kind", "dimension.down", "value.much-more", "value.more")
    assert str(state.current) == "image:7,pc2=1.1"
    assert state.rank == START.rank
    assert str(after(state, "value.much-less", "value.less").current) == "image:7"
    assert str(after(state, "release.one").current) == "image:7"


def test_directions_between_classes_begin_where_it_is_said():
    state = after(START, "kind", "kind", "dimension.down", "value.more")
    assert str(state.current) == "image:7,class:all>1=0.1"
    state = after(state, "class.next")
    assert MIX.sliders(state, FACTS, None).num == 1
    assert str(after(state, "value.more").current) == "image:7,class:all>1=0.1,class:0>1=0.1"
    assert after(state, "class.next", "class.next") == after(START, "kind", "kind", "dimension.down", "value.more")


def test_marked_groups_have_the_first_direction():
    state = after(START.mark(3, "a").mark(9, "b").mark(1, "a"), "kind", "kind", "value.more")
    assert str(state.current) == "image:7,images:1+3>9=0.1"
    assert any(line.startswith("▸a → b") and "2→1" in line for line in panel(state))


def test_values_stop_where_keys_reach():
    state = after(START, "kind", *["value.much-more"] * 12)
    assert str(state.current) == "image:7,pc1=9.9"
    assert after(state, "value.more") == state


def test_reset_all_leaves_the_latent_as_it_was_taken():
    state = after(START, "value.more", "kind", "value.more", "kind", "value.more", "release.all")
    assert state.current == START.current
    assert after(state, "release.all") == state


def test_the_strip_has_what_was_left_and_not_each_step():
    state = after(START, *["value.more"] * 5, "dimension.down", *["value.less"] * 5)
    recent = MIX.request(state, FACTS).recent
    assert [str(point) for point in recent] == ["image:7", "image:7,z7=0.5"]


def test_the_priors_mean_is_left_by_a_slider_alone():
    assert not LatentState().take(parse_point("image:7")).recent
    assert after(LatentState(view="mix"), "value.more").recent == (Point(),)


def test_the_strip_does_not_repeat_the_latent_itself():
    state = after(START, "value.more", "release.one")
    assert str(state.current) == "image:7"
    assert parse_point("image:7") not in MIX.request(state, FACTS).recent


def test_no_more_than_eight_are_kept():
    state = START
    for _ in range(12):
        state = after(state, "value.more", "dimension.down")
    assert len(state.recent) == 8


def test_a_sweep_is_of_the_chosen_slider():
    assert MIX.request(START, FACTS).sweep == "z7"
    assert MIX.request(after(START, "kind", "dimension.down"), FACTS).sweep == "pc2"
    assert MIX.request(after(START, "kind", "kind"), FACTS).sweep == "class:all>0"


def test_principal_directions_say_their_share_of_the_variance():
    lines = panel(after(START, "kind", "value.more"))
    assert any("principal directions" in line for line in lines)
    row = next(line for line in lines if line.startswith("▸pc1"))
    assert " 100%" in row
    assert row.endswith("+0.10•")


def test_class_directions_are_named():
    state = after(START, "kind", "kind", "class.next")
    lines = panel(state)
    assert any("directions from frog" in line for line in lines)
    assert any(line.startswith("▸→ truck") for line in lines)
    assert any(line.startswith("C   from") and line.endswith("frog") for line in lines)


@pytest.mark.parametrize("kind", [1, 2])
def test_before_the_set_is_encoded_that_is_said_and_no_key_fails(kind):
    facts = dataclasses.replace(fake_facts(), survey_progress="encoding 3 of 64 test images")
    state = after(START, *["kind"] * kind, facts=facts)
    assert any("encoding 3 of 64 test images" in line for line in panel(state, facts))
    keys = ("value.more", "dimension.down", "release.one", "release.all", "class.next")
    assert after(state, *keys, facts=facts).current == START.current
    assert MIX.slide(state, facts, 1.0) == state
    assert not MIX.needs_survey(state)


def test_without_images_dimensions_are_there_alone():
    facts = ModelFacts.of(FakeModel(num_images=0, statistics=False))
    state = after(LatentState(view="mix"), "kind", facts=facts)
    assert "There are no images: dimensions" in " ".join(panel(state, facts))
    assert str(after(LatentState(view="mix"), "value.more", facts=facts).current) == "centre,z0=0.1"


def test_without_classes_groups_are_named():
    facts = dataclasses.replace(FACTS, survey=dataclasses.replace(SURVEY, labels_N=None))
    state = after(START, "kind", "kind", facts=facts)
    assert "The images have no classes." in " ".join(panel(state, facts))


@pytest.mark.parametrize(
    ("sought", "sweep"),
    [("z5", "z5"), ("5", "z5"), ("pc2", "pc2"), ("PC1", "pc1"), ("truck", "class:all>1"), ("fr", "class:all>0")],
)
def test_a_slider_is_found_by_its_name(sought, sweep):
    found = MIX.find(START, FACTS, sought)
    assert found is not None
    assert MIX.request(found, FACTS).sweep == sweep


def test_a_number_among_principal_directions_is_one_of_those():
    assert MIX.request(MIX.find(after(START, "kind"), FACTS, "3"), FACTS).sweep == "pc3"


def test_a_found_class_that_directions_begin_at_is_reached_from_all():
    state = after(START, "kind", "kind", "class.next")
    assert MIX.request(MIX.find(state, FACTS, "frog"), FACTS).sweep == "class:all>0"


def test_a_found_image_is_taken():
    found = MIX.find(START, FACTS, "image:9")
    assert str(found.current) == "image:9"
    assert found.recent[-1] == START.current


@pytest.mark.parametrize("sought", ["z8", "pc9", "pc0", "cat", "image:64", "", "pc"])
def test_what_is_not_there_is_not_found(sought):
    assert MIX.find(START, FACTS, sought) is None


@pytest.mark.parametrize("latent_dim", [1, 4, 1024])
@pytest.mark.parametrize("width", [24, 38, 50])
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_the_panel_keeps_its_width(kind, width, latent_dim):
    model = FakeModel(latent_dim)
    facts = dataclasses.replace(ModelFacts.of(model), survey=model.survey())
    state = after(START.mark(1, "a").mark(2, "b"), *["kind"] * kind, "value.much-less", facts=facts)
    for line in panel_lines(state, facts, None, width, 30):
        assert line_width(line) <= width


def test_each_column_of_a_bar_is_a_value_of_tenths():
    values = [bar_value(x, 38) for x in range(38)]
    known = [value for value in values if value is not None]
    assert known == [-3.0, -2.2, -1.5, -0.8, 0.0, 0.8, 1.5, 2.2, 3.0]
    assert bar_value(10, 30) is None


def test_a_cell_of_the_panel_is_a_row_of_the_list():
    lines = panel(START)
    top = next(y for y, line in enumerate(lines) if line.startswith("▸z7"))
    assert panel_hit(START, FACTS, 38, 40, 2, top).place == 0
    assert panel_hit(START, FACTS, 38, 40, 2, top + 3).place == 3
    assert panel_hit(START, FACTS, 38, 40, 2, top - 1) is None
    assert panel_hit(START, FACTS, 38, 40, 2, top + 8) is None


def test_images_and_draws_are_turned_to_and_keep_what_moves_them():
    moved = after(START, "value.more", "kind", "value.more")
    assert str(after(moved, "first.next").current) == "image:8,pc1=0.1,z7=0.1"
    assert str(after(moved, "first.ten-back").current) == "image:61,pc1=0.1,z7=0.1"
    assert after(moved, "first.next").first == 8
    assert str(after(moved, "seed.next").current) == "draw:0:1,pc1=0.1,z7=0.1"
    assert str(after(moved, "seed.next", "seed.next", "seed.back").current) == "draw:0:1,pc1=0.1,z7=0.1"


def test_from_a_draw_the_first_image_is_that_of_the_other_views():
    state = dataclasses.replace(LatentState(view="mix"), first=5)
    assert str(after(state, "seed.next", "first.next").current) == "image:5"


def test_what_is_only_passed_by_is_no_recent_latent():
    state = after(START, *["first.next"] * 3, *["seed.next"] * 2)
    assert [str(point) for point in state.recent] == ["image:7"]
    assert not after(LatentState(view="mix"), "seed.next", "seed.next").recent


def test_the_first_image_is_there_where_nothing_was_looked_at():
    fresh = LatentState(first=3).show("mix")
    assert str(MIX.arrive(fresh, FACTS).current) == "image:3"
    held = fresh.hold(2, 1.0)
    assert str(MIX.arrive(held, FACTS).current) == "image:3,z2=1"
    for kept in (START, fresh.take(parse_point("centre,z1=2")), MIX.find(START, FACTS, "centre")):
        assert MIX.arrive(kept, FACTS) == kept
    assert MIX.arrive(fresh, ModelFacts.of(FakeModel(num_images=0))) == fresh


def test_the_image_to_mark_is_that_of_the_latent():
    assert after(START, "value.more", "mark.a").marked_a == (7,)
    assert MIX.image(after(START, "seed.next"), FACTS, Look()) is None


STATES = {
    "the prior's mean": LatentState(view="mix"),
    "held": after(START, "value.more", "dimension.down", "value.much-less"),
    "principal": after(START, "kind", "value.more", "dimension.down", "value.much-more"),
    "classes": after(START, "kind", "kind", "class.next", "value.much-more"),
    "a draw": after(START, "seed.next", "value.more"),
    "a frame of the film": dataclasses.replace(after(START, "value.more", "kind"), frame=11),
    "a frame of a dimension": dataclasses.replace(after(START, "value.more"), frame=60),
    "groups": after(START.mark(3, "a").mark(9, "b"), "kind", "kind", "value.more"),
}


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("name", STATES)
def test_the_shown_command_draws_the_same_bytes(name, moving, monkeypatch):
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: handed_over.append(request))
    request = MIX.request(STATES[name], FACTS)
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    used = FakeModel()
    request.draw(used)
    shown = file_bytes(request, used, ORIGIN, "ab", moving=moving)
    assert shown == file_bytes(handed_over.pop(), FakeModel(), ORIGIN, "ab", moving=moving)


async def test_a_tile_that_was_taken_elsewhere_is_mixed_and_gone_back_to():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "tab", "right", "enter", "5", "right", "down", "left")
        assert str(app.state.current) == "draw:1:0,z6=1,z7=-0.9"
        assert "draw 1 of the prior · seed 0" in app.caption
        await press(pilot, "tab")
        assert app.state.cursor == 1
        await press(pilot, "right", "down")  # whichever of the two the strip's shape has
        assert "2 back: draw:1:0" in app.caption
        await press(pilot, "enter")
        assert str(app.state.current) == "draw:1:0"
        await press(pilot, "u")
        assert str(app.state.current) == "draw:1:0,z6=1,z7=-0.9"


async def test_principal_directions_wait_for_the_set_and_for_nothing_else():
    app = fake_app(studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        while app.facts.survey is None:
            await pilot.pause()
        await press(pilot, "M", "right", "right")
        assert str(app.state.current) == "image:0,pc1=0.2"
        assert "pc1 +0.20" in app.caption
        await press(pilot, "M", "right")
        assert "all → frog +0.10" in app.caption


def place_of(app, name):
    """The column and row, in the panel, of the row of that name."""
    widget = app.query_one("#panel")
    lines = [text(line) for line in widget.lines(*widget.content_size)]
    return next(y for y, line in enumerate(lines) if line[1:].startswith(name))


async def test_a_slider_is_drawn_along_its_bar():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        row = place_of(app, "z4")
        widget = app.query_one("#panel")
        left = widget.content_size.width - 7 - 9 + widget.content_region.x - widget.region.x
        await pilot.mouse_down("#panel", offset=(left + 6, row))
        await settle(pilot)
        assert str(app.state.current) == "image:0,z4=1.5"
        await pilot.hover("#panel", offset=(left + 2, row + 3))
        await settle(pilot)
        assert str(app.state.current) == "image:0,z4=-1.5"
        await pilot.mouse_up("#panel", offset=(left + 2, row + 3))
        await pilot.hover("#panel", offset=(left + 8, row))
        await settle(pilot)
        assert str(app.state.current) == "image:0,z4=-1.5"


async def test_a_row_is_chosen_by_a_click_and_by_the_wheel():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await pilot.click("#panel", offset=(3, place_of(app, "z4")))
        await settle(pilot)
        assert (app.state.chosen_dim(app.facts), app.state.edits) == (4, ())
        app.query_one("#panel").post_message(type(app.query_one("#panel")).Scrolled(1))
        await settle(pilot)
        assert app.state.chosen_dim(app.facts) == 3


async def test_without_room_for_bars_a_slider_is_drawn_by_columns():
    app = fake_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        row, start = place_of(app, "z6"), app.centre[6]
        await pilot.mouse_down("#panel", offset=(10, row))
        await pilot.hover("#panel", offset=(13, row))
        await pilot.mouse_up("#panel", offset=(13, row))
        await settle(pilot)
        assert app.state.value(6) == pytest.approx(round(start + 0.3, 1))


async def test_a_step_decodes_one_latent():
    model = FakeModel()
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5", "right", "down", "right")
        model.decoded_batches.clear()
        await press(pilot, "right")
        assert model.decoded_batches == [1]
        assert np.isclose(app.centre[6], 0.2)


async def test_it_begins_at_an_image_also_where_the_view_was_chosen_before_the_model_was_there():
    gate = threading.Event()

    def open_late():
        gate.wait()
        return FakeModel()

    app = fake_app(open_model=open_late)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        gate.set()
        await settle(pilot)
        assert str(app.state.current) == "image:0"
        await press(pilot, "u")
        assert app.state.view == "samples"
        await press(pilot, "u")
        assert app.message == "there is nothing to undo"


async def test_the_film_of_a_slider_plays_and_a_frame_is_taken():
    app = fake_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5", ">", ">")
        assert "z7 at +0.25 (frame 1 of 0 to 47)" in app.caption
        await press(pilot, "enter", "escape")
        assert str(app.state.current) == "image:0,z7=0.25"
        assert "frame" not in app.caption
        await press(pilot, "space")
        assert app.state.playing


@pytest.mark.parametrize("key", ["n", "p", "N"])
async def test_without_images_turning_to_one_says_why_not(key):
    app = fake_app(FakeModel(num_images=0))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "5", key)
        assert "there are no images" in app.message
        await press(pilot, "r")
        assert str(app.state.current) == "draw:0:1"


async def test_a_slider_that_is_moved_stays_the_chosen_one_as_the_set_is_encoded():
    model = FakeModel(statistics=False)
    app = fake_app(model, studies=True)
    async with app.run_test(size=SIZE) as pilot:
        while not app.is_running or not app._models.are_open:
            await pilot.pause()
        app.state = app.state.choose(2, app.facts)
        dim = app.state.chosen_dim(app.facts)
        while app.facts.survey is None:
            await pilot.pause()
        assert app.state.chosen_dim(app.facts) == dim
        app.action_undo()
        assert app.state.rank == 0
