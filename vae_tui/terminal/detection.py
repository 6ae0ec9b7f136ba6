"""Which protocol this terminal gets, and why. It is asked before any app runs: afterwards Textual reads the answers."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from vae_tui.errors import VaeTuiError, printable
from vae_tui.registry import nearest_hint
from vae_tui.terminal import COLOURS_VARIABLE, GRAPHICS, GRAPHICS_VARIABLE, Graphics, Protocol
from vae_tui.terminal.cell_size import VT340_CELL, whole, window_cell
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.identity import READS_ITERM, XTERM_JS, Identity, identify, in_screen
from vae_tui.terminal.iterm import ItermPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.kitty_live import KittyAbilities, PlaceholderPainter, PlaceholderStills, Quality
from vae_tui.terminal.kitty_shared import Medium
from vae_tui.terminal.painting import Painter
from vae_tui.terminal.palette import SIXEL_REGISTERS
from vae_tui.terminal.queries import Answers, Tty, ask, ask_for_registers, find_tty, first_answer_s, give_back
from vae_tui.terminal.sixel import DEFAULT_COLOURS, FINE_COLOURS, SixelPainter
from vae_tui.terminal.tmux import Tmux, ask_tmux

_SIXEL = 4
"""The attribute of DA1 that says so."""
_PRINTS_QUESTIONS = ("linux", "eterm-color")
"""Values of TERM of terminals that print what they do not know."""
_MEDIA: tuple[Medium, ...] = ("shared", "file")
"""How a terminal on this machine gets its pixels, the better first."""


@dataclass(frozen=True)
class Found:
    """What is known of the terminal, and what was made of it."""

    protocol: Protocol
    reason: str
    """Why this protocol, in words."""
    possible: frozenset[Protocol]
    """All that should work here."""
    identity: Identity
    answers: Answers
    tmux: Tmux | None
    """None outside of tmux."""
    cell_size: tuple[int, int]
    """(width, height) in pixels."""
    cell_source: str
    """Who said so, in words."""
    has_placeholders: bool
    """Whether a Kitty picture can be placed in text cells, where it is edited under a held key."""
    kitty: KittyAbilities
    tty: Tty | None
    """None where nothing can be asked."""
    window_cell: tuple[float, float] | None
    """A cell by the window's pixels when the terminal was asked."""
    sixel_colours: int = DEFAULT_COLOURS
    """Of a Sixel picture of many tiles."""


def check_graphics(graphics: str, environment: Mapping[str, str] | None = None) -> Graphics:
    """The name of a protocol or "auto"; where "auto" is given, what VAETUI_GRAPHICS says.

    Raises VaeTuiError for an unknown name.
    """
    named = os.environ if environment is None else environment
    source = ""
    if graphics == "auto" and named.get(GRAPHICS_VARIABLE):
        graphics, source = named[GRAPHICS_VARIABLE], f" ({GRAPHICS_VARIABLE})"
    if graphics not in GRAPHICS:
        hint = nearest_hint(graphics, GRAPHICS)
        raise VaeTuiError(f"no graphics protocol is called {printable(graphics, 40)!r}{source}", hint)
    return graphics


def look(graphics: str = "auto", environment: Mapping[str, str] | None = None, *, thoroughly: bool = False) -> Found:
    """What this terminal is and gets: `graphics`, else what VAETUI_GRAPHICS names, else the best that it answers to.

    It is asked unless half cells are named, which need no answer; `thoroughly`: then, too. Raises VaeTuiError for an
    unknown name.
    """
    named = os.environ if environment is None else environment
    wanted = check_graphics(graphics, named)
    tty = find_tty()
    tmux, answers = None, Answers()
    term = named.get("TERM", "")
    needs_answers = thoroughly or wanted not in ("halfblock", "halfblock256")
    if tty is not None and needs_answers and term not in ("", "dumb"):
        tmux = _tmux_in_front(tty, named)
        simply = term in _PRINTS_QUESTIONS or named.get("TERM_PROGRAM") == "Apple_Terminal"
        asking = partial(
            ask,
            tty,
            patience_s=first_answer_s(named),
            kitty=tmux is None or tmux.passes,  # tmux would take the question for its window's title
            past_tmux=tmux is not None,
        )
        perhaps_screen = in_screen(named, tmux, answers)
        answers = asking(simply=simply or perhaps_screen)
        if perhaps_screen and answers.name and not simply:
            typed = answers.typed
            answers = asking(simply=False)
            answers = replace(answers, typed=typed + answers.typed)
    found = decide(wanted, named, answers, tmux, tty)
    if found.protocol == "sixel" and tty is not None:
        found = replace(found, answers=_with_registers(tty, answers, named))
    return found


