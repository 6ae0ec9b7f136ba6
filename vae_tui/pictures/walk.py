"""Paths through two or more latents: the places on them, what each is called, and how far from the centre they lie."""

# R paths, P stops, S steps of a leg, F places of a whole path, Z latent dims

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.curves import Curves, Series
from vae_tui.latent import PATHS, Latents, even_steps
from vae_tui.points.point import Between, Point

MAX_NESTING = 3
"""Points named by points so deep are named by their values: else each path from a path's place doubles a name."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Paths of equally many legs; each leg has the same number of steps, and a stop between two legs counts once."""

    stops_RPZ: Latents
    names: tuple[tuple[Point, ...], ...]
    """What each stop is called, by paths."""
    path: str
    """"lerp" or "slerp"."""

    @property
    def num_legs(self) -> int:
        """Ways from stop to stop."""
        return int(self.stops_RPZ.shape[1]) - 1

    def latents(self, steps: int) -> Latents:
        """All places of all paths, `steps` a leg with both ends: (R, F, Z), F = legs x (steps - 1) + 1."""
        return np.stack([self._row(row, steps) for row in range(len(self.stops_RPZ))])

    def _row(self, row: int, steps: int) -> Latents:
        walk, t_S = PATHS[self.path], even_steps(steps)
        legs = [walk(start, end, t_S)[:-1] for start, end in self._legs(row)]
        path_FZ: Latents = np.concatenate([*legs, self.stops_RPZ[row, -1:]]).astype(np.float32)
        return path_FZ

    def _legs(self, row: int) -> list[tuple[Latents, Latents]]:
        return list(zip(self.stops_RPZ[row, :-1], self.stops_RPZ[row, 1:], strict=True))

    def place(self, index: int, steps: int) -> tuple[int, float]:
        """Leg and t of a place: (leg, 0) at a stop, (the last leg, 1) at the end."""
        leg = min(index // (steps - 1), self.num_legs - 1)
        return leg, _t_values(steps)[index - leg * (steps - 1)]

    def point(self, row: int, index: int, steps: int) -> Point:
        """What a place is called."""
        leg, t = self.place(index, steps)
        start, end = self.names[row][leg : leg + 2]
        if t in (0.0, 1.0):
            return end if t else start
        if max(start.depth, end.depth) < MAX_NESTING:
            return Point(Between(start, end, t, self.path))
        return Point.of(PATHS[self.path](*self._legs(row)[leg], np.array([t]))[0])

    def norms(self, row: int, steps: int) -> NDArray[np.float64]:
        """How far from the prior's centre the places of one path lie: (F,)."""
        norms_F: NDArray[np.float64] = np.linalg.norm(self._row(row, steps).astype(np.float64), axis=-1)
        return norms_F

    def chart(self, steps: int, name: str, marked: int | None) -> Curves:
        """The first path's norm, beside that of the prior's draws, near sqrt(Z); `marked` is the place of a marker."""
        norms_F, latent_dim = self.norms(0, steps), self.stops_RPZ.shape[-1]
        first = 0 if self.num_legs == 1 else 1  # t, or the stops counted from 1
        along_F = first + np.linspace(0, self.num_legs, len(norms_F))
        prior = Series(f"prior sqrt({latent_dim})", along_F[[0, -1]], np.full(2, math.sqrt(latent_dim)))
        marker = None if marked is None else float(along_F[marked])
        x_label = "t" if self.num_legs == 1 else "stop"
        path = Series(f"{name}, end" if marker is None else name, along_F, norms_F)  # as the legend's value is of there
        return Curves((path, prior), x_label, "norm |z|", marker)

    def norm_words(self, steps: int, name: str, marked: int | None) -> str:
        """What the chart shows, in words: the norm at both ends or at `marked`, and that of the prior's draws."""
        norms_F, latent_dim = self.norms(0, steps), self.stops_RPZ.shape[-1]
        values = f"{norms_F[0]:.2f} to {norms_F[-1]:.2f}" if marked is None else f"{norms_F[marked]:.2f}"
        return f"{name} {values}, prior's sqrt({latent_dim}) = {math.sqrt(latent_dim):.2f}"


@lru_cache
def _t_values(steps: int) -> tuple[float, ...]:
    return tuple(float(t) for t in even_steps(steps))
