"""A data set written as a pack: whole or not at all, whoever else packs it at the same time."""

import errno
import fcntl
import os
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets.contract import LoadProgress, Report
from vae_tui.datasets.packed import CHECK_BYTES, META_NAME, Meta, open_pack
from vae_tui.datasets.streams import Stream
from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import sync_folder
from vae_tui.memory import show_size

PART_SUFFIX = ".part"
"""A folder whose name ends so is being written, or was left by a process that was killed."""
COLUMN_BYTES = 64
"""Labels and factors of one image, at most: small beside the pixels."""


class UnwritableError(Exception):
    """No pack can be written where it should be, for reasons that space does not cure: the reason, in words."""


def write_pack(stream: Stream, folder: Path, report: Report) -> None:
    """Reads the whole stream into the pack `folder`, which takes the place of whatever lies there.

    It is written aside, in a folder of its own, and moved once all of it is on the disk; a folder that a killed process
    left is removed first. While another process writes the same pack, it is waited for, and its pack taken. Raises
    UnwritableError where nothing can be written there, VaeTuiError where there is no room or the images can't be read.
    """
    packs_dir = folder.parent
    with _explained(stream, packs_dir):
        packs_dir.mkdir(parents=True, exist_ok=True)
        part = _new_part(folder, stream.signature, report)
    if part is None:
        return
    part_dir, part_lock = part
    try:
        _require_room(stream, folder)
        files = _Files(part_dir, stream)
        num_images = {split: _write_images(stream, split, files, report) for split in stream.num_images}
        num_images = {split: num for split, num in num_images.items() if num}
        meta = _finish(stream, files, num_images)
        with _explained(stream, packs_dir):
            _write_text(part_dir / META_NAME, meta.to_json())
            sync_folder(part_dir)
            with _locked(packs_dir):
                _remove(folder)
                os.rename(part_dir, folder)
            sync_folder(packs_dir)
    except BaseException:
        shutil.rmtree(part_dir, ignore_errors=True)
        raise
    finally:
        os.close(part_lock)


def _write_images(stream: Stream, split: str, files: "_Files", report: Report) -> int:
    """How many images the split has turned out to have."""
    what, num_images = f"packing {show_size(stream.num_bytes)} of images", 0
    splits = list(stream.num_images)
    before = sum(stream.num_images[earlier] for earlier in splits[: splits.index(split)])
    total = sum(stream.num_images.values())

    def report_all(progress: LoadProgress) -> None:
        report(LoadProgress(what, before + progress.done, total, progress.unit))

    with files.create(f"{split}-images.u8") as write, closing(stream.blocks(split, report_all, what)) as blocks:
        for block in blocks:
            write(block)
            num_images += len(block)
    return num_images


def _finish(stream: Stream, files: "_Files", num_images: dict[str, int]) -> Meta:
    """Labels and factors, and what meta.json will say."""
    rest = stream.rest()
    for split in num_images:
        columns = rest.columns.get(split)
        if columns is not None and columns.labels_N is not None:
            with files.create(f"{split}-labels.i64") as write:
                write(columns.labels_N.astype(np.int64, copy=False))
        if columns is not None and columns.factors_NF is not None:
            with files.create(f"{split}-factors.f32") as write:
                write(columns.factors_NF.astype(np.float32, copy=False))
    checksums = {name: tuple(sums) for name, sums in files.checksums.items() if name.partition("-")[0] in num_images}
    names = (rest.class_names, rest.factor_names, rest.notes)
    return Meta(stream.signature or "", stream.shape, num_images, *names, checksums)


class _Files:
    """The files of a pack that is being written, and the checksums of what went into them."""

    def __init__(self, part_dir: Path, stream: Stream) -> None:
        self._part_dir = part_dir
        self._stream = stream
        self.checksums: dict[str, list[int]] = {}

    @contextmanager
    def create(self, name: str) -> Iterator[Callable[[NDArray[Any]], None]]:
        """A new file; the block is given what appends an array to it. It is on the disk when the block has ended."""
        sums, filled = self.checksums.setdefault(name, []), 0

        def write(array: NDArray[Any]) -> None:
            nonlocal filled
            rest = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
            while len(rest):
                piece = rest[: CHECK_BYTES - filled]
                with self._explained():
                    _write_all(file, piece)
                if filled == 0:
                    sums.append(0)
                sums[-1] = zlib.crc32(piece, sums[-1])
                filled = (filled + len(piece)) % CHECK_BYTES
                rest = rest[len(piece) :]

        with self._explained():
            file = (self._part_dir / name).open("xb", buffering=0)
        with file:
            yield write
            with self._explained():
                os.fsync(file.fileno())

    def _explained(self) -> AbstractContextManager[None]:
        return _explained(self._stream, self._part_dir.parent)


