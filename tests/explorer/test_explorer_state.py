import pytest
from explorer_fakes import fake_facts

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import MAX_VALUE, LatentState

FACTS = fake_facts(latent_dim=8, num_images=20)  # the order by KL is 7, 6, … 0


def test_the_first_dimension_is_that_of_the_largest_kl():
    assert LatentState().chosen_dim(FACTS) == 7
    assert LatentState().choose(2, FACTS).chosen_dim(FACTS) == 5


def test_choosing_stops_at_both_ends():
    assert LatentState().choose(-1, FACTS).rank == 0
    assert LatentState().choose(100, FACTS).rank == 7


def test_values_lie_on_tenths():
    state = LatentState()
    for _ in range(3):
        state = state.nudge(1, FACTS, None)
    assert state.edits == ((7, 0.3),)


def test_a_nudge_starts_where_the_dimension_stands():
    assert LatentState().nudge(1, FACTS, 0.73).edits == ((7, 0.8),)
    assert LatentState().nudge(-1, FACTS, -0.04).edits == ((7, -0.1),)
    assert LatentState().nudge(-1, FACTS, float("nan")).edits == ((7, -0.1),)
    assert LatentState().nudge(-1, FACTS, float("inf")).edits == ((7, -0.1),)


def test_a_held_value_wins_over_where_the_dimension_stood():
    assert LatentState(edits=((7, 1.0),)).nudge(10, FACTS, -2.0).edits == ((7, 2.0),)


def test_edits_are_in_the_order_of_the_dimensions():
    state = LatentState().nudge(1, FACTS, None).choose(3, FACTS).nudge(-1, FACTS, None)
    assert state.edits == ((4, -0.1), (7, 0.1))


def test_values_end_where_their_columns_do():
    state = LatentState()
    for _ in range(30):
        state = state.nudge(10, FACTS, None)
    assert state.edits == ((7, MAX_VALUE),)


def test_no_value_is_minus_zero():
    value = LatentState(edits=((7, 0.1),)).nudge(-1, FACTS, None).value(7)
    assert str(value) == "0.0"


def test_release_lets_one_or_all_go():
    state = LatentState(edits=((4, 1.0), (7, 2.0)))
    assert state.release(FACTS).edits == ((4, 1.0),)
    assert state.release_all().edits == ()


def test_seeds_go_on_and_back():
    assert LatentState().reseed(1).reseed(1).reseed(-1).seed == 1
    assert LatentState().reseed(-1).seed == 0


def test_a_film_plays_halts_and_is_wound_around_its_end():
    state = LatentState().play()
    assert (state.frame, state.playing) == (0, True)
    assert (state.roll(3).frame, state.roll(1).frame) == (1, 0)
    halted = state.roll(3).play()
    assert (halted.frame, halted.playing) == (1, False)
    assert halted.play().frame == 1
    assert (state.wind(-1, 3).frame, state.wind(-1, 3).playing) == (2, False)
    assert (LatentState().wind(1, 3).frame, LatentState().wind(-1, 3).frame) == (0, 2)


def test_a_film_is_left_for_the_still_picture_after_the_cursor():
    state = LatentState().play().point_at(2)
    assert (state.leave_picture().cursor, state.leave_picture().frame) == (None, 0)
    assert state.leave_picture().leave_picture() == LatentState()
    assert state.show("mix") == LatentState(view="mix")


def test_temperature_stays_in_its_range():
    assert LatentState(temperature=0.1).warm(1).temperature == 0.2
    assert LatentState(temperature=0.0).warm(-1).temperature == 0.0
    assert LatentState(temperature=3.0).warm(1).temperature == 3.0


def test_steps_stay_in_their_range():
    assert LatentState(steps=2).lengthen(-1).steps == 2
    assert LatentState(steps=32).lengthen(1).steps == 32


@pytest.mark.parametrize("switch", ["bend", "redraw_posterior", "switch_weights"])
def test_switches_go_there_and_back(switch):
    there = getattr(LatentState(), switch)()
    assert there != LatentState()
    assert getattr(there, switch)() == LatentState()


def test_sources_come_in_turn():
    state = LatentState()
    seen = []
    for _ in range(3):
        state = state.switch_source(FACTS)
        seen.append(state.source)
    assert seen == ["random", "current", "images"]
    assert LatentState(source="random").switch_source(fake_facts(num_images=0)).source == "current"
    assert LatentState(source="current").switch_source(fake_facts(num_images=0)).source == "random"


def test_images_go_around_the_end_of_the_set():
    assert LatentState().turn_first(-1, FACTS).first == 19
    assert LatentState(second=19).turn_second(10, FACTS).second == 9


def test_a_count_stays_between_its_limits():
    assert LatentState(samples=8).resize("samples", 20, 1, 16).samples == 16
    assert LatentState(samples=2).resize("samples", -5, 1, 16).samples == 1


def test_no_step_needs_a_model():
    nothing = ModelFacts()
    state = LatentState()
    for step in (
        state.choose(1, nothing),
        state.nudge(1, nothing, None),
        state.release(nothing),
        state.turn_first(1, nothing),
        state.turn_second(1, nothing),
    ):
        assert step == state


def test_a_chosen_dimension_stays_chosen_once_the_kl_is_known():
    before, after = fake_facts(statistics=False), fake_facts()
    assert before.ranked() != after.ranked()
    chosen = LatentState().choose(2, before)
    assert chosen.keep_dim(before, after).chosen_dim(after) == chosen.chosen_dim(before)
    held = LatentState().hold(0, 1.0)
    assert held.keep_dim(before, after).chosen_dim(after) == 0
    assert LatentState().keep_dim(before, after).rank == 0
