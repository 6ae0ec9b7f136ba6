"""What training minimises: an error and a KL for each image, and how an objective weighs them as the run goes on."""

# B batch, C channels, H height, W width, Z latent dims

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from vae_tui.models.contract import Posterior
from vae_tui.registry import Registry

Weight = float | Tensor
"""A scheduled number; on a GPU a tensor of no dimensions, so that a captured step reads its new value."""
BatchMean = Callable[[Tensor], Tensor]
"""(B, Z) to (Z,): the mean over the whole batch, over all processes where there are several; carries no gradient."""


class LossTerms(NamedTuple):
    """The two terms of the loss, per image."""

    reconstruction_B: Tensor
    """Summed over channels and pixels."""
    kl_BZ: Tensor
    """Per latent dimension, in nats: the explorer ranks dimensions by it."""


def batch_mean(values_BZ: Tensor) -> Tensor:
    """The mean over the batch of one process, (Z,)."""
    return values_BZ.detach().mean(0)


class Objective(ABC):
    """A registered objective: pure, built from its options and the run's `--beta`.

    One that weighs reconstruction + weight * KL with a scheduled weight overrides `weight` alone, one of another form
    `loss_B` too.
    """

    Options: ClassVar[type[Any]]
    """Frozen dataclass of what `--set objective.KEY=VALUE` reaches; each field made by config.option."""
    summary: ClassVar[str]
    """One line for `vaetui list`."""
    reconstruction_name: ClassVar[str] = "squared error"
    """What the reconstruction term is; said in nats only where it is a likelihood."""
    has_horizon: ClassVar[bool] = False
    """Whether `weight` depends on how many epochs the run has in all."""

    def __init__(self, options: Any, beta: float = 1.0) -> None:
        """Raises VaeTuiError for options that make no sense."""
        self.options = options
        self.beta = beta

    @abstractmethod
    def __call__(self, images_BCHW: Tensor, output_BCHW: Tensor, posterior: Posterior) -> LossTerms:
        """The terms for a batch; images and output in the model's scaling."""

    def weight(self, at: float, epochs: int) -> float:
        """The scheduled number of a step that begins `at` epochs into a run of `epochs`: here the KL's weight.

        At the end (`at` = `epochs`) it is the one that held-out losses are measured with, so that epochs compare.
        """
        return self.beta

    def loss_B(self, terms: LossTerms, weight: Weight, mean: BatchMean = batch_mean) -> Tensor:
        """What is minimised, an image: reconstruction + weight * KL (Higgins et al., 2017, eq. 4).

        With weight 1 it is the plain VAE's: the negative ELBO up to a constant.
        """
        return terms.reconstruction_B + weight * terms.kl_BZ.sum(1)

    @property
    def formula(self) -> str:
        """The loss in words, where "error" is the reconstruction term."""
        return f"error + {'' if self.beta == 1 else f'{self.beta:g} x '}KL"


OBJECTIVES: Registry[type[Objective]] = Registry("objective", "vae_tui.objectives")
