"""The text of what has changed on a screen, widget by widget, where nothing lies over them."""

from collections.abc import Iterable, Mapping

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import ControlType, Segment
from textual._compositor import CompositorUpdate
from textual.geometry import Region
from textual.widget import Widget


class TextUpdate(CompositorUpdate):
    """An update of the screen that is text already, with its cursor movements; it may be empty."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """The text."""
        return self._text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The text as a whole; it knows its own places."""
        yield Segment(self._text, None, [(ControlType.CURSOR_FORWARD, 0)])


def patches(widgets: Iterable[Widget], visible: Mapping[Widget, tuple[Region, Region]], console: Console) -> TextUpdate:
    """The changed regions of the widgets, which then count as painted. `visible`: where each is, and its clip.

    Textual's compositor draws all widgets anew between the first changed line and the last, and cuts each line where
    any of them begins: most of what a frame's text costs. Where widgets don't lie over one another, each can speak for
    itself.
    """
    text: list[str] = []
    for widget in widgets:
        changed = widget._exchange_repaint_regions()
        widget._repaint_required = False
        if not changed or widget not in visible:
            continue
        region, clip = visible[widget]
        for part in changed:
            left, top, width, height = clip.intersection(part.translate(region.offset))
            strips = widget.render_lines(Region(left, top, width, height).translate(-region.offset))
            for y, strip in enumerate(strips, top):
                text.append(f"\x1b[{y + 1};{left + 1}H{strip.render(console)}")
    return TextUpdate("".join(text))
