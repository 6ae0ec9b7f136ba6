"""The image files of a folder as a stream: found, brought to one shape, split, and decoded."""

# N files, F fields of a header, C channels, H height, W width

import heapq
import os
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets.contract import Report
from vae_tui.datasets.decoding import decode, read_headers
from vae_tui.datasets.image_files import GONE, SUFFIXES, Header, Reasons
from vae_tui.datasets.scan import FileList, Signature, signature_text, signed_images
from vae_tui.datasets.splits import hold_out
from vae_tui.datasets.streams import Columns, Rest, Stream, VanishedError
from vae_tui.errors import VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.datasets.folder import FolderOptions

DEFAULT_SIZE = 64
"""Width and height where the images differ in theirs and nobody says which."""
MOST_GONE = 0.1
"""Share of the files that may be removed while they are read; beyond it the data set is taken to vanish."""
VANISHED_HINT = "bring it back (is its disk still there?), and try again"
NUM_NAMED = 3
"""Unreadable files that are named; the others are counted."""


class FolderStream(Stream):
    """The images of a folder, their headers read and their pixels not yet."""

    def __init__(
        self,
        location: str,
        dirs: tuple[str, str | None],
        options: "FolderOptions",
        seed: int,
        notes: list[str],
        report: Report,
    ) -> None:
        """`dirs` are the folders of the splits, `notes` what was said so far."""
        self.name = location
        self._notes, self._dirs = notes, dirs
        signatures = [Signature(), Signature()]
        self._files = _Files(
            [_list_images(*each, self._notes, report) for each in zip(self._dirs, signatures, strict=True)]
        )
        self.signature = signature_text(signatures)
        num_train = len(self._files.lists[0])
        if not num_train:
            hint = f"images are files that end in {' '.join(SUFFIXES)}; names that begin with a dot are passed over"
            raise VanishedError(f"{printable(self._dirs[0])} holds no images", hint)
        self._unreadable: dict[int, str] = {}
        headers, good = self._read_headers(report)
        self.shape = _choose_shape(headers, options, self._notes)
        rows = {"train": good[good < num_train], "test": good[good >= num_train]}
        if not len(rows["train"]):
            raise self._nothing_readable()
        if not len(rows["test"]):
            keys = (os.fsencode(self._files.key(int(row))) for row in rows["train"])
            train, test = hold_out(keys, options.test_fraction, seed)
            rows = {"train": rows["train"][train], "test": rows["train"][test]}
        self._rows = {split: chosen for split, chosen in rows.items() if len(chosen)}
        self.num_images = {split: len(chosen) for split, chosen in self._rows.items()}
        self._kept: dict[str, NDArray[np.int64]] = {}

    def blocks(self, split: str, report: Report, what: str) -> Generator[NDArray[np.uint8], None, None]:
        """Decoded now. What turns out unreadable is left out, and told in a note."""
        rows = self._rows[split]
        kept = np.zeros(len(rows), bool)
        with closing(decode(_Chosen(self._files, rows), self.shape, report, what)) as blocks:
            for block in blocks:
                self._take_note({int(rows[index]): reason for index, reason in block.reasons.items()})
                kept[block.kept] = True
                yield block.rows
        self._kept[split] = rows[kept]
        self._require_most()
        if split == "train" and not len(self._kept[split]):
            raise self._nothing_readable()

    def rest(self) -> Rest:
        """Classes, labels and notes."""
        dirs, dir_index = self._files.class_dirs()
        candidates = dir_index[np.concatenate(list(self._rows.values()))]
        used = sorted({dirs[index] for index in np.unique(candidates) if index >= 0})
        label_of = np.array([used.index(name) if name in used else -1 for name in (*dirs, "")], np.int64)
        columns = {}
        for split, kept in self._kept.items():
            labels_N = label_of[dir_index[kept]]  # a file in no class folder has the last index, -1
            columns[split] = Columns(labels_N if len(labels_N) and labels_N.min() >= 0 else None)
        num_loose = int((candidates < 0).sum())
        if used and num_loose:
            self._notes.append(f"{num_loose:,} images lie in no class folder: their split has no labels")
        if self._unreadable:
            self._notes.append(self._unreadable_note())
        class_names = tuple(printable(name, limit=80) for name in used)
        return Rest(class_names, (), columns, tuple(self._notes))

    def _read_headers(self, report: Report) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """A row of image_files.Header for each file that has one, and the indices of these files."""
        headers_NF = np.zeros((len(self._files), len(Header._fields)), np.int32)
        good_N = np.zeros(len(self._files), bool)
        with closing(read_headers(self._files, report)) as blocks:
            for block in blocks:
                self._take_note(block.reasons)
                headers_NF[block.kept] = block.rows
                good_N[block.kept] = True
        self._require_most()
        if len(self._unreadable) == len(self._files):
            raise self._nothing_readable()
        return headers_NF[good_N], np.flatnonzero(good_N)

    def _take_note(self, reasons: Reasons) -> None:
        """Of files that could not be read; VaeTuiError where this is because their folder is there no more."""
        self._unreadable |= reasons
        if GONE in reasons.values():
            for top_dir in (self.name, *self._dirs):
                if top_dir and not os.path.isdir(top_dir):
                    raise VanishedError(f"{printable(top_dir)} vanished while it was read", VANISHED_HINT)

    def _require_most(self) -> None:
        """VaeTuiError where so many files were removed since they were found that the data set is being taken away."""
        missing = [index for index, reason in self._unreadable.items() if reason == GONE]
        num_gone = sum(not os.path.lexists(self._files.path(index)) for index in missing)  # else a link to nowhere
        if num_gone > MOST_GONE * len(self._files):
            message = f"{num_gone:,} of {len(self._files):,} images in {printable(self.name)} vanished as it was read"
            raise VanishedError(message, VANISHED_HINT)

    def _nothing_readable(self) -> VaeTuiError:
        path, reason = min((self._files.path(index), reason) for index, reason in self._unreadable.items())
        message = f"none of the {len(self._unreadable):,} images for training in {printable(self.name)} can be read"
        return VaeTuiError(message, f"the first is {printable(path)}: {reason}")

    def _unreadable_note(self) -> str:
        paths = ((self._files.path(index), reason) for index, reason in self._unreadable.items())
        named = [
            f"{printable(os.path.relpath(path, self.name), limit=120)} ({reason})"
            for path, reason in heapq.nsmallest(NUM_NAMED, paths)
        ]
        more = f" and {len(self._unreadable) - NUM_NAMED:,} more" if len(self._unreadable) > NUM_NAMED else ""
        counted = f"{len(self._unreadable):,} of {len(self._files):,} images could not be read"
        return f"{counted}: {', '.join(named)}{more}"


