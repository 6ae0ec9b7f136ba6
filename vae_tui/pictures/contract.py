"""What a picture draws of, and what it gives."""

# N tiles or latents, H height, W width, Z latent dims

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.contract import Chart
from vae_tui.imaging import Tiles
from vae_tui.latent import Latents, LatentStatistics
from vae_tui.points.point import Point
from vae_tui.summary import ModelSummary
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points


class Reconstructed(NamedTuple):
    """What a model makes of some images, by the means of their posteriors."""

    means_NZ: Latents
    logvars_NZ: Latents
    tiles_NHWC: Tiles
    """Decoded, uint8 (N, H, W, C) with all channels."""
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
        """The decoder's images as they are shown, uint8 RGB (N, H, W, 3): see channels.to_rgb."""
        ...

    def decode_all(self, latents_NZ: Latents) -> Tiles:
        """The same with all channels, uint8 (N, H, W, C): what is measured is measured on these."""
        ...

    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and standard deviation of the chosen images, each (N, Z)."""
        ...

    def images(self, indices: Sequence[int]) -> Tiles:
        """The chosen images as they are shown, uint8 RGB (N, H, W, 3)."""
        ...

    def images_all(self, indices: Sequence[int]) -> Tiles:
        """The same with all channels, uint8 (N, H, W, C)."""
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


def no_latents(num: int, latent_dim: int) -> Latents:
    """The latents of tiles that have none: rows of NaN."""
    return np.full((num, latent_dim), np.nan, np.float32)
