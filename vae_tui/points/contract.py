"""What a point is found in, where it begins and what moves it: the parts that it is made of."""

# Z latent dims

from collections.abc import Sequence
from typing import Protocol

from vae_tui.latent import Latents
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points


class Space(Protocol):
    """What a point is found in: a model with its images."""

    @property
    def latent_dim(self) -> int: ...
    @property
    def num_images(self) -> int: ...
    @property
    def num_files(self) -> int: ...
    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and standard deviation of the chosen images, each (N, Z)."""
        ...

    def survey(self) -> Survey:
        """The set of images, encoded. Raises VaeTuiError where there are none."""
        ...

    def umap_points(self) -> Points:
        """Those images on a plane, by UMAP: (N, 2). Raises VaeTuiError where umap-learn is absent."""
        ...


class Base(Protocol):
    """Where a point begins."""

    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        ...

    def latent(self, space: Space) -> Latents:
        """(Z,). Raises VaeTuiError where the model has not what is asked for."""
        ...


class Move(Protocol):
    """What moves a point."""

    @property
    def amount(self) -> float: ...
    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        ...

    @property
    def name(self) -> str:
        """What moves it, without the strength."""
        ...

    def offset(self, space: Space) -> Latents:
        """(Z,), at strength 1."""
        ...
