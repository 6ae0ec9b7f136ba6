"""What lies between this program and the terminal: tmux, and how to speak past it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

_ANSWER_S = 2.0
"""tmux answers in some 5 ms; one that hangs is not waited for."""
_FIELDS = (
    "version",
    "allow-passthrough",
    "client_termtype",
    "client_termname",
    "client_termfeatures",
    "client_cell_width",
    "client_cell_height",
    "pane_tty",
)

PASSTHROUGH_LINE = "set -g allow-passthrough on"
"""For ~/.tmux.conf: lets pictures of Kitty's protocol through (tmux 3.3)."""
SIXEL_LINE = "set -as terminal-features ',{terminal}:sixel'"
"""For ~/.tmux.conf: tells a tmux that draws Sixel (3.4, built so) that the terminal draws it too."""


def through_tmux(sequence: str) -> str:
    """The sequence as one that tmux hands to the terminal: https://github.com/tmux/tmux/wiki/FAQ"""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


_KEEPS_SIXEL_TO = (3, 5)
"""The last version that was seen to leave a Sixel picture where it is when text beside it changes; 3.8 does not."""


@dataclass(frozen=True)
class Tmux:
    """What tmux says of itself and of the terminal that it is shown on; "" where it does not know."""

    version: str = ""
    """For example "3.4"."""
    passes: bool = False
    """Whether sequences get through it (allow-passthrough)."""
    terminal: str = ""
    """The terminal's name and version, as it answered tmux."""
    terminfo: str = ""
    """The terminal's TERM."""
    features: frozenset[str] = frozenset()
    """What tmux takes the terminal to be able to: "sixel", "RGB", …"""
    cell_size: tuple[int, int] | None = None
    """Of the terminal, (width, height) in pixels."""
    pane_tty: str = ""
    """The path of the pane's own terminal."""

    @property
    def version_number(self) -> tuple[int, int]:
        """(major, minor); (0, 0) where it is not known, and (99, 0) of a version that is being worked on."""
        text = self.version.removeprefix("next-")
        if text == "master":
            return 99, 0
        major, _, minor = text.partition(".")
        digits = "".join(char for char in minor if char.isdecimal())
        return (int(major), int(digits or 0)) if major.isdecimal() else (0, 0)

    @property
    def keeps_sixel(self) -> bool:
        """Whether a Sixel picture stays where it is while text is written beside it."""
        return self.version_number <= _KEEPS_SIXEL_TO


def ask_tmux(environment: Mapping[str, str]) -> Tmux | None:
    """What tmux says; None outside of tmux. Empty where its server does not answer, as in a container."""
    if not environment.get("TMUX"):
        return None
    program = shutil.which("tmux")
    if program is None:
        return Tmux()
    pane = ["-t", environment["TMUX_PANE"]] if environment.get("TMUX_PANE") else []
    words = [program, "display-message", *pane, "-p", "\n".join(f"#{{{field}}}" for field in _FIELDS)]
    try:
        done = subprocess.run(  # noqa: S603  # the person's own tmux, with fixed words
            words, capture_output=True, text=True, timeout=_ANSWER_S, env={**os.environ, **environment}, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return Tmux()
    return read_tmux(done.stdout)


def load_buffer(text: str, environment: Mapping[str, str]) -> bool:
    """Puts the text into tmux's newest buffer and, where tmux may, on its terminal's clipboard; whether it took it.

    tmux ignores OSC 52 from a program unless it is told to `set-clipboard on`, which it is not by default.
    """
    program = shutil.which("tmux")
    if program is None:
        return False
    for words in ([program, "load-buffer", "-w", "-"], [program, "load-buffer", "-"]):  # before 3.2 without -w
        try:
            subprocess.run(  # noqa: S603  # the person's own tmux, with fixed words
                words,
                input=text.encode(),
                capture_output=True,
                timeout=_ANSWER_S,
                env={**os.environ, **environment},
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return True
    return False


def read_tmux(text: str) -> Tmux:
    """What the lines of _FIELDS say; fields that an older tmux leaves empty or out stay unknown."""
    lines = text.split("\n")
    values = dict(zip(_FIELDS, lines + [""] * len(_FIELDS), strict=False))
    width, height = values["client_cell_width"], values["client_cell_height"]
    has_cell = width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0
    return Tmux(
        version=values["version"],
        passes=values["allow-passthrough"] in ("on", "all", "1", "2"),
        terminal=values["client_termtype"],
        terminfo=values["client_termname"],
        features=frozenset(filter(None, values["client_termfeatures"].split(","))),
        cell_size=(int(width), int(height)) if has_cell else None,
        pane_tty=values["pane_tty"],
    )
