"""A rectangle of pixels to draw on: rectangles, masks, and text in the font that Pillow brings along."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vae_tui.charts.text import safe
from vae_tui.imaging import Colour, Picture

_SPELT = str.maketrans(
    {
        "β": "beta", "μ": "mu", "µ": "mu", "σ": "sigma", "λ": "lambda", "ε": "eps",
        "−": "-", "–": "-", "—": "-", "×": "x", "→": "->", "‖": "||", "“": '"', "”": '"', "’": "'",
    }
)  # fmt: skip
"""What the font has no glyph for, in characters that it has."""

_IN_FONT = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("·…±")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def drawable(text: str) -> str:
    """The text in characters that the font has: accents are left out, and `?` stands for what has no spelling."""
    plain = unicodedata.normalize("NFKD", safe(text).translate(_SPELT))
    bare = (char for char in plain if not unicodedata.category(char).startswith("M"))
    return "".join(char if char in _IN_FONT else "?" for char in bare)


def text_width(text: str, size: int) -> int:
    """Pixels that the text takes from left to right."""
    return round(_font(size).getlength(drawable(text)))


def cut_text(text: str, size: int, width: int) -> str:
    """As much of the text as fits into `width` pixels, an ellipsis at its end where it is not all."""
    short = drawable(text)
    if text_width(short, size) <= width:
        return short
    while short and text_width(short + "…", size) > width:
        short = short[:-1]
    return short + "…" if short else ""


def font_size(width: int, height: int) -> int:
    """The size of text in a chart of so many pixels."""
    return min(max(min(width // 45, height // 24), 9), 24)


class PixelCanvas:
    """width x height pixels of paper. What is drawn outside of them is left out."""

    def __init__(self, width: int, height: int, paper: Colour) -> None:
        self.width = width
        self.height = height
        self._pixels = np.empty((height, width, 3), np.float32)
        self._pixels[:] = paper

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, alpha: float = 1.0
    ) -> None:
        """From the first of each pair up to, not including, the second; to the nearest pixel."""
        x0, x1 = (min(max(round(x), 0), self.width) for x in (left, right))
        y0, y1 = (min(max(round(y), 0), self.height) for y in (top, bottom))
        area = self._pixels[y0:y1, x0:x1]
        area += (np.asarray(colour, np.float32) - area) * np.float32(alpha)

    def mask(self, left: int, top: int, alpha_HW: NDArray[np.float32], colour: Colour) -> None:
        """The colour laid over the pixels from (left, top) on, as thick as `alpha_HW`, 0 to 1, says."""
        height, width = alpha_HW.shape
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, self.width), min(top + height, self.height)
        if x0 >= x1 or y0 >= y1:
            return
        area = self._pixels[y0:y1, x0:x1]
        area += (np.asarray(colour, np.float32) - area) * alpha_HW[y0 - top : y1 - top, x0 - left : x1 - left, None]

    def text(self, left: int, top: int, text: str, size: int, colour: Colour, halo: Colour | None = None) -> None:
        """One line of text whose top left corner is given; with a rim of `halo` where there is one."""
        short = drawable(text)
        if halo is not None:
            self.mask(left - 2, top - 2, _text_mask(short, size, 2), halo)
        self.mask(left, top, _text_mask(short, size, 0), colour)

    def area(self, left: int, top: int, width: int, height: int) -> NDArray[np.float32]:
        """The pixels of a part, to draw on."""
        return self._pixels[max(top, 0) : max(top, 0) + height, max(left, 0) : max(left, 0) + width]

    def picture(self) -> Picture:
        """What has been drawn, as uint8."""
        return np.rint(self._pixels).astype(np.uint8)


@cache
def _text_mask(text: str, size: int, rim: int) -> NDArray[np.float32]:
    font = _font(size)
    width = round(font.getlength(text)) + 2 * rim + 2
    image = Image.new("L", (width, line_height(size) + 2 * rim))
    ImageDraw.Draw(image).text((rim, rim), text, fill=255, font=font, stroke_width=rim, anchor="la")
    mask = np.asarray(image, np.float32) / np.float32(255)
    mask.setflags(write=False)
    return mask


def line_height(size: int) -> int:
    """Pixels from one line of text to the next."""
    return round(size * 1.35)
