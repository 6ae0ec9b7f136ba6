"""Round numbers along an axis."""

import math


def tick_step(low: float, high: float, most: int) -> float | None:
    """1, 2 or 5 times a power of ten: about `most` multiples at most lie between low and high. None for no ticks."""
    if most < 1:
        return None
    rough = high / most - low / most
    if not 1e-200 < rough < 1e200:
        return None
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough * (1 - 1e-9))


def ticks(low: float, high: float, step: float | None) -> tuple[float, ...]:
    """The multiples of the step from low to high."""
    if step is None:
        return ()
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(index * step for index in range(first, last + 1))
