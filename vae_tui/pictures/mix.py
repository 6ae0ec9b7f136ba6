"""One latent, large, as it is moved; beside it the ones before it."""

# N tiles, Z latent dims

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.imaging import Tiles
from vae_tui.latent import Edits, Latents, apply_edits, check_edits, format_edits
from vae_tui.pictures.checks import check_latents
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.images import split_word
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.remembered import remembered
from vae_tui.points.bases import Centre, Draw, Image, Values
from vae_tui.points.contract import Move
from vae_tui.points.grammar import parse_point
from vae_tui.points.moves import ALL_CLASSES, ClassMove, ImagesMove, PrincipalMove
from vae_tui.points.point import Point
from vae_tui.survey import Survey

CENTRE = Point()
MAX_NAMED = 8
"""Of so many held dimensions the caption has the values."""
MAX_RECENT = 8
"""Of the strip."""
STRIP_COLUMNS = 2
LEAD = 5
"""How many times as large as a tile of the strip the latent is shown."""
NARROW_LEAD = 8
"""The same where the strip is one column."""
SWEEP_REACH = 3.0
"""The ends of the sweep, either way; a slider that stands further out sweeps as far as that."""
NUM_FRAMES = 48
"""Of the sweep: half of them lie between its two ends."""
SWEEP_HINT = "name one dimension or direction: z3, pc1, class:3>5 or images:1+4>7"
MOVING_SIDE = 320
"""Pixels of a GIF's longer side, as far as a whole-number scale goes; large tiles keep their own size."""


@dataclass(frozen=True, eq=False)
class _MixDrawing(Drawing):
    """The latent and a strip beside it, of two columns or, where that leaves the latent larger, of one."""

    saved: Drawing | None = None
    """The same as files have it, where this is another arrangement."""

    @property
    def as_saved(self) -> Drawing:
        """With two columns."""
        return self.saved or self

    @cached_property
    def arrangements(self) -> tuple[Drawing, ...]:
        """With two columns, and with one; the tiles are in the same order."""
        if len(self.tiles_NHWC) == 1:
            return (self,)
        return (self, replace(self, columns=1, lead=NARROW_LEAD, saved=self))


@dataclass(frozen=True)
class Slider:
    """What moves a latent: a dimension or, where there is one, a direction."""

    dim: int | None = None
    move: Move | None = None

    @classmethod
    def parse(cls, text: str) -> "Slider":
        """`z3`, `pc1`, `class:3>5` or `images:1+4>7`. Raises VaeTuiError for anything else."""
        try:
            point = Point() if "=" in text else parse_point(f"centre,{text}=1")
        except VaeTuiError:
            point = Point()
        if len(point.moves) + len(point.edits) != 1:
            raise VaeTuiError(f"--sweep {printable(text)!r} can't be read", SWEEP_HINT)
        return cls(move=point.moves[0]) if point.moves else cls(point.edits[0][0])


