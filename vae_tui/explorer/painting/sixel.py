"""Sixel, encoded by textual-image; placed by us.

textual-image's own widget (0.12) sends each picture twice and leaves its last rows unpainted. Here the picture is
padded to whole cells and every cell is skipped over, not blanked, so that a new frame replaces the last one without
a flash of paper between.
"""

import io
from typing import ClassVar

from PIL import Image
from rich.console import Console
from rich.segment import ControlType, Segment

from vae_tui.explorer.painting.contract import Painting
from vae_tui.imaging import Picture

_CONTROL = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as no text, so that nothing measures it."""


class SixelPainter:
    """Pictures in the terminal's own pixels, each with a palette of its own."""

    label: ClassVar[str] = "sixel"

    def __init__(self, cell_size: tuple[int, int], colours: int) -> None:
        self.cell_size = cell_size
        self._colours = colours
        self._console = Console(file=io.StringIO(), width=1000)

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The encoded picture; the cells below it are stepped over."""
        from textual_image.renderable.sixel import Image as SixelImage
        from textual_image.renderable.sixel import SixelOptions

        options = self._console.options.update_dimensions(columns, rows)
        image = SixelImage(Image.fromarray(picture), columns, rows, SixelOptions(colors=self._colours))
        segments = image.__rich_console__(self._console, options)
        sequence = next(part.text for part in segments if isinstance(part, Segment) and part.text.startswith("\x1bP"))
        step = Segment(f"\x1b[{columns}C", None, _CONTROL)
        return Painting([[step]] * rows, sequence)

    def farewell(self) -> str:
        """Nothing: text erases it."""
        return ""
