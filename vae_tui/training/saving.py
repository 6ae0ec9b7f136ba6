"""Swapping a run's files in, and what is said where that fails."""

import errno
import platform
from collections.abc import Callable

import torch

import vae_tui
from vae_tui.checkpoint import Checkpoint, write_checkpoint
from vae_tui.config import RunConfig
from vae_tui.errors import TrainingFailedError, printable
from vae_tui.runs import RunDir
from vae_tui.summary import EpochMetrics


def versions() -> dict[str, str]:
    """What a checkpoint was written by."""
    return {
        "vaetui": vae_tui.__version__,
        "torch": str(torch.__version__),  # a class of torch's own, which no checkpoint may hold
        "python": platform.python_version(),
    }


class Saves:
    """Writes a run's files where this process is the one that owns them; else every call does nothing."""

    def __init__(self, run: RunDir, *, is_owner: bool) -> None:
        self._run, self._is_owner = run, is_owner

    @property
    def kept(self) -> str:
        """The beginning of a hint: what there is to go on from."""
        for path in (self._run.last, self._run.best):
            if path.exists():
                return f"{printable(str(path))} is the last good save; "
        return "nothing was saved yet; " if self._run.path.exists() else f"{printable(str(self._run.path))} is gone; "

    def last(self, checkpoint: Checkpoint) -> None:
        """last.pt. Raises TrainingFailedError; the one that was there stays."""
        self._write(lambda: write_checkpoint(self._run.last, checkpoint))

    def best(self, checkpoint: Checkpoint) -> None:
        """best.pt. Raises as `last`."""
        self._write(lambda: write_checkpoint(self._run.best, checkpoint))

    def keep(self, epoch: int) -> None:
        """The last.pt of now stays as that epoch's checkpoint. Raises as `last`."""
        self._write(lambda: self._run.keep_last(epoch))

    def record(self, config: RunConfig, history: tuple[EpochMetrics, ...]) -> None:
        """config.toml and metrics.jsonl. Raises as `last`."""
        self._write(lambda: self._run.write_config(config.to_toml()))
        self._write(lambda: self._run.write_metrics(history))

    def _write(self, write: Callable[[], None]) -> None:
        if not self._is_owner:
            return
        try:
            write()
        except OSError as error:
            go_on = "go on with --resume" if self._run.last.exists() else "start anew"
            mend = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend that"
            raise TrainingFailedError(
                f"{printable(str(self._run.path))} can't be written to: {error.strerror or error}",
                f"{self.kept}{mend}, then {go_on}",
            ) from error
