"""The Traverse view: orders, units, ranges and centres."""

import shlex
from dataclasses import replace

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, fake_facts, press, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.errors import VaeTuiError
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.explorer.views.traverse import Span, span
from vae_tui.pictures.changes import dimension_changes
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.grammar import parse_point

FACTS = replace(fake_facts(), changes_Z=dimension_changes(FakeModel()))
BARE = fake_facts(statistics=False)
VIEW = VIEWS.get("traverse")
KEYS = every_key()
START = LatentState(view="traverse", dims=3, steps=3)


def pressed(state, *key_ids, facts=FACTS):
    for key_id in key_ids:
        state = KEYS[key_id].step(state, facts, Look())
    return state


STATES = [
    START,
    replace(START, order="change"),
    replace(START, order="even"),
    replace(START, order="index", rank=5),
    replace(START, source="random"),
    replace(START, source="current", point=parse_point("image:3,pc1=1"), edits=((2, 1.0),)),
    replace(START, posterior="sample", seed=4),
    START.with_own("traverse", Span("sigmas", sigmas=1.5)),
    START.with_own("traverse", Span("quantiles", tail=0.25)),
    START.with_own("traverse", Span(reach=0.5)),
]


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_the_command_of_a_state_draws_the_same_bytes(state, monkeypatch):
    request = VIEW.request(state, FACTS)
    delivered = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: delivered.append(request))
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    for moving in (False, True):
        first, second = (file_bytes(one, FakeModel(), ORIGIN, "ab", moving=moving) for one in (request, *delivered))
        assert first == second


def test_the_order_key_reaches_every_order_and_comes_back():
    orders, state = [], START
    for _ in range(4):
        state = replace(pressed(state, "order"), rank=0)
        orders.append(str(VIEW.request(state, FACTS).dims))
    assert orders == ["change:3", "index:3", "even:3", "kl:3"]


def test_evenly_spaced_rows_are_gone_through_one_by_one():
    state = replace(START, order="even")
    ranks = [state.rank]
    for key in ("dimension.down", "dimension.down", "dimension.down", "dimension.up"):
        state = pressed(state, key)
        ranks.append(state.rank)
    assert ranks == [0, 3, 7, 7, 3]
    assert VIEW.marked_row(state, FACTS) == 2
    between = replace(state, rank=5)
    assert VIEW.marked_row(between, FACTS) is None
    assert pressed(between, "dimension.down").rank == 7
    assert pressed(between, "dimension.up").rank == 3
    assert VIEW.sliders(state, FACTS, None).headings[0] == "dimensions evenly spaced"


def test_even_is_the_index_elsewhere():
    state = replace(START, order="even", view="samples")
    assert state.ranked(FACTS) == tuple(range(8))
    assert pressed(state, "order").order == "kl"


def test_the_unit_goes_around_and_each_keeps_its_range():
    state = pressed(START, "traverse.narrower", "traverse.unit", "traverse.wider", "traverse.unit", "traverse.narrower")
    assert span(state) == Span("quantiles", reach=2.5, sigmas=4.0, tail=0.02)
    assert span(pressed(state, "traverse.unit")).unit == "values"
    assert [span(one).text for one in (START, state)] == ["±3", "2% to 98%"]


@pytest.mark.parametrize(("key", "end"), [("traverse.wider", 10.0), ("traverse.narrower", 0.5)])
def test_the_range_ends(key, end):
    assert span(pressed(START, *[key] * 20)).reach == end


def test_without_statistics_there_are_values_alone():
    assert span(pressed(START, "traverse.unit", facts=BARE)).unit == "values"


def test_without_statistics_the_picture_waits_for_the_survey():
    assert VIEW.waits_for_survey(START, BARE)
    assert not VIEW.waits_for_survey(START, FACTS)
    known = replace(BARE, survey=FakeModel().survey())
    assert not VIEW.waits_for_survey(START, known)
    assert known.orders == ("kl", "index")
    assert known.known_statistics is known.survey.statistics
    assert not VIEW.waits_for_survey(START, replace(BARE, survey_failed=True))
    assert not VIEW.waits_for_survey(START, fake_facts(statistics=False, num_images=0))


def test_the_current_latent_is_the_centre_and_keeps_its_image_above():
    state = replace(START, source="current", point=parse_point("image:3,z1=2"))
    request = VIEW.request(state, FACTS)
    assert str(request.at) == "image:3,z1=2"
    assert VIEW.marked_row(state, FACTS) == 1
    assert VIEW.marked_row(replace(state, point=parse_point("draw:3:0")), FACTS) == 0
    assert request.draw(FakeModel()).row_labels[1].split()[0] == f"z{state.chosen_dim(FACTS)}"


async def test_a_plain_model_is_surveyed_and_its_kl_shown():
    app = fake_app(FakeModel(statistics=False), studies=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("3")
        while not (app.is_settled and app.caption.startswith("Traverse")):
            await pilot.pause(0.01)
        assert "statistics over all 64 test images" in app.caption
        assert app.facts.kl_Z is not None


class Broken(FakeModel):
    """Its images can't be surveyed."""

    def survey(self):
        raise VaeTuiError("image 3 gives numbers that are not finite")


async def test_a_survey_that_fails_leaves_the_order_by_index():
    app = fake_app(Broken(statistics=False), studies=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("3")
        while not (app.is_settled and app.caption.startswith("Traverse")):
            await pilot.pause(0.01)
        assert "by " in app.caption
        assert "image 3 gives numbers that are not finite" in app.caption


async def test_keys_change_unit_and_range():
    app = fake_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "S", "right_curly_bracket", "o")
        assert "±4 standard deviations of the aggregate posterior" in app.caption
        assert app.request().arguments()[:2] == ["--dims", "index:8"]
        await press(pilot, "u", "u", "u")
        assert "-3 to 3" in app.caption
