"""`vaetui runs`: what has been trained, newest first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_tui.cli.options import AsJson
from vae_tui.cli.report import print_json, print_result

if TYPE_CHECKING:
    from vae_tui.run_records import RunRecord

HEADER = (
    f"{'model':8} {'data':14} {'epochs':>9} {'loss':>9} {'test loss':>10} {'active':>6}  {'saved':16} {'size':>8} "
    f"{'kept':>4}"
)


def list_runs(
    root: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the run folders.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the runs in a folder, newest first, with the command to explore each."""
    from vae_tui.run_records import read_runs

    records = read_runs(root)
    if as_json:
        print_json({"runs": [_plain(record) for record in records]})
    elif not records:
        print_result("no runs yet: vaetui train DATASET makes one")
    else:
        print_result(HEADER)
        for record in records:
            print_result(_figures(record))
            print_result(f"  {_command(record)}")


def _figures(record: "RunRecord") -> str:
    """The run's figures under HEADER."""
    from datetime import datetime

    last = record.last
    loss = f"{last.loss:.2f}" if last else "-"
    test_loss = "-" if last is None or last.test_loss is None else f"{last.test_loss:.2f}"
    active = str(last.active_units) if last else "-"
    epochs = f"{record.epochs}/{record.epochs_asked or '?'}"
    saved = datetime.fromtimestamp(record.saved_at).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{_cut(record.model, 8):8} {_cut(record.dataset, 14):14} {epochs:>9} {loss:>9} {test_loss:>10} {active:>6}  "
        f"{saved:16} {record.num_bytes / 1e6:5.1f} MB "
        f"{record.num_kept or '-':>4}"
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _command(record: "RunRecord") -> str:
    from vae_tui.errors import shell_quoted

    return f"vaetui explore {shell_quoted(record.checkpoint)}"


def _plain(record: "RunRecord") -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(record) | {"last": record.last.to_plain() if record.last else None}
