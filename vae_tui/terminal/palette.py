"""From any colour to the nearest of a fixed palette."""

# H height, W width, N colours

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Picture

_CUBE = np.array([0, 95, 135, 175, 215, 255])
"""The levels of xterm's 6 x 6 x 6 cube, indices 16 to 231 (red slowest). Source: 256colres.pl of xterm."""
_GREYS = 8 + 10 * np.arange(24)
"""The greys of indices 232 to 255."""

MAX_ERROR_OF_256 = 58
"""The most that the nearest of the 240 colours is off in any one channel of any colour: (45, 48, 126), seen as the grey
of 68, in the cube's wide first step."""

_CUBE_LEVEL = np.abs(np.arange(256)[:, None] - _CUBE).argmin(axis=1)
_CUBE_SQUARE = ((np.arange(256) - _CUBE[_CUBE_LEVEL]) ** 2).astype(np.int32)
_GREY_OF_SUM = np.abs(np.arange(3 * 255 + 1)[:, None] - 3 * _GREYS).argmin(axis=1)


def nearest_of_256(picture_HW3: Picture) -> NDArray[np.uint8]:
    """(H, W): indices 16 to 255, by squared distance; the first 16 look different in every terminal's theme.

    Exact, and cheaper than a table: a cube's nearest point is found channel by channel, a grey's by the mean.
    """
    levels = _CUBE_LEVEL[picture_HW3]
    cube = 16 + 36 * levels[:, :, 0] + 6 * levels[:, :, 1] + levels[:, :, 2]
    grey = _GREY_OF_SUM[picture_HW3.sum(axis=2, dtype=np.intp)]
    off_grey = picture_HW3.astype(np.int32) - _GREYS[grey][:, :, None]
    is_grey = (off_grey**2).sum(axis=2) < _CUBE_SQUARE[picture_HW3].sum(axis=2)
    indices_HW: NDArray[np.uint8] = np.where(is_grey, 232 + grey, cube).astype(np.uint8)
    return indices_HW


@dataclass(frozen=True, eq=False)
class SixelPalette:
    """A palette that no picture changes, and which of its colours is nearest to any other."""

    colours_N3: NDArray[np.uint8]
    table: NDArray[np.uint8]
    """By the upper five bits of red, green and blue, red first: the index of the nearest colour."""

    def nearest(self, picture_HW3: Picture) -> NDArray[np.uint8]:
        """(H, W): indices."""
        high_HW3 = picture_HW3 >> 3
        bins: NDArray[np.uint16] = high_HW3[:, :, 0].astype(np.uint16)
        for channel in (1, 2):
            bins = np.left_shift(bins, np.uint16(5)) | high_HW3[:, :, channel]
        return self.table.take(bins)


SIXEL_REGISTERS = (16, 32, 64, 128, 256)
"""For which numbers of colour registers there is a palette, of one colour less each: one is left to the picture."""


@cache
def sixel_palette(num_registers: int) -> SixelPalette:
    """The shipped palette of at most so many registers less one; greys where there are less than 16 of them.

    Made by benchmarks/make_sixel_palettes.py: nearest colours by k-means need seconds that no start should take.
    """
    if num_registers < SIXEL_REGISTERS[0]:
        return _greys(max(2, num_registers - 1))
    fitting = max(registers for registers in SIXEL_REGISTERS if registers <= num_registers)
    with np.load(Path(__file__).with_name("sixel_palettes.npz")) as arrays:
        return SixelPalette(arrays[f"palette{fitting}"], arrays[f"table{fitting}"])


def _greys(num: int) -> SixelPalette:
    levels = np.linspace(0, 255, num)
    axis = np.arange(32)
    red, green, blue = np.meshgrid(axis, axis, axis, indexing="ij")
    light = (0.30 * red + 0.59 * green + 0.11 * blue).ravel() / 31 * (num - 1)
    return SixelPalette(np.rint(levels)[:, None].repeat(3, axis=1).astype(np.uint8), np.rint(light).astype(np.uint8))
