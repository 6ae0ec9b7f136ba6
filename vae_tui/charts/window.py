"""The part of a plane that a chart shows."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FARTHEST = 1e150
"""No window reaches farther from 0: beyond it the arithmetic overflows."""

_FINEST = 1e-9
"""No window is narrower than this share of its distance from 0: beyond it numbers cannot tell two cells apart."""


def _interval(centre: float, half: float) -> tuple[float, float]:
    centre = min(max(centre, -FARTHEST), FARTHEST)
    half = min(max(half, abs(centre) * _FINEST, 1e-150), FARTHEST)
    return centre - half, centre + half


def interval_around(values_N: NDArray[np.float64], margin: float) -> tuple[float, float]:
    """(low, high) about what is finite of the values, with a margin as a share of their range; (-1, 1) about none.

    Equal values get an interval of their own size about them, or of 1 about 0.
    """
    finite = np.clip(values_N[np.isfinite(values_N)], -FARTHEST, FARTHEST)
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    half = (high / 2 - low / 2) * (1 + 2 * margin)
    centre = low / 2 + high / 2
    return _interval(centre, half if half > abs(centre) * _FINEST else abs(centre) / 2 or 1.0)


def place(value: float, low: float, high: float, num: int) -> int | None:
    """Which of `num` equal cells between low and high holds the value, None outside; the last holds its own end."""
    share = (value - low) / (high - low)
    return min(math.floor(share * num), num - 1) if 0 <= share <= 1 else None


@dataclass(frozen=True)
class Window:
    """A rectangle with left < right and bottom < top, all finite. Raises ValueError otherwise."""

    left: float
    right: float
    bottom: float
    top: float

    def __post_init__(self) -> None:
        spans = (self.right - self.left, self.top - self.bottom)
        if not all(0 < span < math.inf for span in spans):
            raise ValueError(f"no window: {self}")

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    @classmethod
    def around(cls, points_N2: NDArray[np.floating], margin: float = 0.05) -> "Window":
        """The window that holds every finite point, with a margin on each side as a share of their range."""
        points = np.asarray(points_N2, np.float64)
        whole = points[np.isfinite(points).all(axis=1)]
        return cls(*interval_around(whole[:, 0], margin), *interval_around(whole[:, 1], margin))

    def zoom(self, factor: float, about: tuple[float, float] | None = None) -> "Window":
        """`factor` times as close: `about`, by default the centre, stays where it is."""
        x, y = about or (self.left / 2 + self.right / 2, self.bottom / 2 + self.top / 2)
        across, up = self.width / factor / 2, self.height / factor / 2
        share_x, share_y = (x - self.left) / self.width, (y - self.bottom) / self.height
        return Window(*_interval(x + (1 - 2 * share_x) * across, across), *_interval(y + (1 - 2 * share_y) * up, up))

    def pan(self, dx: float, dy: float) -> "Window":
        """Moved by so much to the right and up."""
        x, y = self.left / 2 + self.right / 2 + dx, self.bottom / 2 + self.top / 2 + dy
        return Window(*_interval(x, self.width / 2), *_interval(y, self.height / 2))
