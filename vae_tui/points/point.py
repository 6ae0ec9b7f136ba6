"""A latent by name: where it begins, what moves it, what is held; and the place between two such points."""

# Z latent dims

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vae_tui.latent import PATHS, Edits, Latents, apply_edits, check_edits, format_number
from vae_tui.points.bases import CENTRE, Image, OnUmap, Values
from vae_tui.points.contract import Base, Move, Space
from vae_tui.points.moves import ImagesMove


@dataclass(frozen=True)
class Between:
    """A place on the path from one point to another."""

    start: "Point"
    end: "Point"
    t: float
    path: str = "lerp"

    @property
    def needs_survey(self) -> bool:
        """Where one of its ends does."""
        return self.start.needs_survey or self.end.needs_survey

    def __str__(self) -> str:
        path = "" if self.path == "lerp" else f":{self.path}"
        return f"between({self.start};{self.end}):{format_number(self.t)}{path}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        ends = self.start.latent(space), self.end.latent(space)
        latent_Z: Latents = PATHS[self.path](*ends, np.array([self.t]))[0]
        return latent_Z


@dataclass(frozen=True)
class Point:
    """A latent: where it begins, what moves it, which dimensions are held."""

    base: Base = CENTRE
    moves: tuple[Move, ...] = ()
    edits: Edits = ()

    def __str__(self) -> str:
        moves = [f"{move.name}={format_number(move.amount)}" for move in self.moves]
        held = [f"z{dim}={format_number(value)}" for dim, value in self.edits]
        return ",".join([str(self.base), *moves, *held])

    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        return self.base.needs_survey or any(move.needs_survey for move in self.moves)

    @property
    def depth(self) -> int:
        """How deep points lie in it."""
        return 1 + max(self.base.start.depth, self.base.end.depth) if isinstance(self.base, Between) else 0

    @property
    def needs_umap(self) -> bool:
        """Whether the set's map by UMAP is to be made for it."""
        if isinstance(self.base, Between):
            return self.base.start.needs_umap or self.base.end.needs_umap
        return isinstance(self.base, OnUmap)

    def latent(self, space: Space) -> Latents:
        """(Z,), float32. Raises VaeTuiError where the model has not what is asked for."""
        check_edits(self.edits, space.latent_dim)
        return self.assembled(self.base.latent(space), lambda move: move.offset(space))

    def assembled(self, base_Z: Latents, offset: Callable[[Move], Latents]) -> Latents:
        """(Z,), float32, of where it begins and of what each of its moves is at strength 1."""
        latent_Z = base_Z.astype(np.float32)
        for move in self.moves:
            if move.amount:
                latent_Z = latent_Z + np.float32(move.amount) * offset(move)
        edited_Z: Latents = apply_edits(latent_Z[None], self.edits)[0]
        return edited_Z

    def held(self, edits: Edits) -> "Point":
        """The same with these dimensions held too."""
        return Point(self.base, self.moves, tuple(sorted({**dict(self.edits), **dict(edits)}.items())))

    def moved(self, move: Move) -> "Point":
        """The same with a move of that name in place of the one it has; of strength 0, without it."""
        others = tuple(known for known in self.moves if known.name != move.name)
        place = next((at for at, known in enumerate(self.moves) if known.name == move.name), len(others))
        return replace(self, moves=(*others[:place], *((move,) if move.amount else ()), *others[place:]))

    def amount(self, name: str) -> float:
        """The strength of the move of that name; 0 where there is none."""
        return next((move.amount for move in self.moves if move.name == name), 0.0)

    @classmethod
    def of(cls, latent_Z: Latents) -> "Point":
        """A latent that has no other name: it begins at its values."""
        return cls(Values(tuple((dim, float(value)) for dim, value in enumerate(latent_Z))))


def last_image(point: "Point") -> int:
    """The largest index of the set's images that the point names; -1 where it names none."""
    named = [-1]
    if isinstance(point.base, Image):
        named.append(point.base.index)
    if isinstance(point.base, Between):
        named += [last_image(point.base.start), last_image(point.base.end)]
    for move in point.moves:
        named += [*move.start, *move.end] if isinstance(move, ImagesMove) else []
    return max(named)
