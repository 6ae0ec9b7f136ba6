"""One latent dimension after another moved through its range, decoded: one row a dimension."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.latent import (
    DimChoice,
    Edits,
    Latents,
    apply_edits,
    check_edits,
    format_edits,
    format_number,
    quantile_values,
    there_and_back,
)
from vae_tui.pictures.contract import (
    Animation,
    Drawing,
    Subject,
    check_animation,
    check_count,
    check_finite,
    check_images,
    check_latents,
    encoder,
    no_latents,
)
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points import Image, Point

QUANTILE_RANGE = (0.01, 0.99)
"""Between which levels of the aggregate posterior "quantiles" move a dimension."""


@dataclass(frozen=True)
class TraversePicture:
    """Rows are dimensions, columns the values that each takes while the others stay at the centre.

    Centred on an image, the first row shows that image as it is and as its latent decodes.
    """

    command_name: ClassVar[str] = "traverse"

    dims: DimChoice = DimChoice()
    steps: int = 10
    scale: str = "values"
    """"values": evenly from low to high; "quantiles": of the aggregate posterior, levels 0.01 to 0.99."""
    low: float = -3.0
    high: float = 3.0
    centre: str = "image"
    """"image" (its posterior) or "prior" (the prior's mean, 0)."""
    image: int = 0
    posterior: str = "mean"
    """"mean", or "sample": one draw of the image's posterior, by `seed`."""
    seed: int = 0
    edits: Edits = ()
    base: LatentFile | None = None
    """Latents whose first is the centre."""

    def __post_init__(self) -> None:
        check_count("-n", self.dims.num, maximum=1024)
        check_count("--steps", self.steps, 2, 256)
        check_count("--seed", self.seed, 0, 2**63 - 1)
        check_finite("--low", self.low)
        check_finite("--high", self.high)

    def draw(self, subject: Subject) -> Drawing:
        """The sweep of each dimension, below the image where there is one."""
        dims, sweeps = self._sweeps(subject)
        flat_NZ = sweeps.reshape(-1, subject.latent_dim)
        labels = self._row_labels(subject, dims)
        columns = tuple(f"{label:>6}" for label in self._column_labels())
        centre_1Z = self._centre(subject)
        moved = [(dim, float(value)) for dim in dims for value in self._values(subject, dim)]
        points = tuple(self._middle(centre_1Z[0]).held((edit,)) for edit in moved)
        words = tuple(f"z{dim} {value:+.2f}" for dim, value in moved)
        if not self._of_image:
            tiles, caption = subject.decode(flat_NZ), self._caption(subject)
            return Drawing(
                tiles,
                self.steps,
                flat_NZ,
                caption,
                labels,
                columns,
                centre_Z=centre_1Z[0],
                points=points,
                words=words,
                uses_statistics=subject.statistics is not None,
            )
        decoded = subject.decode(np.concatenate([centre_1Z, flat_NZ]))
        empty = np.zeros((self.steps - 2, *decoded.shape[1:]), np.uint8)
        shown = np.ones(self.steps + len(flat_NZ), bool)
        shown[2 : self.steps] = False
        blank = no_latents(1, subject.latent_dim)
        return Drawing(
            np.concatenate([subject.images([self.image]), decoded[:1], empty, decoded[1:]]),
            self.steps,
            np.concatenate([blank, centre_1Z, blank.repeat(self.steps - 2, axis=0), flat_NZ]),
            self._caption(subject),
            (f"{f'image {self.image}':<{len(labels[0])}}", *labels),
            columns,
            shown,
            centre_1Z[0],
            points=(None, self._middle(centre_1Z[0]), *[None] * (self.steps - 2), *points),
            words=("the image", "its latent", *[""] * (self.steps - 2), *words),
            uses_statistics=subject.statistics is not None,
        )

    def animate(self, subject: Subject) -> Animation:
        """All dimensions at once through their range, there and back: one tile a dimension."""
        dims, sweeps = self._sweeps(subject)
        check_animation(len(dims), 2 * self.steps - 2)
        decoded = subject.decode(sweeps.reshape(-1, subject.latent_dim))
        by_step = decoded.reshape(len(dims), self.steps, *decoded.shape[1:])
        columns = math.ceil(math.sqrt(len(dims)))
        frames = [
            Drawing(by_step[:, step], columns, sweeps[:, step], self._caption(subject))
            for step in there_and_back(self.steps)
        ]
        return Animation(tuple(frames), 120)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["--dims", str(self.dims), "--steps", str(self.steps)]
        if self.scale == "quantiles":
            words += ["--quantiles"]
        else:
            words += ["--low", format_number(self.low), "--high", format_number(self.high)]
        if self.base is not None:
            words += ["--latent", self.base.path]
        elif self.centre == "prior":
            words += ["--centre", "prior"]
        else:
            words += ["--centre", "image", "--image", str(self.image), "--posterior", self.posterior]
            words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    @property
    def _of_image(self) -> bool:
        return self.base is None and self.centre == "image"

    def _centre(self, subject: Subject) -> Latents:
        """(1, Z)."""
        check_edits(self.edits, subject.latent_dim)
        check_latents(self.base, subject)
        if self.base is not None:
            centre = self.base.latents_NZ[:1]
        elif self.centre == "prior":
            centre = np.zeros((1, subject.latent_dim), np.float32)
        else:
            check_images(subject, [self.image])
            centre = encoder(subject, self.posterior, self.seed)([self.image])
        return apply_edits(centre, self.edits)

    def _middle(self, centre_Z: Latents) -> Point:
        """What the centre is called."""
        if self.base is not None:
            return Point.of(centre_Z)
        if self.centre == "prior":
            return Point(edits=self.edits)
        return Point(Image(self.image, self.seed if self.posterior == "sample" else None), edits=self.edits)

    def _sweeps(self, subject: Subject) -> tuple[tuple[int, ...], Latents]:
        """The dimensions, and the latents (dims, steps, Z)."""
        dims = self.dims.choose(subject.latent_dim, subject.statistics)
        sweeps = self._centre(subject)[None].repeat(len(dims), axis=0).repeat(self.steps, axis=1)
        for row, dim in enumerate(dims):
            sweeps[row, :, dim] = self._values(subject, dim)
        return dims, sweeps

    def _values(self, subject: Subject, dim: int) -> Latents:
        if self.scale == "values":
            return np.linspace(self.low, self.high, self.steps, dtype=np.float32)
        if subject.statistics is None:
            raise VaeTuiError("the checkpoint carries no quantiles", "leave --quantiles out: --low and --high instead")
        return quantile_values(subject.statistics, dim, np.linspace(*QUANTILE_RANGE, self.steps))

    def _row_labels(self, subject: Subject, dims: tuple[int, ...]) -> tuple[str, ...]:
        width = len(str(subject.latent_dim - 1))
        if subject.statistics is None:
            return tuple(f"z{dim:<{width}}" for dim in dims)
        kl_Z = subject.statistics.kl_Z
        return tuple(f"z{dim:<{width}} KL {kl_Z[dim]:5.2f}" for dim in dims)

    def _column_labels(self) -> tuple[str, ...]:
        if self.scale == "quantiles":
            return tuple(f"{level:.0%}" for level in np.linspace(*QUANTILE_RANGE, self.steps))
        return tuple(f"{value:+.2f}" for value in np.linspace(self.low, self.high, self.steps))

    def _caption(self, subject: Subject) -> str:
        if self.base is not None:
            centre = f"the first latent of {self.base.name}"
        elif self.centre == "prior":
            centre = "the prior's mean"
        else:
            drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
            centre = f"{drawn} of {subject.split} image {self.image}'s posterior"
        unranked = self.dims.order == "kl" and subject.statistics is None
        order = {"kl": "by KL", "index": "by index", "even": "evenly spaced", "given": "as given"}[self.dims.order]
        order = "by index (no KL in the checkpoint)" if unranked else order
        over = (
            "quantiles 1 % to 99 %"
            if self.scale == "quantiles"
            else f"{format_number(self.low)} to {format_number(self.high)}"
        )
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        return f"dimensions {order} over {over} · around {centre}{held}"
