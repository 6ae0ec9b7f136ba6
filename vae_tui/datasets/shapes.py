"""Shapes drawn by the program: no download, and the factors behind each image are known."""

# N images, C channels, H height, W width, F factors; x and y are in image widths from the centre of a shape

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vae_tui.config import option
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, LoadProgress, Report, Source, paced
from vae_tui.datasets.splits import check_fraction, fraction_option, hold_out
from vae_tui.errors import VaeTuiError

Floats = NDArray[np.floating[Any]]

FACTOR_NAMES = ("shape", "hue", "size", "x", "y", "rotation")
FACTOR_RANGES = ((0.0, 4.0), (0.0, 0.8), (0.15, 0.3), (0.3, 0.7), (0.3, 0.7), (0.0, 90.0))
"""Half-open, uniform. shape is rounded down to an index into KINDS; hue in turns (red to violet, which do not meet);
size is the distance from centre to farthest point and x, y the centre, in image widths from the upper left corner;
rotation in degrees, clockwise: a quarter turn, after which a square looks as it did."""
BACKGROUND = 15 / 255
DRAWING = 1
"""Raised whenever the same options and seed give other pixels: packs of the older ones are then made again."""
CHUNK_PIXELS = 1 << 20
"""Pixels drawn at once: about 40 MB of intermediates."""


@dataclass(frozen=True)
class ShapesOptions:
    """How many shapes, and how large."""

    count: int = option(10_000, "images drawn, both splits together, 1 or more")
    image_size: int = option(32, "width and height in pixels, 8 to 1024")
    test_fraction: float = fraction_option()

    def __post_init__(self) -> None:
        check_fraction(self.test_fraction)
        if self.count < 1:
            raise VaeTuiError(f"data.count is {self.count}", "give 1 or more")
        if not 8 <= self.image_size <= 1024:
            raise VaeTuiError(f"data.image_size is {self.image_size}", "give 8 to 1024")


