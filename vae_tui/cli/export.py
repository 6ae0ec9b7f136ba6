"""`vaetui export`: a set's latents, or a checkpoint's weights, as a file that other programs read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_tui.cli.options import OUTPUT_PANEL, Checkpoint
from vae_tui.cli.report import print_note, print_result, waiting
from vae_tui.cli.source import Place, Source, open_session
from vae_tui.errors import VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.session import Session


def export(
    checkpoint: Checkpoint,
    source: Source,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="FILE.npz: the images' posterior means, labels, class names, indices. FILE.pth: a plain state dict.",
            show_default=False,
            rich_help_panel=OUTPUT_PANEL,
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.", rich_help_panel=OUTPUT_PANEL)
    ] = False,
) -> None:
    """Write the latents of the images to an .npz, or the weights to a .pth, for other programs."""
    from vae_tui.exporting import LATENTS, WEIGHTS, check_export, write_export
    from vae_tui.runs import find_checkpoint

    check_export(output, find_checkpoint(checkpoint))
    if output.exists() and not force:
        raise VaeTuiError(f"{printable(str(output))} is there already", "give another name, or --force to replace it")
    session = open_session(Place(checkpoint, source))
    content = _latents(session) if output.suffix.lower() in LATENTS else session.weights_bytes()
    write_export(output, content)
    if output.suffix.lower() in WEIGHTS and session.summary.scaling != "unit":
        print_note("its pixels lie in [-1, 1], which a plain state dict does not say: it opens as a model in [0, 1]")
    print_result(str(output))


def _latents(session: "Session") -> bytes:
    """The set's posterior means; of a large set, those of its fixed sample, and then that is said."""
    from vae_tui.exporting import survey_bytes

    with waiting(f"encoding {session.num_images:,} images"):
        survey = session.survey()
    print_note(survey.describe())
    return survey_bytes(survey)
