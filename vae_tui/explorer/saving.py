"""Saved pictures: a new file each time, whole or not at all."""

import contextlib
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.model import OpenModel
from vae_tui.files import replace_file
from vae_tui.pictures.beside import BesidePicture, side_names
from vae_tui.pictures.contract import PictureRequest
from vae_tui.pictures.history import history_bytes
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.rendering import file_bytes
from vae_tui.runs import kept_epochs


def save_new(
    request: PictureRequest, model: OpenModel, origin: Origin, folder: Path, stem: str, *, moving: bool
) -> str:
    """Saves the picture to a new file, the bytes that its command writes; what there is to say of it, in one line."""
    return _save(
        lambda: file_bytes(request, model, origin, model.summary.checkpoint_hash, moving=moving),
        folder,
        stem,
        ".gif" if moving else ".png",
    )


def save_history(
    request: PictureRequest, run_dir: Path, open_path: Callable[[Path], OpenModel], origin: Origin, stem: str
) -> str:
    """Saves the picture of each kept epoch of a run as a GIF in the current folder; what there is to say of it.

    Of a picture of two checkpoints, the second one stands beside each epoch.
    """
    if isinstance(request, BesidePicture) and origin.beside is not None:
        request = replace(request, names=side_names(str(run_dir), origin.beside.checkpoint))

    def content() -> bytes:
        kept = [one.path for one in kept_epochs(run_dir)]
        if not kept:
            raise VaeTuiError("the run has kept no epochs: train with --keep-every 1")
        last = open_path(kept[-1])
        epochs = itertools.chain(map(open_path, kept[:-1]), [last])
        named = replace(origin, checkpoint=str(run_dir), history=True)
        return history_bytes(request, epochs, named, last.summary.checkpoint_hash)

    return _save(content, Path(), f"{stem}-history", ".gif")


def _save(content: Callable[[], bytes], folder: Path, stem: str, suffix: str) -> str:
    """Never raises: a folder that is gone, the current one among them, is said like any other reason."""
    try:
        path = write_new(folder.absolute(), stem, suffix, content())
    except VaeTuiError as error:
        return printable(f"not saved: {error.message}")
    except OSError as error:
        return printable(f"not saved: {error.strerror or error}")
    except Exception as error:  # a model may raise anything; the explorer lives on and says what it was
        return printable(f"not saved: {type(error).__name__}: {error}")
    return printable(f"saved {path.name} in {path.parent}")


def write_new(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """The path of a new file stem-1.suffix, stem-2.suffix, …: the first free name; nothing is written over.

    The name is taken by an empty file first, which the written one then replaces. Raises OSError.
    """
    for number in itertools.count(1):
        path = folder / f"{stem}-{number}{suffix}"
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        try:
            replace_file(path, lambda file: file.write(content))
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return path
    raise AssertionError("numbers do not end")
