"""What a checkpoint says of its training, as plain values: for tables, titles and metrics.jsonl."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vae_tui.errors import VaeTuiError, printable

Weights = Literal["ema", "raw"]
"""Which weights of a checkpoint: their moving average over the training, or as the optimizer left them."""


@dataclass(frozen=True)
class EpochMetrics:
    """One line of metrics.jsonl.

    loss, reconstruction and kl are sums over the epoch's training batches / size of the training set (the images
    of the dropped short batch count in the divisor). The test figures are means over the whole test split, the
    posterior sampled with a fixed seed.
    """

    epoch: int
    """Counted from 1."""
    loss: float
    """reconstruction + beta * kl, an image."""
    reconstruction: float
    """The objective's error (squared error summed over pixels), an image."""
    kl: float
    """Nats an image."""
    test_loss: float | None
    """None where nothing is held out, as with the next two."""
    test_reconstruction: float | None
    test_kl: float | None
    active_units: int
    """Dimensions whose posterior mean has a variance over 0.01 across the test split (else the training set)."""
    seconds: float
    """The training steps alone."""
    images_per_s: float
    """Training images a second of `seconds`."""
    epoch_seconds: float
    """All of the epoch: steps, evaluation, and the save of the epoch before."""

    def to_plain(self) -> dict[str, Any]:
        """The fields by name; those of the test split left out where nothing is held out."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "EpochMetrics":
        """What to_plain gave. Raises VaeTuiError where a field is missing, unknown or no number."""
        fields = {f.name for f in dataclasses.fields(cls)}
        optional = {"test_loss", "test_reconstruction", "test_kl"}
        if set(plain) - fields or fields - optional - set(plain):
            wrong = sorted(map(str, (set(plain) ^ fields) - optional))
            raise VaeTuiError(f"the history has unexpected or missing fields: {printable(', '.join(wrong))}")
        for key, value in plain.items():
            whole = key in ("epoch", "active_units")
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                raise VaeTuiError(f"the history's {key} is no number")
        return cls(**{name: plain.get(name) for name in fields})  # type: ignore[arg-type]  # checked above

    @property
    def figure_of_merit(self) -> float:
        """What best.pt is chosen by: the test loss, or the training loss where nothing is held out."""
        loss = self.loss if self.test_loss is None else self.test_loss
        return loss if math.isfinite(loss) else math.inf


@dataclass(frozen=True)
class ModelSummary:
    """A trained model in plain values."""

    path: str
    """Where its checkpoint lies."""
    checkpoint_hash: str
    """SHA-256 of the checkpoint's bytes, in hex."""
    model: str
    """Registered name."""
    num_parameters: int
    image_shape: tuple[int, int, int]
    """(C, H, W)."""
    latent_dim: int
    scaling: str
    """"unit" ([0, 1] with a sigmoid) or "signed" ([-1, 1] with a tanh)."""
    dataset: str
    """What it was trained on; "" for a plain state dict, which does not say."""
    num_train: int
    num_test: int
    """0 where nothing was held out."""
    epoch: int
    """Epochs finished; 0 for a plain state dict."""
    objective: str
    """Registered name; "" for a plain state dict."""
    formula: str
    """The loss in words, "squared error + 4 x KL"; the objective's name alone where it is not known here."""
    beta: float
    has_ema: bool
    """Whether the checkpoint holds averaged weights beside the raw ones: its statistics and test figures are theirs."""
    note: str
    """One line from whoever made the checkpoint; often empty."""
    history: tuple[EpochMetrics, ...]

    @property
    def loss_unit(self) -> str:
        """What a loss of the history is: "squared error + 4 x KL, an image"."""
        if not self.formula:
            return "an image"
        return f"{self.formula}{';' if ',' in self.formula else ','} an image"
