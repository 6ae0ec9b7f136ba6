"""The open model as the explorer knows it: a subject of pictures with a summary, and the facts taken from it once."""

# Z latent dims

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import printable
from vae_tui.latent import LatentStatistics, dims_by_change
from vae_tui.pictures.contract import Subject
from vae_tui.pictures.ideas import PosteriorExample
from vae_tui.summary import ModelSummary, Weights
from vae_tui.survey import Survey
from vae_tui.survey_building import SurveyBuilder
from vae_tui.survey_umap import OnProgress, Points

if TYPE_CHECKING:
    from vae_tui.datasets.contract import Report
    from vae_tui.surveying import Images


class OpenModel(Subject, Protocol):
    """What the explorer looks into: a trained model's session, or a test's fake."""

    @property
    def summary(self) -> ModelSummary: ...
    @property
    def weights(self) -> Weights:
        """Which weights of its checkpoint it has: the averaged ones or the raw ones."""
        ...

    @property
    def splits(self) -> Mapping[str, int]:
        """How many images each split of its data has, by name; none where the images are the checkpoint's own."""
        ...

    @property
    def training_data(self) -> str:
        """What the images that it was trained on can be loaded from, where it has none but its checkpoint's test
        images; else "".
        """
        ...

    def with_split(self, split: str) -> "OpenModel":
        """The same model with the images of another of these splits, at once."""
        ...

    def load_training_images(self, report: "Report") -> "Images":
        """Those of `training_data`. Raises VaeTuiError, AbsentDataError where they would have to be downloaded."""
        ...

    def with_training_images(self, images: "Images") -> "OpenModel":
        """The same model with these as a second split beside its checkpoint's images, at once."""
        ...

    def with_weights(self, weights: Weights) -> "OpenModel":
        """The same model with those weights, the same images."""
        ...

    def weights_bytes(self) -> bytes:
        """Its weights as torch.save writes a plain state dict."""
        ...

    def survey_builder(self) -> SurveyBuilder:
        """What surveys its images, step by step. Raises VaeTuiError where there are none."""
        ...

    def umap_points(self, on_progress: OnProgress | None = None) -> Points:
        """As a subject of pictures has them; `on_progress` is told the epochs that are done, and how many there are."""
        ...

    def label(self, index: int) -> str | None:
        """The class of an image, fit to print, or a file's name; None where it is not known."""
        ...

    def add_file(self, path: Path) -> int:
        """An image file beside the set; its index: -1, -2, … Raises VaeTuiError where it can't be read."""
        ...


