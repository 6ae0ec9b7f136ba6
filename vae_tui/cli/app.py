"""The program's commands and their exit codes."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated

import typer

from vae_tui import __version__
from vae_tui.cli.report import print_error, print_result
from vae_tui.cli.spreading import spread
from vae_tui.errors import TrainingFailedError, VaeTuiError

COMMANDS: dict[str, str] = {
    "train": "train:train",
    "explore": "explore:explore",
    "sample": "sample:sample",
    "interpolate": "interpolate:interpolate",
    "traverse": "traverse:traverse",
    "reconstruct": "reconstruct:reconstruct",
    "mix": "mix:mix",
    "map": "map:draw_map",
    "info": "info:info",
    "compare": "compare:compare",
    "favourites": "favourites:favourites",
    "export": "export:export",
    "runs": "runs:list_runs",
    "list": "list:list_parts",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
}
"""Module and function of each, in the order of the help."""


def program(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """`vaetui` with these commands, whose modules are imported: a command that is called needs no other one."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",  # rich markup would take "[10]" in a help text for a style and drop it
        pretty_exceptions_enable=False,  # a bug of ours shows as Python shows it
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(vaetui)
    for name in names:
        module, _, function = COMMANDS[name].partition(":")
        app.command(name)(spread(getattr(import_module(f"vae_tui.cli.{module}"), function)))
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; what it gives is the process's exit code.

    0: done. 2: what the person can mend, said on standard error. 3: training stopped by itself. 130: interrupted. Our
    own bugs are raised.
    """
    try:
        app = program(arguments[:1]) if arguments and arguments[0] in COMMANDS else program()
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


def vaetui(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Train variational autoencoders and look inside them, in a terminal."""
