"""`vaetui explore`: a trained model under the keyboard."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel
from vae_tui.runs import find_checkpoint

if TYPE_CHECKING:
    from vae_tui.explorer.model import OpenModel
    from vae_tui.summary import Weights


def explore(
    checkpoint: Path,
    *,
    device: str,
    data: str | None,
    split: str | None,
    data_dir: Path | None,
    graphics: str,
    weights: "Weights | None" = None,
    foreign: ForeignModel | None = None,
) -> None:
    """Runs the explorer until the person leaves. Raises VaeTuiError where there is no terminal or no such model."""
    check_terminal()
    checkpoint = find_checkpoint(checkpoint)
    from vae_tui.explorer import run_explorer
    from vae_tui.pictures.contract import Origin

    def open_model() -> "OpenModel":
        from vae_tui.session import Session

        return Session.open(
            checkpoint,
            device=device,
            data=data,
            split=split,
            data_dir=data_dir,
            weights=weights or "auto",
            model=foreign,
        )

    code = run_explorer(open_model, Origin(str(checkpoint), data, split, foreign=foreign), graphics)
    if code:
        raise SystemExit(code)


def check_terminal() -> None:
    """Raises VaeTuiError where the explorer could not be seen or steered: it reads stdin and draws on stderr."""
    for stream, name in ((sys.stdin, "standard input"), (sys.stderr, "standard error")):
        if stream is None or not stream.isatty():
            hint = "without a terminal: vaetui sample, interpolate, traverse or reconstruct, each with -o FILE.png"
            raise VaeTuiError(f"explore needs a terminal, and {name} is none", hint)