def kinds_of(model: OpenModel) -> Mapping[Weights, OpenModel]:
    """The model with each kind of weights that its checkpoint holds."""
    kinds: tuple[Weights, ...] = ("ema", "raw") if model.summary.has_ema else (model.weights,)
    return {kind: model.with_weights(kind) for kind in kinds}


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """What screens and keys need of the model, so that they never call it. The default: no model is open yet."""

    latent_dim: int = 0
    num_images: int = 0
    split: str = "test"
    """Of the images; "" where they are all of data without splits."""
    statistics: LatentStatistics | None = None
    summary: ModelSummary | None = None
    labels: tuple[str | None, ...] = ()
    """The class of each image."""
    example: PosteriorExample | None = None
    splits: Mapping[str, int] = field(default_factory=dict)
    """How many images each split of the data has; none where the images are the checkpoint's own."""
    training_data: str = ""
    """Where there is one split: what the training images can be loaded from; "" where they can't."""
    loading: str = ""
    """How far these are on their way in, in words; "" where they are not."""
    files: tuple[str, ...] = ()
    """Names of the image files beside the set, whose indices are -1, -2, …"""
    epochs: tuple[int, ...] = ()
    """Epochs of its run that were kept, in order."""
    survey: Survey | None = None
    """The set, encoded; None until that is done."""
    survey_progress: str = ""
    """How far that is, in words; or why there will be none."""
    survey_failed: bool = False
    """Whether there will be none."""
    changes_Z: NDArray[np.float32] | None = None
    """How much each dimension changes the picture (pictures.changes); None until that is known."""
    has_umap: bool = False
    """Whether the set's map by UMAP is at hand."""
    umap_progress: str = ""
    """What is said while it is not."""
    umap_failed: bool = False
    """Whether there will be none."""
    name: str = ""
    """What it is called beside another one, fit to print; "" where it is alone."""
    beside: "ModelFacts | None" = None
    """The other one's, where two checkpoints are looked at: those in front are the left one's, or the one's shown."""
    is_stacked: bool = False
    """Whether the screen has the one in front above the other, not at its left."""

    @classmethod
    def of(cls, model: OpenModel) -> "ModelFacts":
        """The facts of an open model; one image is encoded. All are of the averaged weights where there are both."""
        statistics = model.statistics
        first = statistics.dims_by_kl[0] if statistics else 0
        example = None
        if model.num_images:
            mean_1Z, std_1Z = model.encode([0])
            example = PosteriorExample(0, first, float(mean_1Z[0, first]), float(std_1Z[0, first]))
        return cls(
            model.latent_dim,
            model.num_images,
            model.split,
            statistics,
            model.summary,
            tuple(model.label(index) for index in range(min(model.num_images, _MAX_LABELS))),
            example,
            model.splits,
            model.training_data,
            files=file_names(model),
        )

    def unstudied(self) -> "ModelFacts":
        """The same without what was found out in the background."""
        return replace(
            self,
            survey=None,
            survey_progress="",
            survey_failed=False,
            changes_Z=None,
            has_umap=False,
            umap_progress="",
            umap_failed=False,
        )

    @property
    def num_channels(self) -> int:
        """Of its images; 0 while no model is open."""
        return self.summary.image_shape[0] if self.summary is not None else 0

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders of the dimensions that are known."""
        known = {"kl": self.kl_Z is not None, "change": self.changes_Z is not None, "index": True}
        return tuple(order for order, is_known in known.items() if is_known)

    def ranked(self, order: str = "kl") -> tuple[int, ...]:
        """The latent dimensions by "kl" or "change", the largest first; by "index", also where those are not known."""
        if order == "kl" and self.known_statistics is not None:
            return self.known_statistics.dims_by_kl
        if order == "change" and self.changes_Z is not None:
            return dims_by_change(self.changes_Z)
        return tuple(range(self.latent_dim))

    @property
    def has_average(self) -> bool:
        """Whether there are averaged weights beside the raw ones; statistics and test figures are then theirs."""
        return self.summary is not None and self.summary.has_ema

    @property
    def kl_Z(self) -> NDArray[np.float32] | None:
        """KL of each dimension in nats; None where neither the checkpoint nor the survey has it."""
        known = self.known_statistics
        return known.kl_Z if known is not None and known.has_kl else None

    @property
    def known_statistics(self) -> LatentStatistics | None:
        """The checkpoint's statistics, else those of the survey."""
        if self.statistics is not None:
            return self.statistics
        return self.survey.statistics if self.survey is not None else None

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that the set's images have, by name."""
        return tuple(sorted({printable(label, 200) for label in self.labels if label}, key=_natural))

    def image_after(self, index: int, by: int) -> int:
        """The image so many places on, around the end: the files, then the set."""
        num_files = len(self.files)
        count = num_files + self.num_images
        if not count:
            return index
        place = (index + num_files if index >= 0 else -1 - index) + by
        return place % count - num_files if place % count >= num_files else -1 - place % count

    def is_active(self, dim: int) -> bool:
        """Whether the posterior mean of a dimension varies over the data; True where that is not known."""
        known = self.known_statistics
        return known is None or known.is_active(dim)

    def image_name(self, index: int) -> str:
        """`7 frog`, `7 "3"` where the class is a number too, or `7` where it is not known."""
        if index < 0:
            return f"f{-index} {printable(self.files[-1 - index], 24)}" if -index <= len(self.files) else f"f{-index}"
        label = self.labels[index] if index < len(self.labels) else None
        if not label:
            return str(index)
        return f'{index} "{printable(label, 24)}"' if label.isdigit() else f"{index} {printable(label, 24)}"


def file_names(model: OpenModel) -> tuple[str, ...]:
    """The names of the image files beside a model's set."""
    return tuple(model.label(-1 - place) or "" for place in range(model.num_files))


def _natural(name: str) -> tuple[int, str]:
    """Numbers among the names in their order."""
    return (int(name), "") if name.isascii() and name.isdigit() else (sys.maxsize, name)


_MAX_LABELS = 100_000
"""Labels taken at the start; images past them are named by their index alone."""
