"""A model's figures over a whole split: its losses and what its latent dimensions hold."""

# B batch, N images, Z latent dims, Q quantile levels

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_tui.latent import LatentStatistics
from vae_tui.models.contract import VAE
from vae_tui.objectives.contract import Objective

EVALUATION_SEED = 0
"""Seed of the posterior's noise in every evaluation, so that figures of two epochs or two models compare."""
BATCH_SIZE = 256
NUM_QUANTILE_LEVELS = 101


@dataclass(frozen=True)
class Evaluation:
    """Means over a split, the posterior sampled once for each image."""

    loss: float
    """reconstruction + beta * kl."""
    reconstruction: float
    kl: float
    """Nats."""
    statistics: LatentStatistics


def evaluate(
    model: VAE, objective: Objective, images_NCHW: Tensor, *, beta: float, split: str, batch_size: int = BATCH_SIZE
) -> Evaluation:
    """The figures of `model` over uint8 images that lie on its device. The model is left in the mode it was in.

    A model that ran away gives figures that are not finite, and no warning.
    """
    device = images_NCHW.device
    generator = torch.Generator(device).manual_seed(EVALUATION_SEED)
    sums = torch.zeros(2, dtype=torch.float64, device=device)
    means, draws, kls = [], [], []
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for batch in images_NCHW.split(batch_size):
            images_BCHW = model.scaling.to_model(batch)
            posterior = model.encode(images_BCHW)
            z_BZ = posterior.sample(generator)
            terms = objective(images_BCHW, model.decode(z_BZ), posterior)
            sums += torch.stack([terms.reconstruction_B.double().sum(), terms.kl_BZ.double().sum()])
            means.append(posterior.mean_BZ.float())
            draws.append(z_BZ.float())
            kls.append(terms.kl_BZ.double().sum(0))
    model.train(was_training)
    num = len(images_NCHW)
    reconstruction, kl = (sums / num).tolist()
    with np.errstate(invalid="ignore", over="ignore"):
        statistics = latent_statistics(torch.cat(means), torch.cat(draws), torch.stack(kls).sum(0) / num, split)
    return Evaluation(reconstruction + beta * kl, reconstruction, kl, statistics)


def latent_statistics(mean_NZ: Tensor, z_NZ: Tensor, kl_Z: Tensor, split: str) -> LatentStatistics:
    """The statistics of posterior means (N, Z), one draw of each posterior (N, Z) and the mean KL (Z,)."""
    draws = z_NZ.double().cpu().numpy()
    levels = np.linspace(0, 1, NUM_QUANTILE_LEVELS)
    return LatentStatistics(
        kl_Z=kl_Z.float().cpu().numpy(),
        mean_Z=draws.mean(0).astype(np.float32),
        std_Z=draws.std(0).astype(np.float32),
        mean_variance_Z=mean_NZ.double().cpu().numpy().var(0).astype(np.float32),
        quantile_levels_Q=levels.astype(np.float32),
        quantiles_QZ=np.quantile(draws, levels, axis=0).astype(np.float32),
        num_images=len(draws),
        split=split,
    )
