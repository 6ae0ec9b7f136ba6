"""Pixels that a terminal on this machine reads for itself: shared memory, or a file of its temporary folder.

The terminal removes what it has read. What it never read is removed here: when the picture is taken off, after `KEPT`
further pictures, or when the program ends. What a program left that was killed, the next one removes.
"""

import atexit
import errno
import importlib
import mmap
import os
import re
import secrets
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Literal

KEPT = 8
"""Pictures on their way to the terminal: one that lags by more has lost them."""
STALE_S = 60.0
"""Pixels that have lain for so long nobody will read: they are on their way for milliseconds."""
Medium = Literal["shared", "file"]
_FILE_PREFIX = "vaetui-tty-graphics-protocol-"
"""Terminals delete a file only where it is a temporary one that says what it is for."""
_IS_OURS = re.compile(r"vaetui-[0-9a-f]{16}").fullmatch
"""A person's own files may lie in shared memory too, and begin in the same way."""
KEYS: dict[Medium, str] = {"shared": "t=s", "file": "t=t"}
"""How a command says where its pixels are; its payload is the name."""


class SharedPixels:
    """Puts pixels where the terminal can read them, and cleans up after it."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self._names: deque[str] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        _sweep(medium)
        atexit.register(self._close)

    def put(self, pixels: bytes | memoryview) -> str:
        """The name under which the terminal finds them. Raises OSError where there is no room, or the program ends."""
        with self._lock:
            if self._is_closed:
                raise OSError(errno.ESHUTDOWN, "the program ends")
            name = _put_memory(pixels) if self.medium == "shared" else _put_file(pixels)
            self._names.append(name)
            if len(self._names) > KEPT:
                self._remove(self._names.popleft())
            return name

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
        """The program ends; a thread that still draws puts nothing any more, which could only be left there."""
        with self._lock:
            self._is_closed = True
        self.clear()

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            if self.medium == "shared":
                importlib.import_module("_posixshmem").shm_unlink(name)
            else:
                Path(name).unlink()


def _sweep(medium: Medium) -> None:
    """Removes what programs of this person left that were killed."""
    is_shared = medium == "shared"
    folder = Path("/dev", "shm") if is_shared else Path(tempfile.gettempdir())  # shared memory as Linux shows it
    for path in folder.glob("vaetui-*" if is_shared else f"{_FILE_PREFIX}*"):
        if is_shared and not _IS_OURS(path.name):
            continue
        with suppress(OSError):
            status = path.lstat()
            if status.st_uid == os.getuid() and time.time() - status.st_mtime > STALE_S:
                path.unlink()


def _put_memory(pixels: bytes | memoryview) -> str:
    # Not multiprocessing.shared_memory: before Python 3.13 it starts a process that removes the memory a second time
    # and complains that it is gone. Names of 31 characters at most, as macOS has it.
    memory = importlib.import_module("_posixshmem")
    name = f"/vaetui-{secrets.token_hex(8)}"
    handle = memory.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    try:
        if sys.platform == "linux":  # a third of a mapping's time, and an error, no SIGBUS, where /dev/shm is full
            left = memoryview(pixels)
            while left:
                left = left[os.write(handle, left) :]
        else:  # shared memory is no file there
            os.ftruncate(handle, len(pixels))
            with mmap.mmap(handle, len(pixels)) as view:
                view[:] = pixels
    except OSError:
        memory.shm_unlink(name)
        raise
    finally:
        os.close(handle)
    return name


def _put_file(pixels: bytes | memoryview) -> str:
    handle, path = tempfile.mkstemp(prefix=_FILE_PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pixels)
    except OSError:
        Path(path).unlink()
        raise
    return path
