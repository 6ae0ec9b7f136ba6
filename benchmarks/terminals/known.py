"""The terminals that are tried, and how each is started."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from displays import BrowserDisplay, CodeDisplay, Display, WaylandDisplay, XDisplay

COLUMNS, ROWS = 120, 40
PASSTHROUGH = "set -g allow-passthrough on"
SIXEL = "set -as terminal-features ',*:sixel'"
RGB = "set -as terminal-features ',*:RGB'"


@dataclass(frozen=True)
class Terminal:
    """A program that shows text, without margins, of 120 x 40 cells where that can be said."""

    name: str
    command: tuple[str, ...]
    """The command to be run in it follows."""
    display: type[Display] = XDisplay
    zoom: str = ""
    """The key that enlarges its font; "" where it has none."""
    expected: str = ""
    """The protocol that it must get outside of tmux; "" where that depends on its version."""
    environment: tuple[tuple[str, str], ...] = ()
    """What it tells its programs by variables."""


_XTERM = ("xterm", "-tn", "xterm-256color", "-b", "0", "-bw", "0", "+sb", "-fa", "DejaVu Sans Mono", "-fs", "10")
_KITTY_OPTIONS = (
    "shell_integration=disabled", f"initial_window_width={COLUMNS}c", f"initial_window_height={ROWS}c",
    "remember_window_size=no", "window_padding_width=0", "placement_strategy=top-left", "cursor_blink_interval=0",
    "confirm_os_window_close=0", "update_check_interval=0", "font_size=10",
)  # fmt: skip
_GEOMETRY = f"{COLUMNS}x{ROWS}+0+0"

XTERM = Terminal("xterm -ti vt340", (*_XTERM, "-ti", "vt340", "-geometry", _GEOMETRY, "-e"), expected="sixel")
PLAIN_XTERM = Terminal("xterm", (*_XTERM, "-ti", "vt420", "-geometry", _GEOMETRY, "-e"), expected="halfblock")
FOOT = Terminal(
    "foot", ("foot", "-c", "/dev/null", "-o", "pad=0x0", "-o", "font=monospace:size=10"), WaylandDisplay,
    zoom="ctrl+plus", expected="sixel",
)  # fmt: skip
KITTY = Terminal(
    "kitty",
    ("kitty", "--config", "NONE", *(word for option in _KITTY_OPTIONS for word in ("-o", option))),
    zoom="ctrl+shift+plus",
    expected="kitty",
)  # fmt: skip
XTERM_JS = Terminal("xterm.js", (), BrowserDisplay, expected="sixel")
VS_CODE = Terminal(
    "xterm.js as VS Code starts it",
    (),
    BrowserDisplay,
    expected="iterm",
    environment=(("TERM_PROGRAM", "vscode"), ("COLORTERM", "truecolor")),
)
CODE_SERVER = Terminal("VS Code (code-server)", (), CodeDisplay, expected="iterm")
KONSOLE = Terminal(
    "konsole",
    ("konsole", "--hide-menubar", "--hide-tabbar", "--nofork", "-p", "ScrollBarPosition=2", "-p", "TerminalMargin=0",
     "-p", f"TerminalColumns={COLUMNS}", "-p", f"TerminalRows={ROWS}", "-e"),
)  # fmt: skip
MLTERM = Terminal("mlterm", ("mlterm", "--geometry", _GEOMETRY, "--sbmod=none", "-e"))
ALACRITTY = Terminal(
    "alacritty",
    ("alacritty", "-o", f"window.dimensions.columns={COLUMNS}", "-o", f"window.dimensions.lines={ROWS}", "-e"),
    expected="halfblock",
)  # fmt: skip
WEZTERM = Terminal("wezterm", ("wezterm", "-n", "start", "--"))
GHOSTTY = Terminal("ghostty", ("ghostty", "-e"))


@dataclass(frozen=True)
class Case:
    """A terminal, and the lines of tmux's configuration where tmux lies between."""

    terminal: Terminal
    tmux: tuple[str, ...] | None = None
    screen: bool = False
    """Whether GNU screen lies between."""

    @property
    def expected(self) -> str:
        """The protocol that it must get; "" where that depends on versions."""
        if self.screen:
            return "halfblock256"
        return self.terminal.expected if self.tmux is None else ""

    @property
    def name(self) -> str:
        if self.screen:
            return f"{self.terminal.name}, GNU screen"
        if self.tmux is None:
            return self.terminal.name
        lines = {PASSTHROUGH: "passthrough", SIXEL: "Sixel", RGB: "RGB"}
        told = ", ".join(lines[line] for line in self.tmux)
        return f"{self.terminal.name}, tmux{f' ({told})' if told else ''}"


CASES = (
    Case(XTERM),
    Case(PLAIN_XTERM),
    Case(FOOT),
    Case(KITTY),
    Case(KITTY, (PASSTHROUGH,)),
    Case(XTERM, (SIXEL,)),
    Case(FOOT, (SIXEL, RGB)),
    Case(PLAIN_XTERM, ()),
    Case(KITTY, screen=True),
    Case(XTERM, screen=True),
    Case(XTERM_JS),
    Case(VS_CODE),
    Case(CODE_SERVER),
    Case(KONSOLE),
    Case(MLTERM),
    Case(ALACRITTY),
    Case(WEZTERM),
    Case(GHOSTTY),
)


def missing(case: Case, through: Sequence[str]) -> str:
    """The first program that the case needs and that is not here (`through`: what runs the terminal); "" if none."""
    for program in case.terminal.display.needs:
        if shutil.which(program) is None:
            return program
    if issubclass(case.terminal.display, BrowserDisplay) and through:
        return "browser in there"
    between = ["tmux"] if case.tmux is not None else ["screen"] if case.screen else []
    for program in (*case.terminal.command[:1], *between):
        found = subprocess.run([*through, "sh", "-c", f"command -v {program}"], capture_output=True, check=False)
        if found.returncode:
            return program
    return ""
