"""Training as a person sees it: bars while it runs, one line an epoch that stays, a table at the end.

Everything goes to the console that is given (stderr); where that is no terminal there are plain lines and no bars.
"""

from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from vae_tui.datasets.contract import LoadProgress
from vae_tui.errors import printable
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import EpochDone, EvaluationStarted, Event, RunDone, RunStarted, RunStopped, StepsDone


class LoadDisplay:
    """One bar for each download, unpacking or reading; a line each where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def report(self, progress: LoadProgress) -> None:
        """Draws where the load is."""
        what = printable(progress.what)
        if what not in self._tasks:
            self._tasks[what] = self._begin(what, progress)
        if self._bars is not None:
            self._bars.update(self._tasks[what], completed=progress.done, total=progress.total)

    def _begin(self, what: str, progress: LoadProgress) -> TaskID:
        if not self._console.is_terminal:
            self._console.print(Text(what), soft_wrap=True)
            return TaskID(0)
        if self._bars is not None:
            self._bars.stop()
        text = TextColumn("{task.description}", markup=False)
        if progress.unit == "bytes":
            columns = (text, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(compact=True))
            self._bars = Progress(*columns, console=self._console)
        else:
            count = TextColumn("{task.completed:,.0f} of {task.total:,.0f} {task.fields[unit]}", markup=False)
            self._bars = Progress(text, BarColumn(), count, console=self._console, transient=True)
        self._bars.start()
        return self._bars.add_task(what, total=progress.total or 0, unit=progress.unit)


EPOCH_HEADER = (
    f"{'epoch':>7} {'loss':>9} {'error':>9} {'KL':>8} {'test loss':>10} {'active':>7} {'images/s':>9} {'s':>7}"
)


def epoch_line(metrics: EpochMetrics, epochs: int, is_best: bool) -> str:
    """An epoch's figures under EPOCH_HEADER, 80 columns at most."""
    width = len(str(epochs))
    test = "-" if metrics.test_loss is None else f"{metrics.test_loss:.2f}"
    return (
        f"{f'{metrics.epoch:{width}}/{epochs}':>7} {metrics.loss:9.2f} {metrics.reconstruction:9.2f} {metrics.kl:8.2f} "
        f"{test:>10} {metrics.active_units:7} {metrics.images_per_s:9,.0f} {metrics.seconds:7.1f}"
        f"{' best' if is_best else ''}"
    )


TABLE_HEADER = (
    f"{'':4} {'epoch':>5} {'loss':>9} {'error':>9} {'KL':>8} "
    f"{'test loss':>10} {'test error':>10} {'test KL':>8} {'active':>6}"
)


def table_line(name: str, metrics: EpochMetrics) -> str:
    """An epoch's figures under TABLE_HEADER, 80 columns at most."""
    tests = (metrics.test_loss, metrics.test_reconstruction, metrics.test_kl)
    held_out = ["-" if value is None else f"{value:.2f}" for value in tests]
    return (
        f"{name:4} {metrics.epoch:5} {metrics.loss:9.2f} {metrics.reconstruction:9.2f} {metrics.kl:8.2f} "
        f"{held_out[0]:>10} {held_out[1]:>10} {held_out[2]:>8} {metrics.active_units:6}"
    )


class _Bars(Progress):
    """Bars that leave the last two columns free: the terminal echoes ^C there, and a wrapped echo leaves rows."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        self._screen = console
        # Events come at most ten a second: each is drawn, and nothing between them.
        super().__init__(
            *columns, console=console, transient=True, expand=True, disable=not console.is_terminal, auto_refresh=False
        )

    def get_renderable(self) -> RenderableType:
        return Constrain(super().get_renderable(), self._screen.width - 2)


class TrainingDisplay:
    """Draws training events; computes nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started: RunStarted | None = None
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
            case StepsDone():
                self._show_steps(event)
                self._bars.refresh()
            case EvaluationStarted():
                if self._epoch is not None:
                    self._bars.update(self._epoch, figures="measuring the held-out images")
                    self._bars.refresh()
            case EpochDone():
                self._show_epoch(event)
            case RunStopped():
                self._bars.stop()
                where = f"epoch {event.epoch}, step {event.step} of {event.steps_per_epoch}"
                self._say(f"stopped at {where}; everything so far is saved")
            case RunDone():
                self._bars.stop()
                self._show_table(event.history)

    def _show_start(self, event: RunStarted) -> None:
        self._started = event
        config = event.config
        shape = "x".join(map(str, event.image_shape))
        test = f", {event.num_test:,} held out" if event.num_test else ", none held out"
        self._say(f"{config.model}: {event.num_parameters:,} parameters, {config.latent_dim} latent dimensions")
        self._say(f"{printable(config.dataset)}: {event.num_train:,} images {shape}{test}")
        self._say(
            f"{event.device}, {event.steps_per_epoch:,} steps of {config.batch_size} an epoch, seed {config.seed}"
        )
        beta = "" if config.beta == 1 else f"{config.beta:g} x "
        self._say(f"loss = {event.reconstruction_name} (error, summed over pixels) + {beta}KL (nats), an image")
        self._say(EPOCH_HEADER, style="bold")
        for metrics in event.history:
            self._say(epoch_line(metrics, config.epochs, is_best=False))
        done = (event.epoch - 1) * event.steps_per_epoch + event.step
        self._epoch = self._bars.add_task(self._epoch_name(event.epoch), total=event.steps_per_epoch, figures="")
        total = config.epochs * event.steps_per_epoch
        self._run = self._bars.add_task("run", total=total, completed=done, figures="")
        self._bars.start()

    def _show_steps(self, event: StepsDone) -> None:
        if self._started is None or self._epoch is None or self._run is None:
            return
        figures = f"loss {event.loss:.2f}  error {event.reconstruction:.2f}  KL {event.kl:.2f}"
        name = self._epoch_name(event.epoch)
        self._bars.update(self._epoch, description=name, completed=event.step, figures=figures)
        done = (event.epoch - 1) * self._started.steps_per_epoch + event.step
        self._bars.update(self._run, completed=done, figures=f"{event.images_per_s:,.0f} images/s")

    def _show_epoch(self, event: EpochDone) -> None:
        if self._started is None or self._epoch is None:
            return
        self._say(epoch_line(event.metrics, self._started.config.epochs, event.is_best))
        if event.metrics.epoch < self._started.config.epochs:
            name = self._epoch_name(event.metrics.epoch + 1)
            self._bars.reset(self._epoch, description=name, figures="", total=self._started.steps_per_epoch)

    def _show_table(self, history: tuple[EpochMetrics, ...]) -> None:
        if not history:
            return
        best = min(history, key=lambda metrics: metrics.figure_of_merit)
        self._say(TABLE_HEADER, style="bold")
        self._say(table_line("best", best))
        self._say(table_line("last", history[-1]))
        seconds = sum(metrics.seconds for metrics in history)
        self._say(f"{seconds:.1f} s of training steps, {sum(m.epoch_seconds for m in history):.1f} s in all")

    def _epoch_name(self, epoch: int) -> str:
        epochs = self._started.config.epochs if self._started else epoch
        return f"epoch {epoch:{len(str(epochs))}}/{epochs}"

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)
