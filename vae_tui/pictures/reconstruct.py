"""Images above what the model makes of them."""

# N images, Z latent dims

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.imaging import Tiles
from vae_tui.latent import Edits, Latents, apply_edits, check_edits, format_edits, image_draws
from vae_tui.pictures.banded import BandedDrawing
from vae_tui.pictures.checks import check_count, check_images
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.figures import UNIT, Figures, figures_of, remembered_figures, short
from vae_tui.pictures.heat import SCALE, differences, heat
from vae_tui.pictures.images import encoder, image_on, split_word
from vae_tui.pictures.showing import all_channels, shown
from vae_tui.points.bases import Image
from vae_tui.points.images import image_name, image_word
from vae_tui.points.point import Point
from vae_tui.survey import Indices, Survey

SHOWS = ("decoded", "difference", "draws")
"""Below each original its reconstruction, that and the difference, or one image and draws of its posterior."""
ORDERS = ("index", "worst")
"""By their index in the set, or the largest squared error first."""
_LISTS: WeakKeyDictionary[Survey, dict[tuple[str, str], Indices]] = WeakKeyDictionary()
"""Of each survey, by order and class."""


@dataclass(frozen=True)
class ReconstructPicture:
    """`num` images from `first` on (around the end of the set), each above its decoded latent.

    Image files come before the set's images where `first` is one of them. Of a listed order or a class, `first` is a
    place in that list, and none is shown twice.
    """

    command_name: ClassVar[str] = "reconstruct"

    num: int = 8
    """How many images; of "draws", how many draws of the first."""
    first: int = 0
    posterior: str = "mean"
    """"mean", or "sample": one draw of each image's posterior, by `seed`."""
    seed: int = 0
    """Of "draws", the first one's; the others take those after it."""
    edits: Edits = ()
    show: str = "decoded"
    """One of SHOWS."""
    order: str = "index"
    """One of ORDERS."""
    group: str = ""
    """The class whose images are shown, by its name or number; empty: all."""

    def __post_init__(self) -> None:
        check_count("-n", self.num)
        check_count("--seed", self.seed, 0, 2**63 - 1)

    def draw(self, subject: Subject) -> Drawing:
        """Bands of rows: originals, below them their reconstructions and, where asked for, the difference."""
        check_edits(self.edits, subject.latent_dim)
        indices = self._indices(subject)
        if self.show == "draws":
            return self._of_draws(subject, indices[0])
        originals_all, decoded_all, latents_NZ, figures = self._pairs(subject, indices)
        rows = [shown(subject, originals_all), shown(subject, decoded_all)]
        said = ["", ", decoded"]
        if self.show == "difference":
            levels = differences(decoded_all, originals_all)
            rows.append(heat(levels))
            said.append(", difference")
        num = len(indices)
        columns = self._columns(num)
        bands = -(-num // columns)
        positions = bands * len(rows) * columns
        tiles = np.zeros((positions, *rows[0].shape[1:]), np.uint8)
        latents = no_latents(positions, subject.latent_dim)
        filled = np.zeros(positions, bool)
        points: list[Point | None] = [None] * positions
        words = [""] * positions
        seed = self.seed if self.posterior == "sample" else None
        at_N = np.arange(num) // columns * len(rows) * columns + np.arange(num) % columns
        for row, images in enumerate(rows):
            places_N = at_N + row * columns
            tiles[places_N], filled[places_N] = images, True
            if row == 1:
                latents[places_N] = latents_NZ
            for place, index, number in zip(places_N.tolist(), indices, range(num), strict=True):
                points[place] = Point(Image(index, seed), edits=self.edits)
                words[place] = f"{image_name(index)}{said[row]}: {figures.words(number)}"
                if row == 2:
                    away = levels[number]
                    words[place] += f"; apart by {away.mean():.1f} of 255 on average, {away.max():.0f} at most"
        names = ("original", "decoded ", "differs ")[: len(rows)]
        drawing = BandedDrawing(
            tiles,
            columns,
            latents,
            self._caption(subject, indices, figures),
            shown_N=filled,
            points=tuple(points),
            words=tuple(words),
            images=tuple(map(image_word, indices)),
            figures=_figure_lines(figures),
            kinds=names,
        )
        return drawing.labelled(columns)

    def animate(self, subject: Subject) -> Animation:
        """Originals and reconstructions (and differences) in turn, each in its place; of draws, one after another."""
        check_edits(self.edits, subject.latent_dim)
        indices = self._indices(subject)
        if self.show == "draws":
            drawing = self._of_draws(subject, indices[0])
            tiles, latents = drawing.tiles_NHWC, drawing.latents_NZ
            alone = [Drawing(tiles[[at]], 1, latents[[at]], drawing.caption) for at in range(len(tiles))]
            return Animation(tuple(alone), 400)
        originals_all, decoded_all, latents_NZ, figures = self._pairs(subject, indices)
        originals, decoded = shown(subject, originals_all), shown(subject, decoded_all)
        columns, caption = math.ceil(math.sqrt(len(indices))), self._caption(subject, indices, figures)
        blank = no_latents(len(indices), subject.latent_dim)
        frames = [Drawing(originals, columns, blank, caption), Drawing(decoded, columns, latents_NZ, caption)]
        if self.show == "difference":
            frames.append(Drawing(heat(differences(decoded_all, originals_all)), columns, blank, caption))
        return Animation(tuple(frames), 800)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["-n", str(self.num), "--start", image_word(self.first)]
        if self.show == "draws":
            words += ["--show", "draws", "--seed", str(self.seed)]
        else:
            words += ["--posterior", self.posterior]
            words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
            words += ["--show", self.show] if self.show != "decoded" else []
        words += ["--order", self.order] if self.order != "index" else []
        words += ["--class", self.group] if self.group else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    @property
    def is_listed(self) -> bool:
        """Whether the images come from a list that the survey gives."""
        return is_listed(self.order, self.group)

    @staticmethod
    def _columns(num: int) -> int:
        """One band of up to eight images, or bands that are about twice as wide as high, as evenly filled as can be."""
        bands = 1 if num <= 8 else math.ceil(num / max(8, math.ceil(math.sqrt(2 * num))))
        return math.ceil(num / bands)

    def _indices(self, subject: Subject) -> list[int]:
        """The images in their order, at least one."""
        if self.is_listed:
            listed = listed_images(subject.survey(), self.order, self.group)
            if not 0 <= self.first < len(listed):
                raise VaeTuiError(f"the list has no place {self.first}", f"there are 0 to {len(listed) - 1}")
            return [int(index) for index in np.roll(listed, -self.first)[: self.num]]
        check_images(subject, [self.first])
        num = self.num if subject.num_images else min(self.num, subject.num_files + self.first + 1)
        return [image_on(subject, self.first, offset) for offset in range(num)]

    def _pairs(self, subject: Subject, indices: Sequence[int]) -> tuple[Tiles, Tiles, Latents, Figures]:
        """Originals and what their latents decode to, with all channels; these; figures of the posteriors' means."""
        originals = subject.images_all(indices)
        if self.posterior == "mean" and not self.edits:
            made = subject.reconstruct(indices)
            return originals, made.tiles_NHWC, made.means_NZ, figures_of(made)
        latents_NZ = apply_edits(encoder(subject, self.posterior, self.seed)(indices), self.edits)
        return originals, subject.decode_all(latents_NZ), latents_NZ, remembered_figures(subject, indices)

    def _of_draws(self, subject: Subject, index: int) -> Drawing:
        """The image, what its posterior's mean decodes to, and draws of the posterior."""
        seeds = range(self.seed, self.seed + self.num)
        points = [Point(Image(index, seed), edits=self.edits) for seed in (None, *seeds)]
        mean_1Z, std_1Z = subject.encode([index])
        drawn = [image_draws(mean_1Z, std_1Z, [index], seed) for seed in seeds]
        latents_NZ = apply_edits(np.concatenate([mean_1Z, *drawn]), self.edits)
        figures = remembered_figures(subject, [index])
        name = image_name(index)
        return Drawing(
            np.concatenate([subject.images([index]), subject.decode(latents_NZ)]),
            math.ceil(math.sqrt(self.num + 2)),
            np.concatenate([no_latents(1, subject.latent_dim), latents_NZ]),
            self._draws_caption(subject, index, figures),
            points=(points[0], *points),
            words=(f"{name}: {figures.words(0)}", "its mean", *(f"a draw by seed {seed}" for seed in seeds)),
        )

    def _draws_caption(self, subject: Subject, index: int, figures: Figures) -> str:
        last = self.seed + self.num - 1
        seeds = f"seed {self.seed}" if self.num == 1 else f"seeds {self.seed} to {last}"
        draws = "a draw" if self.num == 1 else f"{self.num} draws"
        which = f"{self._of(subject, index)}{self._place_text(subject, 1)}"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        error = f"{figures.mean_words()}{held} · {_unit(subject)}"
        return f"{which}, its mean, {draws} of its posterior ({seeds}) · {error}"

    def _caption(self, subject: Subject, indices: Sequence[int], figures: Figures) -> str:
        drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        theirs = "its reconstruction" if len(indices) == 1 else "their reconstructions"
        scale = ", the mean of ".join(filter(None, (SCALE, all_channels(subject))))
        apart = f" and differences ({scale})" if self.show == "difference" else ""
        of_means = ", all figures of the means" if self.posterior == "sample" or self.edits else ""
        unit, which = f"{_unit(subject)}{of_means}", self._which(subject, indices)
        return f"{which} · {figures.mean_words()} · above {theirs}{apart} · from {drawn}{held} · {unit}"

    def _which(self, subject: Subject, indices: Sequence[int]) -> str:
        if self.is_listed:
            return f"{self._listed_text(subject, len(indices))}{self._place_text(subject, len(indices))}"
        num, first, last = len(indices), self.first, self.first + self.num - 1
        if num == 1:
            return self._of(subject, indices[0])
        if first < 0:
            num_files = sum(index < 0 for index in indices)
            files = f"file {-first}" if num_files == 1 else f"files {-first} to {-first + num_files - 1}"
            if num_files == num:
                return files
            return f"{files} and {split_word(subject)}images 0 to {num - num_files - 1}"
        if last >= subject.num_images:
            end = f"around the end of {subject.num_images:,}"
            return f"{num} {split_word(subject)}images from {first} on, {end}"
        return f"{split_word(subject)}images {first} to {last}"

    def _listed_text(self, subject: Subject, num: int) -> str:
        kind = f" of class {printable(self.group)}" if self.group else ""
        order = "worst " if self.order == "worst" else ""
        return f"{order}{split_word(subject)}{'image' if num == 1 else 'images'}{kind}"

    def _place_text(self, subject: Subject, num: int) -> str:
        """Where in the list they stand and, where the list is of a sample, of which."""
        if not self.is_listed:
            return ""
        survey = subject.survey()
        count = len(listed_images(survey, self.order, self.group))
        last = (self.first + num - 1) % count + 1
        places = f"place {self.first + 1}" if num == 1 else f"places {self.first + 1} to {last}"
        sample = "" if len(survey) == survey.num_images else f", among {survey.describe()}"
        return f" ({places} of {count:,}{sample})"

    @staticmethod
    def _of(subject: Subject, index: int) -> str:
        return f"{split_word(subject)}{image_name(index)}" if index >= 0 else image_name(index)


def is_listed(order: str, group: str) -> bool:
    """Whether images in this order, of this class, come from a list that the survey gives."""
    return order != "index" or bool(group)


def listed_images(survey: Survey, order: str, group: str) -> Indices:
    """The images of a class ("" for all) in this order. Raises VaeTuiError where there is no such class or image."""
    known = _LISTS.setdefault(survey, {})
    if (order, group) not in known:
        listed = survey.worst_first() if order == "worst" else survey.indices_N
        if group:
            listed = listed[np.isin(listed, survey.of_class(class_number(survey, group)))]
        known[order, group] = listed
    return known[order, group]


def class_number(survey: Survey, group: str) -> int:
    """The number of a class that is named by its name or, where no class is called so, by that number.

    Raises VaeTuiError where there is none.
    """
    names = [printable(name, 200) for name in survey.class_names]
    if group in names:
        return names.index(group)
    if group.isascii() and group.isdigit() and int(group) < len(names):
        return int(group)
    if not names:
        raise VaeTuiError("the images have no classes", "class folders or labels in an .npz would give them some")
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    raise VaeTuiError(f"there is no class {printable(group)}", f"there are {listed}")


def _unit(subject: Subject) -> str:
    """What the error is, and over which channels where not all are shown."""
    return " and ".join(filter(None, (UNIT, all_channels(subject))))


def _figure_lines(figures: Figures) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The name of each figure, and its text for each image."""
    texts = {
        "error": [short(value) for value in figures.squared_error_N.tolist()],
        "KL nats": [] if np.isnan(figures.kl_N).any() else [short(value) for value in figures.kl_N.tolist()],
        "PSNR dB": [f"{value:.1f}" for value in figures.psnr_N.tolist()],
    }
    return tuple((name, tuple(line)) for name, line in texts.items() if line)
