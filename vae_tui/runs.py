"""Run folders: where a training run keeps its files, and how a path leads to a checkpoint."""

import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import link_file, replace_file
from vae_tui.summary import EpochMetrics

LOCK_WAIT_S = 1.0
"""How long a training waits for its folder: whoever asks whether it is trained in holds it for a moment."""


@dataclass(frozen=True)
class RunDir:
    """A folder with last.pt, best.pt, metrics.jsonl and config.toml, and kept checkpoints in epochs/."""

    KEPT: ClassVar[str] = "epochs"
    """The name of the folder of the checkpoints that stay."""

    path: Path

    @property
    def last(self) -> Path:
        """The newest checkpoint, with what going on needs."""
        return self.path / "last.pt"

    @property
    def best(self) -> Path:
        """The checkpoint of the lowest test loss (training loss where nothing is held out)."""
        return self.path / "best.pt"

    @property
    def metrics(self) -> Path:
        """One JSON object an epoch."""
        return self.path / "metrics.jsonl"

    @property
    def config(self) -> Path:
        """The run's config."""
        return self.path / "config.toml"

    @property
    def kept(self) -> Path:
        """The folder of the checkpoints that stay, see `kept_checkpoints`."""
        return self.path / self.KEPT

    def holds_a_run(self) -> bool:
        """Whether any of a run's files is there."""
        files = (self.last, self.best, self.metrics, self.config)
        return any(path.exists() for path in files) or bool(kept_checkpoints(self.path))

    def refuse_a_run(self) -> None:
        """Raises VaeTuiError where the folder holds a run already, or is none."""
        shown = printable(str(self.path))
        if self.path.exists() and not self.path.is_dir():
            raise VaeTuiError(f"{shown} is no folder", "name another one with --out")
        if self.holds_a_run():
            hint = f"go on with it by --resume {shown}, or name another folder with --out"
            raise VaeTuiError(f"{shown} holds a run already", hint)
        ancestor = next(folder for folder in (self.path, *self.path.absolute().parents) if folder.exists())
        if not ancestor.is_dir() or not os.access(ancestor, os.W_OK | os.X_OK):
            reason = "can't be written to" if ancestor.is_dir() else "is no folder"
            message = f"{shown} can't be made: {printable(str(ancestor))} {reason}"
            raise VaeTuiError(message, "name another folder with --out")

    def expect_a_run(self) -> None:
        """Raises VaeTuiError where there is nothing to go on from."""
        if not self.last.is_file():
            hint = "name a run folder: one with a last.pt"
            raise VaeTuiError(f"{printable(str(self.path))} holds no run to go on with", hint)

    def create(self, *, resumed: bool) -> None:
        """The folder. Raises VaeTuiError where it can't be made or, unless `resumed`, holds a run already."""
        shown = printable(str(self.path))
        if not resumed:
            self.refuse_a_run()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise VaeTuiError(f"{shown} can't be made: {reason}", "name another folder with --out") from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            hint = "mend its permissions" if resumed else "name another folder with --out"
            raise VaeTuiError(f"{shown} can't be written to", hint)
        for left in (*self.path.glob(".*.part"), *self.kept.glob(".*.part")):  # of a run that was killed while it saved
            left.unlink(missing_ok=True)

    @contextmanager
    def trained_by_us(self) -> Iterator[None]:
        """Holds the folder while this process trains in it, so that no other does and all can see that somebody does.

        Raises VaeTuiError where another process trains in it. A file system without locks is left as it is.
        """
        handle = os.open(self.path, os.O_RDONLY)
        try:
            if _lock(handle, wait_s=LOCK_WAIT_S) is False:
                shown = printable(str(self.path))
                raise VaeTuiError(
                    f"{shown} is being trained by another process", f"look on: vaetui explore {shown} --follow"
                )
            yield
        finally:
            os.close(handle)

    def is_trained(self) -> bool | None:
        """Whether a process trains in the folder just now; None where that can't be told."""
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        except OSError:
            return None
        try:
            got = _lock(handle, shared=True)
            return None if got is None else not got
        finally:
            os.close(handle)

    def remove_where_empty(self) -> None:
        """The folder of a run that saved nothing goes, so that its number is free again."""
        with suppress(OSError):
            self.path.rmdir()

    def keep_last(self, epoch: int) -> None:
        """The last.pt of now stays as the checkpoint of that epoch. Raises OSError."""
        self.kept.mkdir(exist_ok=True)
        link_file(self.last, self.kept / kept_name(epoch))

    def write_config(self, text: str) -> None:
        """config.toml, whole or not at all."""
        replace_file(self.config, lambda file: file.write(text.encode()))

    def write_metrics(self, history: tuple[EpochMetrics, ...]) -> None:
        """metrics.jsonl, whole or not at all: a line for each epoch of the checkpoint's history and no other."""
        text = "".join(json.dumps(metrics.to_plain()) + "\n" for metrics in history)
        replace_file(self.metrics, lambda file: file.write(text.encode()))


