"""Where a point may begin."""

# Z latent dims

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.latent import Edits, Latents, apply_edits, check_edits, format_number, image_draws
from vae_tui.points.contract import Space
from vae_tui.points.images import check_image
from vae_tui.priors import prior_draws
from vae_tui.survey_umap import latent_near


@dataclass(frozen=True)
class Centre:
    """The prior's mean."""

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        return "centre"

    def latent(self, space: Space) -> Latents:
        """Zeros."""
        return np.zeros(space.latent_dim, np.float32)


CENTRE = Centre()


@dataclass(frozen=True)
class SetMean:
    """The mean of the set's posterior means: the origin of the principal directions."""

    needs_survey: ClassVar[bool] = True

    def __str__(self) -> str:
        return "mean"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        return space.survey().principal.mean_Z


@dataclass(frozen=True)
class OnUmap:
    """A place of the set's map by UMAP: the mean of the images about it, the nearest with the most weight."""

    x: float
    y: float

    needs_survey: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"umap:{format_number(self.x)}:{format_number(self.y)}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        return latent_near(space.umap_points(), space.survey().means_NZ, (self.x, self.y))


@dataclass(frozen=True)
class Image:
    """The posterior of an image: its mean or, with a seed, a draw."""

    index: int
    """In the set; -1, -2, … are the image files that were given beside it."""
    seed: int | None = None

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        name = f"image:{self.index}" if self.index >= 0 else f"file:{-self.index}"
        return name if self.seed is None else f"{name}:{self.seed}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        check_image(space, self.index)
        mean_1Z, std_1Z = space.encode([self.index])
        latents_1Z = mean_1Z if self.seed is None else image_draws(mean_1Z, std_1Z, [self.index], self.seed)
        latent_Z: Latents = latents_1Z[0]
        return latent_Z


@dataclass(frozen=True)
class Draw:
    """A draw of the prior: the same as tile `index` of the samples of `seed`."""

    index: int
    seed: int
    temperature: float = 1.0
    prior: str = "normal"
    """One of priors.PRIORS."""

    @property
    def needs_survey(self) -> bool:
        """Where the prior is fitted to the set."""
        return self.prior != "normal"

    def __str__(self) -> str:
        prior = "" if self.prior == "normal" else f":{self.prior}"
        warmth = "" if self.temperature == 1 and not prior else f":{format_number(self.temperature)}"
        return f"draw:{self.index}:{self.seed}{warmth}{prior}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        draws_NZ = prior_draws(space, self.prior, self.index + 1, self.seed, self.temperature)
        latent_Z: Latents = draws_NZ[self.index]
        return latent_Z


@dataclass(frozen=True)
class Values:
    """A latent that has no other name, by the value of each dimension."""

    edits: Edits
    """The dimensions from 0 on."""

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        return ":".join(["values", *(format_number(value) for _, value in self.edits)])

    def latent(self, space: Space) -> Latents:
        """(Z,). Raises VaeTuiError where there are more values than dimensions."""
        check_edits(self.edits, space.latent_dim)
        latent_Z: Latents = apply_edits(np.zeros((1, space.latent_dim), np.float32), self.edits)[0]
        return latent_Z
