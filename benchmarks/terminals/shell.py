"""A shell in a terminal on a display: what is typed there, and what the terminal says of itself."""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from comparing import Grid, find_grid
from displays import BrowserDisplay, Display, Shot, environment
from known import COLUMNS, ROWS, Case
from meant import Sight

Result = TypeVar("Result")

START_S = 40.0
_TRIES = 8
_FENCE = "IFS= read -rs -d R -t 5 -p $'\\e[6n' _"
"""For bash: asks where the cursor is. Until the terminal answers it may take keys as the program before wanted them."""
_REPO = Path(__file__).parents[2]
_MEASURE = """\
import fcntl, json, os, struct, sys, termios
rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))
mark = "\\x1b[48;5;196m \\x1b[0m"
sys.stdout.write(f"\\x1b[?1049h\\x1b[2J\\x1b[H{mark}\\x1b[{rows};{columns}H{mark}\\x1b[2;1H")
sys.stdout.flush()
with open(sys.argv[1] + ".part", "w") as file:
    json.dump([columns, rows], file)
os.rename(sys.argv[1] + ".part", sys.argv[1])
sys.stdin.readline()
sys.stdout.write("\\x1b[?1049l")
"""


def wait_for(what: Callable[[], Result], seconds: float) -> Result:
    """The first true answer, or the last one."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


class Shell:
    """bash in the case's terminal, `through` what runs the terminal and `back` to here, where the program is."""

    def __init__(self, case: Case, through: Sequence[str], back: Sequence[str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="terminals-"))
        self._through = through
        self._ending: list[str] = []
        self._awaited = 1
        self._write_programs()
        command = self._between(case, [*back, "bash", "--noprofile", "--rcfile", str(self._folder / "rc"), "-i"])
        kind = case.terminal.display
        self.display: Display = kind(COLUMNS, ROWS) if issubclass(kind, BrowserDisplay) else kind()
        try:
            self.display.start(
                [*through, *case.terminal.command, *command], environment(**dict(case.terminal.environment))
            )
            if not wait_for(self._num_prompts, START_S):
                raise RuntimeError("no shell came up in it")
            self._until_heard()
        except BaseException:
            self.close()
            raise

    def _between(self, case: Case, command: list[str]) -> list[str]:
        """The command in tmux or in GNU screen, where the case has them."""
        name = f"proof-{self._folder.name}"
        if case.tmux is not None:
            self._ending = ["tmux", "-L", name, "kill-server"]
            lines = ["set -g status off", "set -s escape-time 20", "set -g default-terminal tmux-256color", *case.tmux]
            configuration = self._folder / "tmux.conf"
            configuration.write_text("\n".join(lines) + "\n")
            return ["tmux", "-L", name, "-f", str(configuration), "new-session", shlex.join(command)]
        if case.screen:
            self._ending = ["screen", "-S", name, "-X", "quit"]
            configuration = self._folder / "screenrc"
            configuration.write_text("startup_message off\naltscreen on\n")
            return ["screen", "-c", str(configuration), "-S", name, *command]
        return command

    def _until_heard(self) -> None:
        """Until a line that is typed is carried out: before, the window may not have the keyboard, or lose it again."""
        heard = self._folder / "heard"
        for _ in range(_TRIES):
            self.display.focus()
            self.display.type(f": >{heard}\n")
            if wait_for(heard.exists, 3):
                wait_for(lambda: self._num_prompts() >= 2, START_S)
                self._awaited = self._num_prompts()
                return
            self.display.press("ctrl+u")  # of a line of which a part was heard
        raise RuntimeError("it hears no keys")

    def _num_prompts(self) -> int:
        """How often the shell has asked for a line, and the terminal has answered that it has come so far."""
        path = self._folder / "prompts"
        return path.stat().st_size if path.exists() else 0

    def _at_prompt(self, what: str) -> None:
        if not wait_for(lambda: self._num_prompts() >= self._awaited, START_S):
            raise RuntimeError(f"{what}: no prompt came")

    def stop(self) -> None:
        """Ctrl-Z, and until the shell asks for the next line."""
        self.display.press("ctrl+z")
        self._at_prompt("Ctrl-Z")

    def _write_programs(self) -> None:
        python = shlex.quote(sys.executable)
        (self._folder / "measure.py").write_text(_MEASURE)
        answers = self._folder / "answers"
        programs = {
            "vaetui": f'exec {python} -m vae_tui "$@"',
            "measure": f"exec {python} {self._folder}/measure.py {answers}",
            "report": f"{python} -m vae_tui doctor --json --no-card > {answers}.part; mv {answers}.part {answers}",
        }
        for name, line in programs.items():
            path = self._folder / name
            path.write_text(f"#!/bin/sh\n{line}\n")
            path.chmod(0o755)
        (self._folder / "rc").write_text(
            f"PS1='$ '; HISTFILE=; PATH={self._folder}:$PATH; cd {shlex.quote(str(_REPO))}\n"
            f'PROMPT_COMMAND="{_FENCE}; printf x >>{self._folder}/prompts"\n'
            f"bind 'set enable-bracketed-paste off'; clear\n"
        )

    def type(self, line: str) -> None:
        """A line for the shell, once it asks for one; each leads to one more prompt, when it ends or is stopped."""
        self._at_prompt(f"before {line}")
        self._awaited += 1
        self.display.type(f"{line}\n")

    def _ask(self, command: str) -> Any:
        answers = self._folder / "answers"
        answers.unlink(missing_ok=True)
        self.type(command)
        if not wait_for(answers.exists, START_S):
            raise RuntimeError(f"{command}: nothing came")
        return json.loads(answers.read_text())

    def report(self) -> dict[str, Any]:
        """What `vaetui doctor` says of the terminal."""
        facts: dict[str, Any] = self._ask("report")["terminal"]
        return facts

    def measure(self) -> tuple[int, int, Grid]:
        """Columns, rows and where the cells lie on the screen."""
        columns, rows = self._ask("measure")
        grid = wait_for(lambda: self._grid(columns, rows), 5)
        self.display.press("Return")
        if grid is None:
            raise RuntimeError("the marked cells are not seen")
        return columns, rows, grid

    def _grid(self, columns: int, rows: int) -> Grid | None:
        before = find_grid(self.display.shot(), columns, rows)
        time.sleep(0.2)
        return before if before == find_grid(self.display.shot(), columns, rows) else None

    def still_shot(self) -> Shot:
        """The screen once it has been the same for a third of a second."""
        shots = [self.display.shot()]

        def is_still() -> bool:
            time.sleep(0.25)
            shots.append(self.display.shot())
            return shots[-1].shape == shots[-2].shape and bool((shots[-1] == shots[-2]).all())

        wait_for(is_still, 10)
        return shots[-1]

    def close(self) -> None:
        if self._ending:
            subprocess.run([*self._through, *self._ending], capture_output=True, check=False)
        self.display.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def sight(facts: dict[str, Any], columns: int, rows: int) -> Sight:
    """What the program knows of the terminal, by what doctor says."""
    kitty = facts["kitty"]["text_cells"] or (facts["protocol"] == "kitty" and facts["tmux"] is not None)
    band = 6 if facts["protocol"] == "sixel" and facts["tmux"] is not None else 1
    clears_beside = facts["name"] == "Konsole" and facts["tmux"] is None
    true_colour = facts["colours"] == "24 bits"
    return Sight(columns, rows, facts["protocol"], tuple(facts["cell"]), kitty, true_colour, clears_beside, band)
