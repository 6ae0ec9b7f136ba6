"""What a run tells those who look on from another process: plain values, some of them as lines of JSON."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_tui.errors import printable
from vae_tui.summary import EpochMetrics

PIPE_VARIABLE = "VAETUI_EVENTS_FD"
"""Under this name in its environment a training finds the descriptor of the pipe that it is to tell its news to."""
MAX_TEXT = 400
"""Characters of a text in a line."""


@dataclass(frozen=True)
class TrainingBegan:
    """The data are loaded and the model is built."""

    epochs: int
    """Epochs in all."""
    steps_per_epoch: int
    epoch: int
    """The epoch that comes first, counted from 1."""
    step: int
    """How many of its steps a resumed run has done already."""
    num_train: int
    num_test: int
    device: str
    formula: str
    """The loss in words, "error + KL"."""


@dataclass(frozen=True)
class NewSteps:
    """Where the epoch is: at most ten a second. The figures are means over its images so far."""

    epoch: int
    """The epoch that runs, counted from 1."""
    step: int
    """Steps of the epoch done."""
    steps_per_epoch: int
    loss: float
    reconstruction: float
    kl: float
    images_per_s: float


@dataclass(frozen=True)
class NowDoing:
    """What keeps the steps waiting: "compiling", "measuring the held-out images"."""

    what: str


@dataclass(frozen=True)
class NewNotice:
    """A line that a person should read."""

    text: str


@dataclass(frozen=True)
class TrainingOver:
    """The trainer is done with its work and about to leave."""

    reason: str
    """Why before its last epoch; "" where all are done."""


@dataclass(frozen=True)
class NewEpoch:
    """An epoch's figures, saved."""

    metrics: EpochMetrics


@dataclass(frozen=True)
class HistoryCut:
    """The run was taken back: the epochs after this one are void."""

    epoch: int


@dataclass(frozen=True)
class NewCheckpoint:
    """A checkpoint was swapped in as the run's newest."""

    path: Path
    """last.pt; the next one takes its place, see `RunFollower.pin`."""
    epoch: int
    """Epochs finished in it, as metrics.jsonl says; 0: none is. The file itself says it for certain."""


@dataclass(frozen=True)
class RunEnded:
    """Nobody trains the run any more."""

    reason: str
    is_done: bool
    """Whether it has come to its end by itself, with nothing left to go on with."""
    exit_code: int | None = None
    """Of the child process, 128 + the signal's number where one ended it; None where the run is not our child."""


@dataclass(frozen=True)
class RunTakenUp:
    """Somebody trains the run again."""


PipedNews = TrainingBegan | NewSteps | NowDoing | NewNotice | TrainingOver
RunNews = PipedNews | NewEpoch | HistoryCut | NewCheckpoint | RunEnded | RunTakenUp

_KINDS: dict[str, type[PipedNews]] = {
    kind.__name__: kind for kind in (TrainingBegan, NewSteps, NowDoing, NewNotice, TrainingOver)
}


def to_line(news: PipedNews) -> bytes:
    """One line of JSON; long texts are cut."""
    return json.dumps({"kind": type(news).__name__, **_fit_to_print(vars(news))}).encode() + b"\n"


def from_line(line: bytes) -> PipedNews | None:
    """What `to_line` was given, its texts fit to print; None where the line is no such thing."""
    try:
        plain = json.loads(line)
    except ValueError:
        return None
    kind = _KINDS.get(str(plain.pop("kind", ""))) if isinstance(plain, dict) else None
    if kind is None:
        return None
    wanted = {field.name: field.type for field in dataclasses.fields(kind)}
    if plain.keys() != wanted.keys() or not all(_is(value, wanted[key]) for key, value in plain.items()):
        return None
    return kind(**_fit_to_print(plain))


def _fit_to_print(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: printable(value, MAX_TEXT) if isinstance(value, str) else value for key, value in plain.items()}


def _is(value: object, kind: object) -> bool:
    allowed = (int, float) if kind is float else kind
    return isinstance(value, allowed) and not isinstance(value, bool)  # type: ignore[arg-type]  # str, int or float
