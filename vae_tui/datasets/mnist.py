"""MNIST, and Fashion-MNIST in the same format: 70,000 grey images of 28 x 28 in ten classes."""

import gzip
import math
import os
import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_tui.datasets import downloads
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, PublishedSource, Report
from vae_tui.errors import VaeTuiError, printable


@dataclass(frozen=True)
class MnistOptions:
    """MNIST and Fashion-MNIST have no options."""


@DATASETS.register("mnist")
class Mnist(PublishedSource):
    """Handwritten digits, in torchvision's layout: `MNIST/raw` below the root."""

    Options = MnistOptions
    summary = "MNIST: 60,000 + 10,000 grey handwritten digits, 28 x 28 (download, 12 MB)"

    @staticmethod
    def load(location: str, options: MnistOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        from torchvision.datasets import MNIST

        return _load("mnist", MNIST, root_dir, report)


@DATASETS.register("fashion-mnist")
class FashionMnist(PublishedSource):
    """Pieces of clothing, in torchvision's layout: `FashionMNIST/raw` below the root."""

    Options = MnistOptions
    summary = "Fashion-MNIST: 60,000 + 10,000 grey pieces of clothing, 28 x 28, 10 classes (download, 31 MB)"

    @staticmethod
    def load(location: str, options: MnistOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        from torchvision.datasets import FashionMNIST

        return _load("fashion-mnist", FashionMNIST, root_dir, report)


def _load(name: str, reader: Any, root_dir: Path | None, report: Report) -> Data:
    """Both splits, from `reader`'s addresses and md5 sums, below the folder of `reader`'s name."""
    root_dir = root_dir or downloads.default_root()
    raw_dir = root_dir / reader.__name__ / "raw"
    with downloads.explained(raw_dir, name):
        for archive_name, md5 in reader.resources:
            archive_path = raw_dir / archive_name
            idx_path = archive_path.with_suffix("")
            if _is_whole(idx_path, archive_path, md5):
                continue
            urls = [f"{mirror}{archive_name}" for mirror in reader.mirrors]
            downloads.fetch(urls, archive_path, md5, report, damaged=idx_path if idx_path.exists() else None)
            _unpack(archive_path, idx_path)
        class_names = tuple(str(label).partition(" - ")[0] for label in reader.classes)  # "0 - zero" is 0
        return Data(name, _read(raw_dir, "train", class_names), _read(raw_dir, "t10k", class_names))


def _is_whole(idx_path: Path, archive_path: Path, md5: str) -> bool:
    """Whether an unpacked file is as its header says and, where its archive is there and good, as that says.

    No md5 of the unpacked files is published; a gzip file ends with the CRC-32 of what it holds.
    """
    if not idx_path.is_file():
        return False
    content = idx_path.read_bytes()
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        return False
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    if len(content) != 4 + 4 * len(shape) + math.prod(shape):
        return False
    if downloads.md5_of(archive_path) != md5:
        return True
    with archive_path.open("rb") as archive:
        archive.seek(-8, os.SEEK_END)
        crc32, _ = struct.unpack("<II", archive.read(8))
    return bool(crc32 == zlib.crc32(content))


def _unpack(archive_path: Path, idx_path: Path) -> None:
    try:
        with gzip.open(archive_path) as packed, downloads.replacing(idx_path) as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise VaeTuiError(f"{printable(str(archive_path))} can't be unpacked: {printable(str(error))}") from None


def _read(raw_dir: Path, prefix: str, class_names: tuple[str, ...]) -> ImageSet:
    # torchvision's functions and not its class, which would prefer files of its own older format without a check
    from torchvision.datasets.mnist import read_image_file, read_label_file

    images_NHW = read_image_file(raw_dir / f"{prefix}-images-idx3-ubyte")
    labels_N = read_label_file(raw_dir / f"{prefix}-labels-idx1-ubyte")
    return ImageSet(images_NHW.unsqueeze(1), labels_N, class_names)
