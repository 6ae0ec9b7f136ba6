"""Text among charts: paragraphs, in the longest version for which there is room."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vae_tui.charts.canvas import DIM, PLAIN, STRONG, CellCanvas
from vae_tui.charts.contract import ChartLine
from vae_tui.charts.paint import PixelCanvas, drawable, font_size, line_height, text_width
from vae_tui.charts.palette import mixed
from vae_tui.charts.text import cut, listed, num_cells, safe
from vae_tui.imaging import Colour, Picture

Fits = Callable[[str], bool]
"""Whether a text has room on one line."""
Clean = Callable[[str], str]

_LOOKS = {"plain": PLAIN, "strong": STRONG, "dim": DIM}
_LEAST_SIZE = 11
"""Of text in pixels: it is to be read, whatever the room."""
_DIM_SHARE = 0.35
"""How much of the paper dim ink has in pixels."""


@dataclass(frozen=True)
class Paragraph:
    """A stretch of text of one look, wrapped between words."""

    text: str
    look: str = "plain"
    """"plain", "strong" or "dim"."""
    gap: bool = False
    """Whether an empty line comes before it, where it is not the first."""


@dataclass(frozen=True)
class Prose:
    """Paragraphs in several versions, the longest first: the first that fits is shown, else the last, cut."""

    versions: tuple[tuple[Paragraph, ...], ...]

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells. The same text is laid out once."""
        return list(_kept_cells(self, width, height))

    def _cells(self, width: int, height: int) -> list[ChartLine]:
        canvas = CellCanvas(width, height)
        if width < 1 or height < 1:
            return canvas.lines()
        lines = self._lines(lambda text: num_cells(text) <= width, height, safe)
        for row, (text, look) in enumerate(lines[:height]):
            is_cut = row == height - 1 and len(lines) > height
            canvas.put(0, row, cut(text + "…", width) if is_cut else cut(text, width), _LOOKS[look])
        return canvas.lines()

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        canvas = PixelCanvas(width, height, paper)
        size = max(font_size(width, height), _LEAST_SIZE)
        margin, line = size // 2, line_height(size)
        rows = max(1, height // line)
        lines = self._lines(lambda text: text_width(text, size) <= width - 2 * margin, rows, drawable)
        for row, (text, look) in enumerate(lines[:rows]):
            colour = mixed(ink, paper, _DIM_SHARE) if look == "dim" else ink
            for shift in (0, 1) if look == "strong" else (0,):
                canvas.text(margin + shift, row * line, text, size, colour)
        return canvas.picture()

    def words(self) -> str:
        """As Chart.words: the longest version."""
        return listed((safe(paragraph.text) for paragraph in (self.versions[0] if self.versions else ())), " ")

    def _lines(self, fits: Fits, rows: int, clean: Clean) -> list[tuple[str, str]]:
        """The lines of the first version that fits, each with its look; else of the last."""
        lines: list[tuple[str, str]] = []
        for version in self.versions:
            lines = []
            for paragraph in version:
                if paragraph.gap and lines:
                    lines.append(("", "plain"))
                lines += [(text, paragraph.look) for text in _wrapped(clean(paragraph.text), fits)]
            if len(lines) <= rows:
                return lines
        return lines


def _wrapped(text: str, fits: Fits) -> list[str]:
    """The text in lines that fit, broken between words; a word that is too long has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and fits(longer):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=16)
def _kept_cells(prose: Prose, width: int, height: int) -> tuple[ChartLine, ...]:
    return tuple(prose._cells(width, height))
