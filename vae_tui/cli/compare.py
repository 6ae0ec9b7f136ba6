"""`vaetui compare`: two checkpoints' figures beside each other."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from vae_tui.cli.options import AsJson
from vae_tui.cli.report import print_json, print_tables, waiting
from vae_tui.cli.source import Source
from vae_tui.runs import find_checkpoint

if TYPE_CHECKING:
    from vae_tui.comparison import Figure
    from vae_tui.session import Session
    from vae_tui.summary import ModelSummary
    from vae_tui.survey import Survey

WHOLE = ("active units", "latent dimensions", "parameters", "epochs")
"""Figures that are counted."""


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A checkpoint or a run folder.", show_default=False)],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    source: Source,
    as_json: AsJson = False,
) -> None:
    """Say how two checkpoints differ: loss, error, KL, active units, size; and both measured on the same images.

    The images are those that A carries, or those of --data. A difference is B less A, and stands only where both
    figures are of one kind.
    """
    from vae_tui.comparison import compared, surveyed
    from vae_tui.pictures.beside import side_names

    paths = [find_checkpoint(path) for path in (first, second)]
    with waiting(f"opening {paths[0]} and {paths[1]}"):
        left, right, _ = source.open_beside(source.open(paths[0], is_of_two=True), paths[1])
    with waiting("measuring both on the same images"):
        surveys = (_survey(left), _survey(right))
    figures = (
        *compared(left.summary, right.summary, left.statistics, right.statistics),
        *surveyed(surveys[0], surveys[1], right.shares_images(left)),
    )
    if as_json:
        print_json({"a": _side(left), "b": _side(right), "figures": [_plain(figure) for figure in figures]})
    else:
        print_tables(_table(side_names(*map(str, paths)), [left.summary, right.summary], figures))


def _survey(session: "Session") -> "Survey | None":
    return session.survey() if session.num_images else None


def _side(session: "Session") -> dict[str, Any]:
    summary = session.summary
    return {
        "path": summary.path,
        "sha256": summary.checkpoint_hash,
        "model": summary.model,
        "dataset": summary.dataset or None,
        "formula": summary.formula or None,
        "weights": session.weights,
        "images": session.num_images,
    }


def _plain(figure: "Figure") -> dict[str, Any]:
    return {
        "name": figure.name,
        "a": figure.left,
        "b": figure.right,
        "difference": figure.difference,
        "unit": figure.unit or None,
        "why_no_difference": figure.why_not or None,
    }


def _table(names: tuple[str, str], summaries: Sequence["ModelSummary"], figures: Sequence["Figure"]) -> Table:
    from vae_tui.comparison import signed

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(Text(name), justify="right", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    table.add_row("model", *(Text(summary.model) for summary in summaries), "", "")
    table.add_row("data", *(Text(summary.dataset or "not known") for summary in summaries), "", "")
    for figure in figures:
        if figure.left is None and figure.right is None:
            continue
        places = 0 if figure.name in WHOLE else 2
        difference = "" if figure.difference is None else signed(figure.difference, places)
        said = " · ".join(part for part in (figure.unit, figure.why_not) if part)
        values = (_number(value, places) for value in (figure.left, figure.right))
        table.add_row(figure.name, *values, difference, Text(said))
    return table


def _number(value: float | None, places: int) -> str:
    return "·" if value is None else f"{value:,.{places}f}"
