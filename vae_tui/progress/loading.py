"""Data on their way in, as a person sees it."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from vae_tui.datasets.contract import LoadProgress
from vae_tui.errors import printable


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
