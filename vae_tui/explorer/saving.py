"""Saved pictures: a new file each time, whole or not at all."""

import contextlib
import itertools
import os
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.model import OpenModel
from vae_tui.files import replace_file
from vae_tui.pictures.contract import Origin, PictureRequest
from vae_tui.pictures.rendering import file_bytes


def save_new(
    request: PictureRequest, model: OpenModel, origin: Origin, folder: Path, stem: str, *, moving: bool
) -> str:
    """Saves the picture to a new file, the bytes that its command writes; what there is to say of it, in one line.

    Never raises: a folder that is gone, the current one among them, is said like any other reason.
    """
    try:
        content = file_bytes(request, model, origin, model.summary.checkpoint_hash, moving=moving)
        path = write_new(folder.absolute(), stem, ".gif" if moving else ".png", content)
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
