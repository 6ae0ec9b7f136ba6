"""A run that is looked at while it trains, and the epochs of it that were kept: all in a thread of its own."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.model import ModelFacts, OpenModel, kinds_of
from vae_tui.explorer.state import LatentState
from vae_tui.following import POLL_S
from vae_tui.pictures.fitting import fitted, listed_dims
from vae_tui.run_news import (
    NewCheckpoint,
    NewEpoch,
    NewNotice,
    NewSteps,
    NowDoing,
    RunEnded,
    RunNews,
    RunTakenUp,
    TrainingBegan,
)
from vae_tui.runs import RunDir, kept_checkpoints
from vae_tui.summary import Weights

MAX_OPEN = 6
"""Kept epochs that stay open, so that going to and fro is quick."""
MAX_SURVEYED_FIRST = 1024
"""Images that are encoded before a new checkpoint takes the place of the one before: more would hold it up."""


class Source(Protocol):
    """A run's news: of another process (following.RunFollower) or of our child (child_run.ChildRun)."""

    def poll(self) -> tuple[RunNews, ...]:
        """What is new; never waits."""
        ...

    def pin(self) -> Path:
        """The newest checkpoint under a name that it keeps."""
        ...

    def release(self, pinned: Path) -> None:
        """Lets it go."""
        ...

    def close(self) -> None:
        """Lets go all that is pinned; nothing more is asked."""
        ...


@dataclass(frozen=True)
class RunStatus:
    """Where the run is, as far as is known."""

    epochs: int | None = None
    """Epochs in all."""
    epoch: int = 0
    """The epoch that runs, counted from 1; 0 where that is not known."""
    step: int = 0
    steps: int = 0
    loss: float | None = None
    """The running mean of the epoch's training loss."""
    images_per_s: float | None = None
    doing: str = ""
    notice: str = ""
    ended: str = ""
    """Why nobody trains it any more; "" while somebody does."""

    def words(self) -> str:
        """In one line: `epoch 4 of 10 · step 412 of 1,562 · train loss 81.20`."""
        if self.ended:
            return f"the training has ended: {self.ended}"
        parts = []
        if self.epoch:
            parts.append(f"epoch {self.epoch} of {self.epochs}" if self.epochs else f"epoch {self.epoch}")
        if self.steps:
            parts.append(f"step {self.step:,} of {self.steps:,}")
        if self.doing:
            parts.append(self.doing)
        elif self.loss is not None:
            parts.append(f"train loss {self.loss:.2f}")
        return "training: " + " · ".join(parts) if parts else "training"

    def after(self, news: RunNews) -> "RunStatus":
        """The status with a piece of news."""
        if isinstance(news, TrainingBegan):
            return replace(self, epochs=news.epochs, epoch=news.epoch, step=news.step, steps=news.steps_per_epoch)
        if isinstance(news, NewSteps):
            where = replace(self, epoch=news.epoch, step=news.step, steps=news.steps_per_epoch)
            return replace(where, loss=news.loss, images_per_s=news.images_per_s, doing="", ended="")
        if isinstance(news, NowDoing):
            return replace(self, doing=news.what)
        if isinstance(news, NewNotice):
            return replace(self, notice=news.text)
        if isinstance(news, NewEpoch) and not self.steps:
            return replace(self, epoch=news.metrics.epoch + 1)
        if isinstance(news, RunTakenUp):
            return replace(self, ended="")
        if isinstance(news, RunEnded):
            return replace(self, ended=printable(news.reason) or "nobody trains it any more")
        return self


@dataclass(frozen=True, eq=False)
class Watched:
    """A run that is to be watched."""

    run_dir: Path
    open_path: Callable[[Path], OpenModel]
    """Opens one of its checkpoints."""
    source: Source | None = None
    """Its news; None: nobody asked to follow it, and its kept epochs can be looked at all the same."""
    child: "Child | None" = None
    """The training, where it is our own child process."""


class Child(Protocol):
    """A training that we started."""

    @property
    def is_running(self) -> bool: ...
    def ask_to_stop(self) -> None:
        """Asks it to save and end; does not wait."""
        ...


@dataclass(frozen=True, eq=False)
class Opened:
    """A checkpoint of the run, open."""

    models: Mapping[Weights, OpenModel]
    """With each kind of weights that it holds."""
    facts: ModelFacts
    path: Path
    """Where it lies as long as it is looked at."""
    epoch: int
    """Epochs finished."""
    is_newest: bool


@dataclass(frozen=True)
class Sighting:
    """What the watching thread has to say."""

    status: RunStatus
    epochs: tuple[int, ...] = ()
    """Epochs that were kept, in order."""
    opened: Opened | None = None
    error: str = ""


