"""Which images are held out for testing, settled by the seed and the images' keys alone."""

import hashlib
from collections.abc import Sequence
from typing import Any

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


def hold_out(keys: Sequence[bytes], fraction: float, seed: int) -> tuple[list[int], list[int]]:
    """(train, test) indices, each rising. Where the fraction is above 0, each has at least one of two images or more.

    The images with the lowest hash of seed and key are held out. So the split is the same on any machine and under
    any version of numpy or torch, and a file more or less moves few others across.
    """
    num_test = 0
    if fraction > 0 and len(keys) > 1:
        num_test = min(max(round(fraction * len(keys)), 1), len(keys) - 1)
    salt = f"{seed}/".encode()
    order = sorted(range(len(keys)), key=lambda index: hashlib.blake2b(salt + keys[index], digest_size=16).digest())
    return sorted(order[num_test:]), sorted(order[:num_test])
