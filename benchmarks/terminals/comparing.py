"""A screenshot beside what was meant: how near its picture is, and what is where nothing should be."""

# H height, W width in pixels

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from displays import Shot
from enlarging import kittys
from meant import Meant
from PIL import Image

from vae_tui.imaging import Picture
from vae_tui.terminal.enlargement import native

FLAT, LIVELY = 2.0, 10.0
"""Standard deviations: a row of pixels under the first shows nothing; one meant to be over the second should."""
PAPER_ERROR = 12.0
"""Levels that a row of nothing but paper may be off in the mean."""
JPEG_QUALITY = 85
CELL_ERROR = 10.0
"""Levels that a cell's mean may change where nothing should: a browser draws letters anew at parts of a pixel."""
MARK = (255, 0, 0)
"""Colour of the cells that show where the grid lies."""


@dataclass(frozen=True)
class Grid:
    """Where the terminal's cells lie on the screen, in pixels."""

    left: float
    top: float
    cell_width: float
    cell_height: float

    def crop(self, shot: Shot, x: int, y: int, columns: int, rows: int) -> Shot:
        """The pixels of a box of cells."""
        left, right = (round(self.left + at * self.cell_width) for at in (x, x + columns))
        top, bottom = (round(self.top + at * self.cell_height) for at in (y, y + rows))
        return shot[top:bottom, left:right]


def find_grid(shot: Shot, columns: int, rows: int) -> Grid | None:
    """The grid whose first and last cells are marked; None where they are not seen."""
    is_marked = (np.abs(shot.astype(int) - MARK) < 40).all(axis=2)
    down, across = (np.flatnonzero(is_marked.any(axis=axis)) for axis in (1, 0))
    if not len(down) or is_marked.all():
        return None
    top, left, bottom, right = down[0], across[0], down[-1] + 1, across[-1] + 1
    grid = Grid(float(left), float(top), (right - left) / columns, (bottom - top) / rows)
    return grid if grid.cell_width > 3 and grid.cell_height > 6 else None


@dataclass(frozen=True)
class Likeness:
    """How near a picture on the screen is to the one that was meant."""

    psnr: float
    """dB; the best of the ways in which terminals enlarge."""
    blank_rows: int
    """Rows of pixels that show nothing where something was meant, or something where paper was."""


def compare(shot: Shot, grid: Grid, meant: Meant) -> Likeness:
    """The screenshot's box of cells, pixel by pixel."""
    seen, likeliest = _likeliest(shot, grid, meant, meant.picture)
    nearness = psnr(seen, likeliest)
    if meant.sight.protocol == "iterm":  # a JPEG spills over the edges of what it shows
        seen, likeliest = _likeliest(shot, grid, meant, after_jpeg(meant.picture))
    # A half block is a letter of the font, whose edge is soft in xterm: the row beside it has some of its colour.
    return Likeness(nearness, _blank_rows(seen, likeliest, margin=1 if meant.sight.is_cells else 0))


