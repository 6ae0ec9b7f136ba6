"""The preview as a strip of a few rows, inline in the terminal that standard error is.

Held-out images above their reconstructions to the left, samples to the right. The strip is one string, printed above
the bars like any line: so it scrolls with the text and nothing flickers.
"""

# H height, W width in pixels

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import IO

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import ControlType, Segment

from vae_tui.imaging import PAPER, Layout, Picture, compose, fit
from vae_tui.terminal.detection import choose_painter
from vae_tui.terminal.inline import MAX_CELLS, Room, show
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.painting import Painter
from vae_tui.training.preview import Preview

MAX_ROWS = 9
"""Rows of text that a strip of real pixels takes: a 32 x 32 image at twice its size on cells of 20 pixels."""
MAX_HALF_CELL_ROWS = 12
"""The same of half cells, where a row has but two pixels: images of 11 pixels, six side by side in 80 columns."""
_GAP = 2
"""Cells between the pairs and the samples."""


class Strip:
    """Draws previews of any size for one terminal, by one painter."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter

    @classmethod
    def on(cls, console: Console) -> "Strip | None":
        """The strip for the console's terminal, which is asked what it can show; None where it is no terminal.

        To be called while nothing else draws there: the answer comes as key presses.
        """
        if not (console.is_terminal and console.file.isatty()):
            return None
        with _asking_through(console.file):
            # A job in the background that touched the terminal's mode would be stopped.
            return cls(choose_painter("auto" if _has_the_keyboard() else "halfblock"))

    def draw(self, preview: Preview, what: str, columns: int, screen_rows: int) -> "Drawn | None":
        """The strip on a screen of so many cells, below a line that names its parts; None where it has no room.

        `what` is what the originals are: "held out". Raises VaeTuiError where the terminal shows no colours.
        """
        room = self._room(columns, screen_rows)
        layout = strip_layout(preview.originals.shape[1:3], room)
        if layout is None:
            return None
        picture, offset = compose_strip(preview, layout, room.painter.cell_size[0])
        buffer = io.StringIO()
        with contextlib.redirect_stdout(buffer):  # the one place that knows how a picture is put into a terminal
            show(picture, room)
        label = next((text for text in (f"{what}, decoded below", what) if len(text) < offset), "")
        return Drawn(f"{label:<{offset}}samples"[:columns], buffer.getvalue())

    def _room(self, columns: int, screen_rows: int) -> Room:
        painter = self._painter
        if isinstance(painter, KittyPainter):
            # It deletes its last picture but one: each strip has a painter, and ids, of its own, so that all stay.
            painter = KittyPainter(painter.cell_size)
        limit = MAX_HALF_CELL_ROWS if painter.cell_size == (1, 2) else MAX_ROWS
        # The last column stays free: a picture that touches it makes some terminals wrap.
        return Room(painter, min(columns - 1, MAX_CELLS), min(limit, screen_rows // 2))


class Drawn:
    """A strip, ready for the console's `print`: raw text that Rich neither measures, crops nor colours."""

    def __init__(self, label: str, text: str) -> None:
        self.label = label
        """Names the parts, each above its first column."""
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self._text, None, [(ControlType.CURSOR_FORWARD, 0)])


def strip_layout(tile_shape: tuple[int, ...], room: Room) -> Layout | None:
    """Two rows of tiles: as high as the room allows, then as many side by side as its width holds, 3 to 12.

    None where not even three tiles of one pixel fit.
    """
    height, width = tile_shape
    room_x = room.width - 2 * _GAP * room.painter.cell_size[0]
    if room_x < 1 or room.height < 2:
        return None
    layouts = [fit((height, width), 2, columns, room.height, room_x, room.gutter) for columns in range(3, 13)]
    if layouts[0] is None:
        return None
    largest = layouts[0].tile_height
    return [layout for layout in layouts if layout is not None and layout.tile_height == largest][-1]


def compose_strip(preview: Preview, layout: Layout, cell_width: int) -> tuple[Picture, int]:
    """The strip in pixels, and the cell at which its samples begin."""
    num_sample_columns = max(1, layout.columns // 3)
    num_pairs = min(layout.columns - num_sample_columns, len(preview.originals))
    pairs = np.concatenate([preview.originals[:num_pairs], preview.reconstructions[:num_pairs]])
    left = compose(pairs, _columns(layout, num_pairs), PAPER)
    samples = preview.samples[: 2 * num_sample_columns]
    right = compose(samples, _columns(layout, num_sample_columns), PAPER)
    offset = -(-left.shape[1] // cell_width) + _GAP
    picture_HW3 = np.empty((layout.height, offset * cell_width + right.shape[1], 3), np.uint8)
    picture_HW3[:] = PAPER
    picture_HW3[:, : left.shape[1]] = left
    picture_HW3[:, offset * cell_width :] = right
    return picture_HW3, offset


def _columns(layout: Layout, columns: int) -> Layout:
    return Layout(layout.rows, columns, layout.tile_height, layout.tile_width, layout.gutter)


@contextlib.contextmanager
def _asking_through(file: IO[str]) -> Iterator[None]:
    """Questions go to `file`, also where standard output is redirected: the detection knows that by this name alone."""
    kept = sys.__stdout__
    sys.__stdout__ = file  # type: ignore[misc, assignment]  # restored below
    try:
        yield
    finally:
        sys.__stdout__ = kept  # type: ignore[misc]


def _has_the_keyboard() -> bool:
    """Whether this process is in the foreground of its terminal, or nothing says otherwise."""
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp()
    except OSError:  # a terminal that controls no session
        return True
