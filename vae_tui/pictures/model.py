"""A model in charts: its losses by epoch, what each dimension holds, how one of them is spread, four ideas."""

# N images, E epochs, Z latent dims

import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vae_tui.charts.arrange import Stack
from vae_tui.charts.bars import Bars
from vae_tui.charts.contract import Chart, ChartLine
from vae_tui.charts.curves import Curves, Series
from vae_tui.charts.histogram import Histogram
from vae_tui.charts.prose import Paragraph, Prose
from vae_tui.errors import VaeTuiError, printable
from vae_tui.imaging import Colour, Picture
from vae_tui.latent import Latents, LatentStatistics, dims_by_change, posterior_draws
from vae_tui.pictures.changes import dimension_changes
from vae_tui.pictures.contract import Animation, Drawing, Subject, no_latents
from vae_tui.pictures.ideas import Idea, PosteriorExample, four_ideas, loss_unit
from vae_tui.summary import EpochMetrics, ModelSummary
from vae_tui.survey import MAX_IMAGES, MAX_NUMBERS, SEED, Survey

ORDERS = ("kl", "change", "index")
HISTOGRAMS = ("images", "statistics")
LEAST_BINS, MOST_BINS = 12, 48
LEAST_RANGE = 3.5
"""A histogram reaches at least so far to both sides."""
MAX_FRAMES = 24
"""Dimensions of an animation."""
WIDE, HIGH = 64, 20
"""Columns and rows from which on there is room for everything."""

_DRAWS: WeakKeyDictionary[Survey, Latents] = WeakKeyDictionary()
_FIRST: WeakKeyDictionary[Subject, tuple[Latents, Latents]] = WeakKeyDictionary()
"""The mean and the sigma of the first image."""
_LOSSES: WeakKeyDictionary[Subject, tuple[ModelSummary, "Losses"]] = WeakKeyDictionary()
"""With the summary that they are of."""
Losses = tuple[tuple[Chart, ...], tuple[str, ...]]
"""Charts and their titles."""


@dataclass(frozen=True)
class ModelCharts:
    """Charts and text in as much room as there is: less of it shows the first few, and says what is left out."""

    losses: tuple[Chart, ...]
    loss_titles: tuple[str, ...]
    bars: Chart
    bars_title: str
    histogram: Chart
    histogram_title: str
    ideas: Prose

    def cells(self, width: int, height: int, dark: bool = True) -> list[ChartLine]:
        """As Chart.cells."""
        if width >= WIDE and height >= HIGH:
            return self._whole.cells(width, height, dark)
        foot = Prose(((Paragraph(self._left_out, "dim"),),))
        note = len(textwrap.wrap(self._left_out, width)) if height >= 16 and width >= 24 else 0
        lines = self._part.cells(width, max(height - note, 0), dark)
        return [*lines, *foot.cells(width, note, dark)]

    def pixels(self, width: int, height: int, paper: Colour, ink: Colour) -> Picture:
        """As Chart.pixels."""
        return self._whole.pixels(width, height, paper, ink)

    def words(self) -> str:
        """As Chart.words."""
        return self._whole.words()

    @property
    def _whole(self) -> Stack:
        losses = Stack(self.losses, direction="across", titles=self.loss_titles)
        dims = Stack((self.bars, self.histogram), (0.9, 1.0), titles=(self.bars_title, self.histogram_title))
        below = Stack((dims, self.ideas), (1.15, 1.0), "across")
        return Stack((losses, below), (0.28, 0.72), titles=("", ""))

    @property
    def _part(self) -> Stack:
        charts = (self.histogram, self.bars, self.losses[0])
        return Stack(charts, (1.3, 1.0, 1.0), titles=(self.histogram_title, self.bars_title, self.loss_titles[0]))

    @property
    def _left_out(self) -> str:
        left = "reconstruction and KL by epoch, and " if len(self.losses) > 1 else ""
        return f"With {WIDE} columns and {HIGH} rows here: {left}the four ideas, which help (?) has too."


