"""A screenshot beside what was meant: how near its picture is, and what is where nothing should be."""

# H height, W width in pixels

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from displays import Shot
from meant import Meant
from PIL import Image

FLAT, LIVELY = 2.0, 10.0
"""Standard deviations: a row of pixels under the first shows nothing; one meant to be over the second should."""
PAPER_ERROR = 12.0
"""Levels that a row of nothing but paper may be off in the mean; kitty mixes a third of black into a picture's last."""
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
    """dB; the better of enlarging by nearest pixels and by mixing them, as terminals do either."""
    blank_rows: int
    """Rows of pixels that show nothing where something was meant, or something where paper was."""


def compare(shot: Shot, grid: Grid, meant: Meant, *, half_cells: bool) -> Likeness:
    """The screenshot's box of cells, pixel by pixel; `half_cells`: each pixel is a half of a cell."""
    seen = grid.crop(shot, *meant.box).astype(np.float64)
    least = math.floor(meant.box[2] * grid.cell_width), math.floor(meant.box[3] * grid.cell_height)
    enlarged = [np.asarray(image, np.float64) for image in _enlarged(meant, seen.shape[1::-1], least, half_cells)]
    if meant.unsent:
        seen, enlarged = seen[: -meant.unsent], [picture[: -meant.unsent] for picture in enlarged]
    likeliest = max(enlarged, key=lambda picture: psnr(seen, picture))
    scale = 1 if half_cells else seen.shape[0] / len(meant.picture)
    return Likeness(psnr(seen, likeliest), _blank_rows(seen, likeliest if half_cells else enlarged[0], scale))


def _enlarged(meant: Meant, size: tuple[int, int], least: tuple[int, int], half_cells: bool) -> Iterator[Image.Image]:
    """The picture in the screen's pixels, in the ways in which a terminal may enlarge it.

    A box of cells that are no whole pixels is `least` pixels to one terminal and `size` to another.
    """
    image = Image.fromarray(np.ascontiguousarray(meant.picture))
    if not half_cells:
        yield image.resize(size, Image.Resampling.NEAREST)
        yield image.resize(size, Image.Resampling.BILINEAR)
        if least != size:
            yield _on_paper(image.resize(least, Image.Resampling.NEAREST), size)
            yield _on_paper(image.resize(least, Image.Resampling.BILINEAR), size)
        return
    # A cell of 17 pixels has an upper half of 8 or of 9, as the font has it.
    across = np.asarray(image.resize((size[0], image.height), Image.Resampling.NEAREST))
    cell = size[1] // meant.box[3]
    for upper in range(cell // 2 - 1, (cell + 1) // 2 + 2):
        yield Image.fromarray(across.repeat([upper, cell - upper] * meant.box[3], axis=0)).resize(size)


def _on_paper(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The image at the left and top of one of that size, in the colour of its last pixel."""
    paper = Image.new("RGB", size, image.getpixel((image.width - 1, image.height - 1)))
    paper.paste(image)
    return paper


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal over noise, in dB; 99 at most."""
    if one.shape != other.shape or not one.size:
        return 0.0
    error = float(((one - other) ** 2).mean())
    return min(99.0, 10 * math.log10(255**2 / error)) if error else 99.0


def _blank_rows(seen: np.ndarray, meant: np.ndarray, scale: float) -> int:
    lively_H, shown_H = (picture.std(axis=1).max(axis=1) for picture in (meant, seen))
    is_lost_H = (lively_H > LIVELY) & (shown_H < FLAT)
    # Rows beside an edge are left out: a terminal that enlarges mixes pixels there.
    margin = 1 if scale == 1 else math.ceil(scale) + 1
    is_near_H = np.convolve(lively_H > 0, np.ones(2 * margin + 1), mode="same") > 0.5
    off_H = np.abs(seen.mean(axis=1) - meant.mean(axis=1)).max(axis=1)
    return int((is_lost_H | (~is_near_H & (off_H > PAPER_ERROR))).sum())


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
