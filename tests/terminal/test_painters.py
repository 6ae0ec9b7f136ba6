import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.terminal.detection import choose_painter
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.iterm import ItermPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.sixel import SixelPainter


@pytest.fixture
def picture():
    """6 x 4 cells of 10 x 20 pixels in eight flat colours: no palette loses any."""
    colours = np.random.default_rng(0).integers(0, 2, (4, 6, 3), np.uint8) * 255
    return colours.repeat(20, axis=0).repeat(10, axis=1)


@pytest.mark.parametrize(
    "painter",
    [
        HalfblockPainter(),
        HalfblockPainter("256"),
        SixelPainter((10, 20)),
        SixelPainter((10, 20), 16),
        ItermPainter((8, 17)),
    ],
)
def test_a_painter_holds_the_picture_s_cells_and_needs_no_memory_of_it(painter):
    width, height = (side * num for side, num in zip(painter.cell_size, (6, 4), strict=True))
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    first = painter.paint(noise, 6, 4)
    painter.forget()
    again = painter.paint(noise, 6, 4)
    assert len(first.rows) == 4
    assert bool(first.sequence) != bool(first.ready_rows)
    assert (again.sequence, list(again.ready_rows)) == (first.sequence, list(first.ready_rows))
    assert painter.farewell() == ""


def kitty_picture(sequence):
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence)
    data = base64.b64decode("".join(payload for _, payload in chunks))
    return np.asarray(Image.open(io.BytesIO(data))), chunks


def test_kitty_gives_the_picture_back(picture):
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)  # more than one chunk
    decoded, chunks = kitty_picture(KittyPainter((10, 20)).paint(noise, 6, 4).sequence)
    np.testing.assert_array_equal(decoded, noise)
    assert len(chunks) > 1
    assert all(len(payload) <= 4096 for _, payload in chunks)
    assert all(keys.endswith("m=1") for keys, _ in chunks[:-1])
    assert chunks[-1][0].endswith("m=0")
    assert "c=6,r=4" in chunks[0][0]


def test_kitty_deletes_the_frame_that_it_replaces(picture):
    painter = KittyPainter((10, 20))
    first, second = (painter.paint(picture, 6, 4).sequence for _ in range(2))
    shown = [re.search(r"a=T.*?i=(\d+)", sequence).group(1) for sequence in (first, second)]
    assert shown[0] != shown[1]
    assert re.search(r"a=d,d=I,i=(\d+)", second).group(1) == shown[0]


def test_kitty_leaves_nothing_behind(picture):
    painter = KittyPainter((10, 20))
    shown = re.search(r"i=(\d+)", painter.paint(picture, 6, 4).sequence).group(1)
    assert f"a=d,d=I,i={shown}" in painter.farewell()


def test_kitty_never_asks_for_an_answer(picture):
    sequence = KittyPainter((10, 20)).paint(picture, 6, 4).sequence
    first_keys, deletion = re.findall(r"\x1b_G(a=[^;\x1b]*)", sequence)
    assert "q=2" in first_keys
    assert "q=2" in deletion


def test_an_unknown_protocol_is_refused_with_the_nearest():
    with pytest.raises(VaeTuiError) as caught:
        choose_painter("sixle")
    assert "did you mean sixel?" in caught.value.hint


def test_half_cells_need_no_question_to_the_terminal():
    assert isinstance(choose_painter("halfblock"), HalfblockPainter)
