"""Text in fixed columns: a widget whose lines are a pure function of values, so that they can be tested unseen."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

LOOKS = ("plain", "dim", "strong", "accent", "mark")
"""What a run of text can look like; explorer.tcss says how."""


@dataclass(frozen=True)
class Run:
    """A stretch of text of one look."""

    text: str
    look: str = "plain"
    action: str = ""
    """The app's action behind a click; "" where there is none."""


Line = tuple[Run, ...]


def line_width(line: Line) -> int:
    """Cells that the line takes."""
    return sum(cell_len(run.text) for run in line)


def fit_text(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut with an ellipsis where it is longer."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + "…" if width > 0 else ""


def spread(left: Line, right: Line, width: int) -> Line:
    """Both ends of a line; where they do not both fit, the left is cut."""
    room = width - line_width(right)
    if room < 4:
        return cut(left, width)
    kept = cut(left, room - 1)
    return (*kept, Run(" " * (room - line_width(kept))), *right)


def cut(line: Line, width: int) -> Line:
    """The line in at most `width` cells."""
    runs: list[Run] = []
    for run in line:
        room = width - line_width(tuple(runs))
        if cell_len(run.text) > room:
            return (*runs, Run(fit_text(run.text, room), run.look, run.action)) if room > 0 else tuple(runs)
        runs.append(run)
    return tuple(runs)


class Lines(Widget):
    """Draws lines of runs, each cut or filled to the widget's width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{look}" for look in LOOKS}
    ALLOW_SELECT = False

    def lines(self, width: int, height: int) -> list[Line]:
        """What the widget shows in so many cells; lines that are missing stay empty."""
        raise NotImplementedError

    _drawn: tuple[Line, ...] = ()
    """The lines that are being painted: made once for all of them."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the region."""
        self._drawn = tuple(self.lines(*self.content_size))
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line in the widget's colours."""
        width, lines = self.content_size.width, self._drawn
        filling = self.get_component_rich_style("lines--plain")
        line = cut(lines[y], width) if y < len(lines) else ()
        segments = [Segment(run.text, self._style(run)) for run in line]
        return Strip(segments).adjust_cell_length(width, filling)

    def _style(self, run: Run) -> Style:
        style = self.get_component_rich_style(f"lines--{run.look}")
        return style + Style(meta={"@click": f"app.{run.action}"}) if run.action else style
