"""Small antialiased shapes, and many of them laid over pixels at once."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

NUM_SHAPES = 8

_FINE = 5


@cache
def kernel(shape: int, radius: float) -> NDArray[np.float32]:
    """Coverage, 0 to 1, of a shape within the radius about the middle of an odd square: disc, square, triangle,
    diamond, plus, cross, triangle on its head, ring.
    """
    half = int(np.ceil(radius))
    num = 2 * half + 1
    fine = (np.arange(num * _FINE) + 0.5) / _FINE - num / 2
    x, y = fine[None, :] / (radius + 0.5), fine[:, None] / (radius + 0.5)
    away = np.hypot(x, y)
    arm = max(0.3, 0.6 / (radius + 0.5))
    inside = (
        away <= 0.9,
        np.maximum(abs(x), abs(y)) <= 0.78,
        (y <= 0.75) & (abs(x) * 1.75 <= y + 0.95),
        abs(x) + abs(y) <= 1.05,
        (np.minimum(abs(x), abs(y)) <= arm) & (np.maximum(abs(x), abs(y)) <= 1),
        (np.minimum(abs(x - y), abs(x + y)) <= arm * 1.4) & (np.maximum(abs(x), abs(y)) <= 0.85),
        (y >= -0.75) & (abs(x) * 1.75 <= 0.95 - y),
        (away <= 1) & (away >= 0.45),
    )[shape % NUM_SHAPES]
    coverage: NDArray[np.float32] = inside.reshape(num, _FINE, num, _FINE).mean(axis=(1, 3)).astype(np.float32)
    coverage.setflags(write=False)
    return coverage


def stamp(
    area_HW3: NDArray[np.float32],
    x_N: NDArray[np.intp],
    y_N: NDArray[np.intp],
    kernel_KK: NDArray[np.float32],
    colour_N3: NDArray[np.float32],
) -> None:
    """The shape laid over the area at each place, its colour each its own. Places are all different."""
    height, width, _ = area_HW3.shape
    half = kernel_KK.shape[0] // 2
    for dy, dx in zip(*np.nonzero(kernel_KK), strict=True):
        x, y = x_N + dx - half, y_N + dy - half
        seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = x[seen], y[seen]
        below = area_HW3[y, x]
        area_HW3[y, x] = below + (colour_N3[seen] - below) * kernel_KK[dy, dx]
