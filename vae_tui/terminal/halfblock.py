"""Half cells: two pixels a cell, an upper half block in two colours. Every terminal with colour shows them."""

from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.painting import Painting


class HalfblockPainter:
    """Real segments, so that snapshots, crops and overlays see the picture too."""

    label: ClassVar[str] = "half cells"
    max_side: ClassVar[int] = 10_000
    cell_size = (1, 2)

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """A segment for each run of equal cells."""
        packed = (picture.astype("u4") << (16, 8, 0)).sum(axis=2)
        return Painting([_row(upper, lower) for upper, lower in zip(*_halves(packed.tolist()), strict=True)])

    def farewell(self) -> str:
        """Nothing: text covers text."""
        return ""


def _halves(rows: list[list[int]]) -> tuple[list[list[int]], list[list[int]]]:
    return rows[::2], rows[1::2]


def _row(upper: list[int], lower: list[int]) -> list[Segment]:
    segments = []
    for (top, bottom), run in groupby(zip(upper, lower, strict=True)):
        num = sum(1 for _ in run)
        # Equal halves are spaces: what is copied or read aloud holds no blocks where there is only paper.
        character = " " if top == bottom else "▀"
        segments.append(Segment(character * num, _style(top, bottom)))
    return segments


@lru_cache(maxsize=8192)
def _style(top: int, bottom: int) -> Style:
    return Style.from_color(_colour(top), _colour(bottom))


@lru_cache(maxsize=8192)
def _colour(packed: int) -> Color:
    return Color(
        f"#{packed:06x}", ColorType.TRUECOLOR, None, ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
    )
