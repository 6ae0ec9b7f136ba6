"""Which channels of an image are shown, and as what: the one place where images of any number of them become RGB."""

# N images, H height, W width, C channels

import numpy as np
from numpy.typing import NDArray

from vae_tui.config import MAX_CHANNELS
from vae_tui.errors import VaeTuiError, printable

Channels = tuple[int, ...]
"""Three channels as red, green and blue, or one alone in grey, counted from 0; none named: as shown_channels says."""

FILE_CHANNELS = (1, 3)
"""Numbers of channels that an image file can be read with."""
_COLOURS = ("red", "green", "blue")


def parse_channels(text: str) -> Channels:
    """`4,2,1` or `4`. Raises VaeTuiError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (1, 3) or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        hint = "name three, as red, green and blue, or one alone, counted from 0: 4,2,1 or 4"
        raise VaeTuiError(f"--channels {printable(text, 40)!r} can't be read", hint)
    channels = tuple(map(int, parts))
    if max(channels) >= MAX_CHANNELS:
        raise VaeTuiError(f"there is no channel {max(channels)}", f"images have {MAX_CHANNELS} at most, 0 the first")
    return channels


def shown_channels(channels: Channels, num: int) -> Channels:
    """Those that images of `num` channels are shown by: the named ones, else the first three, or as many as there are.

    Raises VaeTuiError where there is no such one.
    """
    missing = [channel for channel in channels if channel >= num]
    if missing:
        there_are = "they have channel 0 alone" if num == 1 else f"they have 0 to {num - 1}"
        raise VaeTuiError(f"the images have no channel {missing[0]}", there_are)
    return channels or tuple(range(min(num, 3)))


def to_rgb(images_NHWC: NDArray[np.uint8], channels: Channels = ()) -> NDArray[np.uint8]:
    """Images with all their channels as they are shown: uint8 RGB (N, H, W, 3). Raises what shown_channels does.

    One channel is grey, two are red and green; of three shown as they are, the array itself.
    """
    num = images_NHWC.shape[3]
    chosen = shown_channels(channels, num)
    if num == 3 and chosen == (0, 1, 2):
        return images_NHWC
    if len(chosen) == 1:
        return images_NHWC[..., chosen[0], None].repeat(3, axis=3)
    rgb_NHW3 = np.zeros((*images_NHWC.shape[:3], 3), np.uint8)
    for place, channel in enumerate(chosen):
        rgb_NHW3[..., place] = images_NHWC[..., channel]
    return rgb_NHW3


def shows_all(channels: Channels, num: int) -> bool:
    """Whether no channel is left out."""
    return set(shown_channels(channels, num)) == set(range(num))


def channel_words(channels: Channels, num: int) -> str:
    """What is shown of images of `num` channels: `channels 0 1 2 of 5`; "" of grey and colour images as they are."""
    chosen = shown_channels(channels, num)
    if num in (1, 3) and chosen == tuple(range(num)):
        return ""
    if len(chosen) == 1:
        return f"channel {chosen[0]} of {num}"
    part = "" if shows_all(channels, num) else f" of {num}"
    return f"channels {' '.join(map(str, chosen))}{part} as {', '.join(_COLOURS[: len(chosen)])}"


def channel_name(channels: Channels) -> str:
    """As --channels takes them."""
    return ",".join(map(str, channels))
