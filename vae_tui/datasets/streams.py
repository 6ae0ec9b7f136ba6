"""A data set read piece by piece, so that it can go to a file as well as into memory."""

# N images, C channels, H height, W width, F factors

import math
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets.contract import Data, ImageSet, LoadProgress, Report, paced
from vae_tui.errors import VaeTuiError

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = ("train", "test")
BLOCK_BYTES = 1 << 22
"""Pixels that a block holds at most, or one image's where that is more."""


class VanishedError(VaeTuiError):
    """The data were there, or should be, and are not: a disk that is not mounted, a folder that is being removed."""


@dataclass(frozen=True)
class Columns:
    """What belongs to the images of one split, apart from their pixels."""

    labels_N: NDArray[np.int64] | None = None
    factors_NF: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Rest:
    """What is known of a data set once all of its pixels were read."""

    class_names: tuple[str, ...] = ()
    factor_names: tuple[str, ...] = ()
    columns: dict[str, Columns] = field(default_factory=dict)
    """By the name of the split, a row for each image that was given."""
    notes: tuple[str, ...] = ()


class Stream(ABC):
    """A data set whose shape is known and whose pixels are still to be read, once, in order."""

    name: str
    """What `Data.name` will be."""
    shape: tuple[int, int, int]
    """(C, H, W)."""
    num_images: dict[str, int]
    """By the name of the split: how many images there will be at most. A split that has none is absent."""
    signature: str | None
    """What a pack of this data is recognised by (Source.signature), as it was before the first pixel was read."""

    @property
    def num_bytes(self) -> int:
        """Of all pixels, at most."""
        return sum(self.num_images.values()) * math.prod(self.shape)

    @abstractmethod
    def blocks(self, split: str, report: Report, what: str) -> Generator[NDArray[np.uint8], None, None]:
        """The images of one split, (n, C, H, W) at a time; to be called for train, then for test.

        `report` is told of progress in images of the split under the words `what`. A block is the caller's own until
        the next one is asked for. Raises VaeTuiError for whatever the person can mend.
        """

    @abstractmethod
    def rest(self) -> Rest:
        """All that is not pixels; to be called last."""

    def in_memory(self, report: Report) -> Data:
        """The whole data set, read now."""
        images_NCHW = {split: self._read(split, report) for split in self.num_images}
        rest = self.rest()
        sets = {split: image_set(torch_images(kept), split, rest) for split, kept in images_NCHW.items() if len(kept)}
        return Data(self.name, sets["train"], sets.get("test"), rest.notes)

    def _read(self, split: str, report: Report) -> NDArray[np.uint8]:
        num_most = self.num_images[split]
        try:
            images_NCHW = np.empty((num_most, *self.shape), np.uint8)
        except MemoryError:
            size = " x ".join(map(str, self.shape))
            message = f"{num_most:,} images of {size} do not fit into memory"
            raise VaeTuiError(message, "lower data.image_size, or give a --memory-budget") from None
        num_read = 0
        with closing(self.blocks(split, report, "reading images")) as blocks:
            for block in blocks:
                images_NCHW[num_read : num_read + len(block)] = block
                num_read += len(block)
        return images_NCHW[:num_read]


class LoadedStream(Stream):
    """A data set that could only be loaded whole, given out in pieces."""

    def __init__(self, data: Data, signature: str | None) -> None:
        self._data = data
        self._sets = {"train": data.train} | ({"test": data.test} if data.test is not None else {})
        self.name = data.name
        self.shape = data.train.image_shape
        self.num_images = {split: len(images) for split, images in self._sets.items()}
        self.signature = signature

    def blocks(self, split: str, report: Report, what: str) -> Generator[NDArray[np.uint8], None, None]:
        """Views of what is loaded."""
        images_NCHW, report = self._sets[split].images_NCHW.numpy(), paced(report)
        step = images_a_block(self.shape)
        for start in range(0, len(images_NCHW), step):
            yield images_NCHW[start : start + step]
            report(LoadProgress(what, min(start + step, len(images_NCHW)), len(images_NCHW), "images"))

    def rest(self) -> Rest:
        """As loaded."""
        train = self._data.train
        columns = {
            split: Columns(
                None if images.labels_N is None else images.labels_N.numpy(),
                None if images.factors_NF is None else images.factors_NF.numpy(),
            )
            for split, images in self._sets.items()
        }
        return Rest(train.class_names, train.factor_names, columns, self._data.notes)

    def in_memory(self, report: Report) -> Data:
        """What was loaded."""
        return self._data


def images_a_block(shape: tuple[int, int, int]) -> int:
    """How many images of this shape make a block, 1 or more."""
    return max(BLOCK_BYTES // math.prod(shape), 1)


def torch_images(array: NDArray[Any]) -> "Tensor":
    """The same memory as a tensor."""
    import torch

    return torch.from_numpy(array)


def image_set(images_NCHW: "Tensor", split: str, rest: Rest, *, packed: bool = False) -> ImageSet:
    """One split from its pixels and from what was told of the rest."""
    columns = rest.columns.get(split, Columns())
    return ImageSet(
        images_NCHW,
        None if columns.labels_N is None else torch_images(columns.labels_N),
        rest.class_names,
        None if columns.factors_NF is None else torch_images(columns.factors_NF),
        rest.factor_names,
        packed,
    )
