"""Colours that stay apart for colour-blind eyes and against their paper."""

import math
from functools import cache

from vae_tui.imaging import PAPER, Colour

LIGHT_PAPER: Colour = (250, 250, 250)
"""The light theme's paper; the dark one's is imaging.PAPER."""

MIN_CONTRAST = 3.0
"""Least contrast of a graphic with its paper (WCAG 2.1, criterion 1.4.11)."""

_BLUE: Colour = (0, 114, 178)
_HUES: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (213, 94, 0),
    (204, 121, 167),
    _BLUE,
    (240, 228, 66),
)
"""Okabe and Ito, Color universal design (2008), without black."""

_VIOLET: Colour = (125, 80, 200)
"""In place of blue after the first round, where blue's shades would be sky blue's."""

_CONTRASTS = {True: (3.3, 6.0, 10.5), False: (3.1, 5.5, 10.0)}
"""By dark or light paper: the contrasts at which a hue is shown, apart enough to tell shades from each other."""

NUM_COLOURS = len(_HUES) * 3


def _linear(colour: Colour) -> tuple[float, ...]:
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour))


def _luminance(colour: Colour) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with so large a share of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def is_dark(paper: Colour) -> bool:
    """Whether light ink reads better on it."""
    return contrast(paper, (255, 255, 255)) > contrast(paper, (0, 0, 0))


def strongest(dark: bool) -> Colour:
    """White on dark paper, black on light: no class has it, so that a cursor stands out."""
    return (255, 255, 255) if dark else (0, 0, 0)


def _shade(hue: Colour, paper: Colour, wanted: float) -> Colour:
    """The hue mixed with white or black, as little as gives it the wanted contrast, or the nearest."""
    shades = [mixed(hue, end, step / 50) for end in ((255, 255, 255), (0, 0, 0)) for step in range(46)]
    enough = [shade for shade in shades if contrast(shade, paper) >= MIN_CONTRAST]
    return min(enough, key=lambda shade: abs(contrast(shade, paper) - wanted))


@cache
def class_colour(index: int, dark: bool) -> Colour:
    """The colour of a class on dark or light paper; after NUM_COLOURS they come round again."""
    paper = PAPER if dark else LIGHT_PAPER
    turn, which = divmod(index % NUM_COLOURS, len(_HUES))
    own = _HUES[which]
    if contrast(own, paper) < MIN_CONTRAST:
        own = _shade(own, paper, _CONTRASTS[dark][0])
    if turn == 0:
        return own
    others = sorted(_CONTRASTS[dark], key=lambda wanted: abs(math.log(wanted / contrast(own, paper))))[1:]
    return _shade(_VIOLET if _HUES[which] == _BLUE else _HUES[which], paper, others[turn - 1])
