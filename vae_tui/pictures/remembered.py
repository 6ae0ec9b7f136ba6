"""Latents and tiles that are found once: what a picture shows again, and where a point that is moved began."""

# Z latent dims

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from vae_tui.imaging import Tiles
from vae_tui.latent import Latents, check_edits
from vae_tui.pictures.contract import Subject
from vae_tui.points.contract import Base
from vae_tui.points.point import Point

Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_KNOWN = 64
"""Of each kind, of each subject."""


class Remembered:
    """What was found of one subject, as long as that lives. A tile is decoded by itself, so that it is always the same.

    (A decoder's sums may differ in their last bits with how many latents it is given at once.)
    """

    def __init__(self) -> None:
        self._bases: dict[Base, Latents] = {}
        self._offsets: dict[str, Latents] = {}
        self._tiles: dict[bytes, Tiles] = {}

    def latent(self, subject: Subject, point: Point) -> Latents:
        """The point's (Z,). Raises VaeTuiError as Point.latent does."""
        check_edits(point.edits, subject.latent_dim)
        base_Z = _known(self._bases, point.base, lambda: point.base.latent(subject))
        return point.assembled(base_Z, lambda move: _known(self._offsets, move.name, lambda: move.offset(subject)))

    def tiles(self, subject: Subject, latents_NZ: Latents) -> Tiles:
        """The subject's images of these latents, at least one: those that are not known are decoded one by one."""
        rows = np.split(latents_NZ, len(latents_NZ))
        return np.concatenate([_known(self._tiles, row.tobytes(), partial(subject.decode, row)) for row in rows])


_KNOWN: WeakKeyDictionary[Subject, Remembered] = WeakKeyDictionary()


def remembered(subject: Subject) -> Remembered:
    """What is remembered of a subject."""
    known = _KNOWN.get(subject)
    if known is None:
        known = _KNOWN[subject] = Remembered()
    return known


def _known(known: dict[Key, Value], key: Key, find: Callable[[], Value]) -> Value:
    """What is known, or found now: then in place of what was asked for the longest ago."""
    value = known.pop(key, None)
    if value is None:
        value = find()
        if len(known) >= MAX_KNOWN:
            del known[next(iter(known))]
    known[key] = value
    return value
