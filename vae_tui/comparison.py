"""The figures of two checkpoints beside each other, with a difference only where both are of the same kind."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae_tui.latent import LatentStatistics
from vae_tui.summary import EpochMetrics, ModelSummary
from vae_tui.survey import Survey


@dataclass(frozen=True)
class Figure:
    """One figure of both; None where a checkpoint has it not."""

    name: str
    left: float | None
    right: float | None
    unit: str = ""
    """What it is counted in or taken over; "" where the name says it."""
    why_not: str = ""
    """Why the two can't be subtracted; "" where they can."""

    @property
    def difference(self) -> float | None:
        """The right one less the left one; None where that means nothing."""
        if self.why_not or self.left is None or self.right is None:
            return None
        difference = self.right - self.left
        return difference if math.isfinite(difference) else None


def compared(
    left: ModelSummary,
    right: ModelSummary,
    left_statistics: LatentStatistics | None = None,
    right_statistics: LatentStatistics | None = None,
) -> tuple[Figure, ...]:
    """What two checkpoints say of themselves: losses of their last epochs, latent dimensions, size, length."""
    return (
        *_losses(left, right),
        Figure("active units", _active(left_statistics), _active(right_statistics), "dimensions"),
        Figure("latent dimensions", left.latent_dim, right.latent_dim),
        Figure("parameters", left.num_parameters, right.num_parameters),
        Figure("epochs", left.epoch or None, right.epoch or None),
    )


def loss_of(left: ModelSummary, right: ModelSummary) -> Figure:
    """The loss of both, on what was held out where both have that."""
    return _losses(left, right)[0]


def _losses(left: ModelSummary, right: ModelSummary) -> list[Figure]:
    ends = [summary.history[-1] if summary.history else None for summary in (left, right)]
    held_out = all(end is None or end.test_loss is not None for end in ends)
    split = "test" if held_out else "train"
    other_data, loss_unit = _other_data(left, right), left.loss_unit if left.loss_unit == right.loss_unit else ""
    other_loss = "" if left.loss_unit == right.loss_unit else f"other losses: {_formula(left)}, {_formula(right)}"
    other_error = "" if left.objective == right.objective else f"other errors: {_formula(left)}, {_formula(right)}"
    per_image = "summed over pixels, an image"
    return [
        Figure(f"{split} loss", *_metrics(ends, "loss", held_out), loss_unit, other_data or other_loss),
        Figure(f"{split} error", *_metrics(ends, "reconstruction", held_out), per_image, other_data or other_error),
        Figure(f"{split} KL", *_metrics(ends, "kl", held_out), "nats, an image", other_data),
    ]


def _formula(summary: ModelSummary) -> str:
    return summary.formula or "not known"


def _other_data(left: ModelSummary, right: ModelSummary) -> str:
    """Why their figures are over other images; "" where they are over the same ones."""
    if left.dataset != right.dataset:
        return f"trained on other data: {left.dataset or 'not known'}, {right.dataset or 'not known'}"
    if left.image_shape != right.image_shape:
        shapes = ("x".join(map(str, summary.image_shape)) for summary in (left, right))
        return f"images of other sizes: {', '.join(shapes)}"
    return ""


def _metrics(ends: Sequence[EpochMetrics | None], name: str, held_out: bool) -> tuple[float | None, float | None]:
    left, right = (_metric(end, name, held_out) for end in ends)
    return left, right


def _metric(end: EpochMetrics | None, name: str, held_out: bool) -> float | None:
    if end is None:
        return None
    value = getattr(end, f"test_{name}" if held_out else name)
    return float(value) if math.isfinite(value) else None


def _active(statistics: LatentStatistics | None) -> float | None:
    return statistics.num_active if statistics is not None else None


def surveyed(left: Survey | None, right: Survey | None, same_images: bool) -> tuple[Figure, ...]:
    """How both encode and decode images: means over those of their surveys, in the same measure for any objective."""
    why_not = "" if same_images else "over other images"
    if left is not None and right is not None and same_images and not np.array_equal(left.indices_N, right.indices_N):
        why_not = "over other samples of the images"
    over = f"over {left.describe()}" if left is not None and same_images else "over each model's own images"
    return (
        Figure("squared error", *_of(left, right, "squared_error_N"), f"summed over pixels in [0, 1], {over}", why_not),
        Figure("PSNR", *_of(left, right, "psnr_N"), f"dB, {over}", why_not),
        Figure("KL", *_of(left, right, "kl_N"), f"nats an image, {over}", why_not),
    )


def _of(left: Survey | None, right: Survey | None, name: str) -> tuple[float | None, float | None]:
    def mean(survey: Survey | None) -> float | None:
        value = float(np.mean(getattr(survey, name), dtype=np.float64)) if survey is not None else math.nan
        return value if math.isfinite(value) else None

    return mean(left), mean(right)


def signed(value: float, places: int = 2) -> str:
    """`+3.09`, `-41`, `0.00`: a difference as people read it."""
    text = f"{value:+,.{places}f}"
    return text[1:] if not float(text.replace(",", "")) else text
