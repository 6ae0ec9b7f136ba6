"""Whatever a person can do to the explorer's state, as values that hypothesis draws; and a desk that does it."""

from dataclasses import replace

from explorer_fakes import FakeModel
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.controls import Look
from vae_tui.explorer.history import History
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sides import Other, Second, Two, paired, turned
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, asked_picture
from vae_tui.points.grammar import parse_point

START = LatentState(steps=3, samples=2, pairs=2, dims=2, images=2)
POINTS = (
    "centre",
    "image:7",
    "image:60,z3=-2",
    "draw:3:1:0.5",
    "mean,pc1=1.5,pc2=-3",
    "image:2:5,class:0>1=0.5",
    "umap:3:1",
)
WORDS = ("z3", "5", "image:7", "#63", "truck", "frog", "pc2", "nothing of the sort", "")
KEYS = tuple(every_key())

places = st.integers(0, 70)
steps = st.integers(-12, 12)
points = st.sampled_from([parse_point(text) for text in POINTS])
clicks = st.tuples(st.integers(0, 39), st.integers(0, 11), st.just(40), st.just(12))
marked = st.sets(st.integers(0, 63), max_size=3).map(sorted).map(tuple)
pressed = st.sampled_from(KEYS).map(lambda name: ("key", name))
"""A key by its id, whatever it is bound to."""
done_otherwise = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(VIEWS.names())),
    st.tuples(st.just("choose_at"), places),
    st.tuples(st.just("choose"), steps),
    st.tuples(st.just("slide"), st.floats(-3, 3).map(lambda value: round(value, 1))),
    st.tuples(st.just("nudge"), steps),
    st.tuples(st.just("click"), clicks),
    st.tuples(st.just("tile"), places),
    st.tuples(st.just("take"), points),
    st.tuples(st.just("gather"), points),
    st.tuples(st.just("find"), st.sampled_from(WORDS)),
    st.tuples(st.just("image"), st.integers(-2, 63)),
    st.tuples(st.just("marks"), st.tuples(marked, marked)),
)
"""By the mouse, from the favourites, by finding, from an import."""
acts = st.lists(pressed | pressed | done_otherwise, min_size=20, max_size=60)


def with_files(model):
    """Two image files beside its set."""
    model.num_files = 2
    return model


def studied_facts(model: FakeModel) -> ModelFacts:
    """All that can be known: the set encoded and mapped, kept epochs, image files, both kinds of weights."""
    facts = ModelFacts.of(model)
    return replace(facts, survey=model.survey(), changes_Z=facts.kl_Z, has_umap=True, epochs=(1, 2, 5))


class Desk:
    """State, facts and history, as the app has them, with one model or two."""

    def __init__(self, model: FakeModel, second: FakeModel | None = None, *, studied: bool) -> None:
        self.model = model
        self.facts = studied_facts(model) if studied else ModelFacts.of(model)
        self.other = Other.open(Second("b.pt", lambda first: Two(first, second)), model, "a.pt") if second else None
        if second is not None:
            other = studied_facts(second) if studied else ModelFacts.of(second)
            self.facts = paired(self.facts, replace(other, name="b.pt"), "a.pt")
        self.state = START
        self.history = History()
        self.refused: dict[str, str] = {}
        """What stood in place of pictures, by which of the models were shown."""

    @property
    def request(self):
        """The picture of the present state."""
        request = asked_picture(self.state, self.facts)
        return request if self.other is None else self.other.picture(request, self.state, self.facts)

    @property
    def look(self) -> Look:
        """What is on the screen."""
        view = VIEWS.get(self.state.view)
        if view.waits_for_survey(self.state, self.facts) or (view.needs_umap(self.state) and not self.facts.has_umap):
            return Look()
        try:
            drawing = self.request.draw(self.model)
        except VaeTuiError as error:
            self.refused[self.state.beside] = error.message
            return Look()
        return Look(drawing.front, view.centre(drawing.front))

    def do(self, act: tuple[str, object]) -> None:
        """One of `acts`."""
        state = self._after(*act)
        if state != self.state:
            self.history.record(self.state, state)
        self.go_to(state)

    def go_to(self, state: LatentState) -> None:
        """Another state, and with another model in front its facts."""
        if state.second_in_front != self.state.second_in_front:
            self.facts = turned(self.facts)
        self.state = state

    def _after(self, kind: str, what) -> LatentState:
        state, facts, view = self.state, self.facts, VIEWS.get(self.state.view)
        if kind == "key":
            key = every_key()[what]
            return state if refusal(key.control, view, facts) else key.step(state, facts, self.look)
        if kind == "view":
            return VIEWS.get(what).arrive(state.show(what), facts)
        if kind in ("choose_at", "choose", "slide"):
            return getattr(view, kind)(state, facts, what)
        if kind == "nudge":
            return view.nudge(state, facts, self.look, what)
        if kind == "click":
            return view.click(state, self.look, *what)
        if kind == "tile":
            pointed = state.point_at(what)
            return state if view.point(pointed, facts, self.look) is None else pointed
        if kind == "image":
            return view.show_image(state, facts, what)
        if kind == "find":
            return view.find(state, facts, what) or state
        if kind == "marks":
            return replace(state, marked_a=what[0], marked_b=what[1])
        assert kind in ("take", "gather")
        return state.take(what) if kind == "take" else state.gather(what)
