"""The two splits of some data: which is looked at, why there is none other, and the open models turned to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vae_tui.errors import AbsentDataError, VaeTuiError, printable
from vae_tui.explorer.model import ModelFacts, OpenModel
from vae_tui.explorer.sides import Other, first_facts, paired, turned
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.watching import Opened
from vae_tui.summary import Weights

if TYPE_CHECKING:
    from vae_tui.datasets.contract import LoadProgress
    from vae_tui.surveying import Images

STILL_LOADING = "the training images are still on their way in"


@dataclass(frozen=True, eq=False)
class TurnedModels:
    """The open models with the images of one split."""

    split: str
    before: Mapping[Weights, OpenModel]
    """What they were turned from."""
    kinds: Mapping[Weights, OpenModel]
    """The first checkpoint's, with each kind of its weights."""
    facts: ModelFacts
    """The first one's, as far as they are of its images."""
    other: Other | None

    @classmethod
    def of(cls, kinds: Mapping[Weights, OpenModel], other: Other | None, split: str) -> "TurnedModels":
        """These models, and their images counted and named: that takes a moment. An image is encoded."""
        after = _turned_kinds(kinds, split)
        facts = ModelFacts.of(next(iter(after.values())))
        if other is not None:
            models = _turned_kinds(other.models, split)
            fresh = ModelFacts.of(next(iter(models.values())))
            other = replace(other, first=_on(other.first, split), models=models, facts=of_images(other.facts, fresh))
        return cls(split, kinds, after, facts, other)

    def facts_after(self, state: LatentState, facts: ModelFacts) -> ModelFacts:
        """The facts of the one in front, which were `facts`."""
        is_second = facts.beside is not None and state.second_in_front
        first = of_images(first_facts(state, facts), self.facts)
        if self.other is None or facts.beside is None:
            return first
        second = of_images(facts if is_second else facts.beside, self.other.facts)
        both = paired(first, replace(second, beside=None), first.name)
        return turned(both) if is_second else both


def of_images(facts: ModelFacts, fresh: ModelFacts) -> ModelFacts:
    """The facts of a model with what `fresh` ones say of its images."""
    return replace(
        facts.unstudied(),
        num_images=fresh.num_images,
        split=fresh.split,
        labels=fresh.labels,
        example=fresh.example,
        files=fresh.files,
    )


def opened_on(opened: Opened, split: str) -> Opened:
    """A checkpoint of the run that is looked at with the images of that split; takes a moment."""
    kinds = _turned_kinds(opened.models, split)
    facts = ModelFacts.of(next(iter(kinds.values())))
    return replace(opened, models=kinds, facts=of_images(opened.facts, facts))


def with_training_kinds(kinds: Mapping[Weights, OpenModel], images: "Images") -> Mapping[Weights, OpenModel]:
    """The models of a checkpoint that carries test images, with these training images beside those."""
    return {kind: model.with_training_images(images) for kind, model in kinds.items()}


def with_training_facts(facts: ModelFacts, splits: Mapping[str, int]) -> ModelFacts:
    """The facts once the training images are there: of the one in front, and of the other one."""
    beside = with_training_facts(facts.beside, splits) if facts.beside is not None else None
    return replace(facts, splits=splits, training_data="", loading="", beside=beside)


def with_loading(facts: ModelFacts, words: str) -> ModelFacts:
    """With how far the training images are, whichever is in front."""
    beside = replace(facts.beside, loading=words) if facts.beside is not None else None
    return replace(facts, loading=words, beside=beside)


def loading_text(progress: "LoadProgress") -> str:
    """`reading images: 12,000 of 50,000`."""
    of_all = f"{progress.done:,} of {progress.total:,}" if progress.total else f"{progress.done:,}"
    return f"{printable(progress.what, 60)}: {of_all}"


def absence_text(error: VaeTuiError, data: str, opened_as: str) -> str:
    """Why the training images are not to be had and, where they are not on this machine, what brings them."""
    if not isinstance(error, AbsentDataError):
        return printable(": ".join(filter(None, (error.message, error.hint))))
    what = f"{data} is not on this machine; to download it" if error.can_download else f"{error.message}; to name it"
    named = data if error.can_download else "DATASET|FOLDER|FILE.npz"
    return printable(f"{what}: vaetui explore {opened_as} --data {named} --split train")


def is_turning(state: LatentState, facts: ModelFacts) -> bool:
    """Whether the images that the state looks at are not those of the open models yet."""
    return state.split in facts.splits and state.split != facts.split


def no_other_split(facts: ModelFacts) -> str:
    """Why there is no other split, in one line."""
    if not facts.num_images:
        return "there are no images: name some with --data"
    if facts.splits:
        return f"the data have {facts.split} images alone" if facts.split else "the data have no splits of their own"
    dataset = facts.summary.dataset if facts.summary is not None else ""
    named = printable(dataset, 40) if dataset else "DATASET"
    return f"the checkpoint has {facts.split} images alone: --data {named} opens both splits"


def split_text(state: LatentState, facts: ModelFacts) -> str:
    """The split that is looked at, as the side panel says it."""
    split = state.split if state.split in facts.splits else facts.split
    return f"{split}, {facts.splits[split]:,}" if split in facts.splits else split


def _turned_kinds(kinds: Mapping[Weights, OpenModel], split: str) -> Mapping[Weights, OpenModel]:
    return {kind: _on(model, split) for kind, model in kinds.items()}


def _on(model: OpenModel, split: str) -> OpenModel:
    return model.with_split(split) if split in model.splits else model
