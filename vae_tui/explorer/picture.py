"""The widget that shows a frame: its labels as text, its picture by whatever protocol painted it."""

import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from rich.color import Color
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.explorer.rendering import Frame
from vae_tui.explorer.strips import ReadyStrip
from vae_tui.imaging import Colour
from vae_tui.terminal.painting import Painter, Painting

_CONTROL = [(ControlType.CURSOR_FORWARD, 0)]


class PictureArea(Widget):
    """The frame given last, or the text given instead of one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "picture--chart",
        "picture--dim",
        "picture--label",
        "picture--marked",
        "picture--note",
    }
    ALLOW_SELECT = False

    class RoomChanged(Message):
        """The picture's room or paper is another one."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest size counts."""
            return isinstance(message, PictureArea.RoomChanged)

    def __init__(self, painter: Painter, measure_cell: Callable[[], tuple[int, int]] | None = None, *, id: str) -> None:
        """`measure_cell` gives a cell's (width, height) in pixels as it is now; None where the painter's is fixed."""
        super().__init__(id=id)
        self._painter = painter
        self._measure_cell = measure_cell
        self._frame: Frame | None = None
        self._note: tuple[str, ...] = ()
        self._strips: list[Strip] | None = None
        self._paper_colour: Colour | None = None
        self._is_on_terminal = False
        self._is_new = self._is_drawn = self._is_alone = False
        """Whether the frame has not been written yet, whether its cells have been taken up to be or are there already,
        and whether nothing of it is to be written but its sequence."""

    def canvas(self) -> Canvas | None:
        """The room for a picture; None while there is none."""
        width, height = self.size
        if not width or not height:
            return None
        painter = self._painter
        width -= painter.clears_beside  # a column of this widget is to be written again
        return Canvas(
            width,
            height,
            *painter.cell_size,
            self._paper,
            max_side=painter.max_side,
            terminal_scales=painter.scales,
            band=painter.band,
            takes_text=painter.takes_text,
            block=painter.block,
        )

    def show_frame(self, frame: Frame) -> bool:
        """The frame in place of what was there; whether that was one that had not been written yet."""
        was_new = self._is_new
        changed = self._changed_cells(frame)
        self._is_alone = self._is_drawn = not changed
        self._frame, self._note = frame, ()
        self._is_new = True
        if changed:
            self._strips = None
            self.refresh(*changed)
        return was_new

    def tile_at(self, screen_x: int, screen_y: int) -> int | None:
        """The tile at a cell of the screen; None where there is none."""
        if self._frame is None:
            return None
        x, y = screen_x - self.region.x, screen_y - self.region.y
        return self._frame.placement.tile_at(x, y, self._frame.job.canvas)

    def chart_at(self, screen_x: int, screen_y: int) -> tuple[int, int, int, int] | None:
        """(column, row) of a cell of the screen in the chart, and the chart's (width, height); None beside it."""
        chart = self._frame.placement.chart if self._frame is not None else None
        if chart is None:
            return None
        left, top, width, height = chart
        column, row = screen_x - self.region.x - left, screen_y - self.region.y - top
        return (column, row, width, height) if 0 <= column < width and 0 <= row < height else None

    @property
    def painting(self) -> Painting | None:
        """What the frame given last was painted to."""
        return self._frame.painting if self._frame is not None else None

    @property
    def may_be_lost(self) -> bool:
        """Whether the picture may be dropped on its way to the terminal."""
        return self._painter.may_be_lost

    def take_sequence(self) -> str | None:
        """What a new frame still needs after the text that has just been written; None where that has no new frame.

        Once for each frame.
        """
        frame = self._frame
        if frame is None or not (self._is_new and self._is_drawn):
            return None
        self._is_new = False
        if frame.job.canvas != self.canvas():  # nothing of it was shown
            return ""
        self._painter.written(frame.painting)
        is_in_cells = not self._is_alone and not frame.painting.ready_rows
        if is_in_cells or not frame.painting.sequence:
            return ""
        return f"\x1b7{self._placed(frame)}\x1b8"

    def _changed_cells(self, frame: Frame) -> list[Region]:
        """What is to be drawn anew; nothing where the cells on the screen are this frame's, and its sequence is all."""
        whole = [self.size.region]
        before = self._frame
        if before is None or self._strips is None or (self._is_new and not self._is_drawn):
            return whole
        if not self.is_attached or not self.screen.is_active:
            return whole
        if not before.job.canvas == frame.job.canvas == self.canvas():
            return whole
        one, other = before.painting, frame.painting
        is_edit = other.ready_rows and one.ready_rows is other.ready_rows
        if is_edit and replace(before.placement, labels=()) == replace(frame.placement, labels=()):
            return _relabelled(before.placement, frame.placement, self.size.width)
        lies_over = not other.ready_rows and not one.ready_rows and self._is_on_terminal
        is_redrawn = lies_over and one.sequence and other.sequence and before.placement == frame.placement
        return [] if is_redrawn else whole

    def show_note(self, *lines: str) -> bool:
        """Text in the middle, in place of what was there; whether that was a frame that had not been written yet."""
        was_new, self._is_new = self._is_new, False
        self._frame, self._note, self._strips = None, lines, None
        self.refresh()
        return was_new

    def on_resize(self) -> None:
        """A frame of another size is not shown. A zoom of the font resizes too: the cell is measured again."""
        if self._measure_cell is not None:
            self._painter.cell_size = self._measure_cell()
        self._strips = None
        self.post_message(self.RoomChanged())

    def notify_style_update(self) -> None:
        """Another theme has another paper."""
        super().notify_style_update()
        self._strips = self._paper_colour = None
        self.post_message(self.RoomChanged())

    @property
    def _paper(self) -> Colour:
        if self._paper_colour is None:
            colour = self.background_colors[1]
            self._paper_colour = colour.r, colour.g, colour.b
        return self._paper_colour

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the region; what the terminal itself draws is sent with the picture's last row.

        Under help or the palette the picture's place is left empty, so that nothing of it shows through.
        """
        frame = self._frame
        self._is_drawn = True
        fits = frame is not None and frame.job.canvas == self.canvas()
        lies_over = frame is not None and not frame.painting.ready_rows
        covered = lies_over and bool(frame and frame.painting.sequence) and not self.screen.is_active
        if frame is None or not fits or covered:
            self._take_off()
            strips = self._note_strips()
        else:
            if not frame.placement.rows:
                self._take_off()
            if self._strips is None:
                self._strips = self._frame_strips(frame)
            strips = self._with_sequence(frame, self._strips)
        lines = strips[crop.y : crop.bottom]
        if crop.x or crop.width < self.size.width:
            lines = [strip.crop(crop.x, crop.right) for strip in lines]
        return lines

    def _take_off(self) -> None:
        # Not in a strip: what lies over this widget cuts its strips, and a sequence with them.
        driver = self.app._driver
        if self._is_on_terminal and driver is not None:
            driver.write(self._painter.farewell())
        self._is_on_terminal = False

    def _note_strips(self) -> list[Strip]:
        width, height = self.size
        blank = Style.from_color(bgcolor=self.background_colors[1].rich_color)
        style = self.get_component_rich_style("picture--note")
        lines = [line for text in self._note for line in textwrap.wrap(text, max(1, width - 2))]
        first = (height - len(lines)) // 2
        strips = []
        for y in range(height):
            text = lines[y - first] if 0 <= y - first < len(lines) else ""
            left = max(0, (width - cell_len(text)) // 2)
            strip = Strip([Segment(" " * left, blank), Segment(text, style)])
            strips.append(strip.adjust_cell_length(width, blank))
        return strips

    def _frame_strips(self, frame: Frame) -> list[Strip]:
        width, height = self.size
        place = frame.placement
        blank = Style.from_color(bgcolor=self.background_colors[1].rich_color)
        labels = _labels_by_row(place)
        strips = []
        for y in range(height):
            before: list[Segment] = []
            x = 0
            for label in labels.get(y, ()):
                before += self._label(label, x, blank)
                x = label.x + cell_len(label.text)
            if place.y <= y < place.y + place.rows and y not in place.text_rows:
                before.append(Segment(" " * (place.x - x), blank))
                after = Segment(" " * (width - place.x - place.columns), blank)
                strips.append(self._picture_strip(frame, y - place.y, before, after))
            else:
                before.append(Segment(" " * (width - x), blank))
                strips.append(Strip(before, width))
        return strips

    def _picture_strip(self, frame: Frame, row: int, before: list[Segment], after: Segment) -> Strip:
        """A row of the picture between what stands beside it; ready for the terminal where the painting is."""
        painting, width = frame.painting, self.size.width
        if not painting.ready_rows:
            return Strip([*before, *painting.rows[row], after], width)
        console = self.app.console
        left, right = (Strip(segments).render(console) for segments in (before, [after]))
        return ReadyStrip(
            f"{left}{painting.ready_rows[row]}{right}", width, lambda: [*before, *painting.rows[row], after]
        )

    def _label(self, label: Label, x: int, blank: Style) -> list[Segment]:
        return [Segment(" " * (label.x - x), blank), Segment(label.text, self._look(label))]

    def _look(self, label: Label) -> Style:
        run = label.look
        if run is None:
            return self.get_component_rich_style("picture--marked" if label.marked else "picture--label")
        style = self.get_component_rich_style("picture--dim" if run.dim else "picture--chart")
        if run.colour is not None:
            style += Style.from_color(Color.from_rgb(*run.colour))
        return style + Style(bold=True) if run.strong else style

    def _with_sequence(self, frame: Frame, strips: list[Strip]) -> list[Strip]:
        if not frame.painting.sequence or frame.painting.ready_rows or (self._is_new and self._is_alone):
            return strips  # where the picture is in the cells, they bring it back by themselves
        # Rows are written from the top: the picture goes out after the last of its own, and the cursor returns.
        region = self.region
        last = frame.placement.y + frame.placement.rows - 1
        self._is_on_terminal = True
        drawn = Segment(f"{self._placed(frame)}\x1b[{region.y + last + 1};{region.right + 1}H", None, _CONTROL)
        return [*strips[:last], Strip([*strips[last], drawn], self.size.width), *strips[last + 1 :]]

    def _placed(self, frame: Frame) -> str:
        """The sequence, with the cursor on the picture's first cell."""
        place, region = frame.placement, self.region
        placed = f"\x1b[{region.y + place.y + 1};{region.x + place.x + 1}H{frame.painting.sequence}"
        if place.text_rows and not frame.painting.ready_rows:
            placed += self._written_over(frame)
        return f"{placed}{self._beside(frame)}" if self._painter.clears_beside else placed

    def _written_over(self, frame: Frame) -> str:
        """The rows of text within the picture, once more."""
        place, region, console = frame.placement, self.region, self.app.console
        strips = self._strips or []
        return "".join(
            f"\x1b[{region.y + y + 1};{region.x + 1}H{strips[y].render(console)}"
            for y in place.text_rows
            if y < len(strips)
        )

    def _beside(self, frame: Frame) -> str:
        """The cells right of the picture, once more."""
        place, region, console = frame.placement, self.region, self.app.console
        column = place.x + place.columns
        cells = [strip.crop(column, column + 1) for strip in self._strips or []]
        return "".join(
            f"\x1b[{region.y + y + 1};{region.x + column + 1}H{cells[y].render(console)}"
            for y in range(place.y, min(place.y + place.rows, len(cells)))
        )


def _labels_by_row(place: Placement) -> dict[int, list[Label]]:
    """From left to right."""
    rows: dict[int, list[Label]] = {}
    for label in sorted(place.labels, key=lambda label: label.x):
        rows.setdefault(label.y, []).append(label)
    return rows


def _relabelled(before: Placement, after: Placement, width: int) -> list[Region]:
    """The cells of other labels: in the rows of the picture those at its left, else whole rows of so many cells."""
    old, new = _labels_by_row(before), _labels_by_row(after)
    changed = sorted(y for y in old.keys() | new.keys() if old.get(y) != new.get(y))
    in_picture = set(range(after.y, after.y + after.rows)) - set(after.text_rows)
    return [Region(0, y, after.x if y in in_picture else width, 1) for y in changed]
