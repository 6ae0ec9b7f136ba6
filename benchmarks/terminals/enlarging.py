"""The pixels that kitty makes of a picture in text cells, computed apart from it.

Source: kitty's graphics.c (grman_put_cell_image) and its shaders. The picture is fitted into its cells with its sides'
ratio kept, each row of cells is drawn by itself, and pixels are mixed in linear light; beyond the picture's edge lies
nothing, which is mixed in too.
"""

# H height, W width in pixels of the picture; Y, X of the screen

import math

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Picture

Pixels = NDArray[np.float64]


def kittys(picture_HW3: Picture, columns: int, rows: int, width: int, height: int) -> Pixels:
    """The screen's pixels, (Y, X, 3) from 0 to 255, of a picture in columns x rows cells of width x height pixels."""
    picture_height, picture_width, _ = picture_HW3.shape
    box_height, box_width = rows * height, columns * width
    scale = min(box_width / picture_width, box_height / picture_height)
    at_Y = np.concatenate(
        [_drawn(y * height, height, scale, (box_height - picture_height * scale) / 2) for y in range(rows)]
    )
    at_X = _drawn(0, box_width, scale, (box_width - picture_width * scale) / 2)
    mix_YH, mix_XW = _mixing(at_Y, picture_height), _mixing(at_X, picture_width)
    light_YX3 = np.einsum("yh,hwc,xw->yxc", mix_YH, _light(picture_HW3), mix_XW, optimize=True)
    share_YX = mix_YH.sum(axis=1)[:, None] * mix_XW.sum(axis=1)
    return _levels(light_YX3 * share_YX[..., None])


def _drawn(first: int, num: int, scale: float, offset: float) -> Pixels:
    """Where in the picture the centres of a run of the screen's pixels lie; far outside where nothing is drawn."""
    start = (first - offset) / scale
    length = num / scale
    skipped = 0
    if start < 0:
        length += start
        skipped = min(num, math.floor(-start * scale))
        start = 0.0
    centres = start + (np.arange(num - skipped) + 0.5) * length / max(1, num - skipped)
    return np.append(np.full(skipped, -9.0), centres)


def _mixing(centres: Pixels, num: int) -> Pixels:
    """(centres, pixels): the share of each pixel, which has its own centre half a pixel from its edge."""
    shares = 1 - np.abs(centres[:, None] - (np.arange(num) + 0.5))
    return np.maximum(shares, 0.0)


def _light(levels: Picture) -> Pixels:
    """sRGB to linear light (IEC 61966-2-1)."""
    part = levels / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def _levels(light: Pixels) -> Pixels:
    """Linear light to sRGB."""
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
