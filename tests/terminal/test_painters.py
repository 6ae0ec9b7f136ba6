import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.terminal.detection import choose_painter
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.sixel import SixelPainter


@pytest.fixture
def picture():
    """6 x 4 cells of 10 x 20 pixels in eight flat colours: no palette loses any."""
    colours = np.random.default_rng(0).integers(0, 2, (4, 6, 3), np.uint8) * 255
    return colours.repeat(20, axis=0).repeat(10, axis=1)


def test_half_cells_give_every_pixel_back():
    picture = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    picture[:2, 1:4] = picture[0, 1]  # equal cells run together
    painting = HalfblockPainter().paint(picture, 5, 3)
    assert painting.sequence == ""
    for y, row in enumerate(painting.rows):
        cells = [(char, segment.style) for segment in row for char in segment.text]
        assert len(cells) == 5
        for x, (char, style) in enumerate(cells):
            lower = tuple(style.bgcolor.triplet)
            upper = tuple(style.color.triplet) if char == "▀" else lower
            assert (upper, lower) == (tuple(picture[2 * y, x]), tuple(picture[2 * y + 1, x]))


def decode_sixel(sequence):
    """A small reader of what the encoder writes: raster size, palette, repeats, bands."""
    head, body = re.match(r'\x1bP[^q]*q"1;1;(\d+;\d+)(.*)\x1b\\$', sequence, re.DOTALL).groups()
    width, height = map(int, head.split(";"))
    picture = np.zeros((height + 6, width, 3), np.uint8)
    palette, colour, x, band = {}, 0, 0, 0
    token = r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)"
    for match in re.finditer(token, body):
        define, *rgb = match.groups()[:4]
        chosen, times, repeated, single, back, down = match.groups()[4:]
        if define:
            palette[int(define)] = np.rint(np.array(list(map(int, rgb))) * 2.55)
            colour = int(define)
        elif chosen:
            colour = int(chosen)
        elif back:
            x = 0
        elif down:
            x, band = 0, band + 6
        else:
            count, char = int(times or 1), repeated or single
            for bit in range(6):
                if ord(char) - 63 >> bit & 1:
                    picture[band + bit, x : x + count] = palette[colour]
            x += count
    return picture[:height], body


def test_sixel_gives_the_picture_back(picture):
    painting = SixelPainter((10, 20), 256).paint(picture, 6, 4)
    decoded, _ = decode_sixel(painting.sequence)
    np.testing.assert_array_equal(decoded, picture)


def test_sixel_defines_all_colours_before_the_first_pixel(picture):
    _, body = decode_sixel(SixelPainter((10, 20), 256).paint(picture, 6, 4).sequence)
    definitions = re.match(r"(#\d+;2;\d+;\d+;\d+)+", body).group()
    assert ";2;" not in body[len(definitions) :]


def test_sixel_steps_over_its_cells_and_measures_nothing(picture):
    rows = SixelPainter((10, 20), 256).paint(picture, 6, 4).rows
    assert len(rows) == 4
    for (segment,) in rows:
        assert segment.text == "\x1b[6C"
        assert segment.cell_length == 0


def test_sixel_uses_no_more_colours_than_the_terminal_has():
    noise = np.random.default_rng(0).integers(0, 256, (80, 60, 3), np.uint8)
    sequence = SixelPainter((10, 20), 16).paint(noise, 6, 4).sequence
    assert len(set(re.findall(r"#(\d+)", sequence))) <= 16


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
