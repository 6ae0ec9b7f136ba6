"""The side panel: what the picture depends on, and the sliders: dimensions or directions, each with its value."""

import math
import textwrap
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from textual.events import MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive

from vae_tui.explorer.ahead import LinesAhead
from vae_tui.explorer.differences import difference_lines
from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.keymap import MAX_SHOWN, Keymap
from vae_tui.explorer.keys import control_label, every_control, known_controls
from vae_tui.explorer.lines import Line, Run, fit_text, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sliders import Centre, Row, Sliders
from vae_tui.explorer.state import LatentState, on_tenths
from vae_tui.explorer.view import VIEWS

VALUE_RANGE = 3.0
"""A value's bar ends at three: sigmas of the prior, or a direction's strength; what lies further fills it."""
VALUE_BARS = ((46, 17), (34, 9), (0, 0))
"""From which width of the panel on a value has a bar of how many cells, with 0 in the middle."""

UNLISTED = ("release", "order")
"""Controls that take no line of the panel: the head of the list says the order."""
VALUE_CELLS = 7
"""Of a value in its column, with the dot."""
STANDING = ("dimension", "value")
"""Controls that keep their line when they have nothing to say."""


def panel_lines(
    state: LatentState, facts: ModelFacts, centre: Centre, width: int, height: int, keymap: Keymap | None = None
) -> list[Line]:
    """The panel in so many cells: controls first, then as many sliders about the chosen one as there is room for."""
    sliders = VIEWS.get(state.view).sliders(state, facts, centre)
    lines = _head_lines(state, facts, sliders, width, keymap or shipped_keymap())
    rows = height - len(lines) - 2
    if rows < 1:
        return lines
    count = f"{sliders.chosen + 1} of {sliders.num}" if sliders.num else ""
    heading = next((text for text in sliders.headings if len(text) + 1 + len(count) <= width), sliders.headings[-1])
    lines += [spread((Run(heading, "strong"),), (Run(count, "dim"),), width), _column_heads(sliders, width)]
    if not sliders.num:
        said = textwrap.wrap(sliders.empty, width)[:rows]
        return lines + [(Run(text, "dim"),) for text in said]
    first = _first_row(sliders, rows)
    for place in range(first, min(sliders.num, first + rows)):
        lines.append(slider_line(sliders.row(place), place == sliders.chosen, sliders.name_width, width))
    return lines


@dataclass(frozen=True)
class Hit:
    """What lies under the mouse in the panel's list."""

    place: int
    """The slider's, in the list."""
    value: float | None
    """That of the cell on its bar; None beside the bar, and where the panel is too narrow for bars."""


def panel_hit(
    state: LatentState, facts: ModelFacts, width: int, height: int, x: int, y: int, keymap: Keymap | None = None
) -> Hit | None:
    """What lies at a cell of the panel; None above the list and below it."""
    sliders = VIEWS.get(state.view).sliders(state, facts, None)
    top = len(_head_lines(state, facts, sliders, width, keymap or shipped_keymap())) + 2
    if not top <= y < height:
        return None
    place = _first_row(sliders, height - top) + y - top
    return Hit(place, bar_value(x, width)) if place < sliders.num else None


