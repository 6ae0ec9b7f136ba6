"""Kitty's graphics protocol: its commands as pure functions, and still pictures placed at the cursor.

Pictures under a held key are kitty_live.py's. Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

import base64
import secrets
from collections.abc import Iterator
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.kitty_png import lossless_png
from vae_tui.terminal.painting import Painter, Painting

CHUNK = 4096
"""Most bytes of payload that a command may carry."""
QUIET = "q=2"
"""No answer, not even to an error: whoever reads the keyboard would take it for keys."""


def commands(keys: str, payload: bytes, again: str = "") -> Iterator[str]:
    """The command with its payload, in as many pieces as it takes; `again` are the keys that each further one repeats.

    Kitty wants "a=f,i=…,r=…" repeated for an edit, and nothing for a new picture.
    """
    encoded = base64.b64encode(payload).decode()
    pieces = [encoded[start : start + CHUNK] for start in range(0, len(encoded), CHUNK)]
    for index, piece in enumerate(pieces):
        parts = (keys if not index else again, QUIET, f"m={int(index + 1 < len(pieces))}")
        yield f"\x1b_G{','.join(filter(None, parts))};{piece}\x1b\\"


def deletion(image_id: int) -> str:
    """Takes a picture off the screen and out of the terminal's memory."""
    return f"\x1b_Ga=d,d=I,i={image_id},{QUIET}\x1b\\"


class KittyPainter(Painter):
    """Each picture whole, placed at the cursor: for what is shown once, and for kitty before 0.28 (no placeholders).

    Two ids take turns, the older deleted in the frame that replaces it. The picture lies over the text: whoever covers
    it sends `farewell` first. (Under the text, z < 0, kitty 0.26 without a GPU leaves old text on the screen.)
    """

    label: ClassVar[str] = "kitty"
    max_side: ClassVar[int] = 10_000
    takes_text = False

    def __init__(self, cell_size: tuple[int, int]) -> None:
        self.cell_size = cell_size
        first = secrets.randbelow(2**24 - 2) + 1  # another program in the same terminal has other ids
        self._ids = (first, first + 1)

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The picture under the id whose turn it is; the other one is deleted once this one is placed."""
        self._ids = (self._ids[1], self._ids[0])
        keys = f"a=T,f=100,i={self._ids[0]},p=1,c={columns},r={rows},C=1"
        placed = "".join(commands(keys, lossless_png(picture)))
        cells = Segment(" " * columns, Style.from_color(bgcolor=Color.from_rgb(*map(int, picture[-1, -1]))))
        return Painting([[cells]] * rows, placed + deletion(self._ids[1]))

    def forget(self) -> None:
        """Nothing: every picture is whole."""

    def farewell(self) -> str:
        """Deletes both."""
        return "".join(map(deletion, self._ids))
