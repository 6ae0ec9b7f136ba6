"""Images above what the model makes of them."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.imaging import Tiles
from vae_tui.latent import Edits, Latents, apply_edits, check_edits, format_edits
from vae_tui.pictures.contract import (
    Animation,
    Drawing,
    Subject,
    check_count,
    check_images,
    encoder,
    no_latents,
)
from vae_tui.points import Image, Point


@dataclass(frozen=True)
class ReconstructPicture:
    """`num` images from `first` on (around the end of the set), each above its decoded latent."""

    command_name: ClassVar[str] = "reconstruct"

    num: int = 8
    first: int = 0
    posterior: str = "mean"
    """"mean", or "sample": one draw of each image's posterior, by `seed`."""
    seed: int = 0
    edits: Edits = ()

    def __post_init__(self) -> None:
        check_count("-n", self.num)
        check_count("--seed", self.seed, 0, 2**63 - 1)

    def draw(self, subject: Subject) -> Drawing:
        """Bands of two rows: originals, and below them their reconstructions."""
        originals, decoded, latents_NZ = self._pairs(subject)
        seed = self.seed if self.posterior == "sample" else None
        columns = self._columns(self.num)
        bands = -(-self.num // columns)
        positions = bands * 2 * columns
        tiles = np.zeros((positions, *originals.shape[1:]), np.uint8)
        latents = no_latents(positions, subject.latent_dim)
        shown = np.zeros(positions, bool)
        points: list[Point | None] = [None] * positions
        words = [""] * positions
        for index in range(self.num):
            band, column = divmod(index, columns)
            above = band * 2 * columns + column
            below = above + columns
            tiles[above], tiles[below], latents[below] = originals[index], decoded[index], latents_NZ[index]
            shown[[above, below]] = True
            image = (self.first + index) % subject.num_images
            points[above] = points[below] = Point(Image(image, seed), edits=self.edits)
            words[above], words[below] = f"image {image}", f"image {image}, decoded"
        return Drawing(
            tiles,
            columns,
            latents,
            self._caption(subject),
            ("original", "decoded ") * bands,
            shown_N=shown,
            points=tuple(points),
            words=tuple(words),
        )

    def animate(self, subject: Subject) -> Animation:
        """Originals and reconstructions in turn, each in its place."""
        originals, decoded, latents_NZ = self._pairs(subject)
        columns, caption = math.ceil(math.sqrt(self.num)), self._caption(subject)
        blank = no_latents(self.num, subject.latent_dim)
        frames = (Drawing(originals, columns, blank, caption), Drawing(decoded, columns, latents_NZ, caption))
        return Animation(frames, 800)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        words = ["-n", str(self.num), "--start", str(self.first), "--posterior", self.posterior]
        words += ["--seed", str(self.seed)] if self.posterior == "sample" else []
        return words + (["--z", format_edits(self.edits)] if self.edits else [])

    @staticmethod
    def _columns(num: int) -> int:
        return num if num <= 8 else max(8, math.ceil(math.sqrt(2 * num)))

    def _pairs(self, subject: Subject) -> tuple[Tiles, Tiles, Latents]:
        check_edits(self.edits, subject.latent_dim)
        check_images(subject, [self.first])
        indices = [(self.first + offset) % subject.num_images for offset in range(self.num)]
        latents_NZ = apply_edits(encoder(subject, self.posterior, self.seed)(indices), self.edits)
        return subject.images(indices), subject.decode(latents_NZ), latents_NZ

    def _caption(self, subject: Subject) -> str:
        drawn = f"a draw (seed {self.seed})" if self.posterior == "sample" else "the mean"
        held = f" · z {format_edits(self.edits)}" if self.edits else ""
        theirs = "its reconstruction" if self.num == 1 else "their reconstructions"
        return f"{self._which(subject)} above {theirs} · from {drawn}{held}"

    def _which(self, subject: Subject) -> str:
        last = self.first + self.num - 1
        if last >= subject.num_images:
            end = f"around the end of {subject.num_images:,}"
            return f"{self.num} {subject.split} images from {self.first} on, {end},"
        one = f"{subject.split} image {self.first}"
        return one if self.num == 1 else f"{subject.split} images {self.first} to {last}"
