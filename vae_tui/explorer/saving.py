"""Saved pictures: a new file each time, whole or not at all."""

import contextlib
import itertools
import os
from pathlib import Path

from vae_tui.files import replace_file


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