@dataclass(frozen=True)
class ModelPicture:
    """All that is known of a model in charts, with one dimension chosen."""

    command_name: ClassVar[str] = "info"

    dim: int | None = None
    """Whose histogram is shown; None: the first in the order."""
    order: str = "kl"
    """How the bars are sorted: "kl", "change" (how much the picture changes) or "index"."""
    histogram: str | None = None
    """Of one draw of each image's posterior ("images"), or from the checkpoint's quantiles ("statistics").

    None: whichever is over more images.
    """

    def __post_init__(self) -> None:
        for name, value, known in (
            ("order", self.order, ORDERS),
            ("histogram", self.histogram or HISTOGRAMS[0], HISTOGRAMS),
        ):
            if value not in known:
                raise VaeTuiError(f"--{name} is {printable(value, 40)}", f"give {', '.join(known)}")

    def draw(self, subject: Subject) -> Drawing:
        """The charts, without a tile."""
        return self._draw(subject, self._dim(subject))

    def animate(self, subject: Subject) -> Animation:
        """One dimension after another, the first of the order and at most 24."""
        dims = self._ranked(subject)[:MAX_FRAMES]
        return Animation(tuple(self._draw(subject, dim) for dim in dims), 600)

    def arguments(self) -> list[str]:
        """The command's options in canonical form."""
        chosen = ["--dim", str(self.dim)] if self.dim is not None else []
        histogram = ["--histogram", self.histogram] if self.histogram is not None else []
        return [*chosen, "--order", self.order, *histogram]

    def _dim(self, subject: Subject) -> int:
        if self.dim is None:
            return self._ranked(subject)[0]
        if not 0 <= self.dim < subject.latent_dim:
            raise VaeTuiError(
                f"there is no latent dimension {self.dim}", f"the model has 0 to {subject.latent_dim - 1}"
            )
        return self.dim

    def _survey(self, subject: Subject) -> Survey | None:
        histogram = self.histogram or best_histogram(subject.num_images, subject.latent_dim, subject.statistics)
        return subject.survey() if histogram == "images" and subject.num_images else None

    def _statistics(self, subject: Subject) -> LatentStatistics | None:
        """The checkpoint's own, else those of the images where they are asked for."""
        if subject.statistics is not None:
            return subject.statistics
        survey = self._survey(subject)
        return survey.statistics if survey is not None else None

    def _ranked(self, subject: Subject) -> tuple[int, ...]:
        statistics = self._statistics(subject)
        if self.order == "change":
            return dims_by_change(dimension_changes(subject))
        if self.order == "kl" and statistics is not None:
            return statistics.dims_by_kl
        return tuple(range(subject.latent_dim))

    def _draw(self, subject: Subject, dim: int) -> Drawing:
        statistics, summary = self._statistics(subject), subject.summary
        losses, titles = _remembered_losses(subject)
        bars, bars_title = self._bars(subject, statistics, dim)
        histogram, histogram_title = self._histogram(subject, dim)
        charts = ModelCharts(
            losses,
            titles,
            bars,
            bars_title,
            histogram,
            histogram_title,
            _prose(four_ideas(summary, statistics, _example(subject, statistics))),
        )
        return Drawing(
            np.zeros((0, 1, 1, 3), np.uint8),
            1,
            no_latents(0, subject.latent_dim),
            self._caption(subject, statistics, dim, histogram_title),
            chart=charts,
            uses_statistics=subject.statistics is not None,
        )

    def _bars(self, subject: Subject, statistics: LatentStatistics | None, dim: int) -> tuple[Chart, str]:
        if statistics is None or not statistics.has_kl:
            why = "the encoder gives no sigma" if statistics is not None else _why_no_statistics(subject)
            return _missing(f"No KL of the dimensions: {why}."), ""
        ranked = self._ranked(subject)
        notes = tuple("" if statistics.is_active(each) else "inactive" for each in ranked)
        order = {"kl": "by KL", "change": "by change of the picture", "index": "by index"}[self.order]
        active = f"{statistics.num_active} of {subject.latent_dim} active"
        over = f"mean over {statistics.over}"
        labels = tuple(f"z{each}" for each in ranked)
        bars = Bars(statistics.kl_Z[list(ranked)], labels, "", ranked.index(dim), notes, order)
        return bars, f"KL of each dimension, nats; {active}; {over}"

    def _histogram(self, subject: Subject, dim: int) -> tuple[Chart, str]:
        survey, statistics = self._survey(subject), subject.statistics
        if survey is not None:
            values_N = _draws(survey)[:, dim].astype(np.float64)
            edges = _edges(values_N, len(values_N))
            counts, _ = np.histogram(values_N, edges)
            moments = float(values_N.mean()), float(values_N.std())
            over = survey.describe()
            return Histogram(edges, counts, "normal", moments=moments), f"z{dim} and N(0, 1): a draw for each of {over}"
        if statistics is None:
            return _missing(f"No histogram of z{dim}: {_why_no_statistics(subject)}."), ""
        quantiles_Q = statistics.quantiles_QZ[:, dim].astype(np.float64)
        edges = _edges(quantiles_Q, statistics.num_images)
        levels = np.interp(edges, quantiles_Q, statistics.quantile_levels_Q, left=0.0, right=1.0)
        counts = np.diff(levels) * statistics.num_images
        moments = float(statistics.mean_Z[dim]), float(statistics.std_Z[dim])
        title = f"z{dim} and N(0, 1): from the quantiles over {statistics.over}"
        return Histogram(edges, counts, "normal", moments=moments), title

    def _caption(self, subject: Subject, statistics: LatentStatistics | None, dim: int, histogram: str) -> str:
        parts = []
        if statistics is not None:
            if statistics.has_kl:
                rank = statistics.dims_by_kl.index(dim) + 1
                parts.append(f"z{dim}: KL {statistics.kl_Z[dim]:.2f} nats, {rank} of {subject.latent_dim} by KL")
            parts.append(f"{statistics.num_active} of {subject.latent_dim} dimensions active")
        if histogram:
            parts.append(f"histogram of {histogram}")
        history = subject.summary.history
        epochs = f"{len(history)} epoch{'s' if len(history) > 1 else ''}"
        parts.append(f"losses of {epochs}" if history else "no losses by epoch in the checkpoint")
        return " · ".join(parts)