def _lock(handle: int, *, shared: bool = False, wait_s: float = 0.0) -> bool | None:
    """Whether the open folder could be locked, until it is closed; None where the file system has no locks."""
    give_up = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                return False
            time.sleep(0.02)
        except OSError:  # NFS locks no folders
            return None
        else:
            return True


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint that stays in the run folder while last.pt moves on."""

    epoch: int
    """Epochs finished; 0: untrained."""
    path: Path
    step: int = 0
    """Steps of the next epoch done: not 0 for one in mid-epoch."""


def kept_name(epoch: int, step: int = 0, digest: str = "") -> str:
    """The file name of a kept checkpoint; `digest` tells one from another of the same epoch and step."""
    within = f"-step-{step:06}" if step else ""
    return f"epoch-{epoch:04}{within}{f'-{digest}' if digest else ''}.pt"


_KEPT_NAME = re.compile(r"epoch-([0-9]{4,9})(?:-step-([0-9]{6,12}))?(?:-[0-9a-f]{8})?\.pt")


def kept_checkpoints(run_dir: Path) -> tuple[KeptCheckpoint, ...]:
    """The checkpoints in the folder epochs/ of a run, the earliest first; none where it can't be read."""
    try:
        with os.scandir(RunDir(run_dir).kept) as entries:
            named = [(Path(entry.path), _KEPT_NAME.fullmatch(entry.name)) for entry in entries if entry.is_file()]
    except OSError:
        return ()
    kept = [KeptCheckpoint(int(match[1]), path, int(match[2] or 0)) for path, match in named if match]
    return tuple(sorted(kept, key=lambda one: (one.epoch, one.step, one.path)))


def kept_epochs(run_dir: Path) -> tuple[KeptCheckpoint, ...]:
    """Of the kept checkpoints one an epoch, at its end where that was kept; the earliest first."""
    by_epoch: dict[int, KeptCheckpoint] = {}
    for one in kept_checkpoints(run_dir):
        by_epoch.setdefault(one.epoch, one)
    return tuple(by_epoch.values())


def next_run_dir(dataset: str, model: str, root: Path = Path("runs")) -> RunDir:
    """runs/DATA-MODEL-N with the lowest free N from 1; DATA is a name, or a path's last part without its suffix."""
    stem = Path(dataset).stem or "data"
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in stem)
    number = 1
    while (root / f"{safe}-{model}-{number}").exists():
        number += 1
    return RunDir(root / f"{safe}-{model}-{number}")


def find_checkpoint(path: Path) -> Path:
    """The checkpoint that a path means: the file itself, or a run folder's best.pt, else its last.pt.

    Raises VaeTuiError where there is none.
    """
    shown = printable(str(path))
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        hint = "vaetui train DATASET makes one; vaetui demo opens one that ships"
        raise VaeTuiError(f"no such file: {shown}", hint) from None
    except (OSError, ValueError) as error:  # no permission, a name too long, a NUL in it
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise VaeTuiError(f"{shown} can't be opened: {reason}", "name a run folder or a .pt file") from None
    if stat.S_ISDIR(mode):
        run = RunDir(path)
        for candidate in (run.best, run.last):
            if os.path.isfile(candidate):
                return candidate
        raise VaeTuiError(f"{shown} holds no checkpoint", "name a run folder (with best.pt or last.pt) or a .pt file")
    if not stat.S_ISREG(mode):
        raise VaeTuiError(f"{shown} is no regular file", "name a .pt file or a run folder")
    return path
