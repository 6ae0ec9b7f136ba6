"""One still picture in the flow of the terminal: by Kitty's or Sixel's protocol, or as coloured half blocks.

What the terminal can show is found out by textual-image, which asks it when it is imported: so it is imported late,
and kept from asking where a protocol is named or no keyboard is there to answer.
"""

# H height, W width

import base64
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from vae_tui.errors import VaeTuiError
from vae_tui.terminal import Graphics

Picture = NDArray[np.uint8]

RESERVED_ROWS = 6
"""Rows of the screen left to the caption, the command and the next prompt."""
MAX_CELLS = 500
"""Wider and higher than this no picture grows, whatever the terminal says of itself."""

MAX_SIXEL_SIDE = 1000
"""Pixels: xterm draws nothing of a Sixel picture that is wider or higher (its resource maxGraphicSize)."""


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
    def gutter(self) -> int:
        """Pixels between tiles."""
        return 1 if self.protocol == "halfblock" else 4

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
    if protocol == "sixel":
        columns, rows = min(columns, MAX_SIXEL_SIDE // cell_width), min(rows, MAX_SIXEL_SIDE // cell_height)
    return Canvas(protocol, columns, rows, cell_width, cell_height)


def show(picture_HW3: Picture, canvas: Canvas) -> None:
    """The picture on standard output, pixel for pixel, the cursor left at the start of the line below it."""
    if canvas.protocol == "kitty":
        sys.stdout.write(kitty_placement(picture_HW3, canvas.cell_height))
        sys.stdout.flush()
        return
    # NO_COLOR speaks of colours that are added to text: here they are the content that was asked for.
    console = Console(force_terminal=True, no_color=False, highlight=False)
    if canvas.protocol == "halfblock":
        if console.color_system is None:
            raise VaeTuiError("this terminal shows no colours", "save the picture instead: -o FILE.png")
        console.print(HalfBlocks(picture_HW3), crop=False, end="")
        return
    with _no_questions():
        from textual_image.renderable import SixelImage
        from textual_image.renderable.sixel import SixelOptions
    padded = _pad_to_cells(picture_HW3, canvas)
    height, width, _ = padded.shape
    options = SixelOptions(quantize="maxcoverage")  # of its three palettes the one of the smallest largest error
    size = {"width": width // canvas.cell_width, "height": height // canvas.cell_height}
    console.print(SixelImage(Image.fromarray(padded), **size, sixel_options=options), crop=False, end="")


def kitty_placement(picture_HW3: Picture, cell_height: int) -> str:
    """The picture by Kitty's graphics protocol, at the cursor; then the cursor goes below it.

    Placed directly and not by Unicode placeholders, which kitty has since 0.28 and others lack.
    https://sw.kovidgoyal.net/kitty/graphics-protocol/
    """
    buffer = io.BytesIO()
    Image.fromarray(picture_HW3).save(buffer, "PNG", compress_level=1)
    payload = base64.b64encode(buffer.getvalue()).decode("ascii")
    chunks = [payload[start : start + 4096] for start in range(0, len(payload), 4096)]
    rows = -(-len(picture_HW3) // cell_height)
    # The lines are made first, so that the screen has scrolled before the picture is placed.
    parts = ["\n" * rows, f"\x1b[{rows}A"]
    for number, chunk in enumerate(chunks):
        keys = "a=T,f=100,C=1,q=2," if number == 0 else ""
        more = int(number + 1 < len(chunks))
        parts.append(f"\x1b_G{keys}m={more};{chunk}\x1b\\")
    return "".join([*parts, f"\x1b[{rows}B\r"])


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


def _pad_to_cells(picture_HW3: Picture, canvas: Canvas) -> Picture:
    """Whole cells, as textual-image would else rescale the picture to them; the last pixels are black."""
    height, width, _ = picture_HW3.shape
    return np.pad(picture_HW3, ((0, -height % canvas.cell_height), (0, -width % canvas.cell_width), (0, 0)))


def _keyboard_answers() -> bool:
    return sys.__stdin__ is not None and sys.__stdin__.isatty()


def _best_protocol() -> Literal["kitty", "sixel", "halfblock"]:
    if not _keyboard_answers():
        return "halfblock"
    from textual_image.renderable import Image as BestImage
    from textual_image.renderable import SixelImage, TGPImage

    if BestImage is SixelImage:
        return "sixel"
    return "kitty" if BestImage is TGPImage else "halfblock"


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
