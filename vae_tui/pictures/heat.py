"""The difference of two images as a heat map, on one scale for all pictures."""

# N tiles, H height, W width

from functools import cache

import numpy as np
from numpy.typing import NDArray

from vae_tui.imaging import Tiles

TOP = 128
"""Levels of 255 that are shown brightest; what is above them is shown as bright."""
SCALE = f"black 0 to yellow {TOP} of 255"
"""The scale in words."""
_INFERNO = np.array(
    [
        (0.0002189403691192265, 0.001651004631001012, -0.01948089843709184),
        (0.1065134194856116, 0.5639564367884091, 3.932712388889277),
        (11.60249308247187, -3.972853965665698, -15.9423941062914),
        (-41.70399613139459, 17.43639888205313, 44.35414519872813),
        (77.162935699427, -33.40235894210092, -81.80730925738993),
        (-71.31942824499214, 32.62606426397723, 73.20951985803202),
        (25.13112622477341, -12.24266895238567, -23.07032500287172),
    ]
)
"""Polynomial of matplotlib's inferno, whose lightness rises evenly (fit by Matt Zucker, public domain)."""


def differences(one_NHWC: Tiles, other_NHWC: Tiles) -> NDArray[np.float64]:
    """Absolute difference of each pixel in levels of 255, mean over the channels: (N, H, W)."""
    apart: NDArray[np.float64] = np.abs(one_NHWC.astype(np.int16) - other_NHWC).mean(axis=3)
    return apart


def heat(levels_NHW: NDArray[np.float64]) -> Tiles:
    """Levels of 255 in colours: uint8 RGB (N, H, W, 3)."""
    tiles: Tiles = _colours()[np.rint(levels_NHW.clip(0, TOP)).astype(np.intp)]
    return tiles


@cache
def _colours() -> NDArray[np.uint8]:
    shares = np.linspace(0, 1, TOP + 1)[:, None]
    colours = sum(weights * shares**power for power, weights in enumerate(_INFERNO))
    rounded: NDArray[np.uint8] = np.rint(255 * np.clip(colours, 0, 1)).astype(np.uint8)
    return rounded
