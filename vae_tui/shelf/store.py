"""Shelves in the person's state folder: one small JSON file a checkpoint, shared by all explorers that have it open."""

import errno
import fcntl
import itertools
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import read_regular, replace_file
from vae_tui.shelf.plain import MAX_BYTES, NewerShelfError, parse_shelf, shelf_bytes
from vae_tui.shelf.values import Shelf, merge
from vae_tui.user_folders import state_dir

WAIT_S = 1.0
"""How long another explorer's saving, a matter of milliseconds, is waited for."""
_RETRY_S = 0.02
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What a file system says that has no locks."""


@dataclass(frozen=True)
class Kept:
    """A shelf as the disk has it."""

    shelf: Shelf
    notice: str = ""
    """What there is to say of it, in one line; often nothing."""


def shelf_path(checkpoint_hash: str) -> Path:
    """Where a checkpoint's shelf lies. The hash is hex; anything else is a bug of the caller's."""
    if not re.fullmatch(r"[0-9a-f]{8,128}", checkpoint_hash):
        raise ValueError(f"no hash of a checkpoint: {checkpoint_hash!r}")
    return state_dir() / "shelves" / f"{checkpoint_hash}.json"


def load_shelf(checkpoint_hash: str) -> Kept:
    """The checkpoint's shelf, an empty one where nothing is kept of it.

    A broken file is put aside, under a name that the notice has. Raises VaeTuiError where the file is of a later
    version, or can't be read.
    """
    path = shelf_path(checkpoint_hash)
    with _explained(path):
        if not path.parent.is_dir():
            return Kept(Shelf(checkpoint_hash))
        try:
            return Kept(_read(path, checkpoint_hash) or Shelf(checkpoint_hash))
        except _BrokenError:
            with _locked(path.parent, WAIT_S):
                shelf, notice = _read_or_put_aside(path, checkpoint_hash)
            return Kept(shelf or Shelf(checkpoint_hash), notice)


def save_shelf(mine: Shelf, base: Shelf, *, wait_s: float = WAIT_S) -> Kept:
    """The shelf on the disk, with what others have changed there since it was as `base`; what the two came to.

    Raises VaeTuiError where it can't be written; then the disk has what it had.
    """
    path = shelf_path(mine.checkpoint_hash)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent, wait_s):
            theirs, notice = _read_or_put_aside(path, mine.checkpoint_hash)
            merged = merge(base, mine, base if theirs is None else theirs)  # a file that went took nothing with it
            if merged != theirs:
                content = shelf_bytes(merged)
                replace_file(Path(os.path.realpath(path)), lambda file: file.write(content))
    return Kept(merged, notice)


class ShelfKeeper:
    """The shelf of an open checkpoint: each change is saved, and one that can't be is still there while this lives."""

    def __init__(self, checkpoint_hash: str) -> None:
        self._base = Shelf(checkpoint_hash)
        self._said: set[str] = set()
        self.notice = ""
        """What there is to say of the loading, in one line."""
        self.is_saved = True
        """Whether the disk has the present one."""
        try:
            kept = load_shelf(checkpoint_hash)
            self._base, self.notice = kept.shelf, kept.notice
        except VaeTuiError as error:
            self.notice = self._once(error)
        self.shelf = self._base
        """The present one."""

    def change(self, change: Callable[[Shelf], Shelf]) -> str:
        """Puts what `change` makes of the shelf in its place and saves it; what there is to say, in one line.

        The same failure is said once. Raises what `change` raises, and then nothing has changed.
        """
        changed = change(self.shelf)
        if changed == self.shelf:
            return ""
        self.shelf, self.is_saved = changed, False
        try:
            kept = save_shelf(changed, self._base)
        except VaeTuiError as error:
            return self._once(error)
        self.is_saved = True
        self.shelf = self._base = kept.shelf
        self._said.clear()
        return kept.notice

    def _once(self, error: VaeTuiError) -> str:
        if error.message in self._said:
            return ""
        self._said.add(error.message)
        return error.message if not error.hint else f"{error.message}: {error.hint}"


class _BrokenError(Exception):
    """The file is no shelf of this checkpoint."""


def _read(path: Path, checkpoint_hash: str) -> Shelf | None:
    """None where there is no file. Raises _BrokenError, NewerShelfError or OSError."""
    try:
        shelf = parse_shelf(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise _BrokenError(error.strerror) from None
        raise
    except NewerShelfError:
        raise
    except VaeTuiError as error:
        raise _BrokenError(error.message) from None
    if shelf.checkpoint_hash != checkpoint_hash:
        raise _BrokenError("it is of another checkpoint")
    return shelf


def _read_or_put_aside(path: Path, checkpoint_hash: str) -> tuple[Shelf | None, str]:
    """The shelf, if any, and what there is to say; under the lock."""
    try:
        return _read(path, checkpoint_hash), ""
    except _BrokenError as error:
        for number in itertools.count(1):
            aside = path.with_name(f"{path.name}.broken-{number}")
            if not os.path.lexists(aside):
                os.rename(path, aside)
                return None, f"broken favourites put aside as {printable(str(aside))}: {error}"
        raise AssertionError("numbers do not end") from None


@contextmanager
def _locked(folder: Path, wait_s: float) -> Iterator[None]:
    """While no other explorer saves; where the file system has no locks, at once."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _take_lock(handle, time.monotonic() + wait_s)
        yield
    finally:
        os.close(handle)  # and with it the lock goes


def _take_lock(handle: int, until: float) -> None:
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise VaeTuiError("not kept: another explorer is saving", "change something again later") from None
            time.sleep(_RETRY_S)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return None
            raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """In words for a person."""
    try:
        yield
    except NewerShelfError as error:
        raise VaeTuiError(f"{printable(str(path))}: {error.message}", error.hint) from None
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"favourites can't be kept in {printable(str(path.parent))}: {reason}"
        raise VaeTuiError(message, "mend that, or set VAETUI_STATE=DIR") from None
