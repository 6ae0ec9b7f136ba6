"""`vaetui reconstruct`: images above what the model makes of them."""

from typing import Annotated, Literal

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, read_image, refuse_beside
from vae_tui.cli.options import ChannelsChoice, Checkpoint, Edits, Files, PosteriorChoice, Seed
from vae_tui.cli.source import Place, Source


def reconstruct(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    num: Annotated[
        int, typer.Option("-n", metavar="N", help="How many images; with --show draws, how many draws of one.")
    ] = 8,
    first: Annotated[
        str | None,
        typer.Option(
            "--start",
            metavar="IMAGE",
            help="The first of them; with --order worst or --class, its place in that list. [0, or the first --file]",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        Literal["decoded", "difference", "draws"],
        typer.Option(
            "--show",
            help="Below each image what its latent decodes to, or the difference too; or one image, its mean and "
            "draws of its posterior.",
        ),
    ] = "decoded",
    order: Annotated[
        Literal["index", "worst"], typer.Option("--order", help="By index, or the largest squared error first.")
    ] = "index",
    group: Annotated[
        str,
        typer.Option("--class", metavar="CLASS", help="Images of one class: its name or number.", show_default=False),
    ] = "",
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Images above what the model makes of them, with error, KL and PSNR. Moving: the two in turn."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.reconstruct import ReconstructPicture, is_listed

    refuse_beside("--show draws", show if show == "draws" else None, {"--posterior": posterior})
    start = read_image("--start", first, -1 if files and not is_listed(order, group) else 0)
    request = ReconstructPicture(num, start, posterior or "mean", seed, parse_edits(z), show, order, group)
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))