class _Files:
    """The files of both splits as one list: first those for training."""

    def __init__(self, lists: Sequence[FileList]) -> None:
        self.lists = lists

    def __len__(self) -> int:
        return sum(map(len, self.lists))

    def _find(self, index: int) -> tuple[FileList, int]:
        num_train = len(self.lists[0])
        return (self.lists[0], index) if index < num_train else (self.lists[1], index - num_train)

    def key(self, index: int) -> str:
        files, place = self._find(index)
        return files.key(place)

    def path(self, index: int) -> str:
        files, place = self._find(index)
        return files.path(place)

    def class_dirs(self) -> tuple[list[str], NDArray[np.int32]]:
        """See FileList.class_dirs; a name can be there twice."""
        train_names, train_index = self.lists[0].class_dirs()
        test_names, test_index = self.lists[1].class_dirs()
        test_index[test_index >= 0] += len(train_names)
        return train_names + test_names, np.concatenate([train_index, test_index])


@dataclass(frozen=True)
class _Chosen:
    """Some of the files, in an order of their own."""

    files: _Files
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def path(self, index: int) -> str:
        return self.files.path(int(self.rows[index]))


def _list_images(top_dir: str | None, signature: Signature, notes: list[str], report: Report) -> FileList:
    """Every image file below `top_dir`, none where there is no such folder; what can't be opened is told in a note."""
    if top_dir is None:
        return FileList("", iter(()))
    refused: list[OSError] = []
    files = FileList(top_dir, signed_images(top_dir, signature, refused, report))
    reasons = [f"{printable(str(error.filename))} can't be opened: {error.strerror}" for error in refused]
    if reasons and not len(files):
        raise VaeTuiError(reasons[0], "mend its permissions")
    notes.extend(reasons)
    return files


def _choose_shape(headers: NDArray[np.int32], options: "FolderOptions", notes: list[str]) -> tuple[int, int, int]:
    """(C, H, W) for all images, and notes on what this does to them."""
    widths, heights, greys, transparents = headers.T
    channels = options.channels or (1 if greys.all() else 3)
    if options.image_size:
        height = width = options.image_size
    elif (heights == heights[0]).all() and (widths == widths[0]).all():
        height, width = int(heights[0]), int(widths[0])
    else:
        height = width = DEFAULT_SIZE
    num_resized = int(((heights != height) | (widths != width)).sum())
    if num_resized:
        what = f"{num_resized:,} of {len(headers):,} images"
        how = f"resized (shorter side to {width}, Lanczos) and cropped to the middle {width} x {height}"
        notes.append(f"{what} are {how}; --set data.image_size=N for another size")
    num_transparent = int(transparents.sum())
    if num_transparent:
        notes.append(f"{num_transparent:,} transparent images are put on white")
    return channels, height, width
