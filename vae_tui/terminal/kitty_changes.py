"""Where a picture differs from the one before it: few rectangles, which together cost less than the whole."""

# H height, W width; rectangles in pixels

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Picture

BLOCK = 8
"""Pixels a side of the blocks that are compared: tiles are mostly larger."""
MAX_RECTANGLES = 16
"""More than these are one: each costs a command and a PNG header, some 150 bytes, and a decoder's start."""

MOSTLY = 0.75
"""Where more of a picture has changed, by a sample, it is sent whole: a new seed's is, all but the gutters."""


class Rectangle(NamedTuple):
    """Pixels of a picture."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """Pixels in it."""
        return self.width * self.height

    def of(self, picture_HW3: Picture) -> Picture:
        """That part of the picture."""
        return picture_HW3[self.y : self.y + self.height, self.x : self.x + self.width]


def changed_rectangles(old_HW3: Picture, new_HW3: Picture) -> list[Rectangle]:
    """Rectangles that hold every pixel that differs between two pictures of one shape; none where none does."""
    height, width, _ = new_HW3.shape
    sampled = old_HW3[::BLOCK, ::BLOCK] != new_HW3[::BLOCK, ::BLOCK]
    if sampled.any(axis=2).mean() > MOSTLY:
        return [Rectangle(0, 0, width, height)]
    num_y, num_x = -(-height // BLOCK), -(-width // BLOCK)
    different = np.zeros((num_y * BLOCK, num_x * BLOCK * 3), bool)  # rows of bytes: by pixel it takes thrice as long
    old, new = (np.ascontiguousarray(picture).reshape(height, 3 * width) for picture in (old_HW3, new_HW3))
    np.not_equal(old, new, out=different[:height, : 3 * width])
    eights = np.bitwise_or.reduce(different.view(np.uint64).reshape(num_y, BLOCK, 3 * num_x), axis=1)
    blocks = eights.reshape(num_y, num_x, 3).any(axis=2)
    if not blocks.any():
        return []
    parts = [_tight(part, different) for part in _block_rectangles(blocks)]
    whole = around(parts)
    if len(parts) > MAX_RECTANGLES or 1.2 * sum(part.area for part in parts) >= whole.area:
        return [whole]
    return parts


def around(parts: Sequence[Rectangle]) -> Rectangle:
    """The smallest rectangle that holds them all; there must be one."""
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    right, bottom = max(part.x + part.width for part in parts), max(part.y + part.height for part in parts)
    return Rectangle(x, y, right - x, bottom - y)


def _block_rectangles(blocks: NDArray[np.bool_]) -> list[Rectangle]:
    """The marked blocks as runs along rows, equal runs below each other joined; in pixels."""
    num_y, num_x = blocks.shape
    padded = np.zeros((num_y, num_x + 2), bool)
    padded[:, 1:-1] = blocks
    ys, xs = (places.tolist() for places in np.nonzero(padded[:, 1:] != padded[:, :-1]))  # a run has two edges
    runs_of: dict[int, set[tuple[int, int]]] = {}
    for y, first, end in zip(ys[::2], xs[::2], xs[1::2], strict=True):
        runs_of.setdefault(y, set()).add((first, end))
    done: list[Rectangle] = []
    growing: dict[tuple[int, int], int] = {}  # (first, end) of a run: the row in which it began
    for y in range(num_y + 1):
        runs = runs_of.get(y, set())
        for (first, end), start in list(growing.items()):
            if (first, end) not in runs:
                done.append(Rectangle(first * BLOCK, start * BLOCK, (end - first) * BLOCK, (y - start) * BLOCK))
                del growing[first, end]
        for run in runs:
            growing.setdefault(run, y)
    return sorted(done, key=lambda part: (part.y, part.x))


def _tight(part: Rectangle, different: NDArray[np.bool_]) -> Rectangle:
    """The rectangle without the rows and columns at its edges in which nothing differs."""
    marked = different[part.y : part.y + part.height, 3 * part.x : 3 * (part.x + part.width)]
    rows = np.flatnonzero(marked.any(axis=1))
    columns = np.flatnonzero(np.logical_or.reduce(marked, axis=0).reshape(part.width, 3).any(axis=1))
    x, y = part.x + int(columns[0]), part.y + int(rows[0])
    return Rectangle(x, y, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)
