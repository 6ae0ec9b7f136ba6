"""Sixel, encoded by textual-image; placed by us.

textual-image's own widget (0.12) sends each picture twice and leaves its last rows unpainted. Here the picture is
padded to whole cells and every cell is skipped over, not blanked, so that a new frame replaces the last one without
a flash of paper between.
"""

import io
import re
from typing import ClassVar

from PIL import Image
from rich.console import Console
from rich.segment import ControlType, Segment

from vae_tui.imaging import Picture
from vae_tui.terminal.painting import Painting

_CONTROL = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as no text, so that nothing measures it."""


class SixelPainter:
    """Pictures in the terminal's own pixels, each with a palette of its own."""

    label: ClassVar[str] = "sixel"
    max_side: ClassVar[int] = 1000  # xterm draws nothing of a larger one (its resource maxGraphicSize)

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
        sequence = _palette_first(sequence)
        step = Segment(f"\x1b[{columns}C", None, _CONTROL)
        return Painting([[step]] * rows, sequence)

    def forget(self) -> None:
        """Nothing: every picture is whole."""

    def farewell(self) -> str:
        """Nothing: text erases it."""
        return ""


_HEAD = re.compile(r"\x1bP[^q]*q(?:\"[0-9;]*)?")
_DEFINITION = re.compile(r"(#\d+);2;\d+;\d+;\d+")


def _palette_first(sequence: str) -> str:
    """All colours defined ahead of the first pixel: xterm paints wrong pixels where they are defined on the way."""
    head = _HEAD.match(sequence)
    assert head is not None, "no Sixel sequence"
    palette = "".join(match.group() for match in _DEFINITION.finditer(sequence))
    return head.group() + palette + _DEFINITION.sub(r"\1", sequence[head.end() :])
