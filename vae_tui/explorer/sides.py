"""Two checkpoints in the explorer: which of them keys and panel are of, and the picture of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from vae_tui.explorer.model import ModelFacts, OpenModel, kinds_of
from vae_tui.explorer.state import LatentState
from vae_tui.following import known_as
from vae_tui.pictures.beside import BesidePicture, Sides, Whose, side_names
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.pictures.fitting import fitted
from vae_tui.pictures.origin import Beside, Origin
from vae_tui.summary import Weights


class Two(NamedTuple):
    """Two models, to be looked at beside each other."""

    first: OpenModel
    second: OpenModel
    whose: Whose = "shared"
    """Whose images both look at."""


@dataclass(frozen=True)
class Second:
    """A second checkpoint that is to be opened."""

    path: str
    open: Callable[[OpenModel], Two]
    """Its model beside this one, which may be given images by it."""


@dataclass(frozen=True, eq=False)
class Other:
    """The second checkpoint, open."""

    first: OpenModel
    """The first checkpoint's model, as it is looked at beside this one."""
    models: Mapping[Weights, OpenModel]
    """Its model with each kind of weights that it holds."""
    facts: ModelFacts
    beside: Beside
    names: tuple[str, str]
    """Of the first and of the second one, fit to print."""
    whose: Whose
    """Whose images both look at."""

    @classmethod
    def open(cls, second: Second, first: OpenModel, first_path: str) -> "Other":
        """The model, opened beside the first. Raises what opening it raises."""
        two = second.open(first)
        names = side_names(known_as(first_path), second.path)
        models = kinds_of(two.second)
        facts = replace(ModelFacts.of(next(iter(models.values()))), name=names[1])
        beside = Beside(second.path, two.second.summary.checkpoint_hash)
        return cls(two.first, models, facts, beside, names, two.whose)

    def beside_path(self, first_path: str) -> "Other":
        """The same beside another checkpoint of the first one's run."""
        names = side_names(known_as(first_path), self.beside.checkpoint)
        return replace(self, names=names, facts=replace(self.facts, name=names[1]))

    @property
    def lends_images(self) -> bool:
        """Whether the first one looks at its images."""
        return self.whose == "second"

    def picture(self, request: PictureRequest, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """A view's request as one of what is shown: of both, or of one alone. `facts` are those in front."""
        is_first_alone = state.beside != "both" and not state.second_in_front
        if is_first_alone and not self.lends_images:
            most = max(facts.latent_dim, self.facts.latent_dim)
            return fitted(request, facts.latent_dim, most)[0]
        second = self.models[state.weights(second_facts(state, facts))]
        sides: Sides = "swapped" if state.swapped else "both"
        if state.beside != "both":
            sides = "first" if is_first_alone else "other"
        return BesidePicture(request, second, self.names, sides, self.whose)

    def origin(self, origin: Origin, request: PictureRequest, state: LatentState, facts: ModelFacts) -> Origin:
        """Where such a picture comes from."""
        if not isinstance(request, BesidePicture):
            first = first_facts(state, facts)
            named = origin.foreign.factory if origin.foreign is not None else ""
            is_named = first.summary is not None and first.summary.model == named  # --model may mean the other one
            foreign = origin.foreign if is_named else None
            return replace(origin, raw_weights=first.has_average and state.raw, foreign=foreign)
        has_average = facts.has_average or (facts.beside is not None and facts.beside.has_average)
        return replace(origin, beside=self.beside, raw_weights=has_average and state.raw)


def paired(facts: ModelFacts, other: ModelFacts, name: str) -> ModelFacts:
    """The facts of the one in front, `name`, with those of the other."""
    return replace(facts, name=name, beside=other)


def swapped_in(facts: ModelFacts, before: ModelFacts, other: Other | None) -> ModelFacts:
    """The facts of another checkpoint of the first one's run in the place of those `before`."""
    after = replace(
        facts,
        epochs=before.epochs,
        training_data=before.training_data,
        loading=before.loading,
        is_stacked=before.is_stacked,
    )
    if other is None or before.beside is None:
        return after
    return paired(after, replace(before.beside, name=other.names[1]), other.names[0])


def turned(facts: ModelFacts) -> ModelFacts:
    """The same with the other one in front."""
    if facts.beside is None:
        return facts
    return replace(facts.beside, is_stacked=facts.is_stacked, beside=replace(facts, beside=None))


def first_facts(state: LatentState, facts: ModelFacts) -> ModelFacts:
    """Those of the first checkpoint, where `facts` are those of the one in front."""
    return facts.beside if facts.beside is not None and state.second_in_front else facts


def second_facts(state: LatentState, facts: ModelFacts) -> ModelFacts:
    """Those of the second one."""
    return facts if facts.beside is None or state.second_in_front else facts.beside


def with_epochs(facts: ModelFacts, epochs: tuple[int, ...]) -> ModelFacts:
    """With these kept epochs of the first one's run, which keys go through whichever is in front."""
    return replace(facts, epochs=epochs, beside=replace(facts.beside, epochs=epochs) if facts.beside else None)


def without_findings(facts: ModelFacts) -> ModelFacts:
    """The facts of one checkpoint or of both, without what was found out in the background."""
    beside = facts.beside.unstudied() if facts.beside is not None else None
    return replace(facts.unstudied(), beside=beside)


def side_words(facts: ModelFacts) -> tuple[str, str]:
    """Where the two stand on the screen."""
    return ("above", "below") if facts.is_stacked else ("left", "right")


def shown_words(state: LatentState, facts: ModelFacts) -> str:
    """Which of the two are shown, as the side panel says it."""
    return f"both, {facts.name} {side_words(facts)[0]}" if state.beside == "both" else f"{facts.name} alone"


def name_alone(request: PictureRequest, state: LatentState, facts: ModelFacts) -> str:
    """The first checkpoint's name where there is a second one and the picture is the first's own; else nothing.

    Pictures of both, and those that one of them has beside the other, name what they are of.
    """
    is_named = facts.beside is None or isinstance(request, BesidePicture)
    return "" if is_named else first_facts(state, facts).name


def words_at(drawing: Drawing, tile: int | None) -> str:
    """What is said of a tile of the one in front and, where it is something else, of the same place in the other."""
    if tile is None or not drawing.words:
        return ""
    said = (drawing.words[place] for place in drawing.places(tile))
    return " | ".join(dict.fromkeys(words for words in said if words))
