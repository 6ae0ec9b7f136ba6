"""What the tests of the command line share."""

import errno
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

from fakes import FakeSubject

from vae_tui.summary import ModelSummary


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


class FakeSession(FakeSubject):
    """The fake subject with what the commands read of a session besides."""

    weights = "raw"

    summary = ModelSummary(
        path="model.pt",
        checkpoint_hash="ab" * 32,
        model="fake",
        num_parameters=1,
        image_shape=(3, 8, 8),
        latent_dim=8,
        scaling="unit",
        dataset="",
        num_train=0,
        num_test=0,
        epoch=0,
        objective="",
        formula="",
        beta=1.0,
        has_ema=False,
        note="",
        history=(),
    )


def clean_environment() -> dict[str, str]:
    """This process's environment, without what changes how text is shown; it finds the package from anywhere."""
    shown_by = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "CLICOLOR_FORCE", "COLORTERM")
    root = str(Path(__file__).parents[2])
    kept = {key: value for key, value in os.environ.items() if key not in shown_by}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}


WITH_FAKE_SESSION = """
import sys
sys.path[:0] = {paths!r}
from cli_fakes import FakeSession
from vae_tui.cli import delivery
delivery.open_session = lambda place: FakeSession()
from vae_tui.__main__ import main
main()
"""


def fake_program() -> list[str]:
    """The words before the arguments of a `vaetui` that opens any file as a fake session."""
    folder = Path(__file__).parent
    return [sys.executable, "-c", WITH_FAKE_SESSION.format(paths=[str(folder), str(folder.parent)])]


def run_in_terminal(
    words: list[str], *, columns: int = 80, rows: int = 24, keyboard: bool = True, **environment: str
) -> Result:
    """Runs a program on a pseudo-terminal that answers nothing; `out` is all that it wrote there.

    Without a `keyboard`, standard input is empty and no terminal.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        words,
        stdin=theirs if keyboard else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=clean_environment() | {"TERM": "xterm-256color"} | environment,
    )
    os.close(theirs)
    written = bytearray()
    while chunk := _read(ours):
        written += chunk
    os.close(ours)
    return Result(process.wait(), written.decode().replace("\r\n", "\n"), "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # Linux's end of a terminal whose programs have all left
            return b""
        raise
