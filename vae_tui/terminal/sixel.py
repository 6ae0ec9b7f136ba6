"""Sixel: bands of six rows, a line for each colour of a band, runs of equal columns counted.

The palette is fixed, so that a frame costs a look-up and no search. Every pixel of the picture is painted, none beside
it, and the cells below are stepped over, not blanked: a new frame replaces the last one with no paper between.
Source: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14 (https://vt100.net/docs/vt3xx-gp/chapter14.html)
"""

# H height, W width in pixels; C columns, of which equal neighbours are one; B bands; L lines; R runs; T tokens

from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.color import Color
from rich.segment import ControlType, Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.enlargement import distinct_rows
from vae_tui.terminal.painting import Painter, Painting
from vae_tui.terminal.palette import SIXEL_REGISTERS, SixelPalette, sixel_palette

Indices = NDArray[np.uint8]

DEFAULT_COLOURS = 64
FINE_COLOURS = 256
GREY_HUES = 3
"""So many colours that are no grey may be among greys: a tinted paper, a cursor's frame."""
FEW_PIXELS = 8192
"""A picture of at most so many pixels before they were enlarged has a palette of its own: it takes little to find."""
_BAND = 6
_EMPTY = ord("?")
"""The sixel with no pixel set; bit 0 is the uppermost."""
_CONTROL = [(ControlType.CURSOR_FORWARD, 0)]
"""Marks a segment as no text, so that nothing measures it."""
_OPEN = "\x1bP9;1q"
"""Square pixels; those that are not set stay as they are (all are set): a terminal that draws while it reads would show
a background first."""


