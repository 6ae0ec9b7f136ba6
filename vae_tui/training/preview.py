"""The same few pictures at every epoch, so that a person sees the model learn."""

# N images or samples, C channels, H height, W width, Z latent dims

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_tui.channels import to_rgb
from vae_tui.imaging import Tiles
from vae_tui.latent import prior_latents
from vae_tui.models.contract import VAE

NUM_TILES = 8
"""How many samples a preview has, and how many held-out images are worth giving it."""


@dataclass(frozen=True, eq=False)
class Preview:
    """Three rows of tiles, each uint8 RGB (N, H, W, 3)."""

    originals: Tiles
    """Held-out images."""
    reconstructions: Tiles
    """What their posterior means decode to."""
    samples: Tiles
    """What fixed latents from the prior decode to."""


def make_preview(model: VAE, images_NCHW: Tensor, *, seed: int = 0) -> Preview:
    """The preview of uint8 images, which may lie on any device; the latents of the samples depend on `seed` alone.

    No generator of torch's is touched, and the model is left in the mode it was in, so that a run computes the same
    with and without it.
    """
    device = next(model.parameters()).device
    originals_NCHW = images_NCHW.to(device)
    z_NZ = torch.from_numpy(prior_latents(NUM_TILES, model.latent_dim, seed)).to(device)
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            mean_NZ = model.encode(model.scaling.to_model(originals_NCHW)).mean_BZ
            reconstructions_NCHW = model.scaling.to_uint8(model.decode(mean_NZ))
            samples_NCHW = model.scaling.to_uint8(model.decode(z_NZ))
    finally:
        model.train(was_training)
    return Preview(_tiles(originals_NCHW), _tiles(reconstructions_NCHW), _tiles(samples_NCHW))


def _tiles(images_NCHW: Tensor) -> Tiles:
    return to_rgb(np.ascontiguousarray(images_NCHW.cpu().permute(0, 2, 3, 1).numpy()))
