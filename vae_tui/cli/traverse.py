"""`vaetui traverse`: one latent dimension after another, moved."""

from typing import Annotated, Literal

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, read_base, read_image, refuse_beside
from vae_tui.cli.options import At, ChannelsChoice, Checkpoint, Edits, Files, Latent, PosteriorChoice, Seed
from vae_tui.cli.source import Place, Source
from vae_tui.errors import VaeTuiError


def traverse(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    dims: Annotated[
        str,
        typer.Option(
            "--dims",
            metavar="DIMS",
            help="kl (largest first), change (what changes the picture most), index, even, or a list: 0,14,28.",
        ),
    ] = "kl",
    num: Annotated[
        int | None, typer.Option("-n", metavar="N", help="How many dimensions, one a row. [10]", show_default=False)
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Values that each dimension takes.")] = 10,
    low: Annotated[
        float | None, typer.Option("--low", metavar="Z", help="The first value. [-3]", show_default=False)
    ] = None,
    high: Annotated[
        float | None, typer.Option("--high", metavar="Z", help="The last value. [3]", show_default=False)
    ] = None,
    sigmas: Annotated[
        float | None,
        typer.Option(
            "--sigmas",
            metavar="N",
            help="Instead: so many standard deviations of the data's latents about their mean, either way.",
            show_default=False,
        ),
    ] = None,
    quantiles: Annotated[
        bool, typer.Option("--quantiles", help="Instead: between two quantiles of the data's latents.")
    ] = False,
    tail: Annotated[
        float | None,
        typer.Option(
            "--tail", metavar="SHARE", help="With --quantiles: the share beyond either end. [0.01]", show_default=False
        ),
    ] = None,
    centre: Annotated[
        Literal["image", "prior"] | None,
        typer.Option(
            "--centre", help="Where the others are held: an image's latent, or 0. [image]", show_default=False
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="IMAGE", help="That image: an index, or f1. [0]", show_default=False),
    ] = None,
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    latent: Latent = None,
    at: At = None,
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Move one latent dimension after another, the others held. Moving: all rows sweep at once."""
    from vae_tui.latent import DimChoice, parse_edits
    from vae_tui.pictures.traverse import TraversePicture
    from vae_tui.points.grammar import parse_point

    of_image: dict[str, object] = {"--image": image, "--posterior": posterior}
    refuse_beside("--quantiles", quantiles or None, {"--low": low, "--high": high, "--sigmas": sigmas})
    refuse_beside("--sigmas", sigmas, {"--low": low, "--high": high})
    if tail is not None and not quantiles:
        raise VaeTuiError("--tail means nothing without --quantiles", "leave it out, or add --quantiles")
    refuse_beside("--latent", latent, of_image | {"--centre": centre, "--at": at})
    refuse_beside("--at", at, of_image | {"--centre": centre})
    refuse_beside("--centre prior", centre if centre == "prior" else None, of_image)
    request = TraversePicture(
        dims=DimChoice.parse(dims, num),
        steps=steps,
        scale="quantiles" if quantiles else "values" if sigmas is None else "sigmas",
        low=-3.0 if low is None else low,
        high=3.0 if high is None else high,
        sigmas=3.0 if sigmas is None else sigmas,
        tail=0.01 if tail is None else tail,
        centre=centre or "image",
        image=read_image("--image", image, 0),
        posterior=posterior or "mean",
        seed=seed,
        edits=parse_edits(z),
        base=read_base(latent),
        at=None if at is None else parse_point(at),
    )
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))
