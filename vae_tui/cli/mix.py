"""The mix command: one latent, moved along dimensions and directions."""

from typing import Annotated

import typer

from vae_tui.cli.options import (
    At,
    Beside,
    Checkpoint,
    DataDir,
    DataSource,
    Device,
    Edits,
    Files,
    ForeignImageShape,
    ForeignLatentDim,
    GraphicsChoice,
    History,
    Latent,
    ModelFactory,
    Output,
    PixelRangeChoice,
    SidesChoice,
    Split,
    WeightsChoice,
)
from vae_tui.cli.pictures import Place, deliver, read_base, refuse_beside
from vae_tui.foreign_model import ForeignModel


def mix(
    checkpoint: Checkpoint,
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
    data: DataSource = None,
    split: Split = None,
    data_dir: DataDir = None,
    files: Files = None,
    weights: WeightsChoice = None,
    model: ModelFactory = None,
    pixel_range: PixelRangeChoice = None,
    latent_dim: ForeignLatentDim = None,
    image_shape: ForeignImageShape = None,
    beside: Beside = None,
    sides: SidesChoice = None,
    history: History = False,
    device: Device = "auto",
    output: Output = None,
    graphics: GraphicsChoice = "auto",
) -> None:
    """Decode one latent, large: an image's or a draw, moved along dimensions, principal directions or classes.

    Moving: one dimension or direction to 3, to -3 and back, everything else as it is.
    """
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.mix import MixPicture
    from vae_tui.points import Point

    refuse_beside("--latent", latent, {"--at": at})
    point = Point() if at is None else Point.parse(at)
    strip = tuple(Point.parse(text) for text in recent or ())
    request = MixPicture(point, parse_edits(z), strip, sweep, read_base(latent), frame)
    foreign = ForeignModel.told(model, pixel_range, latent_dim, image_shape)
    place = Place(
        checkpoint, data, split, data_dir, device, weights, foreign, beside, sides, tuple(files or ()), history
    )
    deliver(request, place, output, graphics)
