"""The model and the images that a command's options name, and how they are opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_tui.cli.options import (
    DataDir,
    DataSource,
    Device,
    ForeignImageShape,
    ForeignLatentDim,
    ModelFactory,
    PixelRangeChoice,
    Split,
    WeightsChoice,
)
from vae_tui.cli.report import waiting
from vae_tui.foreign_model import ForeignModel
from vae_tui.runs import find_checkpoint

if TYPE_CHECKING:
    from vae_tui.pictures.origin import Origin
    from vae_tui.session import Session
    from vae_tui.session_pair import Pair


@dataclass(frozen=True)
class Source:
    """What opens any checkpoint, as the options have it. A command that takes one has these options.

    Raises VaeTuiError where those of a model of one's own say nothing.
    """

    data: DataSource = None
    split: Split = None
    data_dir: DataDir = None
    weights: WeightsChoice = None
    device: Device = "auto"
    model: ModelFactory = None
    pixel_range: PixelRangeChoice = None
    latent_dim: ForeignLatentDim = None
    image_shape: ForeignImageShape = None

    def __post_init__(self) -> None:
        ForeignModel.told(self.model, self.pixel_range, self.latent_dim, self.image_shape)

    @property
    def foreign(self) -> ForeignModel | None:
        """Somebody's own module; None: the checkpoint's."""
        return ForeignModel.told(self.model, self.pixel_range, self.latent_dim, self.image_shape)

    def open(self, path: Path, *, is_of_two: bool = False) -> "Session":
        """The model of a checkpoint, with its images. Of two, --model may mean the other one alone."""
        from vae_tui.session import Session
        from vae_tui.session_pair import foreign_at

        return Session.open(path, **self._asked() | ({"model": foreign_at(path, self.foreign)} if is_of_two else {}))

    def open_beside(self, first: "Session", path: Path, files: Sequence[Path] = ()) -> "Pair":
        """A second one to be compared with the first, which has these image files."""
        from vae_tui.session_pair import open_pair

        return open_pair(first, path, files=files, **self._asked())

    def _asked(self) -> dict[str, Any]:
        return {
            "device": self.device,
            "data": self.data,
            "split": self.split,
            "data_dir": self.data_dir,
            "weights": self.weights or "auto",
            "model": self.foreign,
        }


@dataclass(frozen=True)
class Place:
    """A checkpoint, with what opens it."""

    checkpoint: Path
    """A file, or a run folder."""
    source: Source = Source()
    files: Sequence[Path] = ()
    """Image files to look at too."""
    is_of_two: bool = False
    """Whether a second checkpoint is looked at beside it."""

    def open(self, path: Path) -> "Session":
        """The model of the checkpoint at `path`, with the images and the image files."""
        session = self.source.open(path, is_of_two=self.is_of_two)
        for file in self.files:
            session.add_file(file)
        return session


def open_session(place: Place) -> "Session":
    """The model, with a word on standard error while it is loading."""
    checkpoint_path = find_checkpoint(place.checkpoint)
    with waiting(f"opening {checkpoint_path}"):
        return place.open(checkpoint_path)


def origin_of(place: Place, session: "Session") -> "Origin":
    """Where the session's pictures come from, as their command names it."""
    from vae_tui.pictures.origin import Origin

    source = place.source
    raw_weights = session.summary.has_ema and session.weights == "raw"
    path = str(find_checkpoint(place.checkpoint))
    files = tuple(map(str, place.files))
    return Origin(path, source.data, source.split, raw_weights, source.foreign, files=files)
