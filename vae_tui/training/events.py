"""What a training run tells those who watch it: past tense, plain values."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_tui.config import RunConfig
from vae_tui.summary import EpochMetrics
from vae_tui.training.preview import Preview


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
    formula: str = "error + KL"
    """The loss in words, where "error" is the reconstruction term."""
    num_processes: int = 1
    precision: str = "fp32"
    """"fp32", or "bf16" where the steps run under autocast."""
    streamed: bool = False
    """Whether the images are read from the disk as they are needed, instead of lying on the device."""


@dataclass(frozen=True)
class Notice:
    """A line that a person should read: what was decided, what could not be done and is tried again."""

    text: str


@dataclass(frozen=True)
class CompilingStarted:
    """The step is being compiled: the bar does not move until StepsDone."""


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
    kl_Z: NDArray[np.float32]
    """Mean KL of each latent dimension over the split that is evaluated, nats."""
    preview: Preview | None = None
    """The same held-out images and the same latents at every epoch; None where nobody asked."""


@dataclass(frozen=True)
class RunStopped:
    """Asked to stop: everything up to this step is in last.pt."""

    epoch: int
    step: int
    steps_per_epoch: int
    saved: bool = True
    """False where nothing had been done since the last save, or since the start."""


@dataclass(frozen=True)
class RunDone:
    """The run has ended by itself."""

    history: tuple[EpochMetrics, ...]
    reason: str = ""
    """Why before its last epoch; "" where all epochs are done."""


Event = RunStarted | Notice | CompilingStarted | StepsDone | EvaluationStarted | EpochDone | RunStopped | RunDone