def carried_over(state: LatentState, before: ModelFacts, after: ModelFacts) -> tuple[LatentState, str]:
    """The state as the next checkpoint can show it, and what had to be let go: its run may have been begun anew."""
    state, lost = fitted(state, after.latent_dim, max(before.latent_dim, after.latent_dim))
    if state.first >= after.num_images > 0 or state.second >= after.num_images > 0:
        state = replace(state, first=min(state.first, 0), second=min(state.second, 0))
    if not after.num_images and state.source == "images":
        state = state.switch_source(after)
    return state, f"this checkpoint has no {listed_dims(lost)}: let go" if lost else ""


class RunWatch:
    """Polls a run, opens each new checkpoint, and kept ones when asked; `report` is called in its thread."""

    def __init__(
        self,
        watched: Watched,
        report: Callable[[Sighting], object],
        *,
        poll_s: float = POLL_S,
    ) -> None:
        self._run_dir = watched.run_dir
        self._source = watched.source
        self._open_path = watched.open_path
        self._report = report
        self._poll_s = poll_s
        self._asked: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._kept: OrderedDict[Path, Opened] = OrderedDict()
        self._newest: Opened | None = None
        self._pinned: Path | None = None
        self._wants_newest = True
        self._status = RunStatus()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="vaetui-watch", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def go_to(self, epoch: int | None) -> None:
        """Opens the kept checkpoint of that epoch; None: the newest, and those that come."""
        self._asked.put(epoch)

    def stop(self, wait_s: float = 1.0) -> None:
        """Ends the thread; nothing is reported any more, and nothing stays pinned in the run's folder."""
        self._is_stopped = True
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join(wait_s)
        if self._source is not None:
            self._source.close()

    def _run(self) -> None:
        self._tell()  # the epochs that are there, where no news will come
        while not self._is_stopped:
            try:
                self.look()
                asked = self._asked.get(timeout=self._poll_s)
                while not self._asked.empty():
                    asked = self._asked.get()
                if not self._is_stopped:
                    self.answer(asked)
            except queue.Empty:
                continue

    def look(self) -> None:
        """Polls once, and reports what is new."""
        news = self._source.poll() if self._source is not None else ()
        before = self._status
        for one in news:
            self._status = self._status.after(one)
        if any(isinstance(one, NewCheckpoint) for one in news):
            self._open_newest()
        elif self._status != before:
            self._tell()

    def answer(self, epoch: int | None) -> None:
        """Opens what was asked for, and reports it."""
        self._wants_newest = epoch is None
        if epoch is None:
            if self._newest is not None:
                self._tell(self._newest)
            return
        path = next((one.path for one in kept_checkpoints(self._run_dir) if one.epoch == epoch), None)
        if path is None:
            self._tell(error=f"epoch {epoch} is not kept any more")
            return
        opened = self._kept.pop(path, None) or self._open(path, is_newest=False)
        if opened is not None:
            self._kept[path] = opened
            if len(self._kept) > MAX_OPEN:
                self._kept.popitem(last=False)
            self._tell(opened)

    def _open_newest(self) -> None:
        assert self._source is not None
        try:
            pinned = self._source.pin()
        except OSError as error:
            self._tell(error=printable(f"the new checkpoint can't be read: {error.strerror or error}"))
            return
        opened = self._open(pinned, is_newest=True)
        if opened is None:
            self._source.release(pinned)
            return
        before, self._pinned = self._pinned, pinned
        self._newest = opened
        self._tell(self._newest if self._wants_newest else None)
        if before is not None:
            self._source.release(before)

    def _open(self, path: Path, *, is_newest: bool) -> Opened | None:
        """A checkpoint, its set encoded where that is quick: views that need it are then drawn without a pause."""
        try:
            model = self._open_path(path)
            models = kinds_of(model)
            facts = ModelFacts.of(next(iter(models.values())))
            if 0 < model.num_images <= MAX_SURVEYED_FIRST:
                surveys = {kind: known.survey() for kind, known in models.items()}
                facts = replace(facts, survey=surveys[model.weights])
        except VaeTuiError as error:
            named = error.message.replace(path.name, RunDir(self._run_dir).last.name) if is_newest else error.message
            self._tell(error=printable(f"not shown: {named}"))
        except Exception as error:  # a module may raise anything; the explorer lives on with what it has
            self._tell(error=printable(f"{type(error).__name__}: {error}", 200))
        else:
            return Opened(models, facts, path, model.summary.epoch, is_newest)
        return None

    def _tell(self, opened: Opened | None = None, error: str = "") -> None:
        if not self._is_stopped:
            epochs = tuple(dict.fromkeys(one.epoch for one in kept_checkpoints(self._run_dir)))
            self._report(Sighting(self._status, epochs, opened, error))
