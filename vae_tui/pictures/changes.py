"""How much each latent dimension changes the picture."""

# Z latent dims

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.latent import Latents
from vae_tui.pictures.contract import Subject
from vae_tui.pictures.showing import whole

REACH = 3.0
"""How far a dimension is moved, either way."""
_KNOWN: WeakKeyDictionary[Subject, NDArray[np.float32]] = WeakKeyDictionary()
_SOME: WeakKeyDictionary[Subject, dict[int, float]] = WeakKeyDictionary()
"""Of subjects whose dimensions have not all been measured: those that were asked for."""
_AT_ONCE = 8
"""Dimensions that one step measures."""


def dimension_changes(subject: Subject) -> NDArray[np.float32]:
    """How much the picture changes as each dimension goes to -3 and to 3, in levels of 255: (Z,).

    The mean absolute difference, over pixels, all channels and both ends, from the decoding of the prior's mean, about
    which all other dimensions stay. Remembered as long as the subject lives.
    """
    measured = DimensionChanges(subject)
    while not measured.is_done:
        measured.step()
    return measured.finish()


def changes_of(subject: Subject, dims: Sequence[int]) -> NDArray[np.float32]:
    """The same of these dimensions alone, (len(dims),): the others need not be measured for it."""
    subject = whole(subject)
    known = _KNOWN.get(subject)
    if known is not None:
        some: NDArray[np.float32] = known[list(dims)]
        return some
    measured = _SOME.setdefault(subject, {})
    missing = np.array([dim for dim in dict.fromkeys(dims) if dim not in measured], np.int64)
    if len(missing):
        measured.update(zip(missing.tolist(), _measure(subject, missing).tolist(), strict=True))
    return np.array([measured[dim] for dim in dims], np.float32)


def _measure(subject: Subject, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    dims = subject.latent_dim
    middle = np.zeros((1, dims), np.float32)
    latents_NZ = np.concatenate([middle, _moved(chosen, dims, -REACH), _moved(chosen, dims, REACH)])
    tiles = subject.decode_all(latents_NZ).astype(np.int16)
    ends = np.abs(tiles[1:] - tiles[0]).mean(axis=(1, 2, 3)).reshape(2, -1)
    changes: NDArray[np.float32] = ends.mean(axis=0).astype(np.float32)
    return changes


class DimensionChanges:
    """Measures them a few dimensions at a time."""

    def __init__(self, subject: Subject) -> None:
        self._subject = whole(subject)
        known = _KNOWN.get(self._subject)
        self._done = 0 if known is None else len(known)
        self._changes_Z = np.empty(subject.latent_dim, np.float32) if known is None else known

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""
        return self._done == len(self._changes_Z)

    def step(self) -> None:
        """The next dimensions: the model decodes two latents for each, and the prior's mean."""
        chosen = np.arange(self._done, min(self._done + _AT_ONCE, len(self._changes_Z)))
        self._changes_Z[chosen] = _measure(self._subject, chosen)
        self._done = int(chosen[-1]) + 1

    def finish(self) -> NDArray[np.float32]:
        """(Z,), once no step is left."""
        _KNOWN[self._subject] = self._changes_Z
        return self._changes_Z


def _moved(chosen: NDArray[np.int64], dims: int, value: float) -> Latents:
    latents_NZ = np.zeros((len(chosen), dims), np.float32)
    latents_NZ[np.arange(len(chosen)), chosen] = value
    return latents_NZ
