"""iTerm2's inline images: a JPEG or PNG file for a box of cells. WezTerm, Konsole and xterm.js (add-on) read them too.

Source: https://iterm2.com/documentation-images.html
"""

import base64
import io
from typing import ClassVar, Literal

import numpy as np
from PIL import Image
from rich.segment import ControlType, Segment

from vae_tui.imaging import Picture
from vae_tui.terminal.enlargement import native
from vae_tui.terminal.painting import Painter, Painting

Encoding = Literal["jpeg", "png"]

JPEG_QUALITY = 85
_JPEG_BLOCK = 8
"""Pixels. With a gutter of one pixel, 64 tiles of 32 x 32 take half as many bytes again as on blocks, and lose 4 dB."""
MAX_SEQUENCE = 2**20
"""Characters of one escape sequence: iTerm2 (3.5) and tmux drop a longer one."""
_PART = MAX_SEQUENCE // 2
_CONTROL = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as no text, so that nothing measures it."""


class ItermPainter(Painter):
    """Pictures in the terminal's own pixels, all colours.

    The picture may have fewer pixels than its cells, of about their shape: the terminal enlarges it to fit. Tiles' own
    pixels make a third of the bytes of enlarged ones.
    """

    label: ClassVar[str] = "iterm"
    scales: ClassVar[bool] = True
    max_side: ClassVar[int] = 10_000

    def __init__(self, cell_size: tuple[int, int], encoding: Encoding = "jpeg") -> None:
        """`encoding`: a JPEG is a fifth as long; a PNG loses nothing."""
        self.cell_size = cell_size
        self.block = _JPEG_BLOCK if encoding == "jpeg" else 1
        self._encoding: Encoding = encoding
        self._is_slow = False

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The cells below are stepped over: blanked, they would show between two frames."""
        step = Segment(f"\x1b[{columns}C", None, _CONTROL)
        return Painting([[step]] * rows, encode(picture, columns, rows, self._encoding, self._is_slow))

    def take_care(self, is_slow: bool) -> None:
        """Half the colours' pixels on a slow link."""
        self._is_slow = is_slow

    def forget(self) -> None:
        """Nothing: every picture is whole."""

    def farewell(self) -> str:
        """Nothing: text erases it."""
        return ""


def encode(picture: Picture, columns: int, rows: int, encoding: Encoding = "jpeg", is_slow: bool = False) -> str:
    """The picture over columns x rows cells from the cursor on, which stays there where the terminal knows how to.

    Enlarged pixels are left to the terminal to enlarge: the file is a third as long. On a slow link a JPEG has colours
    of half the resolution (4:2:0) and codes of its own: a quarter less, in half as much time again.
    """
    buffer = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(native(picture)))
    if encoding == "jpeg":
        # Progressive, it is 2 % shorter and takes twice as long.
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=is_slow, subsampling=2 if is_slow else 0)
    else:
        image.save(buffer, "PNG", compress_level=1)
    payload = base64.b64encode(buffer.getbuffer()).decode("ascii")
    # xterm.js (its add-on to 0.8) shows no picture that does not say its size in bytes.
    keys = f"inline=1;size={buffer.tell()};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1"
    if len(payload) + len(keys) + 20 <= MAX_SEQUENCE:
        return _command(f"File={keys}:{payload}")
    # Parts are iTerm2's and xterm.js's; WezTerm knows none, and takes the whole at any length, but so large a picture
    # is rare: random pixels, or a wall of a screen.
    parts = [_command(f"FilePart={payload[at : at + _PART]}") for at in range(0, len(payload), _PART)]
    return "".join([_command(f"MultipartFile={keys}"), *parts, _command("FileEnd")])


def _command(text: str) -> str:
    return f"\x1b]1337;{text}\x07"
