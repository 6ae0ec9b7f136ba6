"""`vaetui interpolate`: the path between latents."""

from typing import Annotated, Literal

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, read_base, read_image, refuse_beside
from vae_tui.cli.options import ChannelsChoice, Checkpoint, Edits, Files, Latent, PosteriorChoice, Seed
from vae_tui.cli.source import Place, Source


def interpolate(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    num: Annotated[
        int | None, typer.Option("-n", metavar="N", help="How many pairs, one a row. [1]", show_default=False)
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Images on each path, both ends included.")] = 10,
    path: Annotated[Literal["lerp", "slerp"], typer.Option("--path", help="A straight line, or an arc.")] = "lerp",
    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="IMAGE", help="Where the first path begins: an index, or f1. [0]", show_default=False
        ),
    ] = None,
    second: Annotated[
        str | None,
        typer.Option("--to", metavar="IMAGE", help="Where it ends; further rows: two on. [1]", show_default=False),
    ] = None,
    random: Annotated[bool, typer.Option("--random", help="Between draws of the prior instead of images.")] = False,
    through: Annotated[
        list[str] | None,
        typer.Option(
            "--through",
            metavar="POINT",
            help="Instead: one path through 2 to 16 points, each with its own --through: image:7, draw:3:0, centre, "
            "image:7,pc1=1.5 (docs/points.md). One row a leg.",
            show_default=False,
        ),
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            metavar="K",
            help="Frame K, from 0, of the film instead, as -o FILE.gif plays it: there and back, in steps 4 times as "
            "fine.",
            show_default=False,
        ),
    ] = None,
    posterior: PosteriorChoice = None,
    seed: Seed = 0,
    z: Edits = "",
    latent: Latent = None,
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Decode the path between two latents, or through more: images, random ones, any points. Moving: there and back."""
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.interpolate import InterpolatePicture
    from vae_tui.points.grammar import parse_point

    of_images: dict[str, object] = {"--from": first, "--to": second, "--posterior": posterior}
    refuse_beside("--random", random or None, of_images)
    refuse_beside("--latent", latent, of_images | {"--random": random or None})
    of_pairs = of_images | {"--random": random or None, "--latent": latent, "-n": num}
    refuse_beside("--through", through or None, of_pairs)
    request = InterpolatePicture(
        num=1 if num is None else num,
        steps=steps,
        between="random" if random else "images",
        first=read_image("--from", first, 0),
        second=read_image("--to", second, 1),
        path=path,
        posterior=posterior or "mean",
        seed=seed,
        edits=parse_edits(z),
        base=read_base(latent),
        through=tuple(parse_point(point) for point in through or ()),
        frame=frame,
    )
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))