def _tmux_in_front(tty: Tty, environment: Mapping[str, str]) -> Tmux | None:
    """tmux, unless its pane is of another terminal than this one.

    So it is where GNU screen runs in tmux and this in screen, and in a window that was opened from within tmux, whose
    terminal has a TERM of its own. Where it is still tmux's, what lies between (script, sudo) writes to the pane.
    """
    tmux = ask_tmux(environment)
    is_tmux_by_term = environment.get("TERM", "").startswith(("tmux", "screen"))
    if tmux is None or not tmux.pane_tty or (is_tmux_by_term and not environment.get("STY")):
        return tmux
    with suppress(OSError):
        return tmux if os.ttyname(tty.writing) == tmux.pane_tty else None
    return tmux


def _with_registers(tty: Tty, answers: Answers, environment: Mapping[str, str]) -> Answers:
    """Asks for more colours where the terminal has them and does not give them unasked."""
    has, most = answers.registers, answers.most_registers
    if has is None or has >= FINE_COLOURS or (most is not None and most <= has):
        return answers
    wanted = min(FINE_COLOURS, most or FINE_COLOURS)
    return ask_for_registers(tty, wanted, answers, first_answer_s(environment))


def decide(
    wanted: Graphics, environment: Mapping[str, str], answers: Answers, tmux: Tmux | None = None, tty: Tty | None = None
) -> Found:
    """What is made of the answers: each ability is judged by itself. Asks nothing but the kernel, for the window."""
    identity = identify(answers, environment, tmux)
    window = window_cell(tty.writing) if tty else None
    cell_size, cell_source = _cell_size(answers, tmux, window)
    reasons = dict(_candidates(identity, answers, tmux, in_screen(environment, tmux, answers)))
    protocol = next(iter(reasons)) if wanted == "auto" else wanted
    unlikely = "" if protocol in reasons else "; the terminal does not say that it can"
    # A person who names Kitty, and whose terminal is too far away to answer in time, has one of today.
    is_unheard = wanted == "kitty" and answers.round_trip_s is None
    return Found(
        protocol=protocol,
        reason=reasons[protocol] if wanted == "auto" else f"it was named{unlikely}",
        possible=frozenset(reasons),
        identity=identity,
        answers=answers,
        tmux=tmux,
        cell_size=cell_size,
        cell_source=cell_source,
        has_placeholders=is_unheard or (identity.has_placeholders and answers.kitty),
        kitty=KittyAbilities(
            edits=is_unheard or answers.edits,
            medium=next((medium for medium in _MEDIA if medium in answers.media), None),
            through_tmux=tmux is not None,
            narrow_ids=tmux is not None or not identity.has_true_colour,
        ),
        tty=tty,
        window_cell=window,
        sixel_colours=sixel_colours(environment),
    )


def sixel_colours(environment: Mapping[str, str]) -> int:
    """What VAETUI_SIXEL_COLOURS says, else 64: more take longer than they are worth under a held key.

    Raises VaeTuiError where it is no number from 16 to 256.
    """
    said = environment.get(COLOURS_VARIABLE)
    if not said:
        return DEFAULT_COLOURS
    if not said.isdecimal() or not SIXEL_REGISTERS[0] <= int(said) <= SIXEL_REGISTERS[-1]:
        raise VaeTuiError(f"{COLOURS_VARIABLE} is {printable(said, 40)!r}", "give 16 to 256")
    return int(said)


def _candidates(
    identity: Identity, answers: Answers, tmux: Tmux | None, is_screen: bool
) -> Iterator[tuple[Protocol, str]]:
    """Protocols that should work, the best first, each with its reason."""
    name = identity.text
    draws_sixel = _SIXEL in answers.attributes
    if tmux is not None:
        if identity.has_placeholders and answers.kitty:
            yield "kitty", f"{name} draws pictures in text cells, and tmux lets them through"
        if draws_sixel and "sixel" in tmux.features and tmux.keeps_sixel:
            yield "sixel", f"tmux {tmux.version} draws Sixel, and knows that {name} does"
    elif not is_screen:
        if identity.has_placeholders and answers.kitty:
            how = "edits them in place" if answers.edits else "takes each frame whole"
            yield "kitty", f"{name} draws pictures in text cells and {how}"
        elif identity.program == "kitty" and answers.kitty:
            yield "kitty", f"{name} draws pictures at the cursor; in text cells from 0.28 on"
        if identity.program in READS_ITERM and (identity.program not in XTERM_JS or draws_sixel):
            yield "iterm", f"{name} reads iTerm2's inline images"
        if draws_sixel:
            yield "sixel", f"{name} says that it draws Sixel"
        elif answers.kitty and identity.program not in ("kitty", "ghostty"):
            yield "kitty", f"{name} draws Kitty's pictures at the cursor; it is not known to in text cells"
    if identity.has_true_colour:
        yield "halfblock", _why_cells(identity, answers, tmux, is_screen)
    yield "halfblock256", f"{_why_cells(identity, answers, tmux, is_screen)}; {identity.colour_reason}"


