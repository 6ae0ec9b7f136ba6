"""A model's figures over a whole split: its losses and what its latent dimensions hold."""

# B batch, N images, K images whose draws are kept, C channels, H height, W width, Z latent dims

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_tui.aggregate import aggregate_statistics
from vae_tui.devices import sum_dtype
from vae_tui.latent import LatentStatistics
from vae_tui.models.contract import VAE
from vae_tui.objectives.contract import LossTerms, Objective

EVALUATION_SEED = 0
"""Seed of the posterior's noise in every evaluation, so that figures of two epochs or two models compare."""
BATCH_SIZE = 256
MAX_DRAWS = 16_384
"""Quantiles are taken over at most so many images, evenly spaced; every other figure is over all of them."""


class EvaluationStopped(Exception):
    """Whoever had asked for the figures no longer wants them."""


@dataclass(frozen=True)
class Evaluation:
    """Means over a split, the posterior sampled once for each image."""

    loss: float
    """What the objective minimises, at its full weight."""
    reconstruction: float
    kl: float
    """Nats."""
    statistics: LatentStatistics


@dataclass(frozen=True)
class Share:
    """Which batches of a split this process measures: each `size`-th from `rank` on; `add` sums over all processes."""

    rank: int = 0
    size: int = 1
    add: Callable[[Tensor], None] = lambda sums: None
    """Adds the tensor up over all processes, in place."""


class _Sums:
    """Running sums over images, all on the model's device."""

    def __init__(self, num_images: int, latent_dim: int, device: torch.device) -> None:
        dtype = sum_dtype(device)
        num_kept = min(num_images, MAX_DRAWS)
        self.kept_K = torch.arange(num_kept) * num_images // num_kept
        self.loss_reconstruction = torch.zeros(2, dtype=dtype, device=device)
        self.moments_5Z = torch.zeros(5, latent_dim, dtype=dtype, device=device)
        """KL, posterior mean, its square, draw, its square."""
        self.draws_KZ = torch.zeros(num_kept, latent_dim, device=device)

    def take(self, start: int, terms: LossTerms, loss_B: Tensor, mean_BZ: Tensor, z_BZ: Tensor) -> None:
        """Adds the batch whose first image is number `start` of the split."""
        dtype = self.moments_5Z.dtype
        self.loss_reconstruction += torch.stack([loss_B.to(dtype).sum(), terms.reconstruction_B.to(dtype).sum()])
        kl_BZ, mean_BZ, wide_BZ = terms.kl_BZ.to(dtype), mean_BZ.to(dtype), z_BZ.to(dtype)
        rows = (kl_BZ, mean_BZ, mean_BZ.square(), wide_BZ, wide_BZ.square())
        self.moments_5Z += torch.stack([row_BZ.sum(0) for row_BZ in rows])
        first, last = torch.searchsorted(self.kept_K, torch.tensor([start, start + len(z_BZ)])).tolist()
        self.draws_KZ[first:last] = z_BZ[self.kept_K[first:last].to(z_BZ.device) - start].float()

    def statistics(self, num_images: int, split: str) -> LatentStatistics:
        """What the sums say of the latent dimensions."""
        moments_5Z = (self.moments_5Z / num_images).double().cpu().numpy()
        draws_KZ = self.draws_KZ.double().cpu().numpy()
        return aggregate_statistics(moments_5Z, draws_KZ, num_images=num_images, split=split)


def evaluate(
    model: VAE,
    objective: Objective,
    images_NCHW: Tensor,
    *,
    weight: float,
    split: str,
    batch_size: int = BATCH_SIZE,
    share: Share | None = None,
    is_to_stop: Callable[[], bool] | None = None,
) -> Evaluation:
    """The figures of `model` over uint8 images, wherever they lie; `weight` is the objective's scheduled number.

    Memory does not grow with the number of images. The model is left in the mode it was in. A model that ran away
    gives figures that are not finite, and no warning. With a `share` every process must call, and gets the same.
    Raises EvaluationStopped where `is_to_stop`, asked before each batch, says so.
    """
    share, device, num_images = share or Share(), model.device, len(images_NCHW)
    generator = torch.Generator(device).manual_seed(EVALUATION_SEED)
    sums = _Sums(num_images, model.latent_dim, device)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for number, start in enumerate(range(0, num_images, batch_size)):
            if is_to_stop is not None and is_to_stop():
                model.train(was_training)
                raise EvaluationStopped
            batch = images_NCHW[start : start + batch_size]
            eps_BZ = torch.randn(len(batch), model.latent_dim, generator=generator, device=device)
            if number % share.size != share.rank:
                continue  # the noise is drawn all the same: it does not depend on the number of processes
            images_BCHW = model.scaling.to_model(batch.to(device))
            posterior = model.encode(images_BCHW)
            z_BZ = posterior.draw(eps_BZ)
            terms = objective(images_BCHW, model.decode(z_BZ), posterior)
            terms = LossTerms(*(term.to(sums.moments_5Z.dtype) for term in terms))
            sums.take(start, terms, objective.loss_B(terms, weight), posterior.mean_BZ, z_BZ)
        for tensor in (sums.loss_reconstruction, sums.moments_5Z, sums.draws_KZ):
            share.add(tensor)
    model.train(was_training)
    loss, reconstruction = (sums.loss_reconstruction / num_images).tolist()
    statistics = sums.statistics(num_images, split)
    return Evaluation(loss, reconstruction, float((sums.moments_5Z[0] / num_images).sum()), statistics)
