"""A data set as files of plain numbers that are mapped into memory instead of read into it.

A pack is a folder below `packed` in the cache: `train-images.u8`, `train-labels.i64`, `train-factors.f32`, the same for
`test`, and meta.json, which says what they hold. vae_tui/datasets/packing.py writes them.
"""

# N images, C channels, H height, W width, F factors

import dataclasses
import hashlib
import json
import math
import mmap
import os
import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets.contract import Data, LoadProgress, Report, paced
from vae_tui.datasets.cores import usable_cores
from vae_tui.datasets.streams import SPLITS, Columns, Rest, image_set, torch_images
from vae_tui.errors import VaeTuiError, printable

FORMAT = 1
"""Raised whenever a pack of the same data would be read otherwise, or hold other pixels: older packs are made again."""
META_NAME = "meta.json"
CHECK_BYTES = 1 << 26
"""Bytes under one CRC-32."""
STEP_BYTES = 1 << 20
"""Bytes read at once while checking: what each thread holds."""
NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Linux counts a private mapping as if all of it were to be written to, and refuses one larger than the memory."""


@dataclass(frozen=True)
class Meta:
    """meta.json."""

    signature: str
    """Source.signature of what was packed."""
    shape: tuple[int, int, int]
    """(C, H, W)."""
    num_images: Mapping[str, int]
    """By the name of the split; a split without images is absent."""
    class_names: tuple[str, ...]
    factor_names: tuple[str, ...]
    notes: tuple[str, ...]
    """What was said of the data when they were packed."""
    checksums: Mapping[str, tuple[int, ...]]
    """The CRC-32 of each CHECK_BYTES of each file, by its name: finds any one damaged run of up to 32 bits, and others
    but for one in four thousand million. It is no guard against somebody who means to change a pack."""

    @property
    def num_bytes(self) -> int:
        """Of all pixels."""
        return sum(self.num_images.values()) * math.prod(self.shape)

    def size_of(self, file_name: str) -> int:
        """How many bytes the file must have."""
        split, _, column = file_name.partition("-")
        row_bytes = {
            "images.u8": math.prod(self.shape),
            "labels.i64": 8,
            "factors.f32": 4 * len(self.factor_names),
        }
        return self.num_images[split] * row_bytes[column]

    def to_json(self) -> str:
        """The text of meta.json."""
        return json.dumps({"format": FORMAT} | dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Meta":
        """Raises ValueError, KeyError or TypeError where the text is none that `to_json` gave."""
        plain = json.loads(text)
        if plain["format"] != FORMAT:
            raise ValueError("it is of another version")
        channels, height, width = map(int, plain["shape"])
        num_images = {split: int(plain["num_images"][split]) for split in SPLITS if split in plain["num_images"]}
        files = {str(name): tuple(map(int, sums)) for name, sums in plain["checksums"].items()}
        if "train" not in num_images or any(f"{split}-images.u8" not in files for split in num_images):
            raise ValueError("it lacks images")
        return cls(
            str(plain["signature"]),
            (channels, height, width),
            num_images,
            tuple(printable(name, limit=80) for name in plain["class_names"]),
            tuple(printable(name, limit=80) for name in plain["factor_names"]),
            tuple(printable(note, limit=2000) for note in plain["notes"]),
            files,
        )


class Pack:
    """A pack whose files are open, so that they stay as they are found here whatever happens to their folder."""

    def __init__(self, folder: Path, meta: Meta, files: Mapping[str, BinaryIO]) -> None:
        self.folder = folder
        self.meta = meta
        self._files = files

    def damage(self, report: Report) -> str | None:
        """What is wrong with the files, read whole by several threads; None where they are as they were written."""
        total_bytes = done_bytes = 0
        pieces: list[tuple[str, int]] = []
        for name, file in self._files.items():
            size, expected = os.fstat(file.fileno()).st_size, self.meta.size_of(name)
            if size != expected or len(self.meta.checksums[name]) != -(-size // CHECK_BYTES):
                return f"{name} has {size:,} bytes, not {expected:,}"
            pieces += [(name, index) for index in range(len(self.meta.checksums[name]))]
            total_bytes += size

        def check(piece: tuple[str, int]) -> tuple[int, str | None]:
            name, index = piece
            try:
                checksum, num_bytes = _checksum(self._files[name], index * CHECK_BYTES)
            except OSError as error:
                return 0, f"{name} can't be read: {error.strerror}"
            return num_bytes, None if checksum == self.meta.checksums[name][index] else f"{name} has changed bytes"

        report = paced(report)
        pool = ThreadPoolExecutor(min(usable_cores(), 8, len(pieces)))
        try:
            for num_bytes, damage in pool.map(check, pieces):
                if damage:
                    return damage
                done_bytes += num_bytes
                report(LoadProgress("checking the packed images", done_bytes, total_bytes, "bytes"))
        finally:
            pool.shutdown(cancel_futures=True)
        return None

    def data(self, name: str) -> Data:
        """The data set, its images and labels mapped: pages come from the disk when they are looked at.

        The mappings are private: whoever writes into the tensors changes neither the files nor what others see. Raises
        VaeTuiError where the file system does not map files.
        """
        rest = Rest(self.meta.class_names, self.meta.factor_names, {s: self._columns(s) for s in SPLITS})
        sets = {}
        for split, num in self.meta.num_images.items():
            images_NCHW = self._map(f"{split}-images.u8", np.uint8).reshape(num, *self.meta.shape)
            sets[split] = image_set(torch_images(images_NCHW), split, rest, packed=True)
        return Data(name, sets["train"], sets.get("test"), self.meta.notes)

    def _columns(self, split: str) -> Columns:
        labels, factors = f"{split}-labels.i64", f"{split}-factors.f32"
        return Columns(
            self._map(labels, np.int64) if labels in self._files else None,
            self._map(factors, np.float32).reshape(-1, len(self.meta.factor_names)) if factors in self._files else None,
        )

    def _map(self, name: str, dtype: type[Any]) -> NDArray[Any]:
        size, how = self.meta.size_of(name), mmap.MAP_PRIVATE | NORESERVE
        try:
            mapped = mmap.mmap(self._files[name].fileno(), size, flags=how, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError as error:  # a network's or a container's file system may know no mappings
            message = f"{printable(str(self.folder / name))} can't be mapped: {error.strerror}"
            raise VaeTuiError(
                message, "name a folder on a disk of this machine with --data-dir or VAETUI_DATA"
            ) from None
        return np.frombuffer(mapped, dtype)


@contextmanager
def open_pack(folder: Path) -> Iterator[Pack | None]:
    """The pack in `folder` for the length of the block; None where there is none that can be opened."""
    with ExitStack() as opened:
        pack = None
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            meta = Meta.from_json((folder / META_NAME).read_text())
            files = {name: opened.enter_context((folder / name).open("rb")) for name in meta.checksums}
            if all(meta.size_of(name) for name in files):
                pack = Pack(folder, meta, files)
        yield pack


def pack_folder(root_dir: Path, source: str, location: str, options: Any, seed: int | None) -> Path:
    """Where the pack of this data set lies; `location` is in full, `seed` None where the data do not depend on it."""
    key = json.dumps([source, location, sorted(dataclasses.asdict(options).items()), seed])
    digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
    shown = re.sub(r"[^A-Za-z0-9._-]+", "_", os.path.basename(location)).strip("._-")[:40]
    return root_dir / "packed" / f"{shown or source}-{digest}"


def _checksum(file: BinaryIO, start: int) -> tuple[int, int]:
    """CRC-32 and length of the CHECK_BYTES from `start`, or of what the file has of them."""
    checksum = done = 0
    while piece := os.pread(file.fileno(), min(STEP_BYTES, CHECK_BYTES - done), start + done):
        checksum = zlib.crc32(piece, checksum)
        done += len(piece)
    return checksum, done