def _why_cells(identity: Identity, answers: Answers, tmux: Tmux | None, is_screen: bool) -> str:
    """Why there are no pixels."""
    name = identity.text
    if is_screen:
        return "GNU screen shows no pictures"
    if answers.round_trip_s is None:
        return "the terminal answered nothing, or was not asked"
    if tmux is None:
        return f"{name} says that it draws no pictures"
    if identity.has_placeholders and not tmux.passes:
        return f"tmux lets no pictures through to {name}"
    if _SIXEL in answers.attributes and not tmux.keeps_sixel:
        return f"tmux {tmux.version} takes Sixel pictures off where text beside them changes"
    if _SIXEL in answers.attributes:
        return f"tmux does not know whether {name} draws Sixel"
    return f"tmux {tmux.version} draws no pictures itself, and {name} none in text cells"


def _cell_size(answers: Answers, tmux: Tmux | None, window: tuple[float, float] | None) -> tuple[tuple[int, int], str]:
    """(width, height) in pixels, and who said so."""
    if answers.cell:
        return answers.cell, "the terminal says so"
    if window:
        return whole(window), "the window's pixels over its cells"
    if answers.window and answers.characters:
        (width, height), (columns, rows) = answers.window, answers.characters
        return whole((width / columns, height / rows)), "the terminal's pixels over its cells"
    if tmux and tmux.cell_size:
        return tmux.cell_size, "tmux says so"
    return VT340_CELL, "nobody says: a VT340's"


def refresh_cell_size(found: Found) -> tuple[int, int]:
    """The cell's (width, height) now, after a resize or another font, without a question: the kernel knows the window.

    Where the terminal's own answer was another than the kernel's (a screen of many pixels an inch), the same ratio is
    kept. What was found at first where the kernel knows nothing.
    """
    now = window_cell(found.tty.writing) if found.tty else None
    if now is None or found.window_cell is None:
        return found.cell_size
    if now == found.window_cell:
        return found.cell_size
    then = whole(found.window_cell)
    scaled = [size * is_now / was for size, is_now, was in zip(found.cell_size, whole(now), then, strict=True)]
    return whole((round(scaled[0]), round(scaled[1])))


# Painters


def live_painter(found: Found, quality: Quality = "lossless", *, confirmed: bool = False) -> Painter:
    """For pictures under a held key. `quality` and `confirmed` are PlaceholderPainter's."""
    if found.protocol == "kitty" and (found.has_placeholders or found.tmux is not None):
        return PlaceholderPainter(found.cell_size, found.kitty, quality, confirmed=confirmed)
    return still_painter(found)


def still_painter(found: Found) -> Painter:
    """For pictures that are shown once and stay, also when the text scrolls."""
    if found.protocol == "kitty":
        if found.tmux is not None:
            return PlaceholderStills(found.cell_size, found.kitty)
        return KittyPainter(found.cell_size)
    if found.protocol == "sixel":
        registers = found.answers.registers
        most = registers or SIXEL_REGISTERS[-1]
        colours = min(found.sixel_colours, most)
        fine = min(FINE_COLOURS, registers) if registers else None
        in_tmux = found.tmux is not None
        squeezed = found.tmux is not None and (3, 4) <= found.tmux.version_number <= (3, 5)
        return SixelPainter(
            found.cell_size,
            colours,
            fine_colours=fine,
            whole_bands=in_tmux,
            squeezed=squeezed,
            clears_beside=found.identity.program == "Konsole" and not in_tmux,
        )
    if found.protocol == "iterm":
        return ItermPainter(found.cell_size)
    return HalfblockPainter("true" if found.protocol == "halfblock" else "256")


def choose_painter(graphics: str) -> Painter:
    """The painter of stills of that name; "auto" takes the best that the terminal answers to.

    Keys that were typed meanwhile are given back where the kernel lets us. Raises VaeTuiError for an unknown name.
    """
    found = look(graphics)
    if found.tty is not None and found.answers.typed:
        give_back(found.tty, found.answers.typed)
    return still_painter(found)