@dataclass(frozen=True)
class MixPicture:
    """A latent decoded as one large tile, and a strip of others, the last of which comes first."""

    command_name: ClassVar[str] = "mix"

    point: Point = CENTRE
    edits: Edits = ()
    """Held on top of the point."""
    recent: tuple[Point, ...] = ()
    """Those that were looked at before, the oldest first."""
    sweep: str = ""
    """What an animation moves (see Slider.parse); "": the dimension of the largest KL."""
    base: LatentFile | None = None
    """Latents whose first stands in place of the point."""
    frame: int | None = None
    """A frame of the sweep instead; None: the latent as it is."""

    def __post_init__(self) -> None:
        if len(self.recent) > MAX_RECENT:
            raise VaeTuiError(f"{len(self.recent)} latents stand beside it", f"give --recent up to {MAX_RECENT} times")
        if self.sweep:
            Slider.parse(self.sweep)
        if self.frame is not None and not 0 <= self.frame < NUM_FRAMES:
            raise VaeTuiError(f"there is no frame {self.frame}", f"the film has 0 to {NUM_FRAMES - 1}")

    def draw(self, subject: Subject) -> Drawing:
        """The latent and the strip; what is not known yet is decoded."""
        if self.frame is None:
            latent_1Z, point, caption = self._latent(subject, self.point), None, self._caption(subject)
        else:
            latent_1Z, point, caption = self._swept_frame(subject, self.frame)
        held = self.recent[::-1]
        strip_NZ = [remembered(subject).latent(subject, point)[None] for point in held]
        tiles = remembered(subject).tiles(subject, np.concatenate([latent_1Z, *strip_NZ]))
        empty = MAX_RECENT - len(held) if held else 0
        count = len(held)
        return _MixDrawing(
            np.concatenate([tiles, np.zeros((empty, *tiles.shape[1:]), np.uint8)]),
            STRIP_COLUMNS,
            np.concatenate([latent_1Z, *strip_NZ, no_latents(empty, subject.latent_dim)]),
            caption,
            shown_N=np.array([True] * (1 + count) + [False] * empty),
            centre_Z=latent_1Z[0],
            points=(point, *held, *[None] * empty),
            words=("", *(f"{back} back: {point}" for back, point in enumerate(held, 1)), *[""] * empty),
            lead=LEAD,
        )

    def animate(self, subject: Subject) -> Animation:
        """The slider from where it is to 3, to -3 and back, as a loop; everything else stays."""
        slider = self._slider(subject)
        amounts = sweep_amounts(self._start(subject, slider))
        swept = [self._swept(subject, slider, amount) for amount in amounts[1:]]
        latents_NZ = np.concatenate([self._latent(subject, self.point), *swept])
        tiles: Tiles = subject.decode(latents_NZ)
        lead = max(1, min(LEAD, MOVING_SIDE // max(tiles.shape[1:3])))
        caption = self._caption(subject)
        frames = [Drawing(tiles[[at]], 1, latents_NZ[[at]], caption, lead=lead) for at in range(NUM_FRAMES)]
        return Animation(tuple(frames), 80)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["--latent", self.base.path] if self.base is not None else ["--at", str(self.point)]
        words += ["--z", format_edits(self.edits)] if self.edits else []
        for point in self.recent:
            words += ["--recent", str(point)]
        words += ["--sweep", self.sweep] if self.sweep else []
        return words + (["--frame", str(self.frame)] if self.frame is not None else [])

    def _latent(self, subject: Subject, point: Point) -> Latents:
        """(1, Z), of this point or of the file."""
        check_edits(self.edits, subject.latent_dim)
        check_latents(self.base, subject)
        if self.base is not None:
            return apply_edits(self.base.latents_NZ[:1], self.edits)
        return remembered(subject).latent(subject, point.held(self.edits))[None]

    def _slider(self, subject: Subject) -> Slider:
        return Slider.parse(self.sweep) if self.sweep else Slider(self._first_dim(subject))

    def _swept_frame(self, subject: Subject, frame: int) -> tuple[Latents, Point | None, str]:
        """The latent (1, Z) of a frame, its name where it has one, and what it is in words."""
        slider = self._slider(subject)
        amount = sweep_amounts(self._start(subject, slider))[frame]
        point, name = self.point.held(self.edits), f"z{slider.dim}"
        if slider.move is not None:
            name = move_words(slider.move, subject)
        words = f"{name} at {amount:+.2f} (frame {frame} of 0 to {NUM_FRAMES - 1}) · {self._caption(subject)}"
        if not frame:
            return self._latent(subject, self.point), point if self.base is None else None, words
        if slider.move is not None:
            point = self.point.moved(with_amount(slider.move, amount)).held(self.edits)
        else:
            point = point.held(((slider.dim or 0, amount),))
        return self._swept(subject, slider, amount), point if self.base is None else None, words

    def _start(self, subject: Subject, slider: Slider) -> float:
        """Where the slider stands."""
        if slider.move is not None:
            return self.point.amount(slider.move.name) if self.base is None else 0.0
        check_edits(((slider.dim or 0, 0.0),), subject.latent_dim)
        return float(self._latent(subject, self.point)[0, slider.dim or 0])

    def _swept(self, subject: Subject, slider: Slider, amount: float) -> Latents:
        """(1, Z), with the slider there."""
        if slider.move is None:
            at = ((slider.dim or 0, amount),)
            check_edits(at, subject.latent_dim)
            return apply_edits(self._latent(subject, self.point), at)
        if self.base is None:
            return self._latent(subject, self.point.moved(with_amount(slider.move, amount)))
        offset_Z = np.float32(amount) * slider.move.offset(subject)
        return apply_edits(self.base.latents_NZ[:1] + offset_Z, self.edits)

    @staticmethod
    def _first_dim(subject: Subject) -> int:
        return subject.statistics.dims_by_kl[0] if subject.statistics else 0

    def _caption(self, subject: Subject) -> str:
        where = f"the first latent of {self.base.name}" if self.base is not None else _described(self.point, subject)
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        count = len(self.recent)
        beside = f" · beside it {count} recent {'one' if count == 1 else 'ones, the last first'}" if count else ""
        return f"{where}{held}{beside}"


def sweep_amounts(start: float) -> list[float]:
    """The slider's values, frame by frame: from `start` up to one end, down to the other, and up to `start` again.

    All but the first are in hundredths.
    """
    start = start if np.isfinite(start) else 0.0  # a model that ran away in training
    reach, half = max(SWEEP_REACH, abs(start)), NUM_FRAMES // 2
    up = round(half * (reach - start) / (2 * reach))
    up = min(max(up, 1), half - 1) if abs(start) < reach else up
    places = [0, up, up + half, NUM_FRAMES]
    amounts: list[float] = np.interp(range(NUM_FRAMES), places, [start, reach, -reach, start]).round(2).tolist()
    return [start, *amounts[1:]]


def with_amount(move: Move, amount: float) -> Move:
    """The same move at another strength."""
    assert isinstance(move, PrincipalMove | ClassMove | ImagesMove)
    return replace(move, amount=amount)


def _described(point: Point, subject: Subject) -> str:
    """Where it begins, what moves it, what it holds: in words, with the classes' names."""
    parts = [_base_words(point, subject)]
    parts += [f"{move_words(move, subject)} {move.amount:+.2f}" for move in point.moves]
    parts += [f"z {format_edits(point.edits)}"] if point.edits and len(point.edits) <= MAX_NAMED else []
    return " · ".join(parts + ([f"{len(point.edits)} dimensions held"] if len(point.edits) > MAX_NAMED else []))


def _base_words(point: Point, subject: Subject) -> str:
    base = point.base
    if isinstance(base, Centre):
        return "the prior's mean"
    if isinstance(base, Image):
        drawn = "the mean" if base.seed is None else f"a draw (seed {base.seed})"
        return f"{drawn} of {split_word(subject)}{str(Image(base.index)).replace(':', ' ')}'s posterior"
    if isinstance(base, Draw):
        warmth = "" if base.temperature == 1 else f" at temperature {base.temperature:g}"
        of = "the fitted prior" if base.prior == "fitted" else "the prior"
        return f"draw {base.index} of {of}{warmth} · seed {base.seed}"
    return f"{len(base.edits)} values" if isinstance(base, Values) else str(base)


def move_words(move: Move, subject: Subject) -> str:
    """pc1, or `cat → dog`."""
    if not isinstance(move, ClassMove):
        return move.name
    start, end = (class_word(label, subject.survey()) for label in (move.start, move.end))
    return f"{start} → {end}"


def class_word(label: int, survey: Survey) -> str:
    """A class by its name, or all of them."""
    return "all" if label == ALL_CLASSES else survey.class_name(label)
