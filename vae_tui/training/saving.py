"""Swapping a run's files in, and what is said where that fails."""

from collections.abc import Callable

from vae_tui.checkpoint import Checkpoint, write_checkpoint
from vae_tui.config import RunConfig
from vae_tui.errors import TrainingFailedError, printable
from vae_tui.runs import RunDir
from vae_tui.summary import EpochMetrics


class Saves:
    """Writes a run's files where this process is the one that owns them; else every call does nothing."""

    def __init__(self, run: RunDir, *, is_owner: bool) -> None:
        self._run, self._is_owner = run, is_owner

    @property
    def kept(self) -> str:
        """The beginning of a hint: what there is to go on from."""
        last = self._run.last
        return f"{printable(str(last))} is the last good save; " if last.exists() else "nothing was saved yet; "

    def last(self, checkpoint: Checkpoint) -> None:
        """last.pt. Raises TrainingFailedError; the one that was there stays."""
        self._write(lambda: write_checkpoint(self._run.last, checkpoint))

    def best(self, checkpoint: Checkpoint) -> None:
        """best.pt. Raises as `last`."""
        self._write(lambda: write_checkpoint(self._run.best, checkpoint))

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
            raise TrainingFailedError(
                f"{printable(str(self._run.path))} can't be written to: {error.strerror or error}",
                f"{self.kept}make room, then {go_on}",
            ) from error
