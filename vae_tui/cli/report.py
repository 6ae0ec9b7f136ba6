"""What commands say: results on standard output, errors and waiting on standard error."""

import io
import json
import math
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.color import Color
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

from vae_tui.errors import TrainingFailedError, VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.charts.contract import Chart, ChartRun

PIPED_WIDTH = 400
"""Columns of tables that go to a file or another program: wide enough that nothing wraps."""


def print_error(error: VaeTuiError | TrainingFailedError) -> None:
    """`error: …` and, below it, `hint: …`, as plain text whatever they hold."""
    console = Console(stderr=True, highlight=False)
    _print_labelled(console, "error: ", "bold red", error.message)
    if error.hint:
        _print_labelled(console, "hint: ", "bold cyan", error.hint)


def _print_labelled(console: Console, label: str, style: str, message: str) -> None:
    text = printable(message, 4000)
    if console.is_terminal:
        # Only between words: a path that is cut in two can't be copied.
        text = textwrap.fill(
            text,
            max(20, console.width),
            initial_indent=" " * len(label),
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        )[len(label) :]
    console.print(Text.assemble((label, style), text), soft_wrap=True)


def print_note(line: str) -> None:
    """One line beside the result, on standard error."""
    Console(stderr=True, highlight=False).print(Text(printable(line, 4000)), soft_wrap=True)


def print_result(line: str) -> None:
    """One line on standard output, as it is."""
    with _writing_results():
        typer.echo(line)


def print_json(plain: Mapping[str, Any]) -> None:
    """One JSON object on standard output; null for a number that is not finite."""
    print_result(json.dumps(_finite(plain), indent=2, allow_nan=False, ensure_ascii=not _speaks_utf8()))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def print_tables(*parts: RenderableType) -> None:
    """Tables and texts on standard output: in colour on a terminal, else as plain lines that never wrap."""
    if stdout_is_terminal():
        console = Console(highlight=False)
        for part in parts:
            console.print(part)
        return
    plain = io.StringIO()
    console = Console(file=plain, width=PIPED_WIDTH, color_system=None, force_terminal=False, highlight=False)
    for part in parts:
        console.print(part)
    print_result("\n".join(line.rstrip() for line in plain.getvalue().splitlines()))


def print_chart(chart: "Chart", width: int, height: int) -> None:
    """A chart in cells on standard output, in colour on a terminal."""
    lines = [
        Text.assemble(*((run.text, _style(run)) for run in line)) for line in chart.cells(width, height, dark=True)
    ]
    print_tables(*lines)


def _style(run: "ChartRun") -> Style:
    colour = Color.from_rgb(*run.colour) if run.colour is not None else None
    return Style(color=colour, bold=run.strong or None, dim=run.dim or None)


@contextmanager
def _writing_results() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise VaeTuiError(f"standard output can't be written: {reason}", "free some room, or redirect it") from None


@contextmanager
def waiting(for_what: str) -> Iterator[None]:
    """A spinner on standard error while something takes its time; nothing where that is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True, highlight=False).status(Text(printable(for_what))):
        yield


def stdout_is_terminal() -> bool:
    """Whether standard output is a terminal (FORCE_COLOR and its like do not make it one)."""
    return sys.stdout is not None and sys.stdout.isatty()


def terminal_size() -> tuple[int, int]:
    """(columns, rows) of the terminal; 80 x 24 where it does not say."""
    size = shutil.get_terminal_size()
    return size.columns, size.lines


def _speaks_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