class SixelPainter(Painter):
    """Pictures in the terminal's own pixels, of a fixed palette and the one colour of their paper.

    A few tiles shown large have a palette of their own: what 64 fixed colours can't tell apart is seen there.
    """

    label: ClassVar[str] = "sixel"
    max_side: ClassVar[int] = 1000  # xterm draws nothing of a larger one (its resource maxGraphicSize)

    def __init__(
        self,
        cell_size: tuple[int, int],
        colours: int = DEFAULT_COLOURS,
        *,
        fine_colours: int | None = None,
        whole_bands: bool = False,
        squeezed: bool = False,
        clears_beside: bool = False,
    ) -> None:
        """`colours`: how many registers may be used; three are in any case. `fine_colours`: of a small one.

        `whole_bands` leaves out up to five rows of pixels at the foot: tmux 3.5a took off an inline picture whose last
        band was begun as soon as text was written below it, and keeps one of whole bands. `squeezed`: it then draws
        the rows of all the cells in those whole bands, and a picture is stretched for that beforehand.
        """
        self.cell_size = cell_size
        self._palette = sixel_palette(colours)
        self._own_colours = fine_colours or 0
        self._whole_bands = whole_bands or squeezed
        self._squeezed = squeezed
        self.clears_beside = clears_beside
        self.takes_text = not self._whole_bands  # tmux would take the picture off
        self.band = _BAND if squeezed else 1

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The encoded picture; the cells below it are stepped over."""
        step = Segment(f"\x1b[{columns}C", None, _CONTROL)
        drawn_of, foot = len(picture), picture[-1, -1]
        if self._whole_bands and len(picture) > _BAND:
            height = len(picture) // _BAND * _BAND
            picture = stretched(picture)[:height] if self._squeezed else picture[:height]
        cells = [[step]] * rows
        if len(picture) < drawn_of and self._squeezed:  # what is not drawn shows the cell, which may be any colour
            paper = Style.from_color(bgcolor=Color.from_rgb(*map(int, foot)))
            cells = [*cells[:-1], [Segment(" " * columns, paper)]]
        return Painting(cells, encode(picture, self._palette, self._own_colours))

    def forget(self) -> None:
        """Nothing: every picture is whole."""

    def farewell(self) -> str:
        """Nothing: text erases it."""
        return ""


def stretched(picture_HW3: Picture) -> Picture:
    """The picture with up to five rows repeated: what tmux makes of it when it leaves out as many is the picture.

    Of its rows, tmux (3.4 to 3.5a, sixel_scale) draws those at y * height / drawn, for each y under drawn: the height
    in whole bands.
    """
    height = len(picture_HW3)
    drawn = height // _BAND * _BAND
    taken_Y = (np.arange(drawn) * height / drawn).astype(np.intp)
    return picture_HW3[np.searchsorted(taken_Y, np.arange(height), side="right") - 1]


def encode(picture_HW3: Picture, palette: SixelPalette, own_colours: int = 0) -> str:
    """The picture in the palette's colours, its paper in its own; both are rounded to whole percents.

    One that was small before it was enlarged has as many as `own_colours` of its own, where those are more; one of
    greys has greys.
    """
    height, width, _ = picture_HW3.shape
    # Tiles are enlarged by whole numbers: rows and columns that repeat the one before are looked up once.
    first_rows = distinct_rows(picture_HW3)
    distinct = picture_HW3[first_rows]
    colours_N3 = palette.colours_N3
    own = _own_palette(distinct, own_colours - 1) if own_colours > len(colours_N3) + 1 else None
    own = own or _grey_palette(distinct, len(colours_N3))
    if own is not None:
        colours_N3, indices = own[0], own[1] + np.uint8(1)
    else:
        indices = palette.nearest(distinct) + np.uint8(1)
    paper = _paper(distinct, indices)
    if paper is not None:
        is_paper = [distinct[:, :, channel] == paper[channel] for channel in range(3)]
        indices[is_paper[0] & is_paper[1] & is_paper[2]] = 0
    first_columns = distinct_rows(indices.T)
    indices_HC = indices[:, first_columns].repeat(np.diff(first_rows, append=height), axis=0)
    registers = np.concatenate([(0, 0, 0) if paper is None else paper, colours_N3.ravel()]).reshape(-1, 3)
    head = f'{_OPEN}"1;1;{width};{height}{_definitions(registers, indices_HC)}'
    return head + _body(indices_HC, np.append(first_columns, width)) + "\x1b\\"


def _own_palette(rows_RW3: Picture, num: int) -> tuple[Indices, Indices] | None:
    """(N, 3) colours found for rows that each differ from the one before, and (R, W) which; None where that takes long.

    By median cut (Heckbert, 1982).
    """
    if len(rows_RW3) > FEW_PIXELS // 8:
        return None
    first_columns = distinct_rows(rows_RW3.transpose(1, 0, 2))
    if len(rows_RW3) * len(first_columns) > FEW_PIXELS:
        return None
    native = Image.fromarray(np.ascontiguousarray(rows_RW3[:, first_columns]))
    reduced = native.quantize(num, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours_N3 = np.array(reduced.getpalette(), np.uint8).reshape(-1, 3)
    indices = np.asarray(reduced).repeat(np.diff(first_columns, append=rows_RW3.shape[1]), axis=1)
    return colours_N3[: int(indices.max()) + 1], indices


def _grey_palette(rows_RW3: Picture, num: int) -> tuple[Indices, Indices] | None:
    """(N, 3) even greys and the few other colours of a picture of greys, and (R, W) which; None of any other picture.

    In the fixed colours, of which few are without a hue, its dark greys would be red and green.
    """
    if len(_hues(rows_RW3[:: len(rows_RW3) // 16 + 1, :: rows_RW3.shape[1] // 16 + 1])) > GREY_HUES:
        return None
    hues = _hues(rows_RW3)
    if len(hues) > GREY_HUES or num < SIXEL_REGISTERS[0] - 1:
        return None
    greys_G = np.rint(np.linspace(0, 255, num - len(hues))).astype(np.uint8)
    nearest = np.abs(np.arange(256)[:, None] - greys_G).argmin(axis=1).astype(np.uint8)
    indices = nearest[rows_RW3[:, :, 0]]
    for place, (_, is_hue) in enumerate(hues):
        indices[is_hue] = len(greys_G) + place
    others_N3 = np.array([colour for colour, _ in hues], np.uint8).reshape(-1, 3)
    return np.concatenate([greys_G[:, None].repeat(3, axis=1), others_N3]), indices


def _hues(rows_RW3: Picture) -> list[tuple[Indices, NDArray[np.bool_]]]:
    """The colours that are no grey, GREY_HUES and one more at most, and where each is."""
    red, green, blue = (rows_RW3[:, :, channel] for channel in range(3))
    left = (red != green) | (green != blue)
    hues: list[tuple[Indices, NDArray[np.bool_]]] = []
    while left.any() and len(hues) <= GREY_HUES:
        colour = rows_RW3[np.unravel_index(int(left.argmax()), left.shape)]
        is_hue = (red == colour[0]) & (green == colour[1]) & (blue == colour[2])
        hues.append((colour, is_hue))
        left &= ~is_hue
    return hues


def _paper(rows: Picture, indices: Indices) -> Indices | None:
    """(3,) the colour of the first row, or else column, that has but one: what lies between tiles; None without one."""
    for picture, nearest in ((rows, indices), (rows.transpose(1, 0, 2), indices.T)):
        for row in np.flatnonzero((nearest == nearest[:, :1]).all(axis=1)):
            if (picture[row] == picture[row, 0]).all():
                return np.array(picture[row, 0])
    return None


def _definitions(registers_N3: Indices, indices_HC: Indices) -> str:
    """Every register up to the last in use, ahead of all pixels.

    xterm paints wrong pixels where registers are defined on the way; and for those that are left out tmux writes zeros,
    after which xterm passes over the next one.
    """
    percents = np.rint(registers_N3 / 2.55).astype(int).tolist()
    return "".join(
        "#{};2;{};{};{}".format(register, *percents[register]) for register in range(int(indices_HC.max()) + 1)
    )


def _body(indices_HC: Indices, edges: NDArray[np.intp]) -> str:
    """Bands and their lines. `edges` are the pixels where columns begin, and the width."""
    lines_L, bits_LC = _lines(indices_HC)
    bits_LC += _EMPTY
    starts_LC = np.ones(bits_LC.shape, np.bool_)
    np.not_equal(bits_LC[:, 1:], bits_LC[:, :-1], out=starts_LC[:, 1:])
    line_R, column_R = np.divmod(np.flatnonzero(starts_LC), bits_LC.shape[1])
    sixel_R = bits_LC[starts_LC]
    begin_R = edges[column_R]
    end_R = np.append(begin_R[1:], 0)
    end_R[end_R == 0] = edges[-1]
    is_sent = (sixel_R != _EMPTY) | (end_R != edges[-1])  # what is empty to the end of the line needs no word
    line_R, sixel_R, length_R = line_R[is_sent], sixel_R[is_sent], (end_R - begin_R)[is_sent]
    return _tokens(lines_L, line_R, sixel_R, length_R)


def _lines(indices_HC: Indices) -> tuple[NDArray[np.intp], Indices]:
    """(L,) 256 * band + register of each line, and (L, C) its sixels' bits, in the order in which they are sent."""
    height, num_columns = indices_HC.shape
    num_bands = -(-height // _BAND)
    key_HC = indices_HC + (np.arange(height) // _BAND * 256)[:, None]
    present = np.zeros(num_bands * 256, np.bool_)
    present[key_HC] = True
    lines_L = np.flatnonzero(present)
    place_of = np.cumsum(present) - 1
    at_HC = place_of[key_HC] * num_columns + np.arange(num_columns)
    bits = np.zeros(len(lines_L) * num_columns, np.uint8)
    for row in range(_BAND):
        bits[at_HC[row::_BAND]] += np.uint8(1 << row)  # of one row, no two go to the same place
    return lines_L, bits.reshape(len(lines_L), num_columns)


def _tokens(lines_L: NDArray[np.intp], line_R: NDArray[np.intp], sixel_R: Indices, length_R: NDArray[np.intp]) -> str:
    """A head for each line ($ back to the left, - a band down, # a register) before its runs; "!9~" is nine sixels."""
    repeats, heads = _repeats(int(length_R.max())), _heads()
    sixel = 1 + max(repeats.shape[1], heads.shape[1])
    tokens_TB = np.zeros((len(line_R) + len(lines_L), sixel + 2), np.uint8)
    at_R = np.arange(len(line_R)) + line_R + 1
    tokens_TB[at_R, 1 : 1 + repeats.shape[1]] = repeats[length_R]
    tokens_TB[at_R, sixel] = sixel_R
    tokens_TB[at_R, sixel + 1] = np.where(length_R == 2, sixel_R, 0)
    is_head = np.ones(len(tokens_TB), np.bool_)
    is_head[at_R] = False
    at_L = np.flatnonzero(is_head)
    goes_down = np.diff(lines_L // 256, prepend=0) > 0
    tokens_TB[at_L, 0] = np.where(goes_down, ord("-"), ord("$"))
    tokens_TB[0, 0] = 0  # the first line is where it has to be
    tokens_TB[at_L, 1 : 1 + heads.shape[1]] = heads[lines_L % 256]
    text: bytes = tokens_TB[tokens_TB != 0].tobytes()
    return text.decode("ascii")


@lru_cache(maxsize=4)
def _repeats(longest: int) -> Indices:
    """(longest + 1, B): "!N" of each N; nothing of 1 and 2, where it is as short to write the sixel again."""
    texts = [b"" if length < 3 else b"!%d" % length for length in range(longest + 1)]
    return _table(texts)


@lru_cache(maxsize=1)
def _heads() -> Indices:
    """(256, B): "#N" of each register."""
    return _table([b"#%d" % register for register in range(256)])


def _table(texts: list[bytes]) -> Indices:
    return np.array(texts).view(np.uint8).reshape(len(texts), -1)
