"""Pictures of enlarged tiles: which of their rows and columns only repeat the one before."""

# H height, W width

import math

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Picture


def distinct_rows(rows: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The indices of the rows that differ from the one before, the first among them."""
    differs = (rows[1:] != rows[:-1]).reshape(len(rows) - 1, rows[0].size).any(axis=1)
    return np.append(0, np.flatnonzero(differs) + 1)


def native(picture_HW3: Picture) -> Picture:
    """The smallest picture that is this one when its rows and its columns are repeated a whole number of times.

    A terminal that scales pictures to their cells shows both alike; itself where no such number is over 1.
    """
    has_rows = len(picture_HW3) < 2 or bool((picture_HW3[0] == picture_HW3[1]).all())
    has_columns = len(picture_HW3[0]) < 2 or bool((picture_HW3[:, 0] == picture_HW3[:, 1]).all())
    if not has_rows and not has_columns:
        return picture_HW3
    rows = distinct_rows(picture_HW3)
    columns = distinct_rows(picture_HW3[rows].transpose(1, 0, 2))
    height, width, _ = picture_HW3.shape
    return picture_HW3[:: math.gcd(height, *rows.tolist()), :: math.gcd(width, *columns.tolist())]
