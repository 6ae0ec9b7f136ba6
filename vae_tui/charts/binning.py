"""Points counted in a grid of cells, and the class that has most of them in each."""

# N points, M cells that hold any

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.window import Window

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Filled:
    """The cells that hold points, in the order of rows, the topmost first."""

    column_M: Ints
    row_M: Ints
    class_M: Ints
    """The most frequent class, -1 for none; of equals the first."""
    count_M: Ints
    """Points of any class."""


def fill(points_N2: NDArray[np.floating], classes_N: Ints, window: Window, columns: int, rows: int) -> Filled:
    """Points of the window by cell; what is not finite or outside is left out. Classes are -1 or more."""
    x, y = np.asarray(points_N2, np.float64).T
    with np.errstate(invalid="ignore", over="ignore"):
        across, up = (x - window.left) / window.width, (y - window.bottom) / window.height
        (seen,) = np.nonzero((across >= 0) & (across <= 1) & (up >= 0) & (up <= 1))
        column = np.minimum((across[seen] * columns).astype(np.int64), columns - 1)
        row = rows - 1 - np.minimum((up[seen] * rows).astype(np.int64), rows - 1)
    kinds, kind = np.unique(classes_N[seen], return_inverse=True) if seen.size else (classes_N[:0], seen)
    num_kinds = max(len(kinds), 1)
    codes, counts = np.unique((row * columns + column) * num_kinds + kind, return_counts=True)
    cells = codes // num_kinds
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    best = np.lexsort((codes, -counts, cells))[starts]
    totals = np.add.reduceat(counts, starts) if starts.size else counts
    cell = cells[best]
    return Filled(cell % columns, cell // columns, kinds[codes[best] % num_kinds], totals)
