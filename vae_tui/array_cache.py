"""Arrays kept from one run of the program to the next: one file a key, read with distrust, never more than some GB."""

import hashlib
import io
import math
import os
import struct
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_tui.files import replace_file

Arrays = Mapping[str, NDArray[np.float32]]

MAX_FILES = 64
MAX_BYTES = 2 << 30
STALE_S = 3600.0
"""Age at which a temporary file belongs to no writer any more."""
_DIGEST = "digest"
_OTHER_BYTES = 1 << 16
"""Of a file that is no array's content, at most."""


class ArrayCache:
    """Float32 arrays by key, in files KIND-KEY.npz of one folder; those that were used last are kept.

    A file that is damaged, or holds anything but what is asked for, counts as absent. Where the folder can't be
    written to, nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, kind: str, key: str) -> Path:
        """Where the arrays lie; the key is a hash in hex."""
        return self.folder / f"{kind}-{key}.npz"

    def read(self, kind: str, key: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float32]] | None:
        """The arrays as they were written, of exactly these names and shapes; or None."""
        path = self.path(kind, key)
        try:
            if path.stat().st_size > _OTHER_BYTES + sum(4 * math.prod(shape) for shape in shapes.values()):
                return None
            with path.open("rb") as file, zipfile.ZipFile(file) as members:
                if sorted(members.namelist()) != sorted(f"{name}.npy" for name in (*shapes, _DIGEST)):
                    return None
                arrays = {name: _read(members, name, shape, "<f4") for name, shape in shapes.items()}
                digest = _read(members, _DIGEST, (32,), "|u1")
            os.utime(path)
        except (OSError, ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile):
            return None
        return arrays if digest.tobytes() == _digest(key, arrays) else None

    def write(self, kind: str, key: str, arrays: Arrays) -> None:
        """Keeps the arrays, whole or not at all, and forgets those that were not used for longest."""
        plain: dict[str, Any] = {name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()}
        digest = np.frombuffer(_digest(key, plain), np.uint8)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.path(kind, key), lambda file: np.savez(file, **plain, digest=digest))
            self._forget()

    def _forget(self) -> None:
        found = [(path, path.stat()) for path in self.folder.glob("*-*.npz")]
        files = sorted(found, key=lambda one: -one[1].st_mtime_ns)
        num_bytes = 0
        for number, (path, status) in enumerate(files):
            num_bytes += status.st_size
            if number and (number >= MAX_FILES or num_bytes > MAX_BYTES):
                path.unlink(missing_ok=True)
        for path in self.folder.glob(".*.part"):
            if time.time() - path.stat().st_mtime > STALE_S:
                path.unlink(missing_ok=True)


def _digest(key: str, arrays: Arrays) -> bytes:
    digest = hashlib.sha256(key.encode())
    for name, array in sorted(arrays.items()):
        digest.update(name.encode())
        digest.update(array.data)
    return digest.digest()


def _read(members: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """The member, stored as it is and of this shape to the byte. Else ValueError, before anything is unpacked."""
    header = _header(shape, dtype)
    num_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    entry = members.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != len(header) + num_bytes:
        raise ValueError(f"{name} has {entry.file_size} bytes")
    with members.open(entry) as member:
        if member.read(len(header)) != header:
            raise ValueError(f"{name} is of another kind")
        return np.frombuffer(member.read(), dtype).reshape(shape).copy()


def _header(shape: tuple[int, ...], dtype: str) -> bytes:
    """How NumPy begins an array's file (numpy.lib.format, version 1.0)."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
    return header.getvalue()
