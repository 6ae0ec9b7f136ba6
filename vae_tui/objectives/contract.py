"""What an objective gives: an error and a KL for each image, before any sum over the batch."""

# B batch, C channels, H height, W width, Z latent dims

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from vae_tui.models.contract import Posterior
from vae_tui.registry import Registry


class LossTerms(NamedTuple):
    """The two terms of the loss, per image."""

    reconstruction_B: Tensor
    """Summed over channels and pixels."""
    kl_BZ: Tensor
    """Per latent dimension, in nats: the explorer ranks dimensions by it."""

    def loss_B(self, beta: float) -> Tensor:
        """Reconstruction + beta * KL (Higgins et al., 2017, eq. 4; beta 1 is the negative ELBO up to a constant)."""
        return self.reconstruction_B + beta * self.kl_BZ.sum(1)


class Objective(ABC):
    """A registered objective: pure, built from its options."""

    Options: ClassVar[type[Any]]
    """Frozen dataclass of what `--set objective.KEY=VALUE` reaches; each field made by config.option."""
    summary: ClassVar[str]
    """One line for `vaetui list`."""
    reconstruction_name: ClassVar[str]
    """What the reconstruction term is: "squared error"; said in nats only where it is a likelihood."""

    def __init__(self, options: Any) -> None:
        self.options = options

    @abstractmethod
    def __call__(self, images_BCHW: Tensor, output_BCHW: Tensor, posterior: Posterior) -> LossTerms:
        """The terms for a batch; images and output in the model's scaling."""


OBJECTIVES: Registry[type[Objective]] = Registry("objective", "vae_tui.objectives")
