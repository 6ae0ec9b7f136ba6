"""Files that are either whole or as they were: written aside, flushed, swapped in."""

import errno
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """What `write` writes becomes the file at `path`, or nothing changes.

    The bytes go to a temporary file in the same folder and to the disk before the swap, and the folder's entry after
    it, so that a crash at any moment leaves the old file or the new one (POSIX rename). Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def link_file(source: Path, target: Path) -> None:
    """`target` becomes the file that `source` is at this moment, or nothing changes.

    A hard link where the file system has them, else a copy. Where `source` is swapped meanwhile, it is the old file or
    the new one, whole. Raises OSError.
    """
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        os.link(source.resolve(), aside)
    except FileNotFoundError:
        raise
    except OSError:  # FAT, some network file systems and containers, another device
        with source.open("rb") as file:
            replace_file(target, lambda copy: shutil.copyfileobj(file, copy))
        return
    try:
        os.replace(aside, target)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)  # of two names of one file, the swap leaves both
    sync_folder(target.parent)


def read_regular(path: Path, most: int) -> bytes:
    """The file's bytes, `most` + 1 of them where it has more.

    Raises OSError: of anything but a regular file with the number EINVAL, without waiting for a pipe's writer.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file")
    with os.fdopen(handle, "rb") as file:
        return file.read(most + 1)


def sync_folder(folder: Path) -> None:
    """The folder's entries, on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
