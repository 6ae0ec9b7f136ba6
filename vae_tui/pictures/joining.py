"""Two drawings as one: side by side, or above each other."""

# N tiles, R rows, C columns, Z latent dims

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.arrange import Stack
from vae_tui.charts.contract import Chart
from vae_tui.imaging import PAPER, Tiles, resize_tiles
from vae_tui.latent import Latents
from vae_tui.pictures.contract import ChartCell, Drawing
from vae_tui.pictures.refusal import Refusal
from vae_tui.points.point import Point

CHART_WEIGHT = 3.0
"""So many times as much room as that has a chart beside it."""


@dataclass(frozen=True, eq=False)
class JoinedDrawing(Drawing):
    """Two drawings beside or above each other, the first of `parts` at the left or on top."""

    parts: tuple[Drawing, ...] = ()
    shift: tuple[int, int] = (0, 0)
    """By how many (rows, columns) the second one's grid lies further than the first one's."""
    names: tuple[str, str] = ("", "")
    """Of the two models."""

    saved: "JoinedDrawing | None" = None
    """The same as files have it, where this is another arrangement."""

    @property
    def front(self) -> Drawing:
        """The left one, or the one above."""
        return self.parts[0]

    @property
    def is_stacked(self) -> bool:
        """Whether one stands above the other."""
        return self.shift[0] > 0

    @property
    def as_saved(self) -> Drawing:
        """Side by side."""
        return self.saved or self

    @cached_property
    def arrangements(self) -> tuple[Drawing, ...]:
        """Side by side and, where each has tiles and one line of column labels serves both, above each other."""
        left, right = self.parts
        has_tiles = len(left.tiles_NHWC) > 0 and len(right.tiles_NHWC) > 0
        columns_agree = left.column_labels == right.column_labels
        if self.is_stacked or not has_tiles or not columns_agree:
            return (self,)
        above = join(left, right, self.names, direction="down")
        added = self.caption.replace(_caption(self.parts, self.names), above.caption)
        return (self, replace(above, caption=added, saved=self))

    def places(self, tile: int) -> tuple[int, ...]:
        """In the left one and at the same place of the right one, where that has a tile there."""
        left, right = self.parts
        row, column = divmod(tile, max(1, left.columns))
        found = [row * self.columns + column] if tile < len(left.tiles_NHWC) else []
        if column < right.columns and row * right.columns + column < len(right.tiles_NHWC):
            found.append((row + self.shift[0]) * self.columns + self.shift[1] + column)
        return tuple(found)

    def tile_of(self, place: int) -> int | None:
        """The tile of the left one at the place, or at the same place as that of the right one."""
        left = self.parts[0]
        row, column = divmod(place, self.columns)
        if row >= self.shift[0] and column >= self.shift[1]:
            row, column = row - self.shift[0], column - self.shift[1]
        tile = row * left.columns + column
        return tile if column < left.columns and tile < len(left.tiles_NHWC) else None

    def chart_cell(self, column: int, row: int, width: int, height: int) -> ChartCell | None:
        """The one of the two whose chart is under the cell, and the cell and the size within that."""
        found = self.chart.part_at(column, row, width, height) if isinstance(self.chart, Stack) else None
        if found is None:
            return None
        return ChartCell([part for part in self.parts if part.chart is not None][found[0]], *found[1:])


def join(
    left: Drawing, right: Drawing, names: tuple[str, str], *, direction: Literal["across", "down"] = "across"
) -> JoinedDrawing:
    """Two drawings as one: side by side, or the left one above the right one, with a gap; charts beside each other.

    Tiles of different sizes are brought to the larger one's; of drawings with a large first tile, that one is shown
    alone. `names` are those of the two models.
    """
    left, right = parts = (_large_alone(left), _large_alone(right))
    down = direction == "down"
    heights, widths = [part.rows for part in parts], [_columns(part) for part in parts]
    gap = 1 if min(widths) and max(heights if down else widths) > 1 else 0
    shift = (heights[0] + gap, 0) if down else (0, widths[0] + gap)
    places = np.full((max(heights[0], shift[0] + heights[1]), max(widths[0], shift[1] + widths[1])), -1)
    counted = 0  # in both drawings' tiles, one after the other
    for part, (top, start) in zip(parts, ((0, 0), shift), strict=True):
        num, height, width = len(part.tiles_NHWC), part.rows, _columns(part)
        tiles_RC = np.arange(height * width).reshape(height, width)
        places[top : top + height, start : start + width] = np.where(tiles_RC < num, tiles_RC + counted, -1)
        counted += num
    place_N = places.ravel()
    labels = [part.row_labels for part in parts]
    shorter = _shorter_labels(parts, heights, gap, down=down)
    return JoinedDrawing(
        tiles_NHWC=_common_tiles(parts)[place_N] if counted else left.tiles_NHWC,
        columns=max(1, places.shape[1]),
        latents_NZ=_common_latents(parts)[place_N] if counted else _common_latents(parts),
        caption=_caption(parts, names, down=down),
        row_labels=_labels_down(labels, heights, gap) if down else _row_labels(labels, max(heights)),
        shorter_labels=tuple(labels for labels, _ in shorter),
        label_heads=tuple(head for _, head in shorter),
        column_labels=left.column_labels if down else _column_labels([p.column_labels for p in parts], widths, gap),
        foot=_foot_down(parts) if down else _foot(parts, widths, gap),
        shown_N=(place_N >= 0) & _shown(parts)[place_N] if counted else None,
        centre_Z=left.centre_Z,
        chart=_chart(parts, names),
        chart_side=_filled(parts).chart_side,
        chart_share=max(part.chart_share for part in parts),
        points=_by_place(place_N, [part.points or (None,) * len(part.tiles_NHWC) for part in parts], None),
        words=_by_place(place_N, [part.words or ("",) * len(part.tiles_NHWC) for part in parts], ""),
        uses_statistics=left.uses_statistics or right.uses_statistics,
        parts=parts,
        shift=shift,
        names=names,
    )


