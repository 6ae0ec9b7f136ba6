"""Tiles that are decoded once: a cursor that moves over a grid changes what stands beside it, not the grid."""

# N latents, Z latent dims

from weakref import WeakKeyDictionary

import numpy as np

from vae_tui.imaging import Tiles
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Subject

_LAST: WeakKeyDictionary[Subject, tuple[Latents, Tiles]] = WeakKeyDictionary()


def decode_once(subject: Subject, latents_NZ: Latents) -> Tiles:
    """The subject's images of these latents; of those that it was asked for last, the same array again."""
    known = _LAST.get(subject)
    if known is None or not np.array_equal(known[0], latents_NZ):
        known = _LAST[subject] = latents_NZ, subject.decode(latents_NZ)
    return known[1]
