"""Which protocol this terminal gets. Asked before the app runs: afterwards Textual reads the answers."""

import sys

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.painting.contract import Painter
from vae_tui.explorer.painting.halfblock import HalfblockPainter
from vae_tui.registry import nearest_hint

SIXEL_COLOURS = 256
_VT340_COLOURS = 16
_VT340_CELL = (10, 20)
_ANSWER_S = 1.0
"""How long an answer is waited for. One that came later, over a slow link, would be taken for keys."""

GRAPHICS = ("auto", "kitty", "sixel", "halfblock")


def choose_painter(graphics: str) -> Painter:
    """The painter of that name; "auto" takes what textual-image finds, and half cells where it finds nothing better.

    Importing textual-image queries the terminal. Raises VaeTuiError for an unknown name.
    """
    if graphics not in GRAPHICS:
        raise VaeTuiError(f"no graphics protocol is called {printable(graphics)!r}", nearest_hint(graphics, GRAPHICS))
    if graphics == "halfblock":
        return HalfblockPainter()
    from textual_image import renderable
    from textual_image._terminal import get_cell_size

    from vae_tui.explorer.painting.kitty import KittyPainter
    from vae_tui.explorer.painting.sixel import SixelPainter

    try:
        width, height = get_cell_size()
        size = (width, height)
    except ZeroDivisionError:  # a pseudo-terminal that was given no size
        size = _VT340_CELL
    if graphics == "sixel" or (graphics == "auto" and renderable.Image is renderable.SixelImage):
        return SixelPainter(size, _sixel_colours())
    if graphics == "kitty" or (graphics == "auto" and renderable.Image is renderable.TGPImage):
        return KittyPainter(size)
    return HalfblockPainter()


def _sixel_colours() -> int:
    """How many colours a Sixel picture may have here: xterm as a VT340 has 16 registers, and gives more when asked.

    Source: XTSMGRAPHICS in xterm's ctlseqs. Terminals that do not answer have 256.
    """
    from textual_image._terminal import TerminalError, capture_terminal_response

    if sys.__stdout__ is None or not sys.__stdout__.isatty():
        return SIXEL_COLOURS
    try:
        with capture_terminal_response("\x1b[?1;", "S", _ANSWER_S) as response:
            sys.__stdout__.write(f"\x1b[?1;3;{SIXEL_COLOURS}S")
            sys.__stdout__.flush()
        status, _, granted = response.sequence[len("\x1b[?1;") : -1].partition(";")
        return max(2, min(SIXEL_COLOURS, int(granted))) if status == "0" else _VT340_COLOURS
    except (TerminalError, TimeoutError, OSError, ValueError):
        return SIXEL_COLOURS
