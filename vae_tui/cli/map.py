"""`vaetui map`: the images of a set on a plane."""

from typing import Annotated, Literal

import typer

from vae_tui.cli.delivery import Delivery
from vae_tui.cli.given import by_channels, refuse_beside
from vae_tui.cli.options import At, ChannelsChoice, Checkpoint, Edits, Files
from vae_tui.cli.source import Place, Source
from vae_tui.errors import VaeTuiError, printable


def draw_map(
    checkpoint: Checkpoint,
    source: Source,
    how: Delivery,
    method: Annotated[
        Literal["pca", "umap"],
        typer.Option("--method", help="The two first principal directions, or UMAP (pip install 'vaetui[umap]')."),
    ] = "pca",
    x: Annotated[
        float | None,
        typer.Option("--x", metavar="X", help="Where the cursor stands. [at the mean]", show_default=False),
    ] = None,
    y: Annotated[
        float | None,
        typer.Option("--y", metavar="Y", help="By pca, both in standard deviations.", show_default=False),
    ] = None,
    zoom: Annotated[float, typer.Option("--zoom", metavar="TIMES", help="So many times as close as all images.")] = 1.0,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="X,Y", help="The middle of what is seen. [that of all]", show_default=False),
    ] = None,
    grid: Annotated[
        int | None,
        typer.Option("--grid", metavar="N", help="Decode N x N places instead of the cursor's.", show_default=False),
    ] = None,
    at: At = None,
    z: Edits = "",
    files: Files = None,
    channels: ChannelsChoice = None,
) -> None:
    """Show the images on a plane, and what a place of it decodes to. Moving: the cursor goes round.

    `--at` marks a latent on the plane. Beside the points stand what the cursor's place decodes to and the image nearest
    to it. `-o FILE.gif` walks the cursor once around; with `--grid`, from tile to tile.
    """
    from vae_tui.latent import parse_edits
    from vae_tui.pictures.map import MapPicture
    from vae_tui.points.grammar import parse_point

    refuse_beside("--grid", grid, {"--x": x, "--y": y})
    request = MapPicture(
        method=method,
        x=x,
        y=y,
        zoom=zoom,
        about=None if about is None else _parse_place(about),
        grid=_checked_grid(grid),
        at=None if at is None else parse_point(at),
        edits=parse_edits(z),
    )
    how.deliver(by_channels(request, channels), Place(checkpoint, source, files or ()))


def _checked_grid(grid: int | None) -> int:
    if grid is not None and grid < 2:
        raise VaeTuiError(f"--grid is {grid}", "give 2 or more")
    return grid or 0


def _parse_place(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise VaeTuiError(f"--about {printable(text, 40)!r} is no place", "write --about 1.5,-0.25") from None
    return x, y
