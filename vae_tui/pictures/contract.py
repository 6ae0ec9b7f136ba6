"""What a picture draws of, what it gives, and how its command is written."""

# N tiles or latents, H height, W width, Z latent dims

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.contract import Chart
from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel
from vae_tui.imaging import Tiles
from vae_tui.latent import FLOAT32_MAX, Latents, LatentStatistics, image_draws
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points.images import check_image
from vae_tui.points.point import Point
from vae_tui.summary import ModelSummary
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points


class Reconstructed(NamedTuple):
    """What a model makes of some images, by the means of their posteriors."""

    means_NZ: Latents
    logvars_NZ: Latents
    tiles_NHWC: Tiles
    """Decoded."""
    squared_error_N: NDArray[np.float32]
    """Summed over an image's pixels and channels, pixels in [0, 1]: the survey's."""
    image_size: int
    """Numbers of one image: C x H x W."""


class Subject(Protocol):
    """What pictures are drawn of: a decoder, an encoder and some images, in plain values."""

    @property
    def summary(self) -> ModelSummary:
        """What its checkpoint says of it."""
        ...

    @property
    def latent_dim(self) -> int: ...
    @property
    def num_images(self) -> int:
        """How many images there are to choose from; 0 where there are none."""
        ...

    @property
    def num_files(self) -> int:
        """How many image files stand beside them: their indices are -1, -2, …"""
        ...

    @property
    def split(self) -> str:
        """Which split they are of: "test" or "train"; "" where they are all images of data without splits."""
        ...

    @property
    def statistics(self) -> LatentStatistics | None:
        """The latent dimensions over a data set; None where the checkpoint has none."""
        ...

    def decode(self, latents_NZ: Latents) -> Tiles:
        """The decoder's images, uint8 RGB (N, H, W, 3); grey models repeat their channel."""
        ...

    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and standard deviation of the chosen images, each (N, Z)."""
        ...

    def images(self, indices: Sequence[int]) -> Tiles:
        """The chosen images as they are, uint8 RGB (N, H, W, 3)."""
        ...

    def reconstruct(self, indices: Sequence[int]) -> Reconstructed:
        """The chosen images, encoded and decoded again."""
        ...

    def survey(self) -> Survey:
        """All of the images encoded, or a fixed sample of a large set. Raises VaeTuiError where there are none."""
        ...

    def umap_points(self) -> Points:
        """The survey's images on a plane, by UMAP: (N, 2). Raises VaeTuiError where umap-learn is absent."""
        ...


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture before it has a size: tiles in rows, and what each of them is."""

    tiles_NHWC: Tiles
    columns: int
    latents_NZ: Latents
    """The latent behind each tile; a row of NaN where the tile is an image as it is, or empty."""
    caption: str
    """What the picture shows: view, seed, values. One line."""
    row_labels: tuple[str, ...] = ()
    """One a row, of equal width, or none."""
    column_labels: tuple[str, ...] = ()
    """One a column, or none."""
    shown_N: NDArray[np.bool_] | None = None
    """False where a position stays empty; None: all are shown."""
    centre_Z: Latents | None = None
    """The one latent that all tiles vary; None where there is none."""
    chart: Chart | None = None
    """A chart that belongs to it."""
    chart_side: Literal["below", "left"] = "below"
    chart_share: float = 0.3
    """Of the height, or of the width, that the chart takes; all of it where there are no tiles."""
    points: Sequence[Point | None] = ()
    """What each tile's latent is called, one a tile: those that are not None can be taken as the current latent."""
    words: Sequence[str] = ()
    """What is to be said of each tile, one a tile, or none."""
    uses_statistics: bool = False
    """Whether its order, labels or values are the checkpoint's statistics of the latent dimensions."""
    lead: int = 1
    """How many times as large as the others the first tile is shown, left of their grid; 1: it is in the grid."""
    foot: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Lines under the grid, the most important first, where there is room: a name, and a text for each column."""
    band_rows: int = 0
    """Rows of a band, to each of which equally many lines of the foot belong; 0: all lines are the whole grid's."""
    shorter_labels: tuple[tuple[str, ...], ...] = ()
    """The row labels again, shorter and shorter, for where there is less room."""
    label_heads: tuple[str, ...] = ()
    """What stands above each of the shorter labels, as wide as they are, to name their numbers; "" where nothing does.
    None at all: above no label."""

    @property
    def rows(self) -> int:
        """Rows of the grid, the last of which may be short."""
        return -(-(len(self.tiles_NHWC) - self.num_leading) // self.columns)

    @property
    def num_leading(self) -> int:
        """Tiles that stand before the grid: 1 or 0."""
        return int(self.lead > 1)

    @property
    def tile_shape(self) -> tuple[int, int]:
        """(height, width) of a tile at its own size."""
        _, height, width, _ = self.tiles_NHWC.shape
        return int(height), int(width)

    @property
    def front(self) -> "Drawing":
        """What keys and cursor walk over: the drawing itself, or the left of two side by side."""
        return self

    @property
    def is_stacked(self) -> bool:
        """Whether it is of two, one of which stands above the other."""
        return False

    @property
    def as_saved(self) -> "Drawing":
        """The drawing as files have it, where a screen has its tiles arranged otherwise."""
        return self

    @property
    def arrangements(self) -> "tuple[Drawing, ...]":
        """The drawing, as files have it, and the same with its tiles arranged otherwise: a screen takes the largest."""
        return (self,)

    def places(self, tile: int) -> tuple[int, ...]:
        """Where the tile of `front` lies in this drawing: once, or once in each of two side by side."""
        return (tile,) if tile < len(self.tiles_NHWC) else ()

    def tile_of(self, place: int) -> int | None:
        """The tile of `front` that belongs to a place of this drawing; None between two."""
        return place

    def chart_cell(self, column: int, row: int, width: int, height: int) -> "ChartCell | None":
        """The same for a cell of the chart, which has so many: of two, in that of the one whose chart it is."""
        return ChartCell(self, column, row, width, height)


class ChartCell(NamedTuple):
    """A cell of a drawing's chart."""

    drawing: Drawing
    """Alone, also where it is shown beside another one."""
    column: int
    row: int
    width: int
    """Cells of the chart."""
    height: int


@dataclass(frozen=True, eq=False)
class Animation:
    """Drawings of one shape in the order in which they play, as a loop."""

    frames: tuple[Drawing, ...]
    frame_ms: int


class PictureRequest(Protocol):
    """Everything that decides a picture, apart from the model: a frozen dataclass, one file a kind."""

    @property
    def command_name(self) -> str:
        """The command that draws it: `vaetui COMMAND_NAME CKPT …`."""
        ...

    def draw(self, subject: Subject) -> Drawing:
        """The still picture. Raises VaeTuiError where the model has not what is asked for."""
        ...

    def animate(self, subject: Subject) -> Animation:
        """The moving picture."""
        ...

    def arguments(self) -> list[str]:
        """The command's options in canonical form: the same request, the same words."""
        ...


@dataclass(frozen=True)
class Beside:
    """The second of two checkpoints that a picture shows."""

    checkpoint: str
    """Its path."""
    checkpoint_hash: str = ""
    """SHA-256 of its bytes, in hex."""


@dataclass(frozen=True)
class Origin:
    """Where a picture's model and images come from, as its command names them."""

    checkpoint: str
    """Path of the checkpoint."""
    data: str | None = None
    """What --data was given; None: the images come from the checkpoint."""
    split: str | None = None
    """What --split was given, with --data."""
    raw_weights: bool = False
    """Whether the raw weights were chosen of a checkpoint that holds averaged ones too, which are taken else."""
    foreign: ForeignModel | None = None
    """What --model named, and what was told of it; None: the checkpoint's own model."""
    beside: Beside | None = None
    """What --beside named; None: one checkpoint alone."""
    files: tuple[str, ...] = ()
    """Image files that --file named; a command names them where its picture needs them."""
    history: bool = False
    """Whether each kept epoch of the run folder `checkpoint` is drawn, in turn."""

    def caption(self, drawing: Drawing) -> str:
        """What a drawing from here shows, one line: the drawing's own, and that it is of the raw weights."""
        if not self.raw_weights:
            return drawing.caption
        theirs = " (statistics: of the averaged ones)" if drawing.uses_statistics else ""
        return f"{drawing.caption} · raw weights{theirs}"


_FILE = re.compile(r"(?:^|[(;])file:\d|[:+>]f\d|^f\d+$")
"""An image file in a point (file:1, images:f1>7) or alone (f1)."""


def command_line(request: PictureRequest, origin: Origin, *, canonical: bool = False) -> str:
    """The command that draws the picture, quoted for a shell. The canonical form names no folders."""

    def name(path: str) -> str:
        return PurePath(path).name if canonical else path

    words = ["vaetui", request.command_name, name(origin.checkpoint), *request.arguments()]
    if "--latent" in words:
        where = words.index("--latent") + 1
        words[where] = name(words[where])
    if any(_FILE.search(word) for word in words[3:]):
        words += [word for path in origin.files for word in ("--file", name(path))]
    if origin.beside is not None:
        words += ["--beside", name(origin.beside.checkpoint)]
    if origin.foreign is not None:
        words += origin.foreign.arguments()
    if origin.data is not None:
        words += ["--data", name(origin.data)]
    if origin.split is not None:
        words += ["--split", origin.split]
    if origin.raw_weights:
        words += ["--weights", "raw"]
    words += ["--history"] if origin.history else []
    return shlex.join(words)


def check_images(subject: Subject, indices: Iterable[int]) -> None:
    """Raises VaeTuiError where there are no images, or not the asked one."""
    for index in indices:
        if index >= 0 and not subject.num_images:
            sources = "--data DATASET|FOLDER|FILE.npz"
            hint = f"name some with {sources}; traverse --centre prior and interpolate --random need none"
            raise VaeTuiError("the checkpoint carries no images", hint)
        check_image(subject, index)


def split_word(subject: Subject) -> str:
    """What stands before "images" in a sentence: their split and a space, or nothing."""
    return f"{subject.split} " if subject.split else ""


def image_on(subject: Subject, index: int, by: int) -> int:
    """The image so many places on: around the end of the set, and from the given files into it."""
    if index >= 0:
        return (index + by) % subject.num_images
    place = -1 - index + by
    return -1 - place if place < subject.num_files else (place - subject.num_files) % max(1, subject.num_images)


def check_count(name: str, value: int, minimum: int = 1, maximum: int = 4096) -> None:
    """Raises VaeTuiError where a count is out of its range."""
    if not minimum <= value <= maximum:
        raise VaeTuiError(f"{name} is {value}", f"give {minimum} to {maximum}")


MAX_ANIMATED_TILES = 16_384


def check_animation(num_tiles: int, num_frames: int) -> None:
    """Raises VaeTuiError where an animation would hold more tiles than its GIF is worth: 16,384, some 50 MB."""
    if num_tiles * num_frames > MAX_ANIMATED_TILES:
        raise VaeTuiError(
            f"an animation of {num_frames} frames of {num_tiles} tiles is too large",
            f"give -n {max(1, MAX_ANIMATED_TILES // num_frames)} or less, or save a .png",
        )


def check_finite(name: str, value: float, minimum: float = -np.inf) -> None:
    """Raises VaeTuiError where a number is not finite (as a float32, like all latents) or under its minimum."""
    if not abs(value) <= FLOAT32_MAX or value < minimum:
        raise VaeTuiError(f"{name} is {value}", f"give a finite number{f' of {minimum:g} or more' * (minimum > -1)}")


def check_latents(base: LatentFile | None, subject: Subject, minimum: int = 1) -> None:
    """Raises VaeTuiError where given latents do not fit the model, or are too few."""
    if base is None:
        return
    num, dims = base.latents_NZ.shape
    if dims != subject.latent_dim:
        raise VaeTuiError(f"{base.name} has latents of {dims} dimensions", f"the model has {subject.latent_dim}")
    if num < minimum:
        raise VaeTuiError(f"{base.name} holds {num} latents", f"this picture needs {minimum}")


def no_latents(num: int, latent_dim: int) -> Latents:
    """The latents of tiles that have none: rows of NaN."""
    return np.full((num, latent_dim), np.nan, np.float32)


Encode = Callable[[Sequence[int]], Latents]
_LAST_ENCODED: WeakKeyDictionary[Subject, tuple[tuple[int, ...], tuple[Latents, Latents]]] = WeakKeyDictionary()
"""Images by their indices, with means and sigmas: a value that is turned leaves the image where it is."""


def encoder(subject: Subject, posterior: str, seed: int) -> Encode:
    """From image indices to one latent each: the posterior's mean, or one draw of it."""

    def encode(indices: Sequence[int]) -> Latents:
        known = _LAST_ENCODED.get(subject)
        if known is None or known[0] != tuple(indices):
            known = _LAST_ENCODED[subject] = tuple(indices), subject.encode(indices)
        mean_NZ, std_NZ = known[1]
        return mean_NZ if posterior == "mean" else image_draws(mean_NZ, std_NZ, indices, seed)

    return encode
