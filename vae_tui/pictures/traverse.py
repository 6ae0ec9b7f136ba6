"""One latent dimension after another moved through its range, decoded: one row a dimension."""

# Z latent dims

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.latent import (
    DimChoice,
    Edits,
    Latents,
    LatentStatistics,
    apply_edits,
    check_edits,
    format_edits,
    format_number,
    quantile_values,
    there_and_back,
)
from vae_tui.pictures.changes import changes_of, dimension_changes
from vae_tui.pictures.checks import check_animation, check_count, check_finite, check_images, check_latents
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.dimensions import KnownDimensions, known_dimensions
from vae_tui.pictures.images import encoder, split_word
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.showing import all_channels
from vae_tui.points.bases import Image
from vae_tui.points.images import image_name, image_word
from vae_tui.points.point import Point

SCALES = ("values", "sigmas", "quantiles")
"""Units of the range: the latent's own, standard deviations or quantiles of the aggregate posterior."""
MAX_TAIL = 0.49
_ORDERS = {
    "kl": "by KL",
    "change": "by how much they change the picture",
    "index": "by index",
    "even": "evenly spaced",
    "given": "as given",
}


@dataclass(frozen=True)
class TraversePicture:
    """Rows are dimensions, columns the values that each takes while the others stay at the centre.

    Centred on an image, the first row shows that image as it is and as its latent decodes.
    """

    command_name: ClassVar[str] = "traverse"

    dims: DimChoice = DimChoice()
    steps: int = 10
    scale: str = "values"
    """"values": evenly from low to high; "sigmas": within so many standard deviations of the aggregate posterior about
    its mean; "quantiles": between two of its quantiles."""
    low: float = -3.0
    high: float = 3.0
    sigmas: float = 3.0
    tail: float = 0.01
    """With "quantiles": the share of the data that lies beyond either end, 0 to 0.49."""
    centre: str = "image"
    """"image" (its posterior) or "prior" (the prior's mean, 0)."""
    image: int = 0
    posterior: str = "mean"
    """"mean", or "sample": one draw of the image's posterior, by `seed`."""
    seed: int = 0
    edits: Edits = ()
    base: LatentFile | None = None
    """Latents whose first is the centre."""
    at: Point | None = None
    """A latent by name as the centre."""

    def __post_init__(self) -> None:
        check_count("-n", self.dims.num, maximum=1024)
        check_count("--steps", self.steps, 2, 256)
        check_count("--seed", self.seed, 0, 2**63 - 1)
        check_finite("--low", self.low)
        check_finite("--high", self.high)
        check_finite("--sigmas", self.sigmas, 0)
        if not 0 <= self.tail <= MAX_TAIL:
            raise VaeTuiError(f"--tail is {self.tail}", f"give 0 to {MAX_TAIL}")

    def draw(self, subject: Subject) -> Drawing:
        """The sweep of each dimension, below the image where there is one."""
        known = known_dimensions(subject)
        dims = self._dims(subject, known)
        values = [self._values(known, dim) for dim in dims]
        centre_1Z = self._centre(subject)
        flat_NZ = self._sweeps(centre_1Z, dims, values).reshape(-1, subject.latent_dim)
        middle = self._middle(centre_1Z[0])
        changes = changes_of(subject, dims)
        notes = _notes(known, dims, changes)
        moved = [(dim, float(value)) for dim, row in zip(dims, values, strict=True) for value in row]
        words = [f"z{dim} {value:+.2f} ({notes[at // self.steps]})" for at, (dim, value) in enumerate(moved)]
        points: list[Point | None] = [middle.held((edit,)) for edit in moved]
        labels = _row_labels(subject.latent_dim, known, dims, changes)
        tiles = subject.decode(flat_NZ if self._shown_image is None else np.concatenate([centre_1Z, flat_NZ]))
        shown = None
        if self._shown_image is not None:
            gap = self.steps - 2
            empty = np.zeros((gap, *tiles.shape[1:]), np.uint8)
            blank = no_latents(1, subject.latent_dim)
            tiles = np.concatenate([subject.images([self._shown_image]), tiles[:1], empty, tiles[1:]])
            flat_NZ = np.concatenate([blank, centre_1Z, blank.repeat(gap, axis=0), flat_NZ])
            shown = np.ones(len(flat_NZ), bool)
            shown[2 : self.steps] = False
            points = [None, middle, *[None] * gap, *points]
            words = ["the image", "its latent", *[""] * gap, *words]
            name = image_name(self._shown_image)
            labels = [([f"{name:<{len(texts[0])}}", *texts], head) for texts, head in labels]
        return Drawing(
            tiles,
            self.steps,
            flat_NZ,
            self._caption(subject, known),
            tuple(labels[0][0]),
            tuple(f"{label:>6}" for label in self._column_labels()),
            shown,
            centre_1Z[0],
            points=tuple(points),
            words=tuple(words),
            uses_statistics=subject.statistics is not None,
            shorter_labels=tuple(tuple(texts) for texts, _ in labels[1:]),
            label_heads=tuple(head for _, head in labels[1:]),
        )

    def animate(self, subject: Subject) -> Animation:
        """All dimensions at once through their range, there and back: one tile a dimension."""
        known = known_dimensions(subject)
        dims = self._dims(subject, known)
        check_animation(len(dims), 2 * self.steps - 2)
        sweeps = self._sweeps(self._centre(subject), dims, [self._values(known, dim) for dim in dims])
        decoded = subject.decode(sweeps.reshape(-1, subject.latent_dim))
        by_step = decoded.reshape(len(dims), self.steps, *decoded.shape[1:])
        columns, caption = math.ceil(math.sqrt(len(dims))), self._caption(subject, known)
        frames = [Drawing(by_step[:, step], columns, sweeps[:, step], caption) for step in there_and_back(self.steps)]
        return Animation(tuple(frames), 120)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["--dims", str(self.dims), "--steps", str(self.steps)]
        if self.scale == "quantiles":
            words += ["--quantiles", "--tail", format_number(self.tail)]
        elif self.scale == "sigmas":
            words += ["--sigmas", format_number(self.sigmas)]
        else:
            words += ["--low", format_number(self.low), "--high", format_number(self.high)]
        if self.base is not None:
            words += ["--latent", self.base.path]
        elif self.at is not None:
            words += ["--at", str(self.at)]
        elif self.centre == "prior":
            words += ["--centre", "prior"]
        else:
            words += ["--centre", "image", "--image", image_word(self.image), "--posterior", self.posterior]
            words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    @property
    def _shown_image(self) -> int | None:
        """The image that stands above the rows: that of the centre, also where the centre only begins there."""
        if self.base is not None:
            return None
        if self.at is not None:
            return self.at.base.index if isinstance(self.at.base, Image) else None
        return self.image if self.centre == "image" else None

    def _centre(self, subject: Subject) -> Latents:
        """(1, Z)."""
        check_edits(self.edits, subject.latent_dim)
        check_latents(self.base, subject)
        if self.base is not None:
            centre = self.base.latents_NZ[:1]
        elif self.at is not None:
            centre = self.at.latent(subject)[None]
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
        if self.at is not None:
            return self.at.held(self.edits)
        if self.centre == "prior":
            return Point(edits=self.edits)
        return Point(Image(self.image, self.seed if self.posterior == "sample" else None), edits=self.edits)

    def _dims(self, subject: Subject, known: KnownDimensions) -> tuple[int, ...]:
        return self.dims.choose(subject.latent_dim, known.statistics, lambda: dimension_changes(subject))

    def _sweeps(self, centre_1Z: Latents, dims: tuple[int, ...], values: list[Latents]) -> Latents:
        """The latents (dims, steps, Z)."""
        sweeps = centre_1Z[None].repeat(len(dims), axis=0).repeat(self.steps, axis=1)
        for row, dim in enumerate(dims):
            sweeps[row, :, dim] = values[row]
        return sweeps

    def _values(self, known: KnownDimensions, dim: int) -> Latents:
        """What a dimension takes, (steps,)."""
        if self.scale == "values":
            return np.linspace(self.low, self.high, self.steps, dtype=np.float32)
        statistics = _needed(known)
        if self.scale == "quantiles":
            return quantile_values(statistics, dim, np.linspace(self.tail, 1 - self.tail, self.steps))
        away = np.linspace(-self.sigmas, self.sigmas, self.steps) * float(statistics.std_Z[dim])
        return (float(statistics.mean_Z[dim]) + away).astype(np.float32)

    def _column_labels(self) -> tuple[str, ...]:
        if self.scale == "quantiles":
            levels = np.linspace(self.tail, 1 - self.tail, self.steps)
            return tuple(f"{level:.0%}" for level in levels)
        if self.scale == "sigmas":
            return tuple(f"{away:+.3g}σ" for away in np.linspace(-self.sigmas, self.sigmas, self.steps))
        return tuple(f"{value:+.2f}" for value in np.linspace(self.low, self.high, self.steps))

    def _caption(self, subject: Subject, known: KnownDimensions) -> str:
        unranked = self.dims.order == "kl" and known.no_kl
        order = f"by index ({known.no_kl})" if unranked else _ORDERS[self.dims.order]
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        over = f" · statistics over {known.over}" if known.over else ""
        no_kl = f" · no KL: {known.no_kl}" if known.no_kl and not unranked else ""
        changes = f" · Δ over {every}" if (every := all_channels(subject)) else ""
        around = f"around {self._centre_text(subject)}{held}{over}{no_kl}{changes}"
        return f"dimensions {order} over {self._range_text} · {around}"

    @property
    def _range_text(self) -> str:
        if self.scale == "quantiles":
            low, high = (f"{100 * level:.4g} %" for level in (self.tail, 1 - self.tail))
            return f"quantiles {low} to {high}"
        if self.scale == "sigmas":
            return f"±{format_number(self.sigmas)} standard deviations of the aggregate posterior"
        return f"{format_number(self.low)} to {format_number(self.high)}"

    def _centre_text(self, subject: Subject) -> str:
        if self.base is not None:
            return f"the first latent of {self.base.name}"
        if self.at is not None:
            return str(self.at)
        if self.centre == "prior":
            return "the prior's mean"
        drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
        of_split = split_word(subject) if self.image >= 0 else ""
        return f"{drawn} of {of_split}{image_name(self.image)}'s posterior"