@DATASETS.register("shapes")
class Shapes(Source):
    """One coloured shape an image, anti-aliased, on a dark ground; the label is its kind."""

    Options = ShapesOptions
    summary = "squares, ellipses, hearts and triangles drawn by the program, their factors known (no download)"

    @staticmethod
    def signature(location: str, options: ShapesOptions, *, seed: int, report: Report) -> str:
        return f"drawn {DRAWING}, seed {seed}"

    @staticmethod
    def load(location: str, options: ShapesOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        size, report = options.image_size, paced(report)
        try:
            factors_NF = draw_factors(options.count, seed)
            images_NCHW = np.empty((options.count, 3, size, size), np.uint8)
        except MemoryError:
            message = f"{options.count:,} shapes of {size} x {size} do not fit into memory"
            raise VaeTuiError(message, "lower data.count or data.image_size") from None
        chunk = max(CHUNK_PIXELS // size**2, 1)
        for start in range(0, options.count, chunk):
            images_NCHW[start : start + chunk] = draw_shapes(factors_NF[start : start + chunk], size)
            report(LoadProgress("drawing shapes", min(start + chunk, options.count), options.count, "images"))
        keys = (str(index).encode() for index in range(options.count))
        train, test = hold_out(keys, options.test_fraction, seed)

        def split(indices: NDArray[np.int64]) -> ImageSet:
            kept_NF = torch.from_numpy(factors_NF[indices])
            labels_N = kept_NF[:, 0].to(torch.int64)
            return ImageSet(torch.from_numpy(images_NCHW[indices]), labels_N, tuple(KINDS), kept_NF, FACTOR_NAMES)

        return Data("shapes", split(train), split(test) if len(test) else None)


def draw_factors(count: int, seed: int) -> Floats:
    """float32 (N, F), each column uniform over its range; a longer draw begins with the shorter one."""
    low_F, high_F = np.array(FACTOR_RANGES).T
    factors_NF = low_F + (high_F - low_F) * np.random.default_rng(seed).random((count, len(FACTOR_NAMES)))
    factors_NF[:, 0] = np.floor(factors_NF[:, 0])
    drawn_NF: Floats = factors_NF.astype(np.float32)
    return drawn_NF


def draw_shapes(factors_NF: Floats, size: int) -> NDArray[np.uint8]:
    """uint8 (N, 3, size, size). A pixel's coverage is its signed distance to the outline, clipped to one pixel."""
    kind_N, hue_N, radius_N, x_N, y_N, degrees_N = factors_NF.T[..., None, None]
    centres = (np.arange(size, dtype=np.float32) + 0.5) / size
    dx, dy = centres[None, None, :] - x_N, centres[None, :, None] - y_N
    cos, sin = np.cos(np.radians(degrees_N)), np.sin(np.radians(degrees_N))
    x_NHW, y_NHW = cos * dx + sin * dy, cos * dy - sin * dx
    distance_NHW = np.empty_like(x_NHW)
    for index, distance in enumerate(KINDS.values()):
        drawn = kind_N[:, 0, 0] == index
        distance_NHW[drawn] = distance(x_NHW[drawn], y_NHW[drawn], radius_N[drawn])
    coverage_NHW = np.clip(0.5 - distance_NHW * size, 0, 1)
    offset_C = np.array([0, 4, 2], np.float32)[:, None, None]  # hue to RGB: each channel is a ramp, shifted
    colour_NC = np.clip(np.abs((hue_N[:, None] * 6 + offset_C) % 6 - 3) - 1, 0, 1)
    levels_NCHW = 255 * (BACKGROUND + coverage_NHW[:, None] * (colour_NC - BACKGROUND))
    pixels_NCHW: NDArray[np.uint8] = np.rint(levels_NCHW).astype(np.uint8)
    return pixels_NCHW


# Signed distances to outlines of farthest point `radius`, negative inside (Quilez, "2D distance functions").


def _square(x: Floats, y: Floats, radius: Floats) -> Floats:
    half = radius / math.sqrt(2)
    out_x, out_y = np.abs(x) - half, np.abs(y) - half
    inside = np.minimum(np.maximum(out_x, out_y), 0)
    distance: Floats = inside + np.hypot(np.maximum(out_x, 0), np.maximum(out_y, 0))
    return distance


def _ellipse(x: Floats, y: Floats, radius: Floats) -> Floats:
    """Half as high as wide; to first order, which is exact at the outline."""
    scaled = np.hypot(x / radius, y / (radius / 2))
    gradient = np.hypot(x / radius**2, y / (radius / 2) ** 2)
    distance: Floats = scaled * (scaled - 1) / np.maximum(gradient, 1e-6)
    return distance


def _heart(x: Floats, y: Floats, radius: Floats) -> Floats:
    """Unit outline: a square on its tip with a half circle on each upper side, moved to its middle."""
    scale = radius / HEART_RADIUS
    u, v = np.abs(x) / scale, HEART_MIDDLE - y / scale
    lobe = np.hypot(u - 0.25, v - 0.75) - math.sqrt(2) / 4
    along = np.maximum(u + v, 0) / 2
    edge = np.sqrt(np.minimum(u**2 + (v - 1) ** 2, (u - along) ** 2 + (v - along) ** 2)) * np.sign(u - v)
    distance: Floats = np.where(u + v > 1, lobe, edge) * scale
    return distance


def _triangle(x: Floats, y: Floats, radius: Floats) -> Floats:
    """Equilateral, tip up; straight on beyond its corners, so that they stay sharp."""
    slope = math.sqrt(3) / 2
    distance: Floats = np.maximum(slope * np.abs(x) - y / 2, y) - radius / 2
    return distance


HEART_MIDDLE = 0.55
"""Height of the unit heart's centre above its tip."""
HEART_RADIUS = math.hypot(0.25, 0.75 - HEART_MIDDLE) + math.sqrt(2) / 4
"""From there to its farthest point, on a lobe."""
KINDS: dict[str, Callable[[Any, Any, Any], Floats]] = {
    "square": _square,
    "ellipse": _ellipse,
    "heart": _heart,
    "triangle": _triangle,
}
