"""Two trained models to be looked at beside each other: each opened by its own code, both on the same images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vae_tui.channels import FILE_CHANNELS
from vae_tui.checkpoint import load_plain
from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel
from vae_tui.pictures.beside import Whose
from vae_tui.runs import find_checkpoint
from vae_tui.session import Session


class Pair(NamedTuple):
    """Two models, and whose images both look at."""

    first: Session
    """As it was or, where it had no images, with those of the second."""
    second: Session
    whose: Whose


def foreign_at(path: Path, model: ForeignModel | None) -> ForeignModel | None:
    """Of two checkpoints, what --model says of the one at this path: nothing of vaetui's own, which knows its model."""
    if model is None:
        return None
    try:
        raw, _ = load_plain(find_checkpoint(path))
    except VaeTuiError:
        return model
    return None if "format" in raw and "weights" in raw else model


def open_pair(
    first: Session,
    path: Path,
    *,
    files: Sequence[Path] = (),
    model: ForeignModel | None = None,
    data: str | None = None,
    **asked: Any,
) -> Pair:
    """The checkpoint at `path` beside the first one; `asked` is the rest of what Session.open_beside takes.

    Where only one of them has images, the other gets them, if they fit its model. `files` are the image files that the
    first one has, and then the second too, where its images are of so many channels as files have. Raises what opening
    raises, and VaeTuiError where --model names neither of them.
    """
    foreign = foreign_at(path, model)
    if model is not None and foreign is None and first.summary.model != model.factory:
        raise VaeTuiError("both are checkpoints of vaetui, which know their models", "leave --model out")
    second = first.open_beside(path, model=foreign, data=data, **asked)
    if second.summary.image_shape[0] in FILE_CHANNELS:
        for file in files[second.num_files :]:  # a model of one shape with the first shares those that this one has
            second.add_file(file)
    if second.shares_images(first):
        is_lent = data is None and second.checkpoint.gallery is None and first.num_images > 0
        return Pair(first, second, "first" if is_lent else "shared")
    if first.num_images:
        return Pair(first, second, "own" if second.num_images else "first alone")
    lent = first.with_images_of(second)
    return Pair(lent, second, "second") if lent.shares_images(second) else Pair(first, second, "second alone")