def _first_row(sliders: Sliders, rows: int) -> int:
    """The place at the top of a list of so many rows."""
    return max(0, min(sliders.chosen - rows // 2, sliders.num - rows))


def _head_lines(state: LatentState, facts: ModelFacts, sliders: Sliders, width: int, keymap: Keymap) -> list[Line]:
    """What stands above the list."""
    controls = _control_lines(state, facts, sliders.chosen_row(), width, keymap)
    return [*controls, *difference_lines(state, facts, state.chosen_dim(facts), width), _whose_kl(state, facts)]


def _control_lines(state: LatentState, facts: ModelFacts, chosen: Row | None, width: int, keymap: Keymap) -> list[Line]:
    view = VIEWS.get(state.view)
    value = value_text(chosen.value) if chosen is not None else ""
    idle = view.idle_controls(state)
    controls = every_control(view)
    lines = []
    for name in known_controls(view, facts):
        control = controls[name]
        text = value if name == "value" else control.value(state, facts)
        if name in UNLISTED or not (text or name in STANDING):
            continue
        keys = keymap.short(*control.key_ids, width=MAX_SHOWN)
        lines.append(_control_line(keys, control_label(name, view), text, name in idle, width))
    return lines


def _control_line(keys: str, label: str, value: str, idle: bool, width: int) -> Line:
    label_width = 12
    room = max(0, width - max(4, cell_len(keys) + 1) - len(label) - 1)
    head = value.partition(", ")[0]  # of both checkpoints, which one is where
    text = fit_text(value if cell_len(value) <= room else head, room).rstrip()
    shown = f"({text})" if idle and len(text) + 2 + 17 <= width else text
    name = Run(f"{keys:<3} ", "dim" if idle else "accent")
    is_roomy = cell_len(name.text) + label_width + cell_len(shown) < width
    left = (name, Run(f"{label:<{label_width}}" if is_roomy else label, "dim"))
    return spread(left, (Run(shown, _idle_look(idle)),), width)


def _idle_look(idle: bool) -> str:
    return "dim" if idle else "plain"


def _whose_kl(state: LatentState, facts: ModelFacts) -> Line:
    """An empty line; with the raw weights, that the figures below it are not theirs."""
    if facts.statistics is None or not facts.has_average or state.weights(facts) == "ema":
        return ()
    return (Run("KL of averaged weights", "dim"),)


def _column_heads(sliders: Sliders, width: int) -> Line:
    names, figures = sliders.heads
    values = f"{sliders.value_head} " if sliders.num else ""
    return spread((Run(f" {names:<{sliders.name_width}} {figures}", "dim"),), (Run(values, "dim"),), width)


@lru_cache(maxsize=1024)
def slider_line(row: Row, chosen: bool, name_width: int, width: int) -> Line:
    """`▸z17  ━━━╸  2.31  +0.50•`: chosen, name, figure, value, and a dot where the value is held by hand."""
    bar_cells = _bar_cells(width)
    rest = VALUE_CELLS + (bar_cells + 2 if bar_cells else 0)
    name_width = max(4, min(name_width, width - rest - 2 - (len(row.note) + 1 if row.note else 0)))
    name = Run(f"{'▸' if chosen else ' '}{fit_text(row.name, name_width)} ", "mark" if chosen else "plain")
    known = row.value is not None
    text = value_text(row.value) if known else "·"
    value = Run(f" {text:>5}{'•' if row.is_held else ' '}", "accent" if row.is_held else "plain" if known else "dim")
    bar = Run(f"  {_value_bar(row.value or 0.0, bar_cells)}" if bar_cells else "", "accent" if row.is_held else "dim")
    return (name, *_figure_runs(row, width - name_width - 2 - rest), bar, value)


def _figure_runs(row: Row, room: int) -> tuple[Run, ...]:
    """The bar and the figure of a row, in so many cells."""
    if not row.note:
        return (Run(" " * room),)
    cells = max(0, room - len(row.note) - 1)
    if row.remarks:
        word = next((word for word in row.remarks if len(word) <= cells), "")
        return Run(f"{word:<{cells}} ", "dim"), Run(row.note, "dim")
    return Run(f"{_bar(row.share or 0.0, cells)} ", "plain"), Run(row.note, "plain")


def _bar(share: float, cells: int) -> str:
    full, rest = divmod(round(max(0.0, min(1.0, share)) * cells * 2), 2)
    return f"{'━' * full}{'╸' * rest}".ljust(cells)


def _bar_cells(width: int) -> int:
    """Cells of a value's bar in a panel of this width."""
    return next(cells for least, cells in VALUE_BARS if width >= least)


def _value_bar(value: float, cells: int) -> str:
    middle = cells // 2
    length = 0.0 if math.isnan(value) else min(abs(value), VALUE_RANGE)
    filled = min(middle, round(length / VALUE_RANGE * middle))
    below, above = ("━" * filled, "") if value < 0 else ("", "━" * filled)
    return f"{below:>{middle}}│{above:<{middle}}"


def bar_value(x: int, width: int) -> float | None:
    """The value, a multiple of a tenth, that a value's bar has at a column of the panel; None beside the bar."""
    cells = _bar_cells(width)
    place = x - (width - VALUE_CELLS - cells)
    if not 0 <= place < cells:
        return None
    return on_tenths((place - cells // 2) / (cells // 2) * VALUE_RANGE, 0)


def value_text(value: float | None) -> str:
    """Five cells, whatever the value."""
    if value is None:
        return "free"
    places = 2 if abs(value) < 9.995 else 1
    return f"{round(value, places) + 0.0:+.{places}f}"  # + 0.0: no -0.00


class DimensionPanel(LinesAhead):
    """Draws what is bound to it, and says what the mouse does to its list."""

    class Chosen(Message):
        """The slider at a place of the list."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    class Slid(Message):
        """The chosen slider at a value."""

        def __init__(self, value: float) -> None:
            super().__init__()
            self.value = value

        def can_replace(self, message: Message) -> bool:
            """Only the newest value counts."""
            return isinstance(message, DimensionPanel.Slid)

    class Nudged(Message):
        """The chosen slider so many small steps further: dragged where there is no room for its bar."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    class Scrolled(Message):
        """The wheel over the list: so many places down."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    centre: reactive[Centre] = reactive(None, repaint=False)
    watch_centre = LinesAhead.show_changes

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="panel")
        self._keymap = keymap
        self._dragged_at: int | None = None
        """The column where the mouse was last, while a slider is dragged."""

    def lines_of(self, state: LatentState, width: int, height: int) -> list[Line]:
        """Controls and sliders."""
        return panel_lines(state, self.facts, self.centre, width, height, self._keymap)

    def depends_on(self) -> tuple[object, ...]:
        """The values of what is free, too."""
        return self.facts, self.centre

    def on_mouse_down(self, event: MouseDown) -> None:
        """A row is chosen; a click on its bar sets its value, and a drag goes on from there."""
        x, y = event.x - self._inset.width, event.y - self._inset.height
        hit = panel_hit(self.state, self.facts, *self.content_size, x, y, self._keymap)
        if hit is None or event.button != 1:
            return
        self.post_message(self.Chosen(hit.place))
        if hit.value is not None:
            self.post_message(self.Slid(hit.value))
        if hit.value is not None or not _bar_cells(self.content_size.width):
            self._dragged_at = x
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """The slider goes with the mouse: along its bar or, without one, a small step a column."""
        if self._dragged_at is None:
            return
        x, width = event.x - self._inset.width, self.content_size.width
        cells = _bar_cells(width)
        before, self._dragged_at = self._dragged_at, x
        if not cells and x != before:
            self.post_message(self.Nudged(x - before))
        elif cells:
            left = width - VALUE_CELLS - cells
            value = bar_value(max(left, min(x, left + cells - 1)), width)
            assert value is not None
            self.post_message(self.Slid(value))

    def on_mouse_up(self, event: MouseUp) -> None:
        """The slider stays where it is."""
        self._dragged_at = None
        self.release_mouse()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The row below."""
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The row above."""
        self.post_message(self.Scrolled(-1))

    @property
    def _inset(self) -> Size:
        """Columns and rows between the widget's edge and its content."""
        return Size(*(self.content_region.offset - self.region.offset))
