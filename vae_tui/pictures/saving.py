"""Pictures saved to files: the suffix decides the format, and a failure leaves what was there."""

import errno
import os
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import replace_file
from vae_tui.pictures.contract import PictureRequest, Subject
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.rendering import file_bytes

_HINTS = {
    errno.ENOSPC: "free some room there, or name another folder",
    errno.EDQUOT: "free some room there, or name another folder",
    errno.ENAMETOOLONG: "give a shorter name",
}


def check_target(path: Path) -> None:
    """Raises VaeTuiError where no picture can be saved to this path: asked before anything is computed."""
    shown = printable(str(path))
    if path.suffix.lower() not in (".png", ".gif"):
        raise VaeTuiError(f"-o {shown} is neither a .png nor a .gif", "end the name in .png (still) or .gif (moving)")
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        raise VaeTuiError(f"{shown} is a folder", "give the name of a file")
    if not os.path.isdir(folder):
        raise VaeTuiError(f"{shown}: there is no folder {printable(folder)}", "make it first, or name another")
    if os.path.exists(target) and not os.path.isfile(target):
        raise VaeTuiError(f"{shown} is no regular file", "give another name")
    for place in (folder, target):
        if os.path.exists(place) and not os.access(place, os.W_OK):
            raise VaeTuiError(f"{printable(place)} can't be written to", "name another folder or file")


def save_picture(request: PictureRequest, subject: Subject, origin: Origin, checkpoint_hash: str, path: Path) -> None:
    """The picture, in the file: a PNG or, where the path ends in .gif, the animation; an older file is replaced.

    Raises VaeTuiError where it can't be written.
    """
    check_target(path)
    write_picture(path, file_bytes(request, subject, origin, checkpoint_hash, moving=path.suffix.lower() == ".gif"))


def write_picture(path: Path, content: bytes) -> None:
    """A picture's bytes in the file, whole; an older file is replaced. Raises VaeTuiError where it can't be written."""
    try:
        replace_file(Path(os.path.realpath(path)), lambda file: file.write(content))
    except OSError as error:
        reason = error.strerror or str(error)
        hint = _HINTS.get(error.errno or 0, "name another folder or file")
        raise VaeTuiError(f"{printable(str(path))} can't be written: {reason}", hint) from None
