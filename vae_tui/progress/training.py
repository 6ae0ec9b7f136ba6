"""Training as a person sees it: bars while it runs, one line an epoch that stays, a table at the end."""

import textwrap
from types import TracebackType
from typing import Self

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from vae_tui.errors import VaeTuiError, printable
from vae_tui.progress.collapse import EMPTY_KL, CollapseWatch, collapse_words, is_collapsed
from vae_tui.progress.lines import EPOCH_HEADER, TABLE_HEADER, epoch_line, table_line
from vae_tui.progress.sparkline import curve
from vae_tui.progress.strip import Strip
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    EvaluationStarted,
    Event,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)
from vae_tui.training.preview import Preview

MAX_LINE = 100
"""Sentences are broken there, or where the terminal ends."""


class _Bars(Progress):
    """Bars that leave the last two columns free: the terminal echoes ^C there, and a wrapped echo leaves rows."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        self._screen = console
        self.footer: Text | None = None
        """A row below the bars."""
        # Events come at most ten a second: each is drawn, and nothing between them.
        super().__init__(
            *columns, console=console, transient=True, expand=True, disable=not console.is_terminal, auto_refresh=False
        )

    @property
    def width(self) -> int:
        """Columns."""
        return max(1, self._screen.width - 2)

    def get_renderable(self) -> RenderableType:
        rows = [super().get_renderable(), *([self.footer] if self.footer else [])]
        return Constrain(Group(*rows), self.width)


class TrainingDisplay:
    """Draws training events; computes nothing."""

    def __init__(self, console: Console, *, preview: bool = False) -> None:
        self._console = console
        self._wants_preview = preview
        self._strip: Strip | None = None
        self._started: RunStarted | None = None
        self._has_header = False
        self._history: list[EpochMetrics] = []
        self._first_epoch_losses: list[float] = []
        self._collapse: CollapseWatch | None = None
        self._num_empty: int | None = None
        """Dimensions that carry nothing, at the last epoch."""
        figures = TextColumn("{task.fields[figures]}", markup=False)
        self._bars = _Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            figures,
            TimeRemainingColumn(compact=True),
            console=console,
        )
        self._epoch: TaskID | None = None
        self._run: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show(self, event: Event) -> None:
        """Draws one event."""
        match event:
            case RunStarted():
                self._show_start(event)
            case Notice():
                self._say_sentence(printable(event.text))
            case CompilingStarted():
                self._show_figures("compiling (up to a minute)")
            case StepsDone():
                self._show_steps(event)
            case EvaluationStarted():
                self._show_figures("measuring the held-out images")
            case EpochDone():
                self._show_epoch(event)
            case RunStopped():
                self._bars.stop()
                where = f"epoch {event.epoch}, step {event.step} of {event.steps_per_epoch}"
                saved = "everything so far is saved" if event.saved else "there was nothing new to save"
                self._say(f"stopped at {where}; {saved}")
            case RunDone():
                self._bars.stop()
                if event.reason:
                    self._say_sentence(printable(event.reason))
                self._show_table(event.history)

    def show_preview(self, preview: Preview) -> None:
        """The strip, above the bars; nothing where there is no terminal, or no room on it."""
        if self._strip is None or self._started is None:
            return
        size = self._console.size
        what = "held out" if self._started.num_test else "training images"
        try:
            drawn = self._strip.draw(preview, what, size.width, size.height)
        except VaeTuiError as error:
            self._strip = None
            self._say(f"no preview: {error.message}")
            return
        if drawn is not None:
            self._say(drawn.label, style="dim")
            self._console.print(drawn, end="", crop=False)

    def _show_start(self, event: RunStarted) -> None:
        self._started = event
        config = event.config
        self._history = list(event.history)
        self._collapse = CollapseWatch(config.latent_dim)
        if self._wants_preview:
            self._strip = Strip.on(self._console)
        for line in start_lines(event):
            self._say(line)
        for metrics in event.history:
            self._say_epoch(metrics, is_best=False)
        done = (event.epoch - 1) * event.steps_per_epoch + event.step
        self._epoch = self._bars.add_task(self._epoch_name(event.epoch), total=event.steps_per_epoch, figures="")
        total = config.epochs * event.steps_per_epoch
        self._run = self._bars.add_task("run", total=total, completed=done, figures="")
        self._bars.start()

    def _say_epoch(self, metrics: EpochMetrics, *, is_best: bool) -> None:
        """A line of the table; its header with the first, after what is said before the first epoch."""
        if self._started is None:
            return
        if not self._has_header:
            self._say(EPOCH_HEADER, style="bold")
            self._has_header = True
        self._say(epoch_line(metrics, self._started.config.epochs, is_best))

    def _show_figures(self, figures: str) -> None:
        if self._epoch is not None:
            self._bars.update(self._epoch, figures=figures)
            self._bars.refresh()

    def _show_steps(self, event: StepsDone) -> None:
        if self._started is None or self._epoch is None or self._run is None:
            return
        name = self._epoch_name(event.epoch)
        self._bars.update(self._epoch, description=name, completed=event.step)
        done = (event.epoch - 1) * self._started.steps_per_epoch + event.step
        self._bars.update(self._run, completed=done, figures=f"{event.images_per_s:,.0f} images/s")
        self._bars.footer = self._loss_row(event.loss)
        self._show_figures(f"loss {event.loss:.2f}  error {event.reconstruction:.2f}  KL {event.kl:.2f}")

    def _loss_row(self, loss: float) -> Text | None:
        """The loss by epoch, the running one last; while there is no other, its course so far."""
        if self._history:
            losses = [*(metrics.loss for metrics in self._history), loss]
        else:
            self._first_epoch_losses.append(loss)
            losses = self._first_epoch_losses
        drawn = curve(losses, self._bars.width - 5, ascii_only=self._console.options.ascii_only)
        return Text.assemble("loss ", (drawn, "cyan")) if drawn else None

    def _show_epoch(self, event: EpochDone) -> None:
        if self._started is None or self._epoch is None or self._collapse is None:
            return
        metrics, epochs = event.metrics, self._started.config.epochs
        self._history.append(metrics)
        self._num_empty = int(np.count_nonzero(event.kl_Z < EMPTY_KL))
        is_last = metrics.epoch >= epochs
        if not is_last:
            name = self._epoch_name(metrics.epoch + 1)
            self._bars.reset(self._epoch, description=name, figures="", total=self._started.steps_per_epoch)
        self._say_epoch(metrics, is_best=event.is_best)
        if event.preview is not None:
            self.show_preview(event.preview)
        if not is_last:  # there it is said with the table
            for sentence in self._collapse.words(metrics.epoch, metrics.active_units, self._num_empty):
                self._say_sentence(sentence, style="yellow")

    def _show_table(self, history: tuple[EpochMetrics, ...]) -> None:
        if not history:
            return
        best = min(history, key=lambda metrics: metrics.figure_of_merit)
        self._say(TABLE_HEADER, style="bold")
        self._say(table_line("best", best))
        self._say(table_line("last", history[-1]))
        self._say_curves(history)
        seconds = sum(metrics.seconds for metrics in history)
        self._say(f"{seconds:.1f} s of training steps, {sum(m.epoch_seconds for m in history):.1f} s in all")
        if self._started is not None:
            last = history[-1]
            latent_dim = self._started.config.latent_dim
            style = "yellow" if is_collapsed(last.active_units, latent_dim) else ""
            for sentence in collapse_words(last.active_units, latent_dim, self._num_empty):
                self._say_sentence(sentence, style)

    def _say_curves(self, history: tuple[EpochMetrics, ...]) -> None:
        test_losses = [metrics.test_loss for metrics in history if metrics.test_loss is not None]
        for name, losses in (("loss", [metrics.loss for metrics in history]), ("test loss", test_losses)):
            drawn = curve(losses, min(self._console.width, MAX_LINE) - 11, ascii_only=self._console.options.ascii_only)
            if drawn:
                self._say(f"{name:10} {drawn}")

    def _epoch_name(self, epoch: int) -> str:
        epochs = self._started.config.epochs if self._started else epoch
        return f"epoch {epoch:{len(str(epochs))}}/{epochs}"

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)

    def _say_sentence(self, sentence: str, style: str = "") -> None:
        """One line where it goes to a file; on a terminal broken between words."""
        if self._console.is_terminal:
            width = max(20, min(self._console.width, MAX_LINE))
            sentence = textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)
        self._say(sentence, style)


def start_lines(event: RunStarted) -> list[str]:
    """What is trained, on what, where, and to what end."""
    config = event.config
    shape = "x".join(map(str, event.image_shape))
    test = f", {event.num_test:,} held out" if event.num_test else ", none held out"
    streamed = ", read as they are needed" if event.streamed else ""
    processes = f" x {event.num_processes} processes" if event.num_processes > 1 else ""
    precision = f" in {event.precision}" if event.precision != "fp32" else ""
    return [
        f"{config.model}: {event.num_parameters:,} parameters, {config.latent_dim} latent dimensions",
        f"{printable(config.dataset)}: {event.num_train:,} images {shape}{test}{streamed}",
        f"{event.device}{processes}{precision}, {event.steps_per_epoch:,} steps of {config.batch_size} an epoch, "
        f"seed {config.seed}",
        f"loss = {event.formula}, an image",
        f"error: {event.reconstruction_name}, summed over pixels; KL: nats",
    ]
