"""The checkpoints that are open: how they are opened at the start, and what picture of them a state asks for."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vae_tui.channels import FILE_CHANNELS
from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.model import ModelFacts, OpenModel, kinds_of
from vae_tui.explorer.sides import Other, Second, first_facts, paired, second_facts
from vae_tui.explorer.splits import TurnedModels, with_training_facts, with_training_kinds
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, asked_picture
from vae_tui.explorer.watching import Opened
from vae_tui.pictures.contract import PictureRequest
from vae_tui.pictures.origin import Origin
from vae_tui.summary import Weights

if TYPE_CHECKING:
    from vae_tui.surveying import Images


@dataclass(frozen=True, eq=False)
class FirstOpened:
    """What the explorer begins with."""

    kinds: Mapping[Weights, OpenModel]
    """The model with each kind of weights that its checkpoint holds."""
    weights: Weights
    """Those that are to be shown first."""
    facts: ModelFacts
    other: Other | None

    @classmethod
    def open(cls, open_model: Callable[[], OpenModel], second: Second | None, path: str) -> "FirstOpened":
        """The model, from that path, and the second one beside it. Raises what opening them raises."""
        model = open_model()
        other = Other.open(second, model, path) if second else None
        model = other.first if other is not None else model
        kinds = kinds_of(model)
        facts = ModelFacts.of(next(iter(kinds.values())))
        if other is not None:
            data = facts.training_data if other.whose == "shared" else ""
            ours, theirs = (replace(known, training_data=data) for known in (facts, other.facts))
            facts = paired(ours, theirs, other.names[0])
        return cls(kinds, model.weights, facts, other)

    def begin(self, state: LatentState) -> LatentState:
        """The state as this model has it; undoing does not go back behind that."""
        if state.weights(self.facts) != self.weights:
            state = state.switch_weights()  # `--weights raw`
        if self.facts.splits:
            state = replace(state, split=self.facts.split)
        if not self.facts.num_images and state.source == "images":
            state = state.switch_source(self.facts)  # paths of the prior, then
        if self.facts.files:
            state = state.show_image(-1, self.facts)
        return VIEWS.get(state.view).arrive(state, self.facts)


class OpenModels:
    """The first checkpoint, which another of its run may follow, and the one beside it.

    Models serve one call at a time: `lock` is held around each use of one. `facts` are those of the one in front.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        """Where the first checkpoint, its images and the files beside them come from."""
        self.lock = threading.Lock()
        self.kinds: Mapping[Weights, OpenModel] = {}
        """The first one with each kind of its weights; none while it is being opened."""
        self.other: Other | None = None
        self._first_split = ""
        """The split that was opened."""
        self._named: tuple[str | None, str | None] = (origin.data, origin.split)
        """What --data and --split were given for it."""
        self._data = origin.data
        """What --data is for the other one."""
        self._training_images: Images | None = None
        """Those that were loaded beside the test images that the checkpoint carries."""

    @property
    def are_open(self) -> bool:
        """Whether there is a model yet."""
        return bool(self.kinds)

    def start(self, opened: FirstOpened) -> None:
        """The models that were opened at the start."""
        self.kinds, self.other = opened.kinds, opened.other
        self._first_split = opened.facts.split

    def shows_own_images(self, split: str) -> bool:
        """Whether a state of this split looks at images that the first checkpoint carries."""
        named, _ = self._named
        is_lent = self.other is not None and self.other.lends_images
        return named is None and not is_lent and (self._training_images is None or split == self._first_split)

    def take_training_images(self, images: "Images", data: str) -> None:
        """The same models, with the training images of `data` beside those that are looked at."""
        self._training_images, self._data = images, data
        self.kinds = with_training_kinds(self.kinds, images)
        if self.other is not None:
            first, models = self.other.first, self.other.models
            models = with_training_kinds(models, images)
            self.other = replace(self.other, first=first.with_training_images(images), models=models)

    def with_training_images(self, model: OpenModel) -> OpenModel:
        """Another checkpoint of the run, with the training images where these were loaded."""
        if self._training_images is None or not model.training_data:
            return model
        return model.with_training_images(self._training_images)

    def like_the_first(self, opened: Opened) -> Opened:
        """The same of one that is to take the first one's place."""
        models = {kind: self.with_training_images(model) for kind, model in opened.models.items()}
        splits = next(iter(models.values())).splits
        is_changed = splits != opened.facts.splits
        return replace(opened, models=models, facts=with_training_facts(opened.facts, splits)) if is_changed else opened

    def take_split(self, turned: TurnedModels) -> None:
        """The same models with the images of another split."""
        self.kinds, self.other = turned.kinds, turned.other
        data, split = self._named if turned.split == self._first_split else (self._data, turned.split)
        self.origin = replace(self.origin, data=data, split=split)

    def swap(self, kinds: Mapping[Weights, OpenModel], path: Path) -> str:
        """Another checkpoint in the first one's place, with the open image files; why one is not, in one line."""
        self.kinds = kinds
        self.origin = replace(self.origin, checkpoint=str(path))
        if self.other is not None:
            self.other = self.other.beside_path(str(path))
        model = next(iter(kinds.values()))
        for file in self.origin.files[model.num_files :]:
            try:
                model.add_file(Path(file))
            except VaeTuiError as error:
                return printable(error.message)
        return ""

    def add_file(self, path: Path) -> int:
        """The index of an image file that is opened beside the set's images. Raises VaeTuiError."""
        model = next(iter(self.kinds.values()))  # other weights share its files
        index = model.add_file(path)
        second = next(iter(self.other.models.values())) if self.other is not None else model
        takes_files = second.summary.image_shape[0] in FILE_CHANNELS
        if takes_files and second.num_files < model.num_files:  # a model of one shape with the first shares them too
            second.add_file(path)
        self.origin = replace(self.origin, files=(*self.origin.files, str(path)))
        return index

    def kept_as(self, path: Path, kept: Path) -> None:
        """The checkpoint `path` has another name now, which stays; if a newer one is shown by then, that is nothing."""
        if Path(self.origin.checkpoint) == path:
            self.origin = replace(self.origin, checkpoint=str(kept))
            if self.other is not None:  # a picture names both, and its command the one that stays
                self.other = self.other.beside_path(str(kept))

    def first(self, state: LatentState, facts: ModelFacts) -> OpenModel:
        """The first checkpoint's model, with the weights that are shown."""
        return self.kinds[state.weights(first_facts(state, facts))]

    def from_front(self, state: LatentState, facts: ModelFacts) -> tuple[OpenModel, ...]:
        """The model in front, and the other one."""
        first = self.first(state, facts)
        if self.other is None:
            return (first,)
        second = self.other.models[state.weights(second_facts(state, facts))]
        return (second, first) if state.second_in_front else (first, second)

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The picture that the state asks for."""
        request = asked_picture(state, facts)
        return request if self.other is None else self.other.picture(request, state, facts)

    def origin_of(
        self, weights: Weights, request: PictureRequest | None, state: LatentState, facts: ModelFacts
    ) -> Origin:
        """Where a picture of these weights comes from: of two checkpoints, a `request` tells (None: the state's)."""
        if self.other is not None:
            return self.other.origin(self.origin, request or self.request(state, facts), state, facts)
        return replace(self.origin, raw_weights=facts.has_average and weights == "raw")
