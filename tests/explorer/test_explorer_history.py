"""Whatever was pressed can be taken back, one change at a time."""

from explorer_fakes import FakeModel, fake_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_tui.explorer.controls import Look
from vae_tui.explorer.history import History
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS

MODEL = FakeModel()
FACTS = fake_facts()
PRESSED = st.lists(st.sampled_from([*every_key(), *VIEWS.names()]), max_size=30)


class Desk:
    """State and history, as the app has them."""

    def __init__(self) -> None:
        self.state = LatentState(steps=3, samples=2, pairs=2, dims=2, images=2)
        self.history = History()

    def press(self, name: str) -> None:
        """A key by its id, or a view."""
        view = VIEWS.get(self.state.view)
        if name in VIEWS.names():
            state = self.state.show(name)
        else:
            key = every_key()[name]
            drawing = view.request(self.state, FACTS).draw(MODEL)
            look = Look(drawing, view.centre(drawing))
            state = self.state if refusal(key.control, view, FACTS) else key.step(self.state, FACTS, look)
        if state != self.state:
            self.history.record(self.state, state)
        self.state = state


@settings(max_examples=60, deadline=None)
@given(PRESSED)
def test_all_undone_is_where_it_began_and_all_redone_where_it_was(names):
    desk = Desk()
    first = desk.state
    for name in names:
        desk.press(name)
    last = desk.state
    while (state := desk.history.undo(desk.state)) is not None:
        desk.state = state
    assert desk.state == first
    while (state := desk.history.redo(desk.state)) is not None:
        desk.state = state
    assert desk.state == last


def test_undo_is_one_change():
    desk = Desk()
    for name in ("seed.next", "seed.next", "value.more"):
        desk.press(name)
    desk.state = desk.history.undo(desk.state)
    assert (desk.state.seed, desk.state.edits) == (2, ())


def test_a_walk_of_the_cursor_is_one_change():
    desk = Desk()
    for name in ("seed.next", "cursor.on", "value.more", "dimension.down", "cursor.off"):
        desk.press(name)
    desk.state = desk.history.undo(desk.state)
    assert (desk.state.seed, desk.state.cursor) == (1, None)
    desk.state = desk.history.undo(desk.state)
    assert desk.state.seed == 0


def test_a_film_is_one_change():
    desk = Desk()
    first = desk.state
    for step in (first.play(), first.play().roll(5), first.play().roll(5).play()):
        desk.history.record(desk.state, step)
        desk.state = step
    assert (desk.state.frame, desk.state.playing) == (1, False)
    assert desk.history.undo(desk.state) == first


def test_what_is_done_anew_takes_the_place_of_what_was_undone():
    desk = Desk()
    desk.press("seed.next")
    desk.state = desk.history.undo(desk.state)
    desk.press("temperature.warmer")
    assert desk.history.redo(desk.state) is None


def test_there_is_nothing_to_undo_at_first():
    assert History().undo(LatentState()) is None