def _large_alone(part: Drawing) -> Drawing:
    """The large first tile without the others; a drawing that has none as it is."""
    if not part.num_leading:
        return part
    shown_N = None if part.shown_N is None else part.shown_N[:1]
    return replace(
        part,
        tiles_NHWC=part.tiles_NHWC[:1],
        columns=1,
        latents_NZ=part.latents_NZ[:1],
        row_labels=(),
        shorter_labels=(),
        label_heads=(),
        column_labels=(),
        foot=(),
        shown_N=shown_N,
        points=part.points[:1],
        words=part.words[:1],
        lead=1,
    )


def _columns(part: Drawing) -> int:
    return part.columns if len(part.tiles_NHWC) else 0


Item = TypeVar("Item", Point | None, str)


def _by_place(place_N: NDArray[np.int64], sides: Sequence[Sequence[Item]], nothing: Item) -> tuple[Item, ...]:
    items = [item for side in sides for item in side]
    return tuple(items[place] if place >= 0 else nothing for place in place_N.tolist())


def _shown(parts: Sequence[Drawing]) -> NDArray[np.bool_]:
    return np.concatenate([np.ones(len(p.tiles_NHWC), bool) if p.shown_N is None else p.shown_N for p in parts])


def _common_tiles(parts: Sequence[Drawing]) -> Tiles:
    """The tiles of both, at the larger height and width of the two; one of another shape stands in the middle."""
    filled = [part for part in parts if len(part.tiles_NHWC)]
    height, width = (max(part.tile_shape[axis] for part in filled) for axis in (0, 1))
    return np.concatenate([_at_size(part.tiles_NHWC, height, width) for part in filled])


def _at_size(tiles_NHWC: Tiles, height: int, width: int) -> Tiles:
    num, own_height, own_width, _ = tiles_NHWC.shape
    scale = min(height / own_height, width / own_width)
    inner_height, inner_width = round(own_height * scale), round(own_width * scale)
    inner = resize_tiles(tiles_NHWC, inner_height, inner_width)
    if (inner_height, inner_width) == (height, width):
        return inner
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    framed = np.empty((num, height, width, 3), np.uint8)
    framed[:] = PAPER
    framed[:, top : top + inner_height, left : left + inner_width] = inner
    return framed


def _common_latents(parts: Sequence[Drawing]) -> Latents:
    """The latents of both, the shorter ones filled up with NaN."""
    dims = max(part.latents_NZ.shape[1] for part in parts)
    padded = [
        np.pad(part.latents_NZ, ((0, 0), (0, dims - part.latents_NZ.shape[1])), constant_values=np.nan)
        for part in parts
    ]
    latents_NZ: Latents = np.concatenate([*padded, np.full((1, dims), np.nan)]).astype(np.float32)  # -1 is the NaN
    return latents_NZ


def _filled(parts: Sequence[Drawing]) -> Drawing:
    """The first that is a picture."""
    return next((part for part in parts if not isinstance(part, Refusal)), parts[0])


def _caption(parts: Sequence[Drawing], names: tuple[str, str], *, down: bool = False) -> str:
    """What both show; the first one may stand above. Why one of them shows nothing comes before the other."""
    left, right = (part.caption for part in parts)
    if isinstance(parts[0], Refusal):
        return f"{left} · {names[1]}: {right}"
    if isinstance(parts[1], Refusal):
        return f"{right} · {names[0]}: {left}"
    first, second = ("above", "below") if down else ("left", "right")
    if left == right:
        return f"{left} · {first} {names[0]}, {second} {names[1]}"
    return f"{first} {names[0]}: {left} · {second} {names[1]}: {right}"


