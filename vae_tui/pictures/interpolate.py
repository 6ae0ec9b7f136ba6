"""Paths between latents, decoded: one row a pair, one row a leg of a longer path, or one frame of their film."""

# R paths, P stops, F places of a whole path, Z latent dims

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.imaging import Tiles
from vae_tui.latent import (
    Edits,
    Latents,
    apply_edits,
    check_edits,
    even_steps,
    format_edits,
    prior_latents,
    there_and_back,
)
from vae_tui.pictures.checks import check_animation, check_count, check_images, check_latents
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.images import encoder, image_on, split_word
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.made import Made
from vae_tui.pictures.walk import Walk
from vae_tui.points.bases import Draw, Image
from vae_tui.points.images import image_word
from vae_tui.points.point import Point

FINENESS = 4
"""Steps of the film to one of the still picture."""
FRAME_MS = 80
MAX_POINTS = 16
"""Points that one path goes through."""
CHART_SHARE, LARGE_CHART_SHARE = 0.3, 0.45
"""Of the height, for the norm below the tiles; below two rows of them or fewer."""


def num_film_frames(steps: int, num_legs: int) -> int:
    """Frames of a film there and back, as a loop: 64 for one leg of 9 steps."""
    return 2 * num_legs * FINENESS * (steps - 1)


