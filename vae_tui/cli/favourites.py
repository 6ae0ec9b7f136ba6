"""`vaetui favourites`: the latents that were kept of a checkpoint, to a file and from one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_tui.cli.options import AsJson, Checkpoint
from vae_tui.cli.report import print_json, print_note, print_result, waiting
from vae_tui.errors import VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.shelf.values import Shelf


def favourites(
    checkpoint: Checkpoint,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write them to FILE.json (all that is kept), or FILE.npz (the latents, for --latent).",
            show_default=False,
        ),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Add those of an exported FILE.json or FILE.npz, or the latents of a picture that vaetui saved.",
            show_default=False,
        ),
    ] = None,
    latent_dim: Annotated[
        int | None,
        typer.Option(
            "--latent-dim",
            metavar="N",
            min=1,
            help="For the first --import to weights of somebody's own module, which do not say it.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the latents that were kept of a checkpoint in the explorer; export or import them."""
    from vae_tui.runs import find_checkpoint
    from vae_tui.shelf.exchange import export_shelf
    from vae_tui.shelf.store import load_shelf, shelf_path

    if export is not None and import_ is not None:
        raise VaeTuiError("--export means nothing beside --import", "give one of them, then the other")
    checkpoint_path = find_checkpoint(checkpoint)
    kept = load_shelf(hash_of(checkpoint_path))
    if kept.notice:
        print_note(kept.notice)
    shelf = kept.shelf
    if import_ is not None:
        shelf = _import(shelf, import_, latent_dim or _latent_dim(shelf, checkpoint_path))
    if export is not None:
        export_shelf(shelf, export)
    if as_json:
        print_json(_plain(shelf) | {"path": str(shelf_path(shelf.checkpoint_hash))})
    elif export is not None:
        print_result(str(export))
    elif not shelf.favourites and not shelf.marked_a and not shelf.marked_b:
        print_result("no favourites yet: the explorer keeps them, and --import FILE adds some")
    else:
        for line in _lines(shelf):
            print_result(line)


def hash_of(checkpoint_path: Path) -> str:
    """What the checkpoint's shelf is called by, without opening the model."""
    import hashlib

    try:
        with checkpoint_path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise VaeTuiError(f"{printable(str(checkpoint_path))} can't be read: {error.strerror or error}") from None


def _latent_dim(shelf: "Shelf", checkpoint_path: Path) -> int:
    """That of the favourites that are there, else what the checkpoint says."""
    if shelf.favourites:
        return len(shelf.favourites[0].latent)
    with waiting(f"opening {checkpoint_path}"):
        from vae_tui.checkpoint import read_checkpoint

        try:
            return read_checkpoint(checkpoint_path).spec.latent_dim
        except VaeTuiError as error:
            hint = "weights of somebody's own module say nothing of their latents: give --latent-dim N"
            raise VaeTuiError(error.message, hint) from None


def _import(shelf: "Shelf", path: Path, latent_dim: int) -> "Shelf":
    """With what the file adds, saved."""
    from vae_tui.shelf.exchange import import_shelf
    from vae_tui.shelf.store import save_shelf

    taken = shelf.take(import_shelf(path, shelf.checkpoint_hash, latent_dim))
    saved = save_shelf(taken, shelf).shelf
    added = len(taken.favourites) - len(shelf.favourites)
    print_note(f"{added} added" if added else "nothing new in it")
    return saved


def _lines(shelf: "Shelf") -> list[str]:
    """One a favourite, then one a group of marked images."""
    width = max((len(name) for name in shelf.names), default=0)
    lines = [f"{favourite.name:<{width}}  {favourite.point or '-'}" for favourite in shelf.favourites]
    for group, images in (("a", shelf.marked_a), ("b", shelf.marked_b)):
        if images:
            lines.append(f"marked images, group {group}: {', '.join(map(str, images))}")
    return lines


def _plain(shelf: "Shelf") -> dict[str, Any]:
    from vae_tui.shelf.plain import shelf_to_plain

    return shelf_to_plain(shelf)
