"""Draws from the prior, decoded: a square grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import (
    Edits,
    Latents,
    apply_edits,
    check_edits,
    even_steps,
    format_edits,
    format_number,
    slerp,
)
from vae_tui.pictures.checks import check_animation, check_count, check_finite, check_latents
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.decoding import decode_once
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.made import Made
from vae_tui.points.bases import Draw
from vae_tui.points.point import Point
from vae_tui.priors import PRIORS, describe_prior, prior_draws
from vae_tui.survey import Nearest, Survey

WALK_STOPS = 3
"""An animation walks from the samples of its seed to those of the next ones, so many, and back."""
WALK_STEPS = 12
"""Frames from one stop to the next."""

NEAREST_ALONE, LEAST_NEAREST = 3, 2
"""So many nearest images stand beside a single tile, and at least so many below a grid; else they fill a row."""


@dataclass(frozen=True, eq=False)
class _NearestDrawing(Drawing):
    """A grid with a tile again, and the images nearest to it, in a row below."""

    @cached_property
    def arrangements(self) -> tuple[Drawing, ...]:
        """That row below and, where the grid has as many rows as columns, as a column at its right."""
        return (self, _NearestAtRight.of(self)) if self.rows == self.columns + 1 else (self,)


@dataclass(frozen=True, eq=False)
class _NearestAtRight(Drawing):
    """The same with its last row as a column at the right: a screen is wider than high."""

    saved: Drawing | None = None

    @classmethod
    def of(cls, below: Drawing) -> "_NearestAtRight":
        """The tiles in their new places; where a column has no tile it is empty."""
        num, columns = len(below.tiles_NHWC), below.columns
        place_N = [_place_at_right(tile, columns) for tile in range(num)]
        tile_P = np.full(columns * (columns + 1), -1)
        tile_P[place_N] = np.arange(num)
        shown_N = np.ones(num, bool) if below.shown_N is None else below.shown_N
        return cls(
            tiles_NHWC=below.tiles_NHWC[tile_P],
            columns=columns + 1,
            latents_NZ=below.latents_NZ[tile_P],
            caption=below.caption,
            column_labels=("",) * columns + ("nearest",),
            shown_N=(tile_P >= 0) & shown_N[tile_P],
            points=tuple(below.points[tile] if tile >= 0 else None for tile in tile_P.tolist()),
            words=tuple(below.words[tile] if tile >= 0 else "" for tile in tile_P.tolist()),
            saved=below,
        )

    @property
    def front(self) -> Drawing:
        """The one with the row below."""
        return self.as_saved

    @property
    def as_saved(self) -> Drawing:
        """The row below."""
        return self.saved or self

    def places(self, tile: int) -> tuple[int, ...]:
        """Where the tile has come to."""
        return (_place_at_right(tile, self.columns - 1),) if tile < len(self.front.tiles_NHWC) else ()

    def tile_of(self, place: int) -> int | None:
        """The tile that has come there; None where there is none."""
        row, column = divmod(place, self.columns)
        across = self.columns - 1
        tile = across * across + row if column == across else row * across + column
        return tile if tile < len(self.front.tiles_NHWC) else None


def _place_at_right(tile: int, columns: int) -> int:
    """Where a tile of columns + 1 rows stands after the last row has become a column more."""
    row, column = divmod(tile, columns)
    return row * (columns + 1) + column if row < columns else column * (columns + 1) + columns


@dataclass(frozen=True)
class SamplePicture:
    """`num` decoded draws of a prior, or given latents, with `edits` held in all of them.

    With `nearest`, a last row has that tile again, and the images that lie nearest to it in the latent space.
    """

    command_name: ClassVar[str] = "sample"

    num: int = 16
    seed: int = 0
    temperature: float = 1.0
    edits: Edits = ()
    base: LatentFile | None = None
    """Latents to decode instead of draws: num, seed, temperature and prior then mean nothing."""
    prior: str = "normal"
    """"normal", N(0, I), or "fitted" to the images' aggregate posterior (priors.PRIORS)."""
    nearest: int | None = None
    """The tile whose nearest images are shown, from 0; None: of none."""

    def __post_init__(self) -> None:
        check_count("-n", self.num)
        check_count("--seed", self.seed, 0, 2**63 - 1)
        check_finite("--temperature", self.temperature, 0)
        assert self.prior in PRIORS

    def draw(self, subject: Subject) -> Drawing:
        """The samples, row by row; below them what is nearest to one."""
        self._check(subject)
        drawing = self._drawing(subject, self._latents(subject, self.seed), self._points())
        return drawing if self.nearest is None else self._with_nearest(subject, drawing, self.nearest)

    def animate(self, subject: Subject) -> Animation:
        """Every tile walks the great circle to its sample under the next seeds, and back to the first."""
        self._check(subject)
        if self.base is not None:
            return Animation((self.draw(subject),), 1000)
        check_animation(self.num, WALK_STOPS * WALK_STEPS)
        stops = [self._latents(subject, self.seed + stop) for stop in range(WALK_STOPS)]
        frames = []
        for start_NZ, end_NZ in zip(stops, stops[1:] + stops[:1], strict=True):
            t_S = even_steps(WALK_STEPS + 1)
            paths = [slerp(start, end, t_S) for start, end in zip(start_NZ, end_NZ, strict=True)]
            for step in range(WALK_STEPS):
                latents_NZ = apply_edits(np.stack([path[step] for path in paths]), self.edits)
                frames.append(self._drawing(subject, latents_NZ))
        return Animation(tuple(frames), 80)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        if self.base is not None:
            words = ["--latent", self.base.path]
        else:
            words = ["-n", str(self.num), "--seed", str(self.seed), "--temperature", format_number(self.temperature)]
            words += ["--prior", self.prior] if self.prior != "normal" else []
        words += ["--z", format_edits(self.edits)] if self.edits else []
        return words + (["--nearest", str(self.nearest)] if self.nearest is not None else [])

    def _check(self, subject: Subject) -> None:
        check_latents(self.base, subject)
        check_edits(self.edits, subject.latent_dim)
        num = self.num if self.base is None else len(self.base.latents_NZ)
        if self.nearest is not None and not 0 <= self.nearest < num:
            raise VaeTuiError(f"there is no tile {self.nearest}", f"there are 0 to {num - 1}")

    def _latents(self, subject: Subject, seed: int) -> Latents:
        if self.base is not None:
            return apply_edits(self.base.latents_NZ, self.edits)
        return apply_edits(prior_draws(subject, self.prior, self.num, seed, self.temperature), self.edits)

    def _drawing(self, subject: Subject, latents_NZ: Latents, points: Sequence[Point] = ()) -> Drawing:
        num = len(latents_NZ)
        columns = math.ceil(math.sqrt(num))
        if self.base is not None:
            caption = f"{num} latents of {self.base.name}"
        else:
            prior = describe_prior(subject, self.prior)
            samples = f"{num} sample{'s' if num > 1 else ''} of {prior}"
            caption = f"{samples} · seed {self.seed} · temperature {format_number(self.temperature)}"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        words = Made(len(points), lambda tile: str(points[tile]) if self.base is None else f"latent {tile}")
        tiles = decode_once(subject, latents_NZ)
        return Drawing(tiles, columns, latents_NZ, caption + held, points=points, words=words)

    def _with_nearest(self, subject: Subject, drawing: Drawing, tile: int) -> Drawing:
        """The drawing with one row more: the tile, and the images nearest to it. Beside a single tile, they alone."""
        survey = subject.survey()
        num, is_alone = len(drawing.tiles_NHWC), len(drawing.tiles_NHWC) == 1
        near = survey.nearest(
            drawing.latents_NZ[tile], NEAREST_ALONE if is_alone else max(LEAST_NEAREST, drawing.columns - 1)
        )
        found = [int(index) for index in near.indices_K]
        columns = 1 + NEAREST_ALONE if is_alone else drawing.columns
        gap = 0 if is_alone else -num % columns
        again = slice(tile, tile + 1 - is_alone)  # nothing, beside a single tile
        row = [np.zeros_like(drawing.tiles_NHWC[:1].repeat(gap, 0)), drawing.tiles_NHWC[again], subject.images(found)]
        tiles_NHWC = np.concatenate([drawing.tiles_NHWC, *row])
        blank_NZ, image_NZ = (no_latents(count, subject.latent_dim) for count in (gap, len(found)))
        shown_N = np.ones(len(tiles_NHWC), bool)
        shown_N[num : num + gap] = False
        added = len(tiles_NHWC) - num
        rows = -(-len(tiles_NHWC) // columns)
        return _NearestDrawing(
            tiles_NHWC=tiles_NHWC,
            columns=columns,
            latents_NZ=np.concatenate([drawing.latents_NZ, blank_NZ, drawing.latents_NZ[again], image_NZ]),
            caption=f"near tile {tile}: {_nearest_words(survey, near)} · {drawing.caption}",
            row_labels=() if is_alone else tuple(f"{'nearest' * (row == rows - 1):7}" for row in range(rows)),
            shown_N=shown_N,
            points=(*drawing.points, *[None] * added),
            words=(*drawing.words, *[""] * added),
        )

    def _points(self) -> Sequence[Point]:
        """What the tiles are called."""
        if self.base is not None:
            latents_NZ = self.base.latents_NZ
            return Made(len(latents_NZ), lambda tile: Point.of(latents_NZ[tile]).held(self.edits))
        seed, temperature, prior = self.seed, self.temperature, self.prior
        return Made(self.num, lambda tile: Point(Draw(tile, seed, temperature, prior), edits=self.edits))


def _nearest_words(survey: Survey, near: Nearest) -> str:
    """`test images 7 frog at 3.10 · 12 truck at 3.42 · distances in latent space`: parts that may be left out."""
    named = []
    for index, distance in zip(near.indices_K.tolist(), near.distances_K.tolist(), strict=True):
        label = -1 if survey.labels_N is None else int(survey.labels_N[survey.position(index)])
        name = f" {printable(survey.class_names[label], 24)}" if 0 <= label < len(survey.class_names) else ""
        named.append(f"{index}{name} at {distance:.2f}")
    return f"{f'{survey.split} images'.strip()} {' · '.join(named)} · distances in latent space"