def _needed(known: KnownDimensions) -> LatentStatistics:
    if known.statistics is None:
        hint = "name images with --data, or leave --quantiles and --sigmas out: --low and --high instead"
        raise VaeTuiError("the checkpoint carries no statistics of its latent dimensions", hint)
    return known.statistics


def _notes(known: KnownDimensions, dims: tuple[int, ...], changes: Latents) -> list[str]:
    """What is said of each dimension: KL in nats, mean change in levels of 255, whether it is dead."""
    statistics = known.statistics
    notes = []
    for dim, change in zip(dims, changes, strict=True):
        kl = f"KL {statistics.kl_Z[dim]:.2f}, " if statistics is not None and not known.no_kl else ""
        dead = ", dead" if statistics is not None and not statistics.is_active(dim) else ""
        notes.append(f"{kl}changes {change:.1f} of 255{dead}")
    return notes


def _row_labels(
    latent_dim: int, known: KnownDimensions, dims: tuple[int, ...], changes: Latents
) -> list[tuple[list[str], str]]:
    """The rows' labels in full, and shorter and shorter: each of one width, with a head where they need one."""
    statistics = known.statistics
    name_width = len(str(latent_dim - 1)) + 1
    names = [" " * name_width, *(f"{f'z{dim}':<{name_width}}" for dim in dims)]
    deads, kls = [], []
    if statistics is not None and not all(map(statistics.is_active, dims)):
        deads = [["    ", *("    " if statistics.is_active(dim) else "dead" for dim in dims)]]
    if statistics is not None and not known.no_kl:
        kls = [_column("KL", [f"{statistics.kl_Z[dim]:.2f}" for dim in dims])]
    moved, rounded = (_column("Δ", [f"{change:.{places}f}" for change in changes]) for places in (1, 0))
    in_words = [["", *(f"{column[0].strip()} {number}" for number in column[1:])] for column in (*kls, moved)]
    forms = [[names, *in_words, *deads], *([names, *kls, each, *deads] for each in (moved, rounded))]
    forms += [[names, *kls, *deads]] * len(kls) + [[names, *deads]]
    lines = [[" ".join(cells) for cells in zip(*form, strict=True)] for form in forms]
    return [(texts, head if head.strip() else "") for head, *texts in lines]


def _column(head: str, numbers: list[str]) -> list[str]:
    """The head above the numbers, all of one width."""
    width = max(map(len, (head, *numbers)))
    return [f"{text:>{width}}" for text in (head, *numbers)]
