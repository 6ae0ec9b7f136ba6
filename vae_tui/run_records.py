"""The runs in a folder, read from their text files: no checkpoint is opened, so that a hundred runs list at once."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_tui.config import read_config
from vae_tui.errors import VaeTuiError, printable
from vae_tui.runs import RunDir, kept_checkpoints
from vae_tui.summary import EpochMetrics


@dataclass(frozen=True)
class RunRecord:
    """One run folder, in plain values."""

    path: str
    model: str
    """"?" where config.toml can't be read, as with the data set."""
    dataset: str
    """A name, or the last part of a path."""
    epochs: int
    """Epochs finished."""
    epochs_asked: int
    """0 where config.toml does not say."""
    last: EpochMetrics | None
    """None where no epoch is finished, or metrics.jsonl is damaged."""
    saved_at: float
    """When it was saved last, in seconds since 1970."""
    num_bytes: int
    """Of its checkpoints, each counted once whatever its names."""
    num_kept: int
    """Checkpoints that stay in its folder epochs/."""
    checkpoint: str
    """What to explore: best.pt, else last.pt."""


def read_runs(root: Path) -> list[RunRecord]:
    """The runs directly below `root` (or `root` itself, where it is one), the newest first.

    Raises VaeTuiError where the folder is absent or can't be read.
    """
    shown = printable(str(root))
    try:
        folders = [root, *(root / name for name in os.listdir(root))]
    except OSError as error:
        hint = "vaetui train DATASET makes a run; or name the folder that holds yours"
        raise VaeTuiError(f"no runs in {shown}: {error.strerror}", hint) from None
    runs = [RunDir(folder) for folder in folders]
    records = [read_run(run) for run in runs if run.last.is_file() or run.best.is_file()]
    return sorted(records, key=lambda record: (-record.saved_at, record.path))


def read_run(run: RunDir) -> RunRecord:
    """The record of a folder that holds a checkpoint; what is damaged in it is left out, never fatal."""
    checkpoints = [path for path in (run.best, run.last) if path.is_file()]
    kept = [one.path for one in kept_checkpoints(run.path)]
    config = _config(run)
    metrics = _metrics(run)
    asked = config.get("epochs")
    return RunRecord(
        path=str(run.path),
        model=printable(str(config.get("model", "?")), 40),
        dataset=printable(Path(str(config.get("dataset", "?"))).name or "?", 40),
        epochs=metrics.epoch if metrics else 0,
        epochs_asked=asked if isinstance(asked, int) else 0,
        last=metrics,
        saved_at=max(path.stat().st_mtime for path in checkpoints),
        num_bytes=_num_bytes([*checkpoints, *kept]),
        num_kept=len(kept),
        checkpoint=str(checkpoints[0]),
    )


def _num_bytes(paths: list[Path]) -> int:
    found = [path.stat() for path in paths]
    return sum({(one.st_dev, one.st_ino): one.st_size for one in found}.values())


def _config(run: RunDir) -> dict[str, Any]:
    try:
        return read_config(run.config)
    except VaeTuiError:
        return {}


def _metrics(run: RunDir) -> EpochMetrics | None:
    try:
        lines = run.metrics.read_text(encoding="utf-8").splitlines()
        return EpochMetrics.from_plain(json.loads(lines[-1])) if lines else None
    except (OSError, ValueError, TypeError, AttributeError, VaeTuiError):
        return None
