"""Which program the terminal is, as it says itself, and what is known of that program and version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vae_tui.errors import printable
from vae_tui.terminal.queries import Answers
from vae_tui.terminal.tmux import Tmux

PLACEHOLDERS_SINCE = {"kitty": (0, 28), "ghostty": (0,)}
"""Programs that draw pictures in text cells. WezTerm and Konsole say yes to Kitty's graphics and do not."""
XTERM_JS = ("xterm.js", "VS Code")
"""By its own name, and VS Code, which has it inside and says its own version."""
READS_ITERM = ("iTerm2", "WezTerm", *XTERM_JS)
"""xterm.js where its image add-on is switched on."""
_TRUE_COLOUR_SINCE = {
    "kitty": (0,),
    "ghostty": (0,),
    "WezTerm": (0,),
    "iTerm2": (3,),
    "Konsole": (0,),
    "foot": (0,),
    **dict.fromkeys(XTERM_JS, (0,)),
    "contour": (0,),
    "mintty": (2, 0),
    "VTE": (3600,),
    "XTerm": (331,),
    "Windows Terminal": (0,),
}
"""Programs that show 24 bits of colour whether or not COLORTERM says so, which SSH does not pass on."""
_BY_TERM_PROGRAM = {
    "iTerm.app": "iTerm2",
    "WezTerm": "WezTerm",
    "vscode": "VS Code",
    "ghostty": "ghostty",
    "Apple_Terminal": "Apple Terminal",
    "mintty": "mintty",
}


@dataclass(frozen=True)
class Identity:
    """A program and its version."""

    program: str = ""
    """As it spells itself; "" where nobody knows."""
    version: str = ""
    has_true_colour: bool = False
    """Whether text may have 24 bits of colour."""
    colour_reason: str = ""
    """Who says so, or who does not."""

    @property
    def number(self) -> tuple[int, ...]:
        """The version's leading numbers, to be compared."""
        match = re.match(r"\d+(?:\.\d+)*", self.version)
        return tuple(int(part) for part in match[0].split(".")) if match else ()

    @property
    def text(self) -> str:
        """For a person: "kitty 0.35.2"."""
        return printable(f"{self.program or 'this terminal'} {self.version}".strip(), 80)

    @property
    def has_placeholders(self) -> bool:
        """Whether it is known to draw pictures in text cells."""
        since = PLACEHOLDERS_SINCE.get(self.program)
        return since is not None and self.number >= since


def identify(answers: Answers, environment: Mapping[str, str], tmux: Tmux | None = None) -> Identity:
    """Who it is: behind tmux as tmux knows it, else by its answer, else by what it put into the environment."""
    if in_screen(environment, tmux, answers):
        return Identity("GNU screen", "", False, "GNU screen shows no more unless it is told to (5.0: `truecolor on`)")
    program, version = split_name(tmux.terminal if tmux else answers.name)
    if not program and tmux is None:
        program = "Windows Terminal" if environment.get("WT_SESSION") else ""
        program = _BY_TERM_PROGRAM.get(environment.get("TERM_PROGRAM", ""), program)
        version = environment.get("TERM_PROGRAM_VERSION", "") if program else ""
        if not program and environment.get("LC_TERMINAL") == "iTerm2":  # which SSH passes on
            program, version = "iTerm2", environment.get("LC_TERMINAL_VERSION", "")
    identity = Identity(program, version)
    return Identity(program, version, *_colours(identity, environment, tmux))


def in_screen(environment: Mapping[str, str], tmux: Tmux | None, answers: Answers) -> bool:
    """Whether GNU screen lies between, which shows no pictures and does not say its name.

    A window that was opened from within screen has STY too, and its terminal answers.
    """
    return tmux is None and bool(environment.get("STY")) and not answers.name


def split_name(name: str) -> tuple[str, str]:
    """("kitty", "0.35.2") of "kitty(0.35.2)", "ghostty 1.1.3" or "XTerm(390)"."""
    match = re.fullmatch(r"\s*([A-Za-z][\w.+-]*)(?:[ (]+v?([^)]*)\)?)?\s*", name)
    return (match[1], match[2] or "") if match else (name.strip(), "")


def _colours(identity: Identity, environment: Mapping[str, str], tmux: Tmux | None) -> tuple[bool, str]:
    term = environment.get("TERM", "")
    if tmux is not None and "RGB" in tmux.features:
        return True, "tmux knows that the terminal has them"
    if tmux is None and environment.get("COLORTERM") in ("truecolor", "24bit"):
        return True, "COLORTERM says so"
    if tmux is None and term.endswith("-direct"):
        return True, "TERM says so"
    since = _TRUE_COLOUR_SINCE.get(identity.program)
    # tmux knows it of some by their terminfo alone (kitty's), and says nothing; else it finds the nearest colours.
    if since is not None and (not identity.number or identity.number >= since):
        return True, f"{identity.text} has them"
    if tmux is not None and not tmux.features and environment.get("COLORTERM") in ("truecolor", "24bit"):
        return True, "COLORTERM says so"
    return False, "nothing says that there are more colours than 256"
