"""Lines through points as places in a grid of dots."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

PATTERNS: tuple[tuple[int, int], ...] = ((1, 1), (4, 7), (1, 3), (8, 10))
"""Solid, dashed, dotted, long dashes: how many dots of each so many are drawn."""


def trace(x_N: NDArray[np.float64], y_N: NDArray[np.float64], kind: int, coarse: int) -> tuple[Ints, Ints]:
    """The dots of a line through the points, given in dots; `kind` is one of PATTERNS, `coarse` times as long.

    What is not finite breaks the line; a point with no neighbour is one dot.
    """
    whole = np.isfinite(x_N) & np.isfinite(y_N)
    joined = whole[:-1] & whole[1:]
    x0, y0, x1, y1 = (values[joined] for values in (x_N[:-1], y_N[:-1], x_N[1:], y_N[1:]))
    steps = np.ceil(np.maximum(abs(x1 - x0), abs(y1 - y0))).astype(np.int64).clip(1)
    part = np.repeat(np.arange(len(steps)), steps)
    along = np.arange(len(part))
    share = (along - np.repeat(np.cumsum(steps) - steps, steps)) / steps[part]
    drawn, period = PATTERNS[kind % len(PATTERNS)]
    on = along % (period * coarse) < drawn * coarse
    lone = whole & ~np.append(joined, False) & ~np.append(False, joined) if whole.size else whole
    ends = whole & ~np.append(joined, False) if whole.size and drawn == period else lone
    x = np.concatenate([(x0[part] + share * (x1 - x0)[part])[on], x_N[ends]])
    y = np.concatenate([(y0[part] + share * (y1 - y0)[part])[on], y_N[ends]])
    return np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)


def thickened(dots_HW: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """The dots and so many places above and below each."""
    thick = dots_HW.copy()
    for shift in range(1, min(by, len(dots_HW) - 1) + 1):
        thick[shift:] |= dots_HW[:-shift]
        thick[:-shift] |= dots_HW[shift:]
    return thick