def _shorter_labels(
    parts: Sequence[Drawing], heights: Sequence[int], gap: int, *, down: bool
) -> list[tuple[tuple[str, ...], str]]:
    """The row labels in shorter and shorter forms, with their heads; at last the first words of both."""
    forms = [
        [
            *zip(part.shorter_labels, part.label_heads or ("",) * len(part.shorter_labels), strict=True),
            (tuple(label.partition(" ")[0] for label in part.row_labels), ""),
        ]
        for part in parts
    ]
    length = max(len(side) for side in forms)
    pairs = [[side[min(at, len(side) - 1)] for side in forms] for at in range(length)]
    if down:
        under = [_labels_down([labels for labels, _ in pair], heights, gap) for pair in pairs]
        return [(labels, _common_head(pair)) for labels, pair in zip(under, pairs, strict=True)]
    rows = max(heights)
    headed = [_row_labels([(head, *labels) if labels else () for labels, head in pair], rows + 1) for pair in pairs]
    shorter = [
        (lines[1:], lines[0] if any(head for _, head in pair) else "")
        for lines, pair in zip(headed, pairs, strict=True)
    ]
    return [*shorter, (tuple(label.replace(" | ", "|") for label in shorter[-1][0]), "")]


def _common_head(pair: Sequence[tuple[tuple[str, ...], str]]) -> str:
    """The head over the labels of both; "" where each has its own."""
    heads = {head for labels, head in pair if labels}
    return heads.pop() if len(heads) == 1 else ""


def _row_labels(both: Sequence[tuple[str, ...]], rows: int) -> tuple[str, ...]:
    """Of each row what both say of it, or the one thing that is the same; of equal width."""
    if not any(both):
        return ()
    sides = []
    for known in both:
        labels = known or ("",) * rows
        width = max(map(len, labels))
        sides.append([f"{label:<{width}}" for label in labels] + [" " * width] * (rows - len(labels)))
    left, right = sides
    if left == right or not right[0]:
        return tuple(left)
    return tuple(f"{a} | {b}" if a else b for a, b in zip(left, right, strict=True))


def _labels_down(both: Sequence[tuple[str, ...]], heights: Sequence[int], gap: int) -> tuple[str, ...]:
    """The row labels of both beneath each other, of equal width."""
    if not any(both):
        return ()
    left, right = (known or ("",) * height for known, height in zip(both, heights, strict=True))
    labels = (*left, *[""] * gap, *right)
    width = max(map(len, labels))
    return tuple(f"{label:<{width}}" for label in labels)


def _column_labels(both: Sequence[tuple[str, ...]], widths: Sequence[int], gap: int) -> tuple[str, ...]:
    if not any(both):
        return ()
    left, right = (labels or ("",) * width for labels, width in zip(both, widths, strict=True))
    return (*left, *[""] * gap, *right)


def _foot(parts: Sequence[Drawing], widths: Sequence[int], gap: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lines under both grids: those of one name in one line, in the order in which each has them."""
    sides = []
    for part in parts:
        names = [name for name, _ in part.foot]
        sides.append({(names[:at].count(name), name): texts for at, (name, texts) in enumerate(part.foot)})
    lines = dict.fromkeys(line for side in sides for line in side)
    return tuple((line[1], _column_labels([side.get(line, ()) for side in sides], widths, gap)) for line in lines)


def _foot_down(parts: Sequence[Drawing]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lines under both grids in turn; once where both say the same, else with an arrow to the one that is meant."""
    lines: list[tuple[str, tuple[str, ...]]] = []
    for upper, lower in itertools.zip_longest(*(part.foot for part in parts)):
        if upper == lower:
            lines.append(upper)
        else:
            lines += [(f"{line[0]} {arrow}", line[1]) for line, arrow in ((upper, "↑"), (lower, "↓")) if line]
    return tuple(lines)


def _chart(parts: Sequence[Drawing], names: tuple[str, str]) -> Chart | None:
    """The charts of both, each with its model's name; beneath each other where they stand beside tiles.

    Why one of them has no picture stands among them, and needs less room.
    """
    charts = [(part.chart, part, name) for part, name in zip(parts, names, strict=True) if part.chart is not None]
    if not charts:
        return None
    beside_tiles = _filled(parts).chart_side == "left" and any(len(part.tiles_NHWC) for part in parts)
    return Stack(
        tuple(chart for chart, _, _ in charts),
        tuple(1.0 if isinstance(part, Refusal) else CHART_WEIGHT for _, part, _ in charts),
        direction="down" if beside_tiles else "across",
        titles=tuple("" if isinstance(part, Refusal) else name for _, part, name in charts),
    )
