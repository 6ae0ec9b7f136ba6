"""`vaetui sample`: draws of the prior."""

from typing import Annotated, Literal

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, read_base, refuse_beside
from vae_tui.cli.options import ChannelsChoice, Checkpoint, Edits, Files, Latent, Seed
from vae_tui.cli.source import Place, Source


def sample(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    num: Annotated[int | None, typer.Option("-n", metavar="N", help="How many. [16]", show_default=False)] = None,
    seed: Seed = 0,
    temperature: Annotated[
        float, typer.Option("--temperature", metavar="T", help="Standard deviation of the draws.")
    ] = 1.0,
    prior: Annotated[
        Literal["normal", "fitted"] | None,
        typer.Option(
            "--prior",
            help="N(0, I) (normal), or a Gaussian with full covariance, fitted to the aggregate posterior of the "
            "images that the checkpoint carries, or of --data (fitted). [normal]",
            show_default=False,
        ),
    ] = None,
    nearest: Annotated[
        int | None,
        typer.Option(
            "--nearest",
            metavar="TILE",
            help="A row more: this tile, from 0, and the images whose posterior means are nearest to it. Test images; "
            "with --data … --split train, training images.",
            show_default=False,
        ),
    ] = None,
    z: Edits = "",
    latent: Latent = None,
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Decode draws from the prior: a grid of samples. Moving: a walk from samples to samples."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.sample import SamplePicture

    refuse_beside("--latent", latent, {"-n": num, "--prior": prior})
    edits, base = parse_edits(z), read_base(latent)
    request = SamplePicture(16 if num is None else num, seed, temperature, edits, base, prior or "normal", nearest)
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))
