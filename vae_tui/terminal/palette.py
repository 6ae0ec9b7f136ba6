"""From any colour to the nearest of a fixed palette."""

# H height, W width, N colours

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Picture

_CUBE = np.array([0, 95, 135, 175, 215, 255])
"""The levels of xterm's 6 x 6 x 6 cube, indices 16 to 231 (red slowest). Source: 256colres.pl of xterm."""
_GREYS = 8 + 10 * np.arange(24)
"""The greys of indices 232 to 255."""

MAX_ERROR_OF_256 = 48
"""How far the nearest of the 240 colours may be off in any one channel, of 255: half of the cube's first step."""

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
    return np.where(is_grey, 232 + grey, cube).astype(np.uint8)
