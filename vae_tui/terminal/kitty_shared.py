"""Pixels that a terminal on this machine reads for itself: shared memory, or a file of its temporary folder.

The terminal removes what it has read. What it never read is removed here: when the picture is taken off, after `KEPT`
further pictures, or when the program ends.
"""

import atexit
import importlib
import mmap
import os
import secrets
import tempfile
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Literal

KEPT = 8
"""Pictures on their way to the terminal: one that lags by more has lost them."""
Medium = Literal["shared", "file"]
KEYS: dict[Medium, str] = {"shared": "t=s", "file": "t=t"}
"""How a command says where its pixels are; its payload is the name."""


class SharedPixels:
    """Puts pixels where the terminal can read them, and cleans up after it."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self._names: deque[str] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        atexit.register(self._close)

    def put(self, pixels: bytes) -> str:
        """The name under which the terminal finds them. Raises OSError where there is no room."""
        with self._lock:
            name = _put_memory(pixels) if self.medium == "shared" else _put_file(pixels)
            self._names.append(name)
            if len(self._names) > (0 if self._is_closed else KEPT):
                self._remove(self._names.popleft())
            return name

    @property
    def newest(self) -> str:
        """The name that was given last."""
        return self._names[-1]

    def is_read(self, name: str) -> bool:
        """Whether they are gone: the terminal has read them, unless they were removed here."""
        if self.medium == "file":
            return not Path(name).exists()
        try:
            os.close(importlib.import_module("_posixshmem").shm_open(name, os.O_RDONLY, mode=0o600))
        except FileNotFoundError:
            return True
        return False

    def clear(self) -> None:
        """Removes what is left."""
        with self._lock:
            while self._names:
                self._remove(self._names.popleft())

    def _close(self) -> None:
        """The program ends; a thread may still be drawing what nobody will read."""
        self._is_closed = True
        self.clear()

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            if self.medium == "shared":
                importlib.import_module("_posixshmem").shm_unlink(name)
            else:
                Path(name).unlink()


def _put_memory(pixels: bytes) -> str:
    # Not multiprocessing.shared_memory: before Python 3.13 it starts a process that removes the memory a second time
    # and complains that it is gone. Names of 31 characters at most, as macOS has it.
    memory = importlib.import_module("_posixshmem")
    name = f"/vaetui-{secrets.token_hex(8)}"
    handle = memory.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    try:
        if hasattr(os, "posix_fallocate"):  # else a full /dev/shm would be a SIGBUS
            os.posix_fallocate(handle, 0, len(pixels))
        else:
            os.ftruncate(handle, len(pixels))
        with mmap.mmap(handle, len(pixels)) as view:
            view[:] = pixels
    except OSError:
        memory.shm_unlink(name)
        raise
    finally:
        os.close(handle)
    return name


def _put_file(pixels: bytes) -> str:
    # Terminals delete a file only where it is a temporary one that says what it is for.
    handle, path = tempfile.mkstemp(prefix="vaetui-tty-graphics-protocol-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pixels)
    except OSError:
        Path(path).unlink()
        raise
    return path
