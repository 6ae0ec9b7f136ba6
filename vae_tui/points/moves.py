"""What may move a point."""

# Z latent dims

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.latent import Latents
from vae_tui.points.bases import Image
from vae_tui.points.contract import Space
from vae_tui.points.images import image_word

ALL_CLASSES = -1
"""In place of a class: all images."""


@dataclass(frozen=True)
class PrincipalMove:
    """Along a principal direction of the posterior means, in its standard deviations; counted from 1."""

    number: int
    amount: float = 1.0
    needs_survey: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """pc2."""
        return f"pc{self.number}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        principal = space.survey().principal
        if not 1 <= self.number <= len(principal.std_K):
            hint = f"there are pc1 to pc{len(principal.std_K)}"
            raise VaeTuiError(f"there is no principal direction {self.number}", hint)
        offset_Z: Latents = principal.components_KZ[self.number - 1] * principal.std_K[self.number - 1]
        return offset_Z


@dataclass(frozen=True)
class ClassMove:
    """From the mean of one class to that of another; ALL_CLASSES is the mean of the whole set."""

    start: int
    end: int
    amount: float = 1.0
    needs_survey: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """class:3>5."""
        start, end = ("all" if label == ALL_CLASSES else str(label) for label in (self.start, self.end))
        return f"class:{start}>{end}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        survey = space.survey()
        start_Z, end_Z = (
            survey.principal.mean_Z if label == ALL_CLASSES else survey.class_mean_Z(label)
            for label in (self.start, self.end)
        )
        return end_Z - start_Z


@dataclass(frozen=True)
class ImagesMove:
    """From the mean of some images to that of others."""

    start: tuple[int, ...]
    end: tuple[int, ...]
    amount: float = 1.0
    needs_survey: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """images:1+4>7."""
        start, end = ("+".join(map(image_word, indices)) for indices in (self.start, self.end))
        return f"images:{start}>{end}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        offset_Z: Latents = _mean_of(space, self.end) - _mean_of(space, self.start)
        return offset_Z


def _mean_of(space: Space, indices: tuple[int, ...]) -> Latents:
    mean_Z: Latents = np.mean([Image(index).latent(space) for index in indices], axis=0, dtype=np.float32)
    return mean_Z
