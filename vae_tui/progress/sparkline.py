"""A curve in one row of text."""

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.:-=+*#"
"""For a console whose encoding has no block characters: more ink is higher."""


def sparkline(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """The values as blocks, `width` at most: where there are more values, each block is the mean of its share.

    The lowest value is the lowest block, the highest the highest. Between them the height is the square root of the
    share of the way: a loss falls far in its first epoch, and the small gains of the last ones would all be one block.
    What is not finite is a blank; equal values are all the lowest block.
    """
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    points = _means(values, width)
    finite = [point for point in points if math.isfinite(point)]
    if not finite:
        return " " * len(points)
    low, high = min(finite), max(finite)
    span = (high / 2 - low / 2) or 1.0  # halves, as the whole of a run away may be infinite
    top = len(blocks) - 1
    return "".join(
        blocks[round(math.sqrt((point / 2 - low / 2) / span) * top)] if math.isfinite(point) else " "
        for point in points
    )


def _means(values: Sequence[float], width: int) -> list[float]:
    """The values, or `width` means of neighbours over what is finite of them; NaN where nothing is."""
    num = len(values)
    if num <= width:
        return list(values)
    means = []
    for index in range(width):
        share = values[index * num // width : (index + 1) * num // width]
        finite = [value for value in share if math.isfinite(value)]
        means.append(sum(value / len(finite) for value in finite) if finite else math.nan)
    return means


def curve(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """The sparkline with its first and its last value: `█▅▃▂▁ 101.30 → 74.90`, `width` columns at most.

    "" where fewer than two values make no curve, or where the two numbers alone need the width.
    """
    if len(values) < 2:
        return ""
    arrow = "->" if ascii_only else "→"
    ends = f"{values[0]:.2f} {arrow} {values[-1]:.2f}"
    room = width - len(ends) - 1
    return f"{sparkline(values, room, ascii_only=ascii_only)} {ends}" if room > 0 else ""
