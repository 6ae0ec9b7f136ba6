"""What a training run tells those who watch it: past tense, plain values."""

from dataclasses import dataclass
from pathlib import Path

from vae_tui.config import RunConfig
from vae_tui.summary import EpochMetrics


@dataclass(frozen=True)
class RunStarted:
    """The data are on the device and the model is built."""

    config: RunConfig
    run_dir: Path
    device: str
    num_parameters: int
    num_train: int
    num_test: int
    image_shape: tuple[int, int, int]
    steps_per_epoch: int
    epoch: int
    """The epoch that comes first, counted from 1."""
    step: int
    """How many of its steps a resumed run has done already."""
    reconstruction_name: str
    """What the reconstruction term is: "squared error"."""
    history: tuple[EpochMetrics, ...]
    """Epochs that a resumed run has finished already."""


@dataclass(frozen=True)
class StepsDone:
    """Where the epoch is: at most ten a second. The figures are means over its images so far."""

    epoch: int
    step: int
    """Steps of the epoch done."""
    loss: float
    reconstruction: float
    kl: float
    images_per_s: float


@dataclass(frozen=True)
class EvaluationStarted:
    """The epoch's steps are done; the held-out images come."""

    epoch: int


@dataclass(frozen=True)
class EpochDone:
    """The epoch's figures, saved."""

    metrics: EpochMetrics
    is_best: bool
    """Whether best.pt is now of this epoch."""


@dataclass(frozen=True)
class RunStopped:
    """Asked to stop: everything up to this step is in last.pt."""

    epoch: int
    step: int
    steps_per_epoch: int


@dataclass(frozen=True)
class RunDone:
    """All epochs are done."""

    history: tuple[EpochMetrics, ...]


Event = RunStarted | StepsDone | EvaluationStarted | EpochDone | RunStopped | RunDone
