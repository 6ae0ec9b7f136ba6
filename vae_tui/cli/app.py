"""The program's commands and their exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from vae_tui import __version__
from vae_tui.cli.compare import compare
from vae_tui.cli.demo import demo
from vae_tui.cli.doctor import doctor
from vae_tui.cli.explore import explore
from vae_tui.cli.export import export
from vae_tui.cli.favourites import favourites
from vae_tui.cli.info import info
from vae_tui.cli.interpolate import interpolate
from vae_tui.cli.list import list_parts
from vae_tui.cli.map import draw_map
from vae_tui.cli.mix import mix
from vae_tui.cli.reconstruct import reconstruct
from vae_tui.cli.report import print_error, print_result
from vae_tui.cli.runs import list_runs
from vae_tui.cli.sample import sample
from vae_tui.cli.spreading import spread
from vae_tui.cli.train import train
from vae_tui.cli.traverse import traverse
from vae_tui.errors import TrainingFailedError, VaeTuiError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",  # rich markup would take "[10]" in a help text for a style and drop it
    pretty_exceptions_enable=False,  # a bug of ours shows as Python shows it
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str]) -> int:
    """Run one command; what it gives is the process's exit code.

    0: done. 2: what the person can mend, said on standard error. 3: training stopped by itself. 130: interrupted. Our
    own bugs are raised.
    """
    try:
        typer.main.get_command(app).main(list(arguments), prog_name="vaetui")
    except SystemExit as ended:  # typer ends with it, also where a reader has left (`| head`)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except (VaeTuiError, TrainingFailedError) as error:
        print_error(error)
        _forget_results()
        return 3 if isinstance(error, TrainingFailedError) else 2
    except KeyboardInterrupt:
        return 130
    return 0


def _forget_results() -> None:
    """What standard output did not take goes nowhere, so that Python does not try again when it ends."""
    if sys.stdout is None:  # closed by whoever started us (`>&-`)
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_version(asked: bool) -> None:
    if asked:
        print_result(f"vaetui {__version__}")
        raise typer.Exit


@app.callback()
def vaetui(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Train variational autoencoders and look inside them, in a terminal."""


COMMANDS: dict[str, Callable[..., None]] = {
    "train": train,
    "explore": explore,
    "sample": sample,
    "interpolate": interpolate,
    "traverse": traverse,
    "reconstruct": reconstruct,
    "mix": mix,
    "map": draw_map,
    "info": info,
    "compare": compare,
    "favourites": favourites,
    "export": export,
    "runs": list_runs,
    "list": list_parts,
    "doctor": doctor,
    "demo": demo,
}
for name, command in COMMANDS.items():
    app.command(name)(spread(command))
