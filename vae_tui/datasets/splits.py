"""Which images are held out for testing, settled by the seed and the images' keys alone."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_tui.config import option
from vae_tui.errors import VaeTuiError

FRACTION_HELP = "share held out for testing, by seed, where the data has no test split; 0 holds out none"


def fraction_option() -> Any:
    """The `test_fraction` field that every source without a test split of its own has."""
    return option(0.1, FRACTION_HELP)


def check_fraction(fraction: float) -> None:
    """Raises VaeTuiError unless the fraction is 0 or more and under 1."""
    if not 0 <= fraction < 1:
        raise VaeTuiError(f"data.test_fraction is {fraction}", "give 0 or more and less than 1")


def hold_out(keys: Iterable[bytes], fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(train, test) indices, each rising. Where the fraction is above 0, each has at least one of two images or more.

    The images with the lowest hash of seed and key are held out. So the split is the same on any machine and under
    any version of numpy or torch, and a file more or less moves few others across.
    """
    salt, digests = f"{seed}/".encode(), bytearray()
    for key in keys:
        digests += hashlib.blake2b(salt + key, digest_size=16).digest()
    high_N, low_N = np.frombuffer(digests, ">u8").reshape(-1, 2).T
    num_keys, num_test = len(high_N), 0
    if fraction > 0 and num_keys > 1:
        num_test = min(max(round(fraction * num_keys), 1), num_keys - 1)
    order_N = np.lexsort((low_N, high_N))
    return np.sort(order_N[num_test:]), np.sort(order_N[:num_test])
