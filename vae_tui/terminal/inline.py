"""One still picture in the flow of the terminal, by the painter that the explorer uses too."""

# H height, W width

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.segment import Segment, Segments

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER, Picture
from vae_tui.terminal import Graphics
from vae_tui.terminal.detection import choose_painter
from vae_tui.terminal.painting import Painter, Painting

RESERVED_ROWS = 6
"""Rows of the screen left to the caption, the command and the next prompt."""
MAX_CELLS = 500
"""Wider and higher than this no picture grows, whatever the terminal says of itself."""

READ_S = 2.0
"""How long the terminal may take to read a picture from memory before the program goes on."""
_DROPPED_S, _LOOK_S = 0.25, 0.005
"""Seconds: after the first it is sent again, after each of the second one looks."""


@dataclass(frozen=True)
class Room:
    """The cells that a picture may have on this terminal."""

    painter: Painter
    columns: int
    rows: int

    @property
    def width(self) -> int:
        """Pixels."""
        return min(self.columns * self.painter.cell_size[0], self.painter.max_side)

    @property
    def height(self) -> int:
        """Pixels."""
        return min(self.rows * self.painter.cell_size[1], self.painter.max_side)

    @property
    def gutter(self) -> int:
        """Pixels between tiles."""
        return 1 if self.painter.cell_size == (1, 2) else 4


def open_room(graphics: Graphics, columns: int, rows: int) -> Room:
    """The room on a terminal of so many cells, by the named protocol or (auto) by the best one it answers to.

    Standard output must be that terminal.
    """
    rows = min(max(rows - RESERVED_ROWS, 4), MAX_CELLS)
    return Room(choose_painter(graphics), min(columns, MAX_CELLS), rows)


def show(picture_HW3: Picture, room: Room) -> None:
    """The picture on standard output, pixel for pixel, the cursor left at the start of the line below it."""
    cell_width, cell_height = room.painter.cell_size
    height, width, _ = picture_HW3.shape
    rows, columns = -(-height // cell_height), -(-width // cell_width)
    while rows * cell_height - 2 * (rows * cell_height % room.painter.band) < height and rows < room.rows:
        rows += 1
    padded = np.empty((rows * cell_height, columns * cell_width, 3), np.uint8)
    padded[:] = PAPER
    padded[:height, :width] = picture_HW3
    painting = room.painter.paint(padded, columns, rows)
    if painting.sequence and painting.ready_rows:  # text cells, which become the picture once the terminal has it
        _write_cells(painting)
        _wait_until_read(painting, lambda: room.painter.paint(padded, columns, rows))
        return
    if painting.sequence:
        # The lines are made first, so that the screen has scrolled before the picture is placed; the cursor is put
        # back after it, as terminals differ in where they leave it.
        place, leave = "\n" * rows + f"\x1b[{rows}A\x1b7", f"\x1b8\x1b[{rows}B\r"
        sys.stdout.write(place + painting.sequence + leave)
        sys.stdout.flush()
        return
    # NO_COLOR speaks of colours that are added to text: here they are the content that was asked for.
    if Console(force_terminal=True, no_color=False).color_system is None:
        raise VaeTuiError("this terminal shows no colours", "save the picture instead: -o FILE.png")
    # As many as the painter has chosen: it knows the terminal, and Rich its environment alone.
    console = Console(force_terminal=True, no_color=False, highlight=False, color_system="truecolor")
    lines = [segment for row in painting.rows for segment in (*row, Segment.line())]
    console.print(Segments(lines), crop=False, end="")


def _write_cells(painting: Painting) -> None:
    sys.stdout.write(painting.sequence + "".join(f"{row}\n" for row in painting.ready_rows))
    sys.stdout.flush()


def _wait_until_read(painting: Painting, paint: Callable[[], Painting]) -> None:
    """Until the terminal has read pixels that go with the program; tmux may drop the word of them.

    It is then painted anew, over its cells: a word that was late, and comes twice, finds its pixels gone the second
    time, and kitty takes the picture off.
    """
    for attempt in range(round(READ_S / _DROPPED_S)):
        if attempt:
            painting = paint()
            sys.stdout.write(f"\x1b[{len(painting.ready_rows)}A")
            _write_cells(painting)
        if painting.has_arrived is None:
            return
        end = time.monotonic() + _DROPPED_S
        while time.monotonic() < end:
            if painting.has_arrived():
                return
            time.sleep(_LOOK_S)
