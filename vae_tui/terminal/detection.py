"""Which protocol this terminal gets. It is asked before any app runs: afterwards Textual reads the answers.

textual-image asks when it is imported: so it is imported late, and kept from asking where a protocol is named or no
keyboard is there to answer.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from vae_tui.errors import VaeTuiError, printable
from vae_tui.registry import nearest_hint
from vae_tui.terminal import GRAPHICS
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.painting import Painter

SIXEL_COLOURS = 256
_VT340_COLOURS = 16
_VT340_CELL = (10, 20)
_ANSWER_S = 1.0
"""How long an answer is waited for. One that came later, over a slow link, would be taken for keys."""


def choose_painter(graphics: str) -> Painter:
    """The painter of that name; "auto" takes the best that the terminal answers to, and half cells where none does.

    Raises VaeTuiError for an unknown name.
    """
    if graphics not in GRAPHICS:
        raise VaeTuiError(f"no graphics protocol is called {printable(graphics)!r}", nearest_hint(graphics, GRAPHICS))
    # A terminal that does not answer is a normal one: textual-image would print a traceback of it as a warning.
    logging.getLogger("textual_image").addHandler(logging.NullHandler())
    protocol = _best_protocol() if graphics == "auto" else graphics
    if protocol == "halfblock":
        return HalfblockPainter()
    if protocol == "kitty":
        from vae_tui.terminal.kitty import KittyPainter

        return KittyPainter(_cell_size())
    with _no_questions():  # what the painter needs of textual-image is loaded here, where it can't ask
        import textual_image.renderable  # noqa: F401
    from vae_tui.terminal.sixel import SixelPainter

    return SixelPainter(_cell_size(), _sixel_colours())


def _keyboard_answers() -> bool:
    streams = (sys.__stdin__, sys.__stdout__)
    return all(stream is not None and stream.isatty() for stream in streams)


def _best_protocol() -> str:
    if not _keyboard_answers():
        return "halfblock"
    from textual_image import renderable

    if renderable.Image is renderable.SixelImage:
        return "sixel"
    return "kitty" if renderable.Image is renderable.TGPImage else "halfblock"


def _cell_size() -> tuple[int, int]:
    """(width, height) of a cell in pixels; a VT340's 10 x 20 where the terminal does not say."""
    with _no_questions():
        from textual_image._terminal import get_cell_size
    try:
        with nullcontext() if _keyboard_answers() else _no_questions():
            width, height = get_cell_size()
    except ZeroDivisionError:  # a pseudo-terminal that was given no size
        return _VT340_CELL
    return width, height


def _sixel_colours() -> int:
    """How many colours a Sixel picture may have here: xterm as a VT340 has 16 registers, and gives more when asked.

    Source: XTSMGRAPHICS in xterm's ctlseqs. Terminals that do not answer have 256.
    """
    if not _keyboard_answers() or sys.__stdout__ is None:
        return SIXEL_COLOURS
    from textual_image._terminal import TerminalError, capture_terminal_response

    try:
        with capture_terminal_response("\x1b[?1;", "S", _ANSWER_S) as response:
            sys.__stdout__.write(f"\x1b[?1;3;{SIXEL_COLOURS}S")
            sys.__stdout__.flush()
        status, _, granted = response.sequence[len("\x1b[?1;") : -1].partition(";")
        return max(2, min(SIXEL_COLOURS, int(granted))) if status == "0" else _VT340_COLOURS
    except (TerminalError, TimeoutError, OSError, ValueError):
        return SIXEL_COLOURS


@contextmanager
def _no_questions() -> Iterator[None]:
    """Keeps textual-image from asking the terminal: it asks through this name of standard input alone."""
    kept = sys.__stdin__
    sys.__stdin__ = None  # type: ignore[misc]  # restored below
    try:
        yield
    finally:
        sys.__stdin__ = kept  # type: ignore[misc]