@dataclass(frozen=True)
class InterpolatePicture:
    """`num` rows of `steps` decoded latents, from one end to the other, both ends included; the norm along the first.

    Between images, row r goes from image `first` + 2r to image `second` + 2r (around the end of the set), with the
    two images as they are at its ends; else the ends are draws of the prior, or the given latents. Or one path goes
    `through` points, one row a leg, whose end is the next one's first tile.
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
    through: tuple[Point, ...] = ()
    """2 to 16 points of one path: num, between and what belongs to it then mean nothing."""
    frame: int | None = None
    """A frame of the film instead, one tile a path; None: the still picture."""

    def __post_init__(self) -> None:
        check_count("-n", self.num, maximum=256)
        check_count("--steps", self.steps, 2, 256)
        check_count("--seed", self.seed, 0, 2**63 - 1)
        if self.through and not 2 <= len(self.through) <= MAX_POINTS:
            raise VaeTuiError(f"--through was given {len(self.through)} times", f"name 2 to {MAX_POINTS} points")
        if self.frame is not None and not 0 <= self.frame < self.num_frames:
            raise VaeTuiError(f"there is no frame {self.frame}", f"the film has 0 to {self.num_frames - 1}")

    @property
    def num_frames(self) -> int:
        """Frames of its film."""
        return num_film_frames(self.steps, max(1, len(self.through) - 1))

    @property
    def _film_steps(self) -> int:
        """Steps of each leg in the film, both ends included."""
        return FINENESS * (self.steps - 1) + 1

    def draw(self, subject: Subject) -> Drawing:
        """The still picture, or a frame of the film."""
        walk = self._walk(subject)
        if self.frame is not None:
            place = there_and_back(self.num_frames // 2 + 1)[self.frame]
            latents_RZ = walk.latents(self._film_steps)[:, place]
            return self._frame(subject, walk, self.frame, latents_RZ, subject.decode(latents_RZ))
        drawing = self._strip(subject, walk) if walk.num_legs == 1 else self._legs(subject, walk)
        return self._with_norm(subject, walk, drawing, None)

    def animate(self, subject: Subject) -> Animation:
        """The film: all paths at once, there and back, in finer steps."""
        walk = self._walk(subject)
        num = len(walk.names)
        check_animation(num, self.num_frames)
        paths_RFZ = walk.latents(self._film_steps)
        decoded = subject.decode(paths_RFZ.reshape(-1, subject.latent_dim))
        tiles_RF = decoded.reshape(num, -1, *decoded.shape[1:])
        frames = [
            self._frame(subject, walk, frame, paths_RFZ[:, place], tiles_RF[:, place])
            for frame, place in enumerate(there_and_back(paths_RFZ.shape[1]))
        ]
        return Animation(tuple(frames), FRAME_MS)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = [] if self.through else ["-n", str(self.num)]
        words += ["--steps", str(self.steps), "--path", self.path]
        if self.base is not None:
            words += ["--latent", self.base.path]
        elif self.through:
            words += [word for point in self.through for word in ("--through", str(point))]
        elif self.between == "random":
            words += ["--random", "--seed", str(self.seed)]
        else:
            words += ["--from", image_word(self.first), "--to", image_word(self.second), "--posterior", self.posterior]
            words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
        words += ["--z", format_edits(self.edits)] if self.edits else []
        return words + (["--frame", str(self.frame)] if self.frame is not None else [])

    # Where the paths lie

    @property
    def _of_images(self) -> bool:
        return self.base is None and not self.through and self.between == "images"

    def _ends(self, subject: Subject) -> tuple[list[int], list[int]]:
        check_images(subject, (self.first, self.second))
        offsets = [2 * row for row in range(self.num)]
        return (
            [image_on(subject, self.first, offset) for offset in offsets],
            [image_on(subject, self.second, offset) for offset in offsets],
        )

    def _walk(self, subject: Subject) -> Walk:
        check_edits(self.edits, subject.latent_dim)
        check_latents(self.base, subject, minimum=2 * self.num)
        names, stops_NZ = self._stops(subject)
        num_stops = len(names) if self.through else 2
        stops_RPZ = apply_edits(stops_NZ, self.edits).reshape(-1, num_stops, subject.latent_dim)
        held = [name.held(self.edits) for name in names]
        rows = [tuple(held[start : start + num_stops]) for start in range(0, len(held), num_stops)]
        return Walk(stops_RPZ, tuple(rows), self.path)

    def _stops(self, subject: Subject) -> tuple[list[Point], Latents]:
        """What the stops of all paths are called, path by path, and where they are: (R x P, Z)."""
        if self.base is not None:
            stops_NZ = self.base.latents_NZ[: 2 * self.num]
            return [Point.of(latent_Z) for latent_Z in stops_NZ], stops_NZ
        if self.through:
            return list(self.through), np.stack([point.latent(subject) for point in self.through])
        if self.between == "random":
            names = [Point(Draw(index, self.seed)) for index in range(2 * self.num)]
            return names, prior_latents(2 * self.num, subject.latent_dim, self.seed)
        left, right = self._ends(subject)
        both = encoder(subject, self.posterior, self.seed)([*left, *right])
        seed = self.seed if self.posterior == "sample" else None
        names = [Point(Image(index, seed)) for pair in zip(left, right, strict=True) for index in pair]
        return names, np.stack([both[: self.num], both[self.num :]], axis=1).reshape(2 * self.num, -1)

    # What is drawn of them

    def _strip(self, subject: Subject, walk: Walk) -> Drawing:
        """One row a path; between images, each row begins and ends with the image itself."""
        paths = walk.latents(self.steps)
        flat_NZ = paths.reshape(-1, subject.latent_dim)
        decoded = subject.decode(flat_NZ)
        steps = tuple(f"t {t:.2f}" for t in even_steps(self.steps))
        if not self._of_images:
            return Drawing(
                decoded,
                self.steps,
                flat_NZ,
                self._caption(subject),
                self._row_labels(subject) if not self.through else (),
                column_labels=steps,
                points=Made(len(flat_NZ), lambda tile: walk.point(*divmod(tile, self.steps), self.steps)),
                words=steps * len(paths),
            )
        left, right = (subject.images(ends) for ends in self._ends(subject))
        blank = no_latents(1, subject.latent_dim)
        tiles: list[Tiles] = []
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
            column_labels=("image", *steps, "image"),
            points=Made(len(paths) * (self.steps + 2), lambda tile: self._point_between(walk, tile)),
            words=("the image", *steps, "the image") * len(paths),
        )

    def _point_between(self, walk: Walk, tile: int) -> Point | None:
        """What a tile is called in a row between the images at its ends."""
        row, column = divmod(tile, self.steps + 2)
        return walk.point(row, column - 1, self.steps) if 0 < column <= self.steps else None

    def _legs(self, subject: Subject, walk: Walk) -> Drawing:
        """One row a leg of the one path. A leg's end is the next row's first tile; that of the last has its own."""
        path_FZ = walk.latents(self.steps)[0]
        decoded = subject.decode(path_FZ)
        legs = range(walk.num_legs)
        shown_N = np.ones((walk.num_legs, self.steps), bool)
        shown_N[:-1, -1] = False
        places_N = np.add.outer(np.array(legs) * (self.steps - 1), np.arange(self.steps)).ravel()
        is_shown = shown_N.ravel().tolist()
        steps = [f"t {t:.2f}" for t in even_steps(self.steps)]
        labels = [f"{leg + 1}→{leg + 2}" for leg in legs]
        return Drawing(
            decoded[places_N],
            self.steps,
            np.where(shown_N.ravel()[:, None], path_FZ[places_N], np.float32(np.nan)),
            self._caption(subject),
            tuple(f"{label:<{max(map(len, labels))}}" for label in labels),
            column_labels=tuple(steps),
            shown_N=shown_N.ravel(),
            points=tuple(
                walk.point(0, place, self.steps) if shown else None
                for place, shown in zip(places_N.tolist(), is_shown, strict=True)
            ),
            words=tuple(f"stops {label} {step}" for label in labels for step in steps),
        )

    def _frame(self, subject: Subject, walk: Walk, frame: int, latents_RZ: Latents, tiles: Tiles) -> Drawing:
        """A frame of the film: one tile a path, and where on the first path's norm it is."""
        steps, num = self._film_steps, len(tiles)
        place = there_and_back(self.num_frames // 2 + 1)[frame]
        leg, t = walk.place(place, steps)
        where = f"t {t:.2f}" if walk.num_legs == 1 else f"stops {leg + 1}→{leg + 2} t {t:.2f}"
        labels = [" ".join(label.split()) for label in self._row_labels(subject)] if not self.through else [""]
        drawing = Drawing(
            tiles,
            min(num, 8),
            latents_RZ,
            f"frame {frame} of 0 to {self.num_frames - 1} · {where} · {self._caption(subject)}",
            points=tuple(walk.point(row, place, steps) for row in range(num)),
            words=tuple(f"{label} {where}".strip() for label in labels),
        )
        return self._with_norm(subject, walk, drawing, place)

    def _with_norm(self, subject: Subject, walk: Walk, drawing: Drawing, place: int | None) -> Drawing:
        """The drawing with the norm along the first path below it, and in its caption."""
        row = " ".join(self._row_labels(subject)[0].split()) if self.num > 1 else ""
        name = f"norm of {row}" if row else "norm"
        return replace(
            drawing,
            caption=f"{drawing.caption} · {walk.norm_words(self._film_steps, name, place)}",
            chart=walk.chart(self._film_steps, f"norm {row}".strip(), place),
            chart_share=CHART_SHARE if drawing.rows > 2 else LARGE_CHART_SHARE,
        )

    def _row_labels(self, subject: Subject) -> tuple[str, ...]:
        if not self._of_images:
            return tuple(f"pair {row + 1:3d}" for row in range(self.num))
        labels = [f"{a}→{b}" for a, b in zip(*self._ends(subject), strict=True)]
        return tuple(f"{label:<{max(map(len, labels))}}" for label in labels)

    def _caption(self, subject: Subject) -> str:
        if self.base is not None:
            between = f"between latents of {self.base.name}"
        elif self.through:
            names = [printable(str(point), 40) for point in self.through]
            ends = f"from {names[0]} to {names[-1]}" if len(names) == 2 else f"through {' · '.join(names)}"
            between = ends if len(names) == 2 else f"a leg {ends}"
        elif self.between == "random":
            between = f"between draws of N(0, I) · seed {self.seed}"
        else:
            drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
            between = f"between {split_word(subject)}images · {drawn} of each posterior"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        steps = self.steps if self.frame is None else self._film_steps
        return f"{self.path} in {steps} steps {between}{held}"
