"""Draws from the prior, decoded: a square grid."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.latent import (
    Edits,
    Latents,
    apply_edits,
    check_edits,
    even_steps,
    format_edits,
    format_number,
    prior_latents,
    slerp,
)
from vae_tui.pictures.contract import (
    Animation,
    Drawing,
    Subject,
    check_animation,
    check_count,
    check_finite,
    check_latents,
)
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points import Draw, Point

WALK_STOPS = 3
"""An animation walks from the samples of its seed to those of the next ones, so many, and back."""
WALK_STEPS = 12
"""Frames from one stop to the next."""


@dataclass(frozen=True)
class SamplePicture:
    """`num` decoded draws of N(0, temperature² I), or given latents, with `edits` held in all of them."""

    command_name: ClassVar[str] = "sample"

    num: int = 16
    seed: int = 0
    temperature: float = 1.0
    edits: Edits = ()
    base: LatentFile | None = None
    """Latents to decode instead of draws: num and seed then mean nothing."""

    def __post_init__(self) -> None:
        check_count("-n", self.num)
        check_count("--seed", self.seed, 0, 2**63 - 1)
        check_finite("--temperature", self.temperature, 0)

    def draw(self, subject: Subject) -> Drawing:
        """The samples, row by row."""
        self._check(subject)
        return self._drawing(subject, self._latents(subject, self.seed), self._points())

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
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    def _check(self, subject: Subject) -> None:
        check_latents(self.base, subject)
        check_edits(self.edits, subject.latent_dim)

    def _latents(self, subject: Subject, seed: int) -> Latents:
        if self.base is not None:
            return apply_edits(self.base.latents_NZ, self.edits)
        return apply_edits(prior_latents(self.num, subject.latent_dim, seed, self.temperature), self.edits)

    def _drawing(self, subject: Subject, latents_NZ: Latents, points: tuple[Point, ...] = ()) -> Drawing:
        num = len(latents_NZ)
        columns = math.ceil(math.sqrt(num))
        if self.base is not None:
            caption = f"{num} latents of {self.base.name}"
        else:
            caption = f"{num} samples of N(0, I) · seed {self.seed} · temperature {format_number(self.temperature)}"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        words = tuple(f"latent {tile}" if self.base is not None else str(point) for tile, point in enumerate(points))
        return Drawing(subject.decode(latents_NZ), columns, latents_NZ, caption + held, points=points, words=words)

    def _points(self) -> tuple[Point, ...]:
        """What the tiles are called."""
        if self.base is not None:
            return tuple(Point.of(latent_Z).held(self.edits) for latent_Z in self.base.latents_NZ)
        return tuple(Point(Draw(tile, self.seed, self.temperature), edits=self.edits) for tile in range(self.num))
