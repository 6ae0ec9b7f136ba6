"""`vaetui demo`: the checkpoint that ships, in the explorer or, without a terminal, as pictures in a folder."""

import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_tui.cli.options import Device, GraphicsChoice
from vae_tui.cli.report import print_result
from vae_tui.cli.source import Place, Source, open_session
from vae_tui.errors import VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.pictures.contract import PictureRequest
    from vae_tui.session import Session

DEFAULT_OUT = Path("vaetui-demo")


def demo(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help=f"Write the views there as pictures, terminal or not. [without one: {DEFAULT_OUT}]",
            show_default=False,
        ),
    ] = None,
    device: Device = "auto",
    graphics: GraphicsChoice = "auto",
) -> None:
    """Open the small checkpoint that ships with the program; without a terminal, write its views as pictures."""
    checkpoint_path = find_demo()
    if out is None and _can_explore():
        from vae_tui.cli.explore import open_explorer

        open_explorer(Place(checkpoint_path, Source(device=device)), graphics)
        return
    for picture_path in write_views(checkpoint_path, out or DEFAULT_OUT, device):
        print_result(str(picture_path))


def find_demo() -> Path:
    """The checkpoint in the installed package, else in the checkout."""
    places = (files("vae_tui") / "assets" / "demo.pt", Path(__file__).parents[2] / "assets" / "demo.pt")
    for place in places:
        if isinstance(place, Path) and place.is_file():
            return place
    raise VaeTuiError("the demo checkpoint is missing from this installation", "install vaetui again from its wheel")


def write_views(checkpoint_path: Path, folder: Path, device: str) -> list[Path]:
    """The explorer's four views of the model as PNGs in the folder, which is made; their paths."""
    from vae_tui.pictures.origin import Origin
    from vae_tui.pictures.saving import save_picture

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VaeTuiError(f"{printable(str(folder))} can't be made: {reason}", "name a folder with --out DIR") from None
    session = open_session(Place(checkpoint_path, Source(device=device)))
    paths = []
    for name, request in demo_views(session).items():
        paths.append(folder / f"{name}.png")
        save_picture(request, session, Origin(str(checkpoint_path)), session.summary.checkpoint_hash, paths[-1])
    return paths


def demo_views(session: "Session") -> "dict[str, PictureRequest]":
    """File name to picture: what the explorer's views begin with."""
    from vae_tui.explorer.model import ModelFacts
    from vae_tui.explorer.state import LatentState
    from vae_tui.explorer.view import VIEWS

    facts = ModelFacts(session.latent_dim, session.num_images, session.split, session.statistics, session.summary)
    names = {"samples-8x8": "samples"} | {name: name for name in ("interpolate", "traverse", "reconstruct")}
    return {file: VIEWS.get(view).request(LatentState(view=view), facts) for file, view in names.items()}


def _can_explore() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
