"""Kitty's graphics protocol, placed at the cursor.

textual-image's own path (0.12) leaks one picture a frame in the terminal, writes outside Textual's frame, and needs
the Unicode placeholders of kitty 0.28. Here two ids take turns, the older deleted in the frame that replaces it.
The picture lies over the text: whoever covers it sends `farewell` first. (Under the text, z < 0, kitty 0.26 without a
GPU leaves old text on the screen.)
Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/
"""

import base64
import io
import secrets
from typing import ClassVar

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.painting import Painting

_CHUNK = 4096
"""Most bytes of payload an escape sequence may carry."""


class KittyPainter:
    """Pictures in the terminal's own pixels, all colours."""

    label: ClassVar[str] = "kitty"
    max_side: ClassVar[int] = 10_000

    def __init__(self, cell_size: tuple[int, int]) -> None:
        self.cell_size = cell_size
        first = secrets.randbelow(2**24 - 2) + 1  # another program in the same terminal has other ids
        self._ids = (first, first + 1)

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The picture under the id whose turn it is; the other one is deleted once this one is placed."""
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
        payload = base64.b64encode(buffer.getvalue()).decode()
        chunks = [payload[start : start + _CHUNK] for start in range(0, len(payload), _CHUNK)]
        self._ids = (self._ids[1], self._ids[0])
        keys = f"a=T,f=100,i={self._ids[0]},p=1,c={columns},r={rows},C=1,q=2,"
        parts = []
        for index, chunk in enumerate(chunks):
            more = int(index + 1 < len(chunks))
            parts.append(f"\x1b_G{keys if not index else ''}m={more};{chunk}\x1b\\")
        cells = Segment(" " * columns, Style.from_color(bgcolor=Color.from_rgb(*map(int, picture[-1, -1]))))
        return Painting([[cells]] * rows, "".join(parts) + _delete(self._ids[1]))

    def farewell(self) -> str:
        """Deletes both."""
        return "".join(map(_delete, self._ids))


def _delete(image_id: int) -> str:
    return f"\x1b_Ga=d,d=I,i={image_id},q=2\x1b\\"
