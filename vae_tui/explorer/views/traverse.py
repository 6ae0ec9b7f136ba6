"""One dimension after another: what each of them learned."""

from dataclasses import dataclass, replace
from typing import ClassVar

from vae_tui.explorer.controls import Control, Key, Look
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sliders import Centre, Sliders, dimension_sliders
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, Zoom
from vae_tui.latent import DimChoice, Latents, even_dims, format_number
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.points.bases import Image

RANGES = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""How far either way a dimension goes, in values or in standard deviations."""
TAILS = (0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.02, 0.01, 0.0)
"""What share of the data lies beyond either end, in quantiles: the wider the range, the less."""


@dataclass(frozen=True)
class Span:
    """How far the rows go: each unit keeps its own range."""

    unit: str = "values"
    """One of SCALES."""
    reach: float = 3.0
    """In values: from -reach to reach."""
    sigmas: float = 3.0
    tail: float = 0.01

    def turned(self, facts: ModelFacts) -> "Span":
        """The next unit that the model has."""
        from vae_tui.pictures.traverse import SCALES

        known = SCALES if facts.known_statistics is not None else SCALES[:1]
        at = known.index(self.unit) if self.unit in known else -1
        return replace(self, unit=known[(at + 1) % len(known)])

    def widened(self, by: int) -> "Span":
        """The next wider range of the unit or, where `by` is negative, narrower."""
        if self.unit == "quantiles":
            return replace(self, tail=_next(TAILS, self.tail, by))
        if self.unit == "sigmas":
            return replace(self, sigmas=_next(RANGES, self.sigmas, by))
        return replace(self, reach=_next(RANGES, self.reach, by))

    @property
    def text(self) -> str:
        """The range, as the side panel says it."""
        if self.unit == "quantiles":
            return f"{self.tail:.0%} to {1 - self.tail:.0%}"
        return f"±{format_number(self.sigmas if self.unit == 'sigmas' else self.reach)}"


def _next(ladder: tuple[float, ...], value: float, by: int) -> float:
    return ladder[max(0, min(ladder.index(value) + by, len(ladder) - 1))]


def span(state: LatentState) -> Span:
    """How far the rows of a state go."""
    return state.own("traverse", Span())


def _turn_unit(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return state.with_own("traverse", span(state).turned(facts))


def _narrow(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return state.with_own("traverse", span(state).widened(-1))


def _widen(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return state.with_own("traverse", span(state).widened(1))


class Traverse(View):
    """Rows are dimensions, columns the values that each takes."""

    key = "3"
    title = "Traverse"
    question = "What did each dimension learn?"
    help = (
        "Each row moves one dimension through its range while all others stay where they are: at the posterior of the "
        "image above, at the current latent, or at the centre of the prior ({source}). Rows follow the side panel, "
        "whose order {order} changes; those further down come into view as you choose them. Evenly spaced, they are "
        "as many as there are rows, from the first dimension to the last.\n\n"
        "KL is in nats, mean over the images. Δ is how much the dimension changes the picture: the mean difference, in "
        "levels of 255, between the decoded centre of the prior and the same with the dimension at -3 and at 3. A row "
        "that does not change is a dimension that the decoder ignores: it is marked dead where its posterior mean "
        "varies over the images by 0.01 or less. A row that changes one thing alone has found a factor of the data.\n\n"
        "The range ({traverse.narrower traverse.wider}) is in values of the latent, in standard deviations of the "
        "aggregate posterior about its mean, or between two of its quantiles ({traverse.unit}): where the images lie."
    )
    controls = ("source", "first", "unit", "range", "steps", "posterior", "seed", "zoom")
    own_controls: ClassVar[dict[str, Control]] = {
        "unit": Control(
            "unit",
            ("traverse.unit",),
            "The range in values, in standard deviations of the aggregate posterior, or in its quantiles",
            lambda s, f: span(s).unit,
        ),
        "range": Control(
            "range",
            ("traverse.narrower", "traverse.wider"),
            "A narrower range, or a wider one",
            lambda s, f: span(s).text,
        ),
    }
    keys = (
        Key("traverse.unit", "S", "Unit", "Values, standard deviations or quantiles", "unit", _turn_unit),
        Key("traverse.narrower", "left_curly_bracket", "Narrower", "A narrower range", "range", _narrow),
        Key("traverse.wider", "right_curly_bracket", "Wider", "A wider range", "range", _widen),
    )
    zoom = Zoom("dims", "rows", 1, 24)

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The rows about the chosen dimension."""
        from vae_tui.pictures.traverse import TraversePicture

        how_far = span(state)
        is_current = state.source == "current"
        return TraversePicture(
            dims=self._dims(state, facts),
            steps=state.steps,
            scale=how_far.unit,
            low=-how_far.reach,
            high=how_far.reach,
            sigmas=how_far.sigmas,
            tail=how_far.tail,
            centre="prior" if state.source == "random" else "image",
            image=0 if is_current else state.first,
            posterior="mean" if is_current else state.posterior,
            seed=state.seed,
            edits=state.edits,
            at=state.point if is_current else None,
        )

    def waits_for_survey(self, state: LatentState, facts: ModelFacts) -> bool:
        """Where the checkpoint has no statistics, the order and the labels are the survey's."""
        lacks_statistics = facts.known_statistics is None and facts.num_images > 0 and not facts.survey_failed
        return lacks_statistics or super().waits_for_survey(state, facts)

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """The image counts around an image alone; the seed where its posterior is drawn from."""
        if state.source != "images":
            return frozenset({"first", "posterior", "seed"})
        return frozenset({"seed"} if state.posterior == "mean" else ())

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent that stays while one dimension moves."""
        return drawing.centre_Z

    def orders(self, facts: ModelFacts) -> tuple[str, ...]:
        """Evenly spaced ones too."""
        return (*facts.orders, "even")

    def sliders(self, state: LatentState, facts: ModelFacts, centre: Centre) -> Sliders:
        """The latent dimensions; of evenly spaced ones all, by index."""
        sliders = dimension_sliders(state, facts, centre)
        if state.order != "even":
            return sliders
        return replace(sliders, headings=("dimensions evenly spaced", "evenly spaced", "even"))

    def choose(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """The next dimension; of evenly spaced ones the next that has a row."""
        if state.order != "even" or not facts.latent_dim:
            return super().choose(state, facts, by)
        shown = even_dims(min(state.dims, facts.latent_dim), facts.latent_dim)
        before = sum(dim < state.rank for dim in shown)
        at = before + by - (by > 0 and state.rank not in shown)
        return replace(state, rank=shown[max(0, min(at, len(shown) - 1))])

    def marked_row(self, state: LatentState, facts: ModelFacts) -> int | None:
        """The chosen dimension's row, below that of the image."""
        if not facts.latent_dim:
            return None
        below = state.source == "images" or (state.source == "current" and isinstance(state.point.base, Image))
        if state.order != "even":
            return state.rank - self._first_rank(state) + below
        shown = even_dims(min(state.dims, facts.latent_dim), facts.latent_dim)
        return shown.index(state.rank) + below if state.rank in shown else None

    @staticmethod
    def _first_rank(state: LatentState) -> int:
        return max(0, state.rank - state.dims + 1)

    def _dims(self, state: LatentState, facts: ModelFacts) -> DimChoice:
        if state.order == "even":
            return DimChoice("even", state.dims)
        start = self._first_rank(state)
        if not start:
            return DimChoice(state.order if state.order in facts.orders else facts.orders[0], state.dims)
        dims = state.ranked(facts)[start : start + state.dims]
        return DimChoice("given", len(dims), dims)


VIEWS.register("traverse")(Traverse())
