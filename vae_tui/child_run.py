"""A training as a child process that may outlive us: started, listened to, stopped, or left to go on."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vae_tui.errors import TrainingFailedError, VaeTuiError, printable, shell_quoted
from vae_tui.following import RunFollower
from vae_tui.run_news import PIPE_VARIABLE, RunEnded, RunNews, RunTakenUp, TrainingBegan, TrainingOver, from_line
from vae_tui.runs import RunDir

LOG_NAME = "train.log"
"""In the run folder: what the child says on its standard output and error."""
STOP_WAIT_S = 60.0
"""How long a child that was asked to stop may take for its save; then it is asked again, then killed."""
TAIL_BYTES = 16_384
"""Of the log, in which the child's last words are looked for."""
_START = "import sys; sys.path[:] = {path!r}; from vae_tui.__main__ import main; main()"
_MAKES_A_TERMINAL = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""What would have the log written as if it were a terminal."""


class ChildRun:
    """`vaetui train` in a process and session of its own: neither Ctrl-C nor the terminal's hang-up reaches it."""

    def __init__(self, process: "subprocess.Popen[bytes]", run: RunDir, pipe: int, log_start: int) -> None:
        """Owns the process and the pipe's end; `log_start` is where the child's part of the log begins, in bytes."""
        self.run = run
        self.follower = RunFollower(run.path)
        """What is new in the run folder; `poll` asks it too. Its `pin` gives the checkpoint to look at."""
        self._process = process
        self._pipe: int | None = pipe
        self._log_start = log_start
        self._unread = b""
        self._piped: list[RunNews] = []
        """Read, and not told yet."""
        self._began: TrainingBegan | None = None
        self._over: TrainingOver | None = None
        self._told_end = False
        self.is_asked_to_stop = False
        """Whether it was asked to save and end."""
        self._made: tuple[Path, ...] = ()

    @classmethod
    def start(cls, words: Sequence[str], run: RunDir) -> "ChildRun":
        """Starts `vaetui train WORDS`; the words are to name the run folder, which is made for the log.

        Raises VaeTuiError where the folder can't be made.
        """
        made = tuple(folder for folder in (run.path, *run.path.absolute().parents) if not folder.exists())
        run.create(resumed=run.last.exists())
        ours, theirs = os.pipe()
        try:
            os.set_blocking(ours, False)
            with (run.path / LOG_NAME).open("ab") as log:
                log_start = log.tell()
                process = subprocess.Popen(  # noqa: S603  this Python, and the person's own words
                    [sys.executable, "-P", "-c", _START.format(path=sys.path), "train", *words],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(theirs,),
                    start_new_session=True,
                    env=_environment() | {PIPE_VARIABLE: str(theirs)},
                )
        except OSError as error:
            os.close(ours)
            reason = error.strerror or str(error)
            raise VaeTuiError(
                f"the training can't be started: {reason}", "mend that, or train without --explore"
            ) from None
        finally:
            os.close(theirs)
        child = cls(process, run, ours, log_start)
        child._made = made
        return child

    @property
    def pid(self) -> int:
        """The child's process number, which is that of its group too."""
        return self._process.pid

    @property
    def log_path(self) -> Path:
        """What the child said, in text."""
        return self.run.path / LOG_NAME

    @property
    def is_running(self) -> bool:
        """Whether the child is there."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 128 + the signal's number where one killed it."""
        code = self._process.poll()
        return 128 - code if code is not None and code < 0 else code

    @property
    def has_begun(self) -> bool:
        """Whether its data are loaded and its model is built: what is wrong with its options is said before."""
        self._read()
        return self._began is not None

    @property
    def last_line(self) -> str:
        """The newest line of its log, fit to print; "" where there is none yet."""
        lines = self._log_lines()
        return lines[-1] if lines else ""

    @property
    def failure(self) -> VaeTuiError | TrainingFailedError | None:
        """What it ended with, as the command line says it; None where it runs, or ended well or by a wish to stop."""
        code = self.exit_code
        if code in (None, 0, *(128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))):
            return None
        lines = self._log_lines()
        at = next((i for i in reversed(range(len(lines))) if lines[i].startswith("error: ")), None)
        if code in (2, 3) and at is not None:
            message = lines[at].removeprefix("error: ")
            hint = next((line.removeprefix("hint: ") for line in lines[at:] if line.startswith("hint: ")), "")
            return VaeTuiError(message, hint or None) if code == 2 else TrainingFailedError(message, hint)
        if code is not None and code > 128:
            said = f"the training was killed by {_signal_name(code - 128)}"
            again = f"its last save is whole: vaetui train --resume {shell_quoted(str(self.run.path))}"
            return TrainingFailedError(said, f"if nobody did that, the memory ran out; {again}")
        last = f": {lines[-1]}" if lines else ""
        hint = f"{printable(str(self.log_path))} has all that it said"
        return TrainingFailedError(f"the training ended with exit code {code}{last}", hint)

    def poll(self) -> tuple[RunNews, ...]:
        """What is new, of the steps as of the run folder, in order; never waits. The last of all is RunEnded."""
        code = self.exit_code  # before what it wrote is read: then nothing is missed
        self._read()
        news, self._piped = self._piped, []
        news += [one for one in self.follower.poll() if not isinstance(one, RunEnded | RunTakenUp)]
        if code is not None and not self._told_end and not self.follower.is_settling:
            self._told_end = True
            news.append(RunEnded(self._why_ended(code), code == 0, code))
        return tuple(news)

    def pin(self) -> Path:
        """The newest checkpoint under a name that it keeps (see following.RunFollower)."""
        return self.follower.pin()

    def release(self, pinned: Path) -> None:
        """Lets it go."""
        self.follower.release(pinned)

    def close(self) -> None:
        """Lets go all that is pinned; the child is still listened to."""
        self.follower.close()

    def ask_to_stop(self) -> None:
        """Asks the child to save and end, and does not wait; a second wish ends it at once, without a save."""
        if self.is_running:
            self.is_asked_to_stop = True
            self._process.send_signal(signal.SIGINT)

    def stop(self, wait_s: float = STOP_WAIT_S) -> int:
        """Asks the child to save and end, waits for it, and gives its exit code (130 where it was trained well)."""
        for ask in (self.ask_to_stop, self.ask_to_stop, self._process.kill):
            ask()
            if self.ends_within(wait_s):
                break
        self._process.wait()
        return self.exit_code or 0

    def ends_within(self, wait_s: float) -> bool:
        """Waits for its end, so long at most; whether it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(wait_s)
        return not self.is_running

    def leave_running(self) -> None:
        """Stops listening; the child goes on without us, and after us."""
        self._close_pipe()
        self.follower.close()

    def clear_away(self) -> None:
        """Takes back what was made for a child that has ended before its first save: its log, its folders."""
        with suppress(OSError):
            os.truncate(self.log_path, self._log_start)
            if not self._log_start:
                self.log_path.unlink()
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()

    def _read(self) -> None:
        """Takes what is in the pipe."""
        for line in self._lines():
            news = from_line(line)
            if isinstance(news, TrainingBegan):
                self._began = news
            if isinstance(news, TrainingOver):
                self._over = news
            if news is not None:
                self._piped.append(news)

    def _lines(self) -> list[bytes]:
        while self._pipe is not None:
            try:
                chunk = os.read(self._pipe, 65_536)
            except BlockingIOError:
                break
            if not chunk:
                self._close_pipe()
            self._unread += chunk
        *lines, self._unread = self._unread.split(b"\n")
        return lines

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _why_ended(self, code: int) -> str:
        failure = self.failure
        if failure is not None:
            return failure.message
        if self._over is not None and self._over.reason:
            return self._over.reason
        if code == 0 and self._began is not None:
            return f"all {self._began.epochs} epochs are done"
        return "ended" if code == 0 else "stopped before its first step"

    def _log_lines(self) -> list[str]:
        """The last lines of what the child said, fit to print, without blank ones."""
        try:
            with self.log_path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, size - TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return []
        return [printable(line, 4000) for line in text.splitlines() if line.strip()]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of those for real time
        return f"signal {number}"


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in _MAKES_A_TERMINAL}
