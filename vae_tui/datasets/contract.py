"""What every source of images gives, and what it is given."""

# N images, C channels (1 or 3), H height, W width, F factors

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from torch import Tensor

from vae_tui.registry import Registry


@dataclass(frozen=True, eq=False)
class ImageSet:
    """One split of a data set, whole, on the CPU."""

    images_NCHW: Tensor
    """uint8, N at least 1, C 1 or 3."""
    labels_N: Tensor | None = None
    """int64, each an index into class_names; None where the source has no classes."""
    class_names: tuple[str, ...] = ()
    """Printable names by label."""
    factors_NF: Tensor | None = None
    """float32 true generative factors, where the source knows them."""
    factor_names: tuple[str, ...] = ()
    """Names of the columns of factors_NF."""

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


DATASETS: Registry[type[Source]] = Registry("data set", "vae_tui.datasets")
