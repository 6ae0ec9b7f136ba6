"""How much each latent dimension changes the picture."""

# Z latent dims

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.latent import Latents
from vae_tui.pictures.contract import Subject

REACH = 3.0
"""How far a dimension is moved, either way."""
_KNOWN: WeakKeyDictionary[Subject, NDArray[np.float32]] = WeakKeyDictionary()
_AT_ONCE = 8
"""Dimensions that one step measures."""


def dimension_changes(subject: Subject) -> NDArray[np.float32]:
    """How much the picture changes as each dimension goes to -3 and to 3, in levels of 255: (Z,).

    The mean absolute difference, over pixels and both ends, from the decoding of the prior's mean, about which all
    other dimensions stay. Remembered as long as the subject lives.
    """
    measured = DimensionChanges(subject)
    while not measured.is_done:
        measured.step()
    return measured.finish()


class DimensionChanges:
    """Measures them a few dimensions at a time."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        known = _KNOWN.get(subject)
        self._done = 0 if known is None else len(known)
        self._changes_Z = np.empty(subject.latent_dim, np.float32) if known is None else known

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""
        return self._done == len(self._changes_Z)

    def step(self) -> None:
        """The next dimensions: the model decodes two latents for each, and the prior's mean."""
        dims = len(self._changes_Z)
        chosen = np.arange(self._done, min(self._done + _AT_ONCE, dims))
        middle = np.zeros((1, dims), np.float32)
        latents_NZ = np.concatenate([middle, _moved(chosen, dims, -REACH), _moved(chosen, dims, REACH)])
        tiles = self._subject.decode(latents_NZ).astype(np.int16)
        ends = np.abs(tiles[1:] - tiles[0]).mean(axis=(1, 2, 3)).reshape(2, -1)
        self._changes_Z[chosen] = ends.mean(axis=0)
        self._done = int(chosen[-1]) + 1

    def finish(self) -> NDArray[np.float32]:
        """(Z,), once no step is left."""
        _KNOWN[self._subject] = self._changes_Z
        return self._changes_Z


def _moved(chosen: NDArray[np.int64], dims: int, value: float) -> Latents:
    latents_NZ = np.zeros((len(chosen), dims), np.float32)
    latents_NZ[np.arange(len(chosen)), chosen] = value
    return latents_NZ
