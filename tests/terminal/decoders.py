"""Readers of what the painters write, by the protocols' own documents: they share no code with the painters."""

import base64
import io
import re
from dataclasses import dataclass, field

import numpy as np
import pyte
from numpy.typing import NDArray
from PIL import Image
from pyte.graphics import FG_BG_256

NAMES = {"black": 0, "red": 1, "green": 2, "brown": 3, "blue": 4, "magenta": 5, "cyan": 6, "white": 7}


@dataclass
class Sixel:
    """A Sixel picture as a terminal ends up with it."""

    p2: int
    """Background select: 1 leaves pixels that are not set as they are."""
    declared: tuple[int, int]
    """(height, width) of the raster attributes."""
    picture: NDArray[np.uint8]
    """(H, W, 3): as far as anything was painted."""
    painted: NDArray[np.bool_]
    registers: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """0 to 255 each."""
    defined_late: bool = False
    """Whether a register was defined after the first pixel."""


def decode_sixel(sequence: str, size: tuple[int, int] = (1200, 1200)) -> Sixel:
    """One DCS string, character by character.

    Source: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    """
    match = re.fullmatch(r"\x1bP([0-9;]*)q(.*)\x1b\\", sequence, re.DOTALL)
    assert match is not None, "no Sixel string"
    p1, p2, *_ = [*(int(word or 0) for word in match[1].split(";")), 0, 0]
    canvas = np.zeros((*size, 3), np.uint8)
    painted = np.zeros(size, np.bool_)
    sixel = Sixel(p2, (0, 0), canvas, painted)
    aspect = (1, 1) if p1 in (7, 8, 9) else (2, 1)
    x = y = colour = 0
    repeat, data, at = 1, match[2], 0
    while at < len(data):
        char = data[at]
        at += 1
        if char in '"#!':
            digits = re.compile(r"[0-9;]*").match(data, at)
            assert digits is not None
            at = digits.end()
            numbers = [int(word or 0) for word in digits[0].split(";")]
            if char == "!":
                repeat = numbers[0] or 1
            elif char == '"':
                aspect = (numbers[0], numbers[1])
                sixel.declared = (numbers[3], numbers[2])
            else:
                colour = numbers[0]
                if len(numbers) == 5:
                    assert numbers[1] == 2, "colours are RGB in percent"
                    assert max(numbers[2:]) <= 100
                    sixel.registers[colour] = tuple(round(number * 2.55) for number in numbers[2:])
                    sixel.defined_late |= bool(painted.any())
        elif char == "$":
            x = 0
        elif char == "-":
            x, y = 0, y + 6
        else:
            bits = ord(char) - 0x3F
            assert 0 <= bits < 64, f"no sixel: {char!r}"
            for bit in range(6):
                if bits >> bit & 1:
                    assert x + repeat <= size[1], "painted beside the picture"
                    canvas[y + bit, x : x + repeat] = sixel.registers[colour]
                    painted[y + bit, x : x + repeat] = True
            x, repeat = x + repeat, 1
    assert aspect == (1, 1), "the pixels are not square"
    height = int(np.flatnonzero(painted.any(axis=1)).max(initial=-1)) + 1
    width = int(np.flatnonzero(painted.any(axis=0)).max(initial=-1)) + 1
    sixel.picture, sixel.painted = canvas[:height, :width], painted[:height, :width]
    return sixel


def read_halfblocks(rows: list[str], columns: int) -> NDArray[np.uint8]:
    """(2 R, columns, 3): what pyte shows of rows of half cells, each written at the start of its line."""
    screen = pyte.Screen(columns + 1, len(rows))
    stream = pyte.Stream(screen)
    for y, row in enumerate(rows):
        stream.feed(f"\x1b[{y + 1}H{row}")
        after = screen.cursor
        assert (after.y, after.x) == (y, columns), "the row is not as wide as the picture"
        assert after.attrs == screen.default_char, "colours are left on"
    picture = np.zeros((2 * len(rows), columns, 3), np.uint8)
    for y in range(len(rows)):
        for x in range(columns):
            cell = screen.buffer[y][x]
            assert cell.data in "▀ "
            picture[2 * y + 1, x] = _rgb(cell.bg)
            picture[2 * y, x] = _rgb(cell.fg if cell.data == "▀" else cell.bg)
    return picture


def _rgb(colour: str) -> list[int]:
    assert len(colour) == 6, f"{colour}: not one of the 24-bit or the upper 240 colours"
    return [int(colour[at : at + 2], 16) for at in (0, 2, 4)]


XTERM_256 = np.array([[int(rgb[at : at + 2], 16) for at in (0, 2, 4)] for rgb in FG_BG_256[16:256]])
"""(240, 3): pyte's own table of the colours 16 to 255."""


@dataclass
class Inline:
    """An inline picture of iTerm2's protocol."""

    arguments: dict[str, str]
    data: bytes
    format: str
    picture: NDArray[np.uint8]
    num_parts: int
    longest: int
    """Characters of the longest escape sequence."""


def read_iterm(sequence: str) -> Inline:
    """One picture, in one sequence or in parts. Source: https://iterm2.com/documentation-images.html"""
    commands = re.findall(r"\x1b\]1337;([^\x07\x1b]*)\x07", sequence)
    assert "".join(f"\x1b]1337;{command}\x07" for command in commands) == sequence, "something else is in between"
    if commands[0].startswith("File="):
        assert len(commands) == 1
        head, _, payload = commands[0].removeprefix("File=").partition(":")
    else:
        head = commands[0].removeprefix("MultipartFile=")
        assert commands[-1] == "FileEnd"
        assert all(command.startswith("FilePart=") for command in commands[1:-1])
        payload = "".join(command.removeprefix("FilePart=") for command in commands[1:-1])
    data = base64.b64decode(payload, validate=True)
    with Image.open(io.BytesIO(data)) as image:
        picture = np.asarray(image.convert("RGB"))
        name = str(image.format)
    arguments = dict(word.split("=", 1) for word in head.split(";"))
    return Inline(arguments, data, name, picture, len(commands), max(map(len, commands)) + 8)


def psnr(picture: NDArray[np.uint8], meant: NDArray[np.uint8]) -> float:
    """Peak signal to noise in dB; infinite where they are equal."""
    error = ((picture.astype(np.float64) - meant) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))
