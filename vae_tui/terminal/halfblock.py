"""Half cells: two pixels a cell, an upper half block in two colours. Every terminal with colour shows them."""

# R rows of cells, C columns, B bytes of a cell's text

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import ClassVar, Literal, overload

import numpy as np
from numpy.typing import NDArray
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.painting import Painter, Painting
from vae_tui.terminal.palette import nearest_of_256

Colours = Literal["true", "256"]
Codes = NDArray[np.uint32]
"""(R, C): 0xRRGGBB, or an index into the 256 colours."""

_RESET = "\x1b[0m"
_BLOCK = "▀".encode()
_DIGITS = np.array([list(b"%03d" % value) for value in range(256)], np.uint8)
"""(256, 3): numbers have a fixed width, so that a picture's text is one array. Terminals read 007 as 7."""


class HalfblockPainter(Painter):
    """Text with colours, every byte of it set by numpy; real segments where something other than a terminal asks."""

    label: ClassVar[str] = "half cells"
    max_side: ClassVar[int] = 10_000
    cell_size = (1, 2)

    def __init__(self, colours: Colours = "true") -> None:
        self._form = _FORMS[colours]

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """A colour is written where it changes. Equal halves are spaces: copied text has no blocks for bare paper."""
        form = self._form
        values = form.values(picture)
        codes = _codes(values)
        upper_RC, lower_RC = codes[::2], codes[1::2]
        cells_RCB = np.empty((rows, columns, form.num_bytes), np.uint8)
        cells_RCB[:] = form.template
        for channel in range(values.shape[2]):
            at = form.fore.start + form.first_number + 4 * channel
            cells_RCB[:, :, at : at + 3] = _DIGITS[values[::2, :, channel]]
            at = form.back.start + form.first_number + 4 * channel
            cells_RCB[:, :, at : at + 3] = _DIGITS[values[1::2, :, channel]]
        kept_RCB = form.kept(upper_RC, lower_RC)
        cells_RCB[:, :, form.mark.start][upper_RC == lower_RC] = ord(" ")
        ends = np.cumsum(np.count_nonzero(kept_RCB, axis=(1, 2))).tolist()
        ready = _ReadyRows(cells_RCB[kept_RCB].tobytes(), [0, *ends])
        return Painting(_LazyRows(upper_RC, lower_RC, form), ready_rows=ready)

    def forget(self) -> None:
        """Nothing: every row is whole."""

    def farewell(self) -> str:
        """Nothing: text covers text."""
        return ""


class _Form:
    """How a cell is written: "ESC [ fore ; back m ▀", of which pieces are left out where nothing changes."""

    def __init__(self, colours: Colours) -> None:
        self._is_true = colours == "true"
        number = b"2;000;000;000" if self._is_true else b"5;000"
        pieces = (b"\x1b[", b"38;" + number, b";", b"48;" + number, b"m", _BLOCK)
        self.template = np.frombuffer(b"".join(pieces), np.uint8)
        self.num_bytes = len(self.template)
        ends = np.cumsum([len(piece) for piece in pieces]).tolist()
        places = [slice(end - len(piece), end) for piece, end in zip(pieces, ends, strict=True)]
        self.open, self.fore, self.between, self.back, self.close, self.mark = places
        self.first_number = len(b"38;2;")

    def values(self, picture: Picture) -> NDArray[np.uint8]:
        """(H, W, 3) channels or (H, W, 1) indices: the numbers that are written."""
        return picture if self._is_true else nearest_of_256(picture)[:, :, None]

    def colour(self, code: int) -> Color:
        """What Rich calls it."""
        if not self._is_true:
            return Color.from_ansi(code)
        return Color(f"#{code:06x}", ColorType.TRUECOLOR, None, ColorTriplet(code >> 16, code >> 8 & 255, code & 255))

    def kept(self, upper_RC: Codes, lower_RC: Codes) -> NDArray[np.bool_]:
        """(R, C, B): which bytes are sent, after those that each row's earlier cells have sent."""
        is_flat = upper_RC == lower_RC
        new_back = np.ones(is_flat.shape, np.bool_)
        np.not_equal(lower_RC[:, 1:], lower_RC[:, :-1], out=new_back[:, 1:])
        # A space leaves the foreground as the last block has set it.
        columns = np.arange(is_flat.shape[1])
        last_block = np.maximum.accumulate(np.where(is_flat, -1, columns), axis=1)
        before = np.concatenate([np.full((len(is_flat), 1), -1), last_block[:, :-1]], axis=1)
        new_fore = (before < 0) | (np.take_along_axis(upper_RC, np.maximum(before, 0), axis=1) != upper_RC)
        new_fore &= ~is_flat
        kept = np.empty((*is_flat.shape, self.num_bytes), np.bool_)
        kept[:, :, self.open] = kept[:, :, self.close] = (new_fore | new_back)[:, :, None]
        kept[:, :, self.fore] = new_fore[:, :, None]
        kept[:, :, self.between] = (new_fore & new_back)[:, :, None]
        kept[:, :, self.back] = new_back[:, :, None]
        kept[:, :, self.mark] = ~is_flat[:, :, None]
        kept[:, :, self.mark.start] = True
        return kept


_FORMS: dict[Colours, _Form] = {"true": _Form("true"), "256": _Form("256")}


def _codes(values: NDArray[np.uint8]) -> Codes:
    codes = values[:, :, 0].astype(np.uint32)
    for channel in range(1, values.shape[2]):
        codes = (codes << np.uint32(8)) | values[:, :, channel]
    return codes


class _ReadyRows(Sequence[str]):
    """Rows of one text, cut out where they are looked at.

    Not before: in the thread that decodes, they would lie between the large arrays of the model, and the holes that
    they leave behind make the program grow by some MB in 1,000 frames.
    """

    def __init__(self, text: bytes, edges: list[int]) -> None:
        self._text, self._edges = text, edges

    def __len__(self) -> int:
        return len(self._edges) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = range(len(self))[index]
        return self._text[self._edges[row] : self._edges[row + 1]].decode() + _RESET


class _LazyRows(Sequence[list[Segment]]):
    """A segment for each run of equal cells, of the rows that are looked at."""

    def __init__(self, upper_RC: Codes, lower_RC: Codes, form: _Form) -> None:
        self._upper_RC, self._lower_RC, self._form = upper_RC, lower_RC, form

    def __len__(self) -> int:
        return len(self._upper_RC)

    @overload
    def __getitem__(self, index: int) -> list[Segment]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Segment]]: ...
    def __getitem__(self, index: int | slice) -> list[Segment] | list[list[Segment]]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        segments = []
        cells = zip(self._upper_RC[index].tolist(), self._lower_RC[index].tolist(), strict=True)
        for (upper, lower), run in groupby(cells):
            num = sum(1 for _ in run)
            segments.append(Segment((" " if upper == lower else "▀") * num, _style(upper, lower, self._form)))
        return segments


@lru_cache(maxsize=8192)
def _style(upper: int, lower: int, form: _Form) -> Style:
    return Style.from_color(form.colour(upper), form.colour(lower))
