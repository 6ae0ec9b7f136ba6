"""One still picture in the flow of the terminal: by Kitty's or Sixel's protocol, or as coloured half blocks.

Kitty and Sixel go through textual-image, which asks the terminal when it is imported: so it is imported late, and
kept from asking where a protocol is named or no keyboard is there to answer.
"""

# H height, W width

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from vae_tui.errors import VaeTuiError
from vae_tui.terminal import Graphics

Picture = NDArray[np.uint8]

RESERVED_ROWS = 6
"""Rows of the screen left to the caption, the command and the next prompt."""
MAX_CELLS = 297
"""Kitty's placeholders count rows and columns no further."""


@dataclass(frozen=True)
class Canvas:
    """The room that a picture has on this terminal."""

    protocol: Literal["kitty", "sixel", "halfblock"]
    columns: int
    rows: int
    cell_width: int
    """Pixels; 1 by 2 for half blocks, which have two square pixels a cell."""
    cell_height: int

    @property
    def width(self) -> int:
        """Pixels."""
        return self.columns * self.cell_width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.rows * self.cell_height


def open_canvas(graphics: Graphics, columns: int, rows: int) -> Canvas:
    """The room on a terminal of so many cells, by the named protocol or (auto) by the best one it answers to.

    Standard output must be that terminal.
    """
    columns, rows = min(columns, MAX_CELLS), min(max(rows - RESERVED_ROWS, 4), MAX_CELLS)
    protocol = _best_protocol() if graphics == "auto" else graphics
    if protocol == "halfblock":
        return Canvas(protocol, columns, rows, 1, 2)
    cell_width, cell_height = _cell_size()
    return Canvas(protocol, columns, rows, cell_width, cell_height)


def show(picture_HW3: Picture, canvas: Canvas) -> None:
    """The picture on standard output, pixel for pixel, its cursor left at the start of the line below."""
    console = _picture_console(canvas.protocol)
    if canvas.protocol == "halfblock":
        if console.color_system is None:
            raise VaeTuiError("this terminal shows no colours", "save the picture instead: -o FILE.png")
        console.print(HalfBlocks(picture_HW3), crop=False, end="")
        return
    from PIL import Image

    with _no_questions():
        from textual_image.renderable import SixelImage, TGPImage
    kind = TGPImage if canvas.protocol == "kitty" else SixelImage
    padded = _pad_to_cells(picture_HW3, canvas)
    height, width, _ = padded.shape
    image = kind(Image.fromarray(padded), width=width // canvas.cell_width, height=height // canvas.cell_height)
    console.print(image, crop=False, end="")


@dataclass(frozen=True, eq=False)
class HalfBlocks:
    """Two pixels a cell: the upper is the colour of the block, the lower that behind it."""

    picture_HW3: Picture

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height, width, _ = self.picture_HW3.shape
        for top in range(0, height, 2):
            for column in range(width):
                lower = _colour(self.picture_HW3[top + 1, column]) if top + 1 < height else None
                yield Segment("▀", Style(color=_colour(self.picture_HW3[top, column]), bgcolor=lower))
            yield Segment("\n")


def _colour(pixel_3: Picture) -> Color:
    red, green, blue = (int(value) for value in pixel_3)
    return Color.from_rgb(red, green, blue)


def _picture_console(protocol: str) -> Console:
    # Kitty's placeholders carry the image's number as an exact colour. And NO_COLOR speaks of colours that are added
    # to text: here they are the content that was asked for.
    system: Literal["truecolor", "auto"] = "truecolor" if protocol == "kitty" else "auto"
    return Console(color_system=system, force_terminal=True, no_color=False, highlight=False, markup=False)


def _pad_to_cells(picture_HW3: Picture, canvas: Canvas) -> Picture:
    """Whole cells, as textual-image would else rescale the picture to them; the last pixels are black."""
    height, width, _ = picture_HW3.shape
    return np.pad(picture_HW3, ((0, -height % canvas.cell_height), (0, -width % canvas.cell_width), (0, 0)))


def _keyboard_answers() -> bool:
    return sys.__stdin__ is not None and sys.__stdin__.isatty()


def _best_protocol() -> Literal["kitty", "sixel", "halfblock"]:
    if not _keyboard_answers():
        return "halfblock"
    from textual_image.renderable import Image, SixelImage, TGPImage

    if Image is SixelImage:
        return "sixel"
    return "kitty" if Image is TGPImage else "halfblock"


def _cell_size() -> tuple[int, int]:
    """(width, height) of a cell in pixels; a VT340's 10 x 20 where the terminal does not say."""
    with _no_questions():
        from textual_image._terminal import get_cell_size
    try:
        with nullcontext() if _keyboard_answers() else _no_questions():
            return get_cell_size()
    except ZeroDivisionError:  # a pseudo-terminal that was given no size
        return 10, 20


@contextmanager
def _no_questions() -> Iterator[None]:
    """Keeps textual-image from asking the terminal: it asks through this name of standard input alone."""
    kept = sys.__stdin__
    sys.__stdin__ = None  # type: ignore[misc]  # restored below
    try:
        yield
    finally:
        sys.__stdin__ = kept  # type: ignore[misc]
