"""Looking on at a run that another process trains: what is new in its folder, and checkpoints that are to stay."""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from vae_tui.config import read_config
from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import link_file
from vae_tui.run_news import HistoryCut, NewCheckpoint, NewEpoch, RunEnded, RunNews, RunTakenUp
from vae_tui.runs import RunDir, kept_name
from vae_tui.summary import EpochMetrics

POLL_S = 0.25
"""How often it pays to ask: three calls of stat and one of flock, a tenth of a millisecond."""
GRACE_S = 0.5
"""A checkpoint whose figures don't follow it by then is one in mid-epoch, which has none."""
_PINS = ".followed-*-*.part"
"""The names of pinned checkpoints: `.followed-PID-NUMBER.part`."""


class Stamp(NamedTuple):
    """By what a file that is swapped in is told from the one before."""

    inode: int
    mtime_ns: int
    size: int


class RunFollower:
    """Tells what is new in a run folder at each `poll`, from any one thread; nothing is opened but text files."""

    def __init__(self, run_dir: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.run = RunDir(run_dir)
        self.history: tuple[EpochMetrics, ...] = ()
        """The epochs' figures, as of the last poll."""
        self._clock = clock
        self._last: Stamp | None = None
        """The last.pt that was told."""
        self._waiting_since: float | None = None
        """When a last.pt was seen whose figures have not followed yet."""
        self._metrics: Stamp | None = None
        self._config: dict[str, Any] = {}
        self._config_stamp: Stamp | None = None
        self._was_trained = False
        self._ended = False
        self._pins: list[Path] = []
        self._num_pins = 0

    @property
    def epochs_asked(self) -> int | None:
        """How many epochs the run is to have, by its config.toml at the last poll; None where that does not say."""
        asked = self._config.get("epochs")
        return asked if isinstance(asked, int) else None

    @property
    def is_settling(self) -> bool:
        """Whether a checkpoint was swapped in that is not told yet, since its figures may follow."""
        return self._waiting_since is not None

    def poll(self) -> tuple[RunNews, ...]:
        """What is new since the poll before, in order: epochs, then the newest checkpoint, then whether it ended.

        The first poll tells all epochs that are there.
        """
        # in this order: what a training wrote before it let the folder go, or before its figures, is seen here
        is_trained = self.run.is_trained()
        last = stamp(self.run.last)
        self._read_config()
        return (*self._epochs(), *self._checkpoint(last), *self._end(is_trained))

    def pin(self) -> Path:
        """The newest checkpoint under a hidden name that it keeps while last.pt moves on, until it is released.

        A hard link, else a copy. Where the folder can't be written to it is last.pt itself.
        """
        if not self._num_pins:
            _sweep_pins(self.run.path)
        path = self.run.path / f".followed-{os.getpid()}-{self._num_pins}.part"
        self._num_pins += 1
        try:
            link_file(self.run.last, path)
        except OSError:
            return self.run.last
        self._pins.append(path)
        return path

    def release(self, pinned: Path) -> None:
        """Lets go a checkpoint that `pin` gave; any other path is left alone."""
        if pinned in self._pins:
            self._pins.remove(pinned)
            with suppress(OSError):
                pinned.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go all that is pinned."""
        for pinned in tuple(self._pins):
            self.release(pinned)

    def _epochs(self) -> Iterator[RunNews]:
        now = stamp(self.run.metrics)
        if now is None or now == self._metrics:
            return
        self._metrics = now
        before, self.history = self.history, _read_history(self.run.metrics)
        same = next((i for i, (a, b) in enumerate(zip(before, self.history, strict=False)) if a != b), None)
        common = min(len(before), len(self.history)) if same is None else same
        if common < len(before):
            yield HistoryCut(common)
        yield from map(NewEpoch, self.history[common:])

    def _checkpoint(self, last: Stamp | None) -> Iterator[RunNews]:
        if last is None or last == self._last:
            return
        if self._waiting_since is None:
            self._waiting_since = self._clock()
        has_figures = self._metrics is not None and self._metrics.mtime_ns >= last.mtime_ns
        if has_figures or self._clock() - self._waiting_since >= GRACE_S:
            self._last, self._waiting_since = last, None
            yield NewCheckpoint(self.run.last, len(self.history))

    def _end(self, is_trained: bool | None) -> Iterator[RunNews]:
        is_done = self._why_done()
        has_ended = is_trained is False or (is_trained is None and is_done is not None)
        if self._ended and not has_ended:
            self._ended = False
            yield RunTakenUp()
        self._was_trained = self._was_trained or bool(is_trained)
        has_begun = self._was_trained or self._last is not None
        if has_ended and has_begun and not self._ended and not self.is_settling:
            self._ended = True
            yield RunEnded(is_done or self._why_stopped(), is_done is not None)

    def _why_done(self) -> str | None:
        """Why there is nothing left to train; None where there is."""
        done, patience = len(self.history), self._config.get("patience")
        asked = self.epochs_asked
        if asked is not None and done >= asked:
            return f"all {asked} epochs are done"
        best = min(range(done), key=lambda i: self.history[i].figure_of_merit, default=0)
        if isinstance(patience, int) and 0 < patience <= done - 1 - best:
            return f"stopped early: no lower loss for {patience} epochs"
        return None

    def _why_stopped(self) -> str:
        if self._last is None:
            return "it ended before its first save"
        epochs = f"{len(self.history)} of {self.epochs_asked or '?'} epochs are done"
        return f"stopped, {epochs}: vaetui train --resume goes on"

    def _read_config(self) -> None:
        now = stamp(self.run.config)
        if now is not None and now != self._config_stamp:
            self._config_stamp = now
            with suppress(VaeTuiError):
                self._config = read_config(self.run.config)


def stamp(path: Path) -> Stamp | None:
    """What tells the file from another one at the same path; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Stamp(status.st_ino, status.st_mtime_ns, status.st_size)


def keep(run_dir: Path, source: Path, digest: str = "") -> Path:
    """The checkpoint `source` under a name in the run's folder epochs/ where it stays, so that a command may name it.

    The name says its epoch, and its step where it is one in mid-epoch; a checkpoint of the same bytes that is there
    already is taken, and one of other bytes left as it is. Imports torch. Raises VaeTuiError where it can't be kept,
    and where the file is no longer the one of `digest` (SHA-256, in hex).
    """
    from vae_tui.checkpoint import read_checkpoint

    folder = RunDir(run_dir).kept
    if source.parent.absolute() == folder.absolute():
        return source
    aside = folder / f".{secrets.token_hex(4)}.part"
    shown = printable(str(folder))
    try:
        folder.mkdir(exist_ok=True)
        link_file(source, aside)
        checkpoint = read_checkpoint(aside)
        if digest and checkpoint.file_hash != digest:
            raise VaeTuiError("the checkpoint that is shown has made way for a newer one", "look at that one")
        step = (checkpoint.training or {}).get("step", 0)
        within = step if isinstance(step, int) and 0 < step < 10**12 else 0
        return _settle(aside, folder, len(checkpoint.history), within, checkpoint.file_hash)
    except OSError as error:
        raise VaeTuiError(
            f"{shown} can't be written to: {error.strerror or error}", "mend that, or make room"
        ) from None
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _settle(aside: Path, folder: Path, epoch: int, step: int, digest: str) -> Path:
    """The file gets the first of its names that is free, or that is of the same bytes. Raises OSError."""
    named = [folder / kept_name(epoch, step), folder / kept_name(epoch, step, digest[:8])]
    for path in named:
        if not path.exists():
            link_file(aside, path)
            return path
        if path.samefile(aside) or _digest(path) == digest:
            return path
    raise FileExistsError(0, f"{named[-1].name} is there with other bytes")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_history(path: Path) -> tuple[EpochMetrics, ...]:
    """The epochs up to the first line that is damaged or out of order."""
    epochs: list[EpochMetrics] = []
    with suppress(OSError, ValueError, TypeError, AttributeError, VaeTuiError):
        for line in path.read_text(encoding="utf-8").splitlines():
            metrics = EpochMetrics.from_plain(json.loads(line))
            if metrics.epoch != len(epochs) + 1:
                break
            epochs.append(metrics)
    return tuple(epochs)


def known_as(path: str) -> str:
    """The path that people know a checkpoint by: its run's last.pt where it is pinned under a hidden name."""
    return str(RunDir(Path(path).parent).last) if fnmatch(Path(path).name, _PINS) else path


def _sweep_pins(folder: Path) -> None:
    """Removes what explorers left pinned that were killed."""
    for path in folder.glob(_PINS):
        pid = path.name.split("-")[1]
        if pid.isdecimal() and not _is_alive(int(pid)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
