"""Run folders: where a training run keeps its files, and how a path leads to a checkpoint."""

import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import replace_file
from vae_tui.summary import EpochMetrics


@dataclass(frozen=True)
class RunDir:
    """A folder with last.pt, best.pt, metrics.jsonl and config.toml."""

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

    def holds_a_run(self) -> bool:
        """Whether any of a run's files is there."""
        return any(path.exists() for path in (self.last, self.best, self.metrics, self.config))

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
        for left in self.path.glob(".*.part"):  # of a run that was killed while it saved
            left.unlink(missing_ok=True)

    def remove_where_empty(self) -> None:
        """The folder of a run that saved nothing goes, so that its number is free again."""
        with suppress(OSError):
            self.path.rmdir()

    def write_config(self, text: str) -> None:
        """config.toml, whole or not at all."""
        replace_file(self.config, lambda file: file.write(text.encode()))

    def write_metrics(self, history: tuple[EpochMetrics, ...]) -> None:
        """metrics.jsonl, whole or not at all: a line for each epoch of the checkpoint's history and no other."""
        text = "".join(json.dumps(metrics.to_plain()) + "\n" for metrics in history)
        replace_file(self.metrics, lambda file: file.write(text.encode()))


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
