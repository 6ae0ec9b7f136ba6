"""Paths between two latents, decoded: one row a pair."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.latent import (
    PATHS,
    Edits,
    Latents,
    apply_edits,
    check_edits,
    even_steps,
    format_edits,
    prior_latents,
    there_and_back,
)
from vae_tui.pictures.contract import (
    Animation,
    Drawing,
    Subject,
    check_animation,
    check_count,
    check_images,
    check_latents,
    encoder,
    no_latents,
)
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points import Between, Draw, Image, Point


@dataclass(frozen=True)
class InterpolatePicture:
    """`num` rows of `steps` decoded latents, from one end to the other, both ends included.

    Between images, row r goes from image `first` + 2r to image `second` + 2r (around the end of the set), with the
    two images as they are at its ends; else the ends are draws of the prior, or the given latents.
    """

    command_name: ClassVar[str] = "interpolate"

    num: int = 1
    steps: int = 10
    between: str = "images"
    """"images" or "random" (two draws of the prior a row)."""
    first: int = 0
    second: int = 1
    path: str = "lerp"
    """"lerp" or "slerp"."""
    posterior: str = "mean"
    """"mean", or "sample": one draw of each image's posterior, by `seed`."""
    seed: int = 0
    edits: Edits = ()
    base: LatentFile | None = None
    """Latents to go between: row r takes rows 2r and 2r + 1."""

    def __post_init__(self) -> None:
        check_count("-n", self.num, maximum=256)
        check_count("--steps", self.steps, 2, 256)
        check_count("--seed", self.seed, 0, 2**63 - 1)

    def draw(self, subject: Subject) -> Drawing:
        """One row a path; between images, each row begins and ends with the image itself."""
        paths = self._paths(subject)
        flat_NZ = paths.reshape(-1, subject.latent_dim)
        decoded = subject.decode(flat_NZ)
        t_S = even_steps(self.steps)
        steps = tuple(f"t {t:.2f}" for t in t_S)
        points = [
            [self._between(start, end, float(t)) for t in t_S]
            for start, end in zip(*self._end_points(subject), strict=True)
        ]
        if not self._of_images:
            return Drawing(
                decoded,
                self.steps,
                flat_NZ,
                self._caption(subject),
                self._row_labels(subject),
                steps,
                points=tuple(point for row in points for point in row),
                words=steps * len(points),
            )
        left, right = (subject.images(ends) for ends in self._ends(subject))
        blank = no_latents(1, subject.latent_dim)
        tiles: list[np.ndarray] = []
        latents: list[Latents] = []
        for row in range(len(paths)):
            span = slice(row * self.steps, (row + 1) * self.steps)
            tiles += [left[row : row + 1], decoded[span], right[row : row + 1]]
            latents += [blank, flat_NZ[span], blank]
        return Drawing(
            np.concatenate(tiles),
            self.steps + 2,
            np.concatenate(latents),
            self._caption(subject),
            self._row_labels(subject),
            ("image", *steps, "image"),
            points=tuple(point for row in points for point in (None, *row, None)),
            words=("the image", *steps, "the image") * len(points),
        )

    def animate(self, subject: Subject) -> Animation:
        """All rows at once along their paths, there and back."""
        check_animation(self.num, 2 * self.steps - 2)
        paths = self._paths(subject)
        num = len(paths)
        decoded = subject.decode(paths.reshape(-1, subject.latent_dim))
        by_step = decoded.reshape(num, self.steps, *decoded.shape[1:])
        columns = min(num, 8)
        frames = [
            Drawing(by_step[:, step], columns, paths[:, step], self._caption(subject))
            for step in there_and_back(self.steps)
        ]
        return Animation(tuple(frames), 120)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["-n", str(self.num), "--steps", str(self.steps), "--path", self.path]
        if self.base is not None:
            words += ["--latent", self.base.path]
        elif self.between == "random":
            words += ["--random", "--seed", str(self.seed)]
        else:
            words += ["--from", str(self.first), "--to", str(self.second), "--posterior", self.posterior]
            words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    @property
    def _of_images(self) -> bool:
        return self.base is None and self.between == "images"

    def _ends(self, subject: Subject) -> tuple[list[int], list[int]]:
        check_images(subject, (self.first, self.second))
        offsets = [2 * row for row in range(self.num)]
        return (
            [(self.first + offset) % subject.num_images for offset in offsets],
            [(self.second + offset) % subject.num_images for offset in offsets],
        )

    def _end_points(self, subject: Subject) -> tuple[list[Point], list[Point]]:
        """What the two ends of each row are called."""
        if self.base is not None:
            ends = [Point.of(latent_Z) for latent_Z in self.base.latents_NZ[: 2 * self.num]]
        elif self.between == "random":
            ends = [Point(Draw(index, self.seed)) for index in range(2 * self.num)]
        else:
            seed = self.seed if self.posterior == "sample" else None
            ends = [Point(Image(index, seed)) for pair in zip(*self._ends(subject), strict=True) for index in pair]
        held = [end.held(self.edits) for end in ends]
        return held[::2], held[1::2]

    def _between(self, start: Point, end: Point, t: float) -> Point:
        if t in (0.0, 1.0):
            return end if t else start
        return Point(Between(start, end, t, self.path))

    def _paths(self, subject: Subject) -> Latents:
        """(rows, steps, Z)."""
        check_edits(self.edits, subject.latent_dim)
        check_latents(self.base, subject, minimum=2 * self.num)
        if self.base is not None:
            pairs = self.base.latents_NZ[: 2 * self.num].reshape(self.num, 2, -1)
            starts, ends = pairs[:, 0], pairs[:, 1]
        elif self.between == "random":
            pairs = prior_latents(2 * self.num, subject.latent_dim, self.seed).reshape(self.num, 2, -1)
            starts, ends = pairs[:, 0], pairs[:, 1]
        else:
            left, right = self._ends(subject)
            both = encoder(subject, self.posterior, self.seed)([*left, *right])
            starts, ends = both[: self.num], both[self.num :]
        starts, ends = apply_edits(starts, self.edits), apply_edits(ends, self.edits)
        walk = PATHS[self.path]
        return np.stack([walk(start, end, even_steps(self.steps)) for start, end in zip(starts, ends, strict=True)])

    def _row_labels(self, subject: Subject) -> tuple[str, ...]:
        if not self._of_images:
            return tuple(f"pair {row + 1:3d}" for row in range(self.num))
        labels = [f"{a}→{b}" for a, b in zip(*self._ends(subject), strict=True)]
        return tuple(f"{label:<{max(map(len, labels))}}" for label in labels)

    def _caption(self, subject: Subject) -> str:
        if self.base is not None:
            between = f"latents of {self.base.name}"
        elif self.between == "random":
            between = f"draws of N(0, I) · seed {self.seed}"
        else:
            drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
            between = f"{subject.split} images · {drawn} of each posterior"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        return f"{self.path} in {self.steps} steps between {between}{held}"
