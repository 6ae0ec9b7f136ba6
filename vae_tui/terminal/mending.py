"""What would make pictures better in this terminal, each with the line that mends it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from vae_tui.terminal import GRAPHICS_VARIABLE
from vae_tui.terminal.detection import Found
from vae_tui.terminal.identity import PLACEHOLDERS_SINCE, XTERM_JS, in_screen
from vae_tui.terminal.tmux import PASSTHROUGH_LINE, SIXEL_LINE, Tmux

_TMUX_FILE = "~/.tmux.conf, then `tmux kill-server` and start it anew"
_SIXEL = 4


class Mend(NamedTuple):
    """Something that is less than it could be."""

    what: str
    line: str
    """To be typed or written as it is."""
    where: str
    """Where the line goes."""


def mends(found: Found, environment: Mapping[str, str]) -> list[Mend]:
    """What can be mended about pictures here; nothing where all is as good as it gets."""
    if found.tty is None:
        return []
    if found.answers.round_trip_s is None:
        if found.tty is not None and environment.get("TERM") not in ("", "dumb", None):
            return [
                Mend(
                    "the terminal answered no question, so nobody knows what it shows",
                    f"export {GRAPHICS_VARIABLE}=sixel",
                    "the shell, with the protocol that the terminal is known to have",
                )
            ]
        return []
    if in_screen(environment, found.tmux, found.answers):
        return [Mend("GNU screen shows no pictures", "tmux", "the shell, in place of screen")]
    return list(_of_tmux(found, found.tmux) if found.tmux else _of_terminal(found, environment))


def _of_tmux(found: Found, tmux: Tmux) -> Iterator[Mend]:
    terminal = tmux.terminfo or "*"
    name = found.identity.text
    if found.identity.has_placeholders and not tmux.passes:
        yield Mend(f"tmux keeps pictures from {name}", PASSTHROUGH_LINE, _TMUX_FILE)
    elif found.protocol.startswith("halfblock") and (tmux.keeps_sixel or _SIXEL not in found.answers.attributes):
        if _SIXEL in found.answers.attributes and found.identity.program == "XTerm":
            yield _sixel_of_xterm()  # tmux has asked it
        elif _SIXEL in found.answers.attributes:
            yield Mend(
                f"tmux draws Sixel, but does not know whether {name} does",
                SIXEL_LINE.format(terminal=terminal),
                f"{_TMUX_FILE}; for a terminal that draws Sixel",
            )
        elif found.identity.program not in PLACEHOLDERS_SINCE:
            have = f"tmux {tmux.version}" if tmux.version else "this tmux"
            yield Mend(f"{have} draws no pictures", "tmux -V", "the shell: 3.4 and 3.5, built with Sixel, draw them")
    if found.identity.program in PLACEHOLDERS_SINCE and not found.identity.has_placeholders:
        yield _newer_kitty(found)
    # kitty's and Ghostty's own terminfo say it to tmux, which does not pass that on.
    if tmux.features and "RGB" not in tmux.features and found.identity.program not in PLACEHOLDERS_SINCE:
        yield Mend(
            "tmux does not know that the terminal has 24 bits of colour",
            f"set -as terminal-features ',{terminal}:RGB'",
            _TMUX_FILE,
        )


def _of_terminal(found: Found, environment: Mapping[str, str]) -> Iterator[Mend]:
    identity, answers = found.identity, found.answers
    if identity.program == "kitty" and not identity.has_placeholders:
        yield _newer_kitty(found)
    if identity.program == "XTerm" and _SIXEL not in answers.attributes:
        yield _sixel_of_xterm()
    if identity.program in XTERM_JS and _SIXEL not in answers.attributes:
        yield Mend(
            "images are switched off in VS Code", '"terminal.integrated.enableImages": true', "its settings.json"
        )
    if not identity.has_true_colour:
        yield Mend(
            "text has 256 colours, as nothing says that there are more",
            "export COLORTERM=truecolor",
            "the shell, if the terminal has 24 bits of colour; through SSH, `SendEnv COLORTERM` passes it on",
        )


def _sixel_of_xterm() -> Mend:
    return Mend(
        "xterm draws Sixel where it is a VT340, and does not say that it is",
        "XTerm*decTerminalID: vt340",
        "~/.Xresources, then `xrdb -merge ~/.Xresources`; or start it as `xterm -ti vt340`",
    )


def _newer_kitty(found: Found) -> Mend:
    return Mend(
        f"{found.identity.text} draws no pictures in text cells: each frame is sent whole, and in tmux there are none",
        "kitty --version",
        "the shell: 0.28 or newer does, see https://sw.kovidgoyal.net/kitty/binary/",
    )
