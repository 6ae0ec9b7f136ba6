"""The room for a picture, and where its tiles and labels stand there: plain values."""

from dataclasses import dataclass

from vae_tui.charts.contract import ChartRun
from vae_tui.imaging import Colour, Layout


@dataclass(frozen=True)
class Canvas:
    """The room for a picture, and what it is painted on."""

    columns: int
    rows: int
    cell_width: int
    """Pixels a cell is wide to the painter."""
    cell_height: int
    paper: Colour
    max_side: int = 10_000
    """Pixels; wider or higher than this no picture is."""
    terminal_scales: bool = False
    """Whether the terminal enlarges a picture to its cells: tiles are then composed in their own pixels."""
    band: int = 1
    """Pixels: a painter's; see Painter.band."""
    takes_text: bool = True
    """Whether text may stand in rows of cells within a picture."""
    block: int = 1
    """Pixels: a painter's; see Painter.block."""

    def drawn_height(self, rows: int) -> int:
        """Pixels that are drawn of a picture of so many rows of cells."""
        return rows * self.cell_height - 2 * (rows * self.cell_height % self.band)


@dataclass(frozen=True)
class Label:
    """Text at a cell of the canvas."""

    x: int
    y: int
    text: str
    marked: bool = False
    look: ChartRun | None = None
    """Colour and weight of a chart's text; None: a label's."""


@dataclass(frozen=True)
class Placement:
    """A grid on a canvas: the box of whole cells that its tiles fill, and the labels beside it."""

    layout: Layout
    x: int
    """First column of the box."""
    y: int
    """First row of the box."""
    columns: int
    rows: int
    labels: tuple[Label, ...]
    chart: tuple[int, int, int, int] | None = None
    """First column and row, columns and rows of the chart; None where there is none, or no room for it."""
    figures: int = 0
    """How many lines of figures there are under each band."""
    text_rows: tuple[int, ...] = ()
    """Rows of the canvas within the box that have text instead of the picture."""

    def tile_at(self, x: int, y: int, canvas: Canvas) -> int | None:
        """The tile at a cell of the canvas; None between tiles and beside them."""
        left, top = ((x - self.x) * 2 + 1) * canvas.cell_width // 2, ((y - self.y) * 2 + 1) * canvas.cell_height // 2
        return self.layout.tile_at(top, left)
