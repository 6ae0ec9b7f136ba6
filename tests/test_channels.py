"""Images of any number of channels, as they are shown."""

import numpy as np
import pytest

from vae_tui.channels import channel_words, parse_channels, shows_all, to_rgb
from vae_tui.errors import VaeTuiError


def images(num):
    """One pixel, whose channels are 10, 20, …"""
    return (10 * np.arange(1, num + 1, dtype=np.uint8)).reshape(1, 1, 1, num)


@pytest.mark.parametrize(
    ("num", "channels", "shown"),
    [
        (1, (), [10, 10, 10]),
        (1, (0,), [10, 10, 10]),
        (2, (), [10, 20, 0]),
        (2, (1,), [20, 20, 20]),
        (2, (1, 0, 1), [20, 10, 20]),
        (3, (), [10, 20, 30]),
        (3, (2, 1, 0), [30, 20, 10]),
        (3, (1,), [20, 20, 20]),
        (5, (), [10, 20, 30]),
        (5, (4, 2, 1), [50, 30, 20]),
        (5, (4,), [50, 50, 50]),
    ],
)
def test_what_is_shown_of_images(num, channels, shown):
    rgb = to_rgb(images(num), channels)
    assert rgb.tolist() == [[[shown]]]
    assert rgb.flags.c_contiguous


def test_colour_images_are_the_array_itself():
    colour = images(3)
    assert to_rgb(colour) is colour
    assert to_rgb(colour, (0, 1, 2)) is colour


@pytest.mark.parametrize(("num", "there_are"), [(1, "channel 0 alone"), (3, "0 to 2")])
def test_a_channel_that_is_not_there(num, there_are):
    with pytest.raises(VaeTuiError, match="have no channel 3") as refused:
        to_rgb(images(num), (3,))
    assert there_are in refused.value.hint


@pytest.mark.parametrize(
    ("num", "channels", "words"),
    [
        (1, (), ""),
        (3, (), ""),
        (3, (0, 1, 2), ""),
        (3, (2, 1, 0), "channels 2 1 0 as red, green, blue"),
        (3, (1,), "channel 1 of 3"),
        (2, (), "channels 0 1 as red, green"),
        (5, (), "channels 0 1 2 of 5 as red, green, blue"),
        (5, (4, 2, 1), "channels 4 2 1 of 5 as red, green, blue"),
        (5, (0,), "channel 0 of 5"),
    ],
)
def test_the_words_for_it(num, channels, words):
    assert channel_words(channels, num) == words


def test_whether_all_are_shown():
    assert [shows_all((), num) for num in (1, 2, 3, 4)] == [True, True, True, False]
    assert shows_all((2, 1, 0), 3)
    assert not shows_all((1,), 3)


def test_channels_are_read():
    assert [parse_channels(text) for text in ("4", "4,2,1", " 4, 2 ,1 ")] == [(4,), (4, 2, 1), (4, 2, 1)]


@pytest.mark.parametrize("text", ["", "a", "1,2", "0,1,2,3", "-1", "1.5", "²", "0,,1", "1" * 5000])
def test_what_is_no_choice_of_channels(text):
    with pytest.raises(VaeTuiError, match="can't be read") as refused:
        parse_channels(text)
    assert "4,2,1" in refused.value.hint


def test_a_channel_beyond_all_bounds():
    with pytest.raises(VaeTuiError, match="no channel 64"):
        parse_channels("0,1,64")
