"""The image files below a folder: names of a million of them in some 40 bytes each, and what tells that one changed."""

# N files

import hashlib
import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets.contract import LoadProgress, Report, paced
from vae_tui.datasets.image_files import READING, SUFFIXES

WORD = 8
"""Bytes of a name that are compared at once."""
REPORT_EVERY = 1000


class FileList:
    """Image files, in the order of their keys: the path below the folder, with `/` between its parts.

    The names lie end to end in one piece of memory, which goes back to the system in one piece: as many strings would
    take three times as much, and leave holes.
    """

    def __init__(self, top_dir: str, keys: Iterator[str]) -> None:
        text, ends = bytearray(), array("q", [0])
        for key in keys:
            text += key.encode("utf-8", "surrogatepass")  # sorts like the text itself, odd bytes in names included
            ends.append(len(text))
        self.top_dir = top_dir
        self._text = bytes(text)
        bounds = np.array(ends, np.int64)
        order_N = _sorted_order(np.frombuffer(self._text, np.uint8), bounds)
        self._starts_N, self._ends_N = bounds[:-1][order_N], bounds[1:][order_N]

    def __len__(self) -> int:
        return len(self._starts_N)

    def key(self, index: int) -> str:
        """Path below the folder."""
        return self._text[self._starts_N[index] : self._ends_N[index]].decode("utf-8", "surrogatepass")

    def path(self, index: int) -> str:
        """Path as it can be opened."""
        return os.path.join(self.top_dir, self.key(index))

    def class_dirs(self) -> tuple[list[str], NDArray[np.int32]]:
        """The subfolders with images, however deep these lie in them, and the index of each file's; -1: in none."""
        names: list[str] = []
        index_N = np.full(len(self), -1, np.int32)
        for index in range(len(self)):
            first, slash, _ = self.key(index).partition("/")
            if slash:
                if not names or names[-1] != first:  # the files of one folder follow one another
                    names.append(first)
                index_N[index] = len(names) - 1
        return names, index_N


class Signature:
    """Of any number of files: changes when one is added, removed, renamed, or written to.

    Each file's path, size, time of change and permissions are hashed to 128 bits, and the hashes added up, so that
    neither the order of the files matters nor are they held.
    """

    def __init__(self) -> None:
        self._sum = 0

    def add(self, key: str, entry: "os.DirEntry[str]") -> None:
        """One file more; one that can't be looked at counts as just that."""
        try:
            status = entry.stat()
            seen = f"{status.st_size} {status.st_mtime_ns} {status.st_mode}"
        except OSError as error:
            seen = f"errno {error.errno}"
        digest = hashlib.blake2b(f"{seen} {key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(digest, "little")) % 2**128

    def __str__(self) -> str:
        return f"{self._sum:032x}"


def find_images(top_dir: str, refused: list[OSError]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Key and entry of every image file below `top_dir`, in no order; a folder that links lead to twice is read once.

    What is hidden is passed over. `refused` gets why folders could not be opened.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [(top_dir, "")]
    while waiting:
        folder, below = waiting.pop()
        subfolders: list[tuple[bool, str]] = []
        try:
            with os.scandir(folder) as entries:
                status = os.stat(folder)
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if _is_dir(entry):
                        subfolders.append((entry.is_symlink(), entry.name))
                    elif entry.name.lower().endswith(SUFFIXES):
                        yield below + entry.name, entry
        except OSError as error:
            refused.append(error)
        for _, name in sorted(subfolders, reverse=True):  # the last is read first: real folders before links to them
            waiting.append((os.path.join(folder, name), f"{below}{name}/"))


def signed_images(top_dir: str, signature: Signature, refused: list[OSError], report: Report) -> Iterator[str]:
    """The keys that `find_images` gives, each file added to the signature on the way."""
    report = paced(report)
    for count, (key, entry) in enumerate(find_images(top_dir, refused), start=1):
        signature.add(key, entry)
        if count % REPORT_EVERY == 0:
            report(LoadProgress("looking for images", count, None, "images"))
        yield key


def signature_text(signatures: Sequence[Signature]) -> str:
    """The signatures of a data set's folders as one, which also changes when files come to be read otherwise."""
    return f"read {READING}, {' '.join(map(str, signatures))}"


def _is_dir(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link into a folder that may not be entered
        return False


def _sorted_order(text: NDArray[np.uint8], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices of the names by rising name: sorted by their last WORD, then by the one before it, stably."""
    starts_N, lengths_N = bounds[:-1], np.diff(bounds)
    order_N: NDArray[Any] = np.arange(len(starts_N))
    for column in range(int(lengths_N.max(initial=0)) // WORD, -1, -1):
        words_N = np.zeros(len(starts_N), ">u8")
        bytes_NW = words_N.view(np.uint8).reshape(-1, WORD)
        for place in range(WORD):
            at = column * WORD + place
            reaching = np.flatnonzero(lengths_N > at)
            bytes_NW[reaching, place] = text[starts_N[reaching] + at]
        order_N = order_N[np.argsort(words_N.astype(np.uint64)[order_N], kind="stable")]
    return order_N
