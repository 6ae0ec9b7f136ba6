"""Text in fixed columns: a widget whose lines are a pure function of values, so that they can be tested unseen."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
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


def wrap_text(text: str, width: int, most: int | None = None, *, at_hyphens: bool = True) -> list[str]:
    """The text in lines of at most `width` cells, parted between words; … ends the last of `most` if it is cut."""
    if cell_len(text) == len(text):
        return textwrap.wrap(text, width, break_on_hyphens=at_hyphens, max_lines=most, placeholder=" …")
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if cell_len(joined) <= width:
            lines[-1:] = [joined]
        else:
            lines += chop_cells(word, width)
    if most is not None and len(lines) > most:
        lines[most - 1 :] = [fit_text(" ".join(lines[most - 1 : most + 1]), width).rstrip()]
    return lines


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


def changed_span(old: Line, new: Line, width: int) -> tuple[int, int]:
    """The first cell in which two lines differ, in so many cells, and the one after the last."""
    before, after = _cells(old, width), _cells(new, width)
    if before is None or after is None:
        return 0, width
    differs = [cell for cell, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return (differs[0], differs[-1] + 1) if differs else (0, 0)


def _cells(line: Line, width: int) -> list[tuple[str, str, str]] | None:
    """What is in each cell; None where a character takes two of them, or none."""
    if any(cell_len(run.text) != len(run.text) for run in line):
        return None
    cells = [(letter, run.look, run.action) for run in cut(line, width) for letter in run.text]
    return cells + [(" ", "plain", "")] * (width - len(cells))


@dataclass(frozen=True, eq=False)
class _Change:
    """What becomes of a widget's lines."""

    before: Sequence[Line]
    after: Sequence[Line]
    regions: list[Region]
    """The cells in which they differ, line by line."""
    strips: dict[int, Strip]
    """The lines that have changed, by their place."""


class Lines(Widget):
    """Draws lines of runs, each cut or filled to the widget's width. Only those that have changed are painted again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{look}" for look in LOOKS}
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: Sequence[Line] = ()
        """The lines in their last size, made once for all of them."""
        self._strips: dict[int, Strip] = {}
        """Those lines as they are written, by their place, as far as they were wanted."""
        self._next: _Change | None = None
        """What was found out last of lines to come."""
        self._drawn_size = Size(0, 0)
        self._is_plain = False
        """Whether Textual adds nothing to the text: no filter of colours, no opacity."""
        self._styles_of: dict[tuple[str, str], Style] = {}
        """By look and action."""

    def lines(self, width: int, height: int) -> list[Line]:
        """What the widget shows in so many cells; lines that are missing stay empty."""
        raise NotImplementedError

    def show_changes(self) -> None:
        """Has the lines painted that are no longer what was drawn. Watchers call it, in place of Textual's repaint."""
        width, height = size = self.content_size
        if size != self._drawn_size:
            self.refresh()
            return
        change = self._change_to(self.lines(width, height))
        self._drawn, self._next = change.after, None
        self._strips.update(change.strips)
        if change.regions:
            self.refresh(*change.regions)

    def draw_up(self, lines: Sequence[Line]) -> None:
        """Has the text made of lines that are to be shown soon, as far as they differ from those that are drawn."""
        if self.content_size != self._drawn_size:
            return
        self._next = change = self._change_to(lines)
        for region in change.regions:
            change.strips[region.y].crop(region.x, region.right).render(self.app.console)  # each is kept by the strip

    def _change_to(self, lines: Sequence[Line]) -> _Change:
        if self._next is not None and self._next.before is self._drawn and self._next.after is lines:
            return self._next
        width, height = self._drawn_size
        pairs = zip_longest(self._drawn[:height], lines[:height], fillvalue=())
        changed = [(y, old, new) for y, (old, new) in enumerate(pairs) if old != new]
        spans = [(y, *changed_span(old, new, width)) for y, old, new in changed]
        regions = [Region(start, y, end - start, 1) for y, start, end in spans if end > start]
        return _Change(self._drawn, lines, regions, {y: self._strip(new) for y, _, new in changed})

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._styles_of.clear()
        self._strips.clear()
        self._next = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the region; within the text they are drawn past Textual's styles, which nothing there needs."""
        if self.content_size != self._drawn_size:
            self._drawn_size = self.content_size
            self._drawn = self.lines(*self._drawn_size)
            self._strips.clear()
            self._next = None
        left, top = self.content_offset
        within = Region(left, top, *self._drawn_size)
        if self._is_plain and within.contains_region(crop) and not self.hover_style:
            return [self.render_line(y - top).crop(crop.x - left, crop.right - left) for y in crop.line_range]
        self._is_plain = not self.get_line_filters() and self.opacity == 1
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line in the widget's colours."""
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(self._drawn[y] if y < len(self._drawn) else ())
        return strip

    def _strip(self, line: Line) -> Strip:
        width = self._drawn_size.width
        segments = [Segment(run.text, self._style(run.look, run.action)) for run in cut(line, width)]
        return Strip(segments).adjust_cell_length(width, self._style("plain"))

    def _style(self, look: str, action: str = "") -> Style:
        style = self._styles_of.get((look, action))
        if style is None:
            style = self.get_component_rich_style(f"lines--{look}")
            style = style + Style(meta={"@click": f"app.{action}"}) if action else style
            self._styles_of[look, action] = style
        return style