def _likeliest(shot: Shot, grid: Grid, meant: Meant, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """The pixels on the screen, and the picture enlarged to them in the way that comes nearest."""
    pairs = [
        (seen, np.asarray(enlarged, np.float64))
        for seen in _boxes(shot, grid, meant)
        for enlarged in _ways(seen.shape[1], seen.shape[0], meant, picture)
    ]
    if meant.in_text_cells:
        size = round(grid.cell_width), round(grid.cell_height)
        pairs.append((grid.crop(shot, *meant.box).astype(np.float64), kittys(picture, *meant.box[2:], *size)))
    pairs = [(_without_text(seen, enlarged, meant), enlarged) for seen, enlarged in pairs]
    if meant.unsent:
        pairs = [(seen[: -meant.unsent], enlarged[: -meant.unsent]) for seen, enlarged in pairs]
    return max(pairs, key=lambda pair: psnr(*pair))


def _without_text(seen: np.ndarray, enlarged: np.ndarray, meant: Meant) -> np.ndarray:
    """What is seen, but for the cells of text over the picture, which are taken to be right."""
    rows, columns = meant.is_text_RC.shape
    height, width, _ = seen.shape
    is_text = meant.is_text_RC[np.arange(height) * rows // height][:, np.arange(width) * columns // width]
    return np.where(is_text[..., None], enlarged, seen) if seen.shape == enlarged.shape else seen


def _boxes(shot: Shot, grid: Grid, meant: Meant) -> Iterator[np.ndarray]:
    """The picture's box of cells; in a browser, where these are no whole pixels, its edges may be rounded or cut."""
    x, y, columns, rows = meant.box
    left, right = (grid.left + at * grid.cell_width for at in (x, x + columns))
    top, bottom = (grid.top + at * grid.cell_height for at in (y, y + rows))
    for above, below in {(round(top), round(bottom)), (math.floor(top), math.floor(bottom))}:
        for first, last in {(start(left), end(right)) for start in (round, math.floor) for end in (round, math.floor)}:
            yield shot[above:below, first:last].astype(np.float64)


def _ways(width: int, height: int, meant: Meant, picture: Picture) -> Iterator[Image.Image]:
    """The picture in the screen's pixels, in the ways in which a terminal may enlarge it."""
    if not meant.sight.is_cells:
        small = Image.fromarray(np.ascontiguousarray(native(picture)))
        yield small.resize((width, height), Image.Resampling.NEAREST)
        yield small.resize((width, height), Image.Resampling.BILINEAR)
        return
    # A cell of 17 pixels has an upper half of 8 or of 9, as the font has it.
    across = np.asarray(Image.fromarray(picture).resize((width, len(picture)), Image.Resampling.NEAREST))
    rows = meant.box[3]
    cell = height // rows
    for upper in range(cell // 2 - 1, (cell + 1) // 2 + 2):
        yield Image.fromarray(across.repeat([upper, cell - upper] * rows, axis=0)).resize((width, height))


def after_jpeg(picture: Picture) -> Picture:
    """What a JPEG of iTerm2's quality leaves of the picture before any terminal has drawn it, by Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(native(picture))).save(buffer, "JPEG", quality=JPEG_QUALITY)
    height, width, _ = picture.shape
    return np.asarray(Image.open(buffer).resize((width, height), Image.Resampling.NEAREST))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal over noise, in dB; 99 at most."""
    if one.shape != other.shape or not one.size:
        return 0.0
    error = float(((one - other) ** 2).mean())
    return min(99.0, 10 * math.log10(255**2 / error)) if error else 99.0


def _blank_rows(seen: np.ndarray, meant: np.ndarray, margin: int) -> int:
    """`margin`: rows of paper so near to others are not judged."""
    lively_H, shown_H = (picture.std(axis=1).max(axis=1) for picture in (meant, seen))
    is_lost_H = (lively_H > LIVELY) & (shown_H < FLAT)
    is_paper_H = np.convolve(lively_H >= FLAT, np.ones(2 * margin + 1), mode="same") < 0.5
    off_H = np.abs(seen.mean(axis=1) - meant.mean(axis=1)).max(axis=1)
    return int((is_lost_H | (is_paper_H & (off_H > PAPER_ERROR))).sum())


def leftover_cells(shot: Shot, grid: Grid, meant: Meant, tolerance: int) -> list[tuple[int, int]]:
    """(row, column) of the cells that should be empty and are not; a cell's outermost pixels are not looked at."""
    found = []
    for row, column in np.argwhere(meant.is_blank_RC).tolist():
        cell = grid.crop(shot, column, row, 1, 1)[2:-2, 2:-2].astype(int)
        if cell.size and int(np.abs(cell - meant.colours_RC3[row, column]).max()) > tolerance:
            found.append((row, column))
    return found


def differing_cells(one: Shot, other: Shot, grid: Grid, columns: int, rows: int) -> int:
    """Cells that two screenshots show differently in the mean."""
    differs = one.astype(float) - other
    if not differs.any():
        return 0
    cells = (grid.crop(differs, column, row, 1, 1) for row in range(rows) for column in range(columns))
    return sum(bool(np.abs(cell.mean(axis=(0, 1))).max() > CELL_ERROR) for cell in cells)


def inked_rows(shot: Shot, grid: Grid, columns: int, rows: int, background: Shot) -> int:
    """The number of rows of cells down to the last one that is not all background."""
    screen = grid.crop(shot, 0, 0, columns, rows)
    is_inked_H = (np.abs(screen.astype(int) - background).max(axis=2) > 12).any(axis=1)
    last = np.flatnonzero(is_inked_H)
    return math.ceil((last[-1] + 1) / grid.cell_height) if len(last) else 0