def _write_text(path: Path, text: str) -> None:
    with path.open("x") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _write_all(file: BinaryIO, piece: memoryview) -> None:
    while len(piece):
        piece = piece[file.write(piece) :]


def _new_part(folder: Path, signature: str | None, report: Report) -> tuple[Path, int] | None:
    """A new folder to write in, beside `folder`, and an open file whose lock says for as long that it is in use.

    None where another process wrote a pack of this signature meanwhile. What killed processes left is removed.
    """
    waited = False
    while True:
        with _locked(folder.parent):
            writer = _remove_left(folder)
            if writer is None:
                return None if waited and _holds(folder, signature) else _make_part(folder)
        waited = True
        try:
            report(LoadProgress("waiting for another process that packs the same images", 0, None, "images"))
            fcntl.flock(writer, fcntl.LOCK_SH)
        finally:
            os.close(writer)


def _make_part(folder: Path) -> tuple[Path, int]:
    part_dir = _unused(folder)
    part_dir.mkdir()
    part_lock = os.open(part_dir, os.O_RDONLY)
    with suppress(OSError):  # a network's file system that knows no locks: then nobody waits or removes anything
        fcntl.flock(part_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return part_dir, part_lock


def _remove_left(folder: Path) -> int | None:
    """Removes the folders whose writers are gone, which the kernel tells: their locks went with them.

    Gives the one that a living process writes this very pack in, as an open file; None where there is none.
    """
    writer = None
    for part_dir in folder.parent.glob(f".*{PART_SUFFIX}"):
        with suppress(OSError):
            handle = os.open(part_dir, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(part_dir, ignore_errors=True)
            except BlockingIOError:
                if writer is None and part_dir.name.startswith(f".{folder.name}."):
                    writer, handle = handle, -1
            finally:
                if handle >= 0:
                    os.close(handle)
    return writer


def _holds(folder: Path, signature: str | None) -> bool:
    with open_pack(folder) as pack:
        return pack is not None and signature is not None and pack.meta.signature == signature


def _remove(folder: Path) -> None:
    """Removes a pack; who has it open keeps it until it is closed."""
    if folder.exists():
        aside_dir = _unused(folder)
        os.rename(folder, aside_dir)  # in one step: nobody opens half of a pack
        shutil.rmtree(aside_dir, ignore_errors=True)


def _unused(folder: Path) -> Path:
    """A name beside `folder` that nobody else has."""
    return folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{PART_SUFFIX}")


@contextmanager
def _locked(packs_dir: Path) -> Iterator[None]:
    """One process at a time, where the file system knows locks; held only while folders are made and moved."""
    handle = os.open(packs_dir, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _require_room(stream: Stream, folder: Path) -> None:
    """VaeTuiError where the pack would not fit, even with what lies at `folder` gone: that is removed only then."""
    needed_bytes = stream.num_bytes + COLUMN_BYTES * sum(stream.num_images.values())
    if shutil.disk_usage(folder.parent).free < needed_bytes:
        with _locked(folder.parent):
            _remove(folder)
        if shutil.disk_usage(folder.parent).free < needed_bytes:
            raise _no_room(stream, folder.parent)


@contextmanager
def _explained(stream: Stream, packs_dir: Path) -> Iterator[None]:
    """What the disk refuses inside the block, as write_pack's errors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(stream, packs_dir) from None
        where, reason = printable(str(error.filename or packs_dir)), error.strerror or type(error).__name__
        raise UnwritableError(f"{where}: {reason}") from None


def _no_room(stream: Stream, packs_dir: Path) -> VaeTuiError:
    shown, free_bytes = printable(str(packs_dir)), shutil.disk_usage(packs_dir).free
    message = (
        f"no room to pack {printable(stream.name)}: {show_size(stream.num_bytes)} of images are needed in {shown}, "
        f"and {show_size(free_bytes)} is free there"
    )
    hint = (
        "free some space (a pack there can be deleted when nothing trains on it), name another folder with --data-dir, "
        "make the images smaller with --set data.image_size=N, or raise --memory-budget"
    )
    return VaeTuiError(message, hint)