def best_histogram(num_images: int, latent_dim: int, statistics: LatentStatistics | None) -> str:
    """The one of HISTOGRAMS that is over more images."""
    if statistics is None or not latent_dim:
        return "images"
    num_surveyed = min(num_images, MAX_IMAGES, max(1, MAX_NUMBERS // latent_dim))
    return "images" if num_surveyed >= statistics.num_images else "statistics"


def _remembered_losses(subject: Subject) -> Losses:
    """The same charts for the same summary, so that their cells are drawn once."""
    known = _LOSSES.get(subject)
    if known is None or known[0] is not subject.summary:
        summary = subject.summary
        known = _LOSSES[subject] = summary, _losses(summary.history, loss_unit(summary))
    return known[1]


def _losses(history: tuple[EpochMetrics, ...], unit: str) -> Losses:
    """Loss, reconstruction and KL by epoch, in training and over what was held out; and their titles."""
    if not history:
        return (_missing("No losses by epoch: the checkpoint holds no history of its training."),), ("",)

    def curves(train: Callable[[EpochMetrics], float], test: Callable[[EpochMetrics], float | None]) -> Curves:
        epochs_E = np.array([metrics.epoch for metrics in history], np.float64)
        series = [Series("train", epochs_E, np.array([train(metrics) for metrics in history], np.float64))]
        tested_E = np.array([test(metrics) for metrics in history], np.float64)  # None becomes NaN, a gap
        if not np.isnan(tested_E).all():
            series.append(Series("test", epochs_E, tested_E))
        return Curves(tuple(series), "epoch", whole_x=True)

    charts = (
        curves(lambda metrics: metrics.loss, lambda metrics: metrics.test_loss),
        curves(lambda metrics: metrics.reconstruction, lambda metrics: metrics.test_reconstruction),
        curves(lambda metrics: metrics.kl, lambda metrics: metrics.test_kl),
    )
    return charts, (f"loss: {unit}", "reconstruction, an image", "KL: nats, an image")


def _draws(survey: Survey) -> Latents:
    """One draw of each image's posterior, (N, Z), as the survey's statistics take it; remembered with the survey."""
    draws_NZ = _DRAWS.get(survey)
    if draws_NZ is None:
        with np.errstate(over="ignore", invalid="ignore"):
            draws_NZ = posterior_draws(survey.means_NZ, np.exp(0.5 * survey.logvars_NZ), SEED)
        _DRAWS[survey] = draws_NZ
    return draws_NZ


def _edges(values_N: NDArray[np.float64], num_images: int) -> NDArray[np.float64]:
    """Even edges over all values that are finite, and over the bulk of N(0, 1); the fewer images, the wider."""
    finite = values_N[np.isfinite(values_N)]
    low, high = finite.min(initial=-LEAST_RANGE), finite.max(initial=LEAST_RANGE)
    num_bins = min(max(2 * math.isqrt(num_images), LEAST_BINS), MOST_BINS)
    return np.linspace(low, high, num_bins + 1)


def _example(subject: Subject, statistics: LatentStatistics | None) -> PosteriorExample | None:
    if not subject.num_images:
        return None
    dim = statistics.dims_by_kl[0] if statistics is not None else 0
    known = _FIRST.get(subject)
    mean_1Z, std_1Z = _FIRST[subject] = subject.encode([0]) if known is None else known
    return PosteriorExample(0, dim, float(mean_1Z[0, dim]), float(std_1Z[0, dim]))


def _why_no_statistics(subject: Subject) -> str:
    if subject.num_images:
        return "the checkpoint has no statistics of them, and the images are not encoded yet"
    return "the checkpoint has neither statistics of them nor images (name some with --data)"


def _missing(text: str) -> Prose:
    return Prose(((Paragraph(text, "dim"),),))


def _prose(ideas: tuple[Idea, ...]) -> Prose:
    """The ideas in full; with the first sentence of each; with their numbers alone."""

    def version(words: Callable[[Idea], str]) -> tuple[Paragraph, ...]:
        paragraphs: list[Paragraph] = []
        for idea in ideas:
            paragraphs.append(Paragraph(idea.title, "strong", gap=True))
            paragraphs += [Paragraph(text) for text in (words(idea),) if text]
            paragraphs += [Paragraph(f"here: {idea.numbers}", "dim") for _ in range(bool(idea.numbers))]
        return tuple(paragraphs)

    short = (*version(lambda idea: ""), Paragraph("Help (?) explains them.", "dim", gap=True))
    return Prose((version(lambda idea: idea.text), version(lambda idea: f"{idea.text.partition('. ')[0]}."), short))
