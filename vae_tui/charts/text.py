"""Text in charts: made safe to print, measured in cells, and numbers with as many digits as they need."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable

from vae_tui.charts.contract import ChartLine
from vae_tui.errors import printable

_PARTS = re.compile(r"\([^()]*\)|[:;,] ")
"""What stands in brackets, or the end of a part."""


def safe(text: str) -> str:
    """The text in characters of one or two cells each: controls become U+FFFD, loose combining marks are left out."""
    if text.isascii() and text.isprintable():
        return text[:500]
    whole = unicodedata.normalize("NFC", text[:500])
    return printable("".join(char for char in whole if not unicodedata.category(char).startswith("M")))


def char_cells(char: str) -> int:
    """Cells that a character takes: 2 for the wide ones."""
    if char < "\u1100":
        return 1
    # Hexagrams and counting rods are wide since Unicode 16, which Python 3.11 does not know.
    wide = "\u4dc0" <= char <= "\u4dff" or "\U0001d300" <= char <= "\U0001d37f"
    return 2 if wide or unicodedata.east_asian_width(char) in "WF" else 1


def num_cells(text: str) -> int:
    """Cells that a text takes which `safe` has made."""
    return len(text) if text.isascii() else sum(map(char_cells, text))


def line_cells(line: ChartLine) -> int:
    """Cells that a line takes."""
    return sum(num_cells(run.text) for run in line)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, an ellipsis at its end where it is longer."""
    if num_cells(text) <= width:
        return text
    if width < 1:
        return ""
    kept, room = [], width - 1
    for char in text:
        room -= char_cells(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + "…"


def in_parts(text: str, fits: Callable[[str], bool]) -> str:
    """The text without those of its last parts that do not fit: `KL: nats` of `KL: nats, an image`.

    Parts end at a colon, a semicolon or a comma outside of brackets. Where the first alone is too long, the whole text.
    """
    ends = [mark.start() for mark in _PARTS.finditer(text) if mark[0][0] in ":;,"]
    known = (text, *(text[:end] for end in reversed(ends)))
    return next((part for part in known if fits(part)), text)


def filled(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, at their left or right."""
    short = cut(text, width)
    spaces = " " * (width - num_cells(short))
    return spaces + short if right else short + spaces


def short_number(value: float) -> str:
    """Four significant digits at most: `0.01234`, `98.77`, `1.2e+07`, `nan`."""
    return f"{value + 0.0:.4g}" if value else "0"


def tick_number(value: float, step: float) -> str:
    """The value in as many decimals as tell multiples of `step` apart."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals > 5 or abs(value) >= 1e6:
        return short_number(value)
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text


def listed(parts: Iterable[str], separator: str = "; ") -> str:
    """The parts that say something, in one line."""
    return separator.join(part for part in parts if part)
