"""The mix command: one latent, moved along dimensions and directions."""

from typing import Annotated

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, read_base, refuse_beside
from vae_tui.cli.options import At, ChannelsChoice, Checkpoint, Edits, Files, Latent
from vae_tui.cli.source import Place, Source


def mix(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    at: At = None,
    z: Edits = "",
    recent: Annotated[
        list[str] | None,
        typer.Option(
            "--recent",
            metavar="POINT",
            help="A latent for the strip beside it, the oldest first; give it once for each, up to 8 times.",
            show_default=False,
        ),
    ] = None,
    sweep: Annotated[
        str,
        typer.Option(
            "--sweep",
            metavar="SLIDER",
            help="What a GIF moves to 3, to -3 and back: z3, pc1, class:3>5. [the dimension of the largest KL]",
            show_default=False,
        ),
    ] = "",
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            metavar="K",
            help="Frame K, from 0, of that film instead, as -o FILE.gif plays it.",
            show_default=False,
        ),
    ] = None,
    latent: Latent = None,
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Decode one latent, large: an image's or a draw, moved along dimensions, principal directions or classes.

    Moving: one dimension or direction to 3, to -3 and back, everything else as it is.
    """
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.mix import MixPicture
    from vae_tui.points.grammar import parse_point
    from vae_tui.points.point import Point

    refuse_beside("--latent", latent, {"--at": at})
    point = Point() if at is None else parse_point(at)
    strip = tuple(parse_point(text) for text in recent or ())
    request = MixPicture(point, parse_edits(z), strip, sweep, read_base(latent), frame)
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))
