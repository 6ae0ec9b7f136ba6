"""Two checkpoints in the explorer: which of them keys and panel are of, and the picture of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vae_tui.explorer.model import ModelFacts, OpenModel, kinds_of
from vae_tui.explorer.state import LatentState
from vae_tui.pictures.beside import BesidePicture, Sides, fitted, side_names
from vae_tui.pictures.contract import Beside, Drawing, Origin, PictureRequest
from vae_tui.summary import Weights


@dataclass(frozen=True)
class Second:
    """A second checkpoint that is to be opened."""

    path: str
    open: Callable[[OpenModel], tuple[OpenModel, bool]]
    """Gives its model, to be looked at beside this one, and whether it looks at the same images."""


@dataclass(frozen=True, eq=False)
class Other:
    """The second checkpoint, open."""

    models: Mapping[Weights, OpenModel]
    """Its model with each kind of weights that it holds."""
    facts: ModelFacts
    beside: Beside
    names: tuple[str, str]
    """Of the first and of the second one, fit to print."""
    own_images: bool
    """Whether it looks at other images than the first, whose images do not fit it."""

    @classmethod
    def open(cls, second: Second, first: OpenModel, first_path: str) -> "Other":
        """The model, opened beside the first. Raises what opening it raises."""
        model, same_images = second.open(first)
        names = side_names(first_path, second.path)
        models = kinds_of(model)
        facts = replace(ModelFacts.of(next(iter(models.values()))), name=names[1])
        beside = Beside(second.path, model.summary.checkpoint_hash)
        return cls(models, facts, beside, names, not same_images)

    def picture(self, request: PictureRequest, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """A view's request as one of what is shown: of both, or of one alone. `facts` are those in front."""
        if state.beside != "both" and not state.second_in_front:
            most = max(facts.latent_dim, self.facts.latent_dim)
            return fitted(request, facts.latent_dim, most)[0]
        second = self.models[state.weights(second_facts(state, facts))]
        sides: Sides = "other" if state.beside != "both" else "swapped" if state.swapped else "both"
        return BesidePicture(request, second, self.names, sides, self.own_images)

    def origin(self, origin: Origin, request: PictureRequest, state: LatentState, facts: ModelFacts) -> Origin:
        """Where such a picture comes from."""
        if not isinstance(request, BesidePicture):
            first = first_facts(state, facts)
            return replace(origin, raw_weights=first.has_average and state.raw)
        has_average = facts.has_average or (facts.beside is not None and facts.beside.has_average)
        return replace(origin, beside=self.beside, raw_weights=has_average and state.raw)


def paired(facts: ModelFacts, other: ModelFacts, name: str) -> ModelFacts:
    """The facts of the one in front, `name`, with those of the other."""
    return replace(facts, name=name, beside=other)


def turned(facts: ModelFacts) -> ModelFacts:
    """The same with the other one in front."""
    return facts if facts.beside is None else replace(facts.beside, beside=replace(facts, beside=None))


def first_facts(state: LatentState, facts: ModelFacts) -> ModelFacts:
    """Those of the first checkpoint, where `facts` are those of the one in front."""
    return facts.beside if facts.beside is not None and state.second_in_front else facts


def second_facts(state: LatentState, facts: ModelFacts) -> ModelFacts:
    """Those of the second one."""
    return facts if facts.beside is None or state.second_in_front else facts.beside


def without_findings(facts: ModelFacts) -> ModelFacts:
    """The facts of one checkpoint or of both, without what was found out in the background."""
    beside = facts.beside.unstudied() if facts.beside is not None else None
    return replace(facts.unstudied(), beside=beside)


def words_at(drawing: Drawing, tile: int | None) -> str:
    """What is said of a tile of the one in front and, where it is something else, of the same place in the other."""
    if tile is None or not drawing.words:
        return ""
    said = (drawing.words[place] for place in drawing.places(tile))
    return " | ".join(dict.fromkeys(words for words in said if words))
