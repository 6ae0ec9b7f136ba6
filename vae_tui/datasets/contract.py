"""What every source of images gives, and what it is given."""

# N images, C channels, H height, W width, F factors

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vae_tui.registry import Registry

if TYPE_CHECKING:  # the processes that decode images import this package, and need no torch
    from torch import Tensor

    from vae_tui.datasets.streams import Stream


@dataclass(frozen=True, eq=False)
class ImageSet:
    """One split of a data set, on the CPU."""

    images_NCHW: "Tensor"
    """uint8, N at least 1, C 1 to config.MAX_CHANNELS."""
    labels_N: "Tensor | None" = None
    """int64, each an index into class_names; None where the source has no classes."""
    class_names: tuple[str, ...] = ()
    """Printable names by label."""
    factors_NF: "Tensor | None" = None
    """float32 true generative factors, where the source knows them."""
    factor_names: tuple[str, ...] = ()
    """Names of the columns of factors_NF."""
    packed: bool = False
    """Whether the tensors are files that are mapped: what is looked at comes from the disk, and can go again."""

    def __len__(self) -> int:
        return int(self.images_NCHW.shape[0])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        _, channels, height, width = self.images_NCHW.shape
        return int(channels), int(height), int(width)


@dataclass(frozen=True, eq=False)
class Data:
    """A data set ready to train on: both splits share shape and classes."""

    name: str
    """What to call it: the registered name, or the path as it was given."""
    train: ImageSet
    test: ImageSet | None
    """None where nothing is held out."""
    notes: tuple[str, ...] = field(default=())
    """Printable lines for the person: files that could not be read, how images were resized."""


@dataclass(frozen=True)
class LoadProgress:
    """How far a load is: shown as a bar, several a second at most."""

    what: str
    """For example "downloading cifar-10-python.tar.gz" or "reading images"."""
    done: int
    total: int | None
    """None where the end is not known."""
    unit: str
    """"bytes" or "images"."""


Report = Callable[[LoadProgress], None]


def silent(progress: LoadProgress) -> None:
    """A report that shows nothing."""


def paced(report: Report, gap_s: float = 0.1) -> Report:
    """The report, called for the first step, for the last and for one every `gap_s` in between."""
    last_s = -gap_s

    def pass_on(progress: LoadProgress) -> None:
        nonlocal last_s
        now_s = time.monotonic()
        if now_s - last_s >= gap_s or progress.done == progress.total:
            last_s = now_s
            report(progress)

    return pass_on


class Source(Protocol):
    """A registered source of images. One that is found by its name leaves the by-path members as they are here."""

    Options: ClassVar[type[Any]]
    """Frozen dataclass of what `--set data.KEY=VALUE` reaches; each field made by config.option."""
    summary: ClassVar[str]
    """One line for `vaetui list`."""
    by_path: ClassVar[bool] = False
    """Whether the location is a path (image folder, .npz) instead of the registered name."""

    @staticmethod
    def claims(path: Path) -> bool:
        """Whether this by-path source reads the existing `path`; never asked of a named source."""
        return False

    @staticmethod
    def write_example(folder: Path) -> Path:
        """By-path sources: the path of a small data set with classes, written below `folder`, which is empty.

        It shows the layout that the source reads, and lets one test try every by-path source.
        """
        raise NotImplementedError

    @staticmethod
    def load(location: str, options: Any, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        """The data set. `location` is the name or path as given; `root_dir` is where downloads are kept (None: the
        default root). Raises VaeTuiError for whatever the person can mend.
        """
        ...

    @staticmethod
    def seeded(location: str, options: Any) -> bool:
        """Whether the seed changes the data, or how they are split: a pack of them is then for this seed alone."""
        return True

    @staticmethod
    def signature(location: str, options: Any, *, seed: int, report: Report) -> str | None:
        """What a pack of the data is recognised by: changes whenever they do, and comes without reading pixels.

        None where nothing says so; the data are then packed anew each time. Raises VaeTuiError like `load`.
        """
        return None

    @staticmethod
    def stream(location: str, options: Any, *, seed: int, report: Report) -> "Stream | None":
        """The data set that `load` gives, to be read piece by piece; None where it has to be loaded whole."""
        return None


class PublishedSource(Source):
    """A source of data that were published once and are the same for ever, checked as they are downloaded."""

    @staticmethod
    def seeded(location: str, options: Any) -> bool:
        """No: they come with a test split."""
        return False

    @staticmethod
    def signature(location: str, options: Any, *, seed: int, report: Report) -> str:
        """One for all: a pack of them stays good."""
        return "as published"


DATASETS: Registry[type[Source]] = Registry("data set", "vae_tui.datasets")
