"""--history: a picture of each kept epoch of a run, in turn, as a GIF."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vae_tui.cli.report import print_result, waiting
from vae_tui.cli.source import Place, open_session, origin_of
from vae_tui.errors import VaeTuiError, printable
from vae_tui.runs import kept_epochs

if TYPE_CHECKING:
    from vae_tui.pictures.contract import PictureRequest
    from vae_tui.pictures.origin import Origin
    from vae_tui.session import Session

    WithOther = Callable[[PictureRequest, Origin, Session, Place], tuple[PictureRequest, Origin, Session]]
    """As Delivery.with_other."""


def deliver_history(request: "PictureRequest", place: Place, output: Path | None, with_other: "WithOther") -> None:
    """Saves the GIF to `output` and prints its path. A second checkpoint stands beside each of the epochs.

    Raises VaeTuiError where that is no .gif, or the checkpoint no run folder with kept epochs.
    """
    from vae_tui.pictures.history import history_bytes
    from vae_tui.pictures.saving import check_target, write_picture

    if output is None or output.suffix.lower() != ".gif":
        raise VaeTuiError("--history is a film", "save it: -o FILE.gif")
    check_target(output)
    shown = printable(str(place.checkpoint))
    if not place.checkpoint.is_dir():
        raise VaeTuiError(f"--history needs a run folder, and {shown} is none", "name the folder of the run")
    kept = kept_epochs(place.checkpoint)
    if not kept:
        raise VaeTuiError(f"{shown} has kept no epochs", "train with --keep-every 1")
    newest = replace(place, checkpoint=kept[-1].path)
    last = open_session(newest)
    origin = replace(origin_of(newest, last), checkpoint=str(place.checkpoint), history=True)
    request, origin, _ = with_other(request, origin, last, place)

    def epochs() -> "Iterator[Session]":
        for one in kept[:-1]:
            yield open_session(replace(place, checkpoint=one.path))
        yield last

    with waiting(f"drawing {output}"):
        content = history_bytes(request, epochs(), origin, last.summary.checkpoint_hash)
    write_picture(output, content)
    print_result(str(output))
