"""CIFAR-10: 60,000 colour photographs of 32 x 32 in ten classes."""

import os
import tarfile
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_tui.datasets import downloads
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, PublishedSource, Report
from vae_tui.errors import VaeTuiError, printable


@dataclass(frozen=True)
class Cifar10Options:
    """CIFAR-10 has no options."""


@DATASETS.register("cifar10")
class Cifar10(PublishedSource):
    """The python version of the data set, in torchvision's layout: `cifar-10-batches-py` below the root."""

    Options = Cifar10Options
    summary = "CIFAR-10: 50,000 + 10,000 colour photographs, 32 x 32, 10 classes (download, 170 MB)"

    @staticmethod
    def load(location: str, options: Cifar10Options, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        from torchvision.datasets import CIFAR10

        root_dir = root_dir or downloads.default_root()
        with downloads.explained(root_dir, CIFAR10.filename):
            batches_dir = root_dir / CIFAR10.base_folder
            wanted = [*CIFAR10.train_list, *CIFAR10.test_list, (CIFAR10.meta["filename"], CIFAR10.meta["md5"])]
            damaged = _first_damaged(batches_dir, wanted)
            if damaged:
                archive_path = root_dir / CIFAR10.filename
                spoilt = damaged if damaged.exists() else None
                downloads.fetch([CIFAR10.url], archive_path, CIFAR10.tgz_md5, report, damaged=spoilt)
                _unpack(archive_path, batches_dir)
            if still_damaged := _first_damaged(batches_dir, wanted):
                shown = printable(str(still_damaged))
                raise VaeTuiError(f"{shown} is damaged again after unpacking", "check the disk, and try again")
            return Data("cifar10", _read(CIFAR10, root_dir, train=True), _read(CIFAR10, root_dir, train=False))


def _first_damaged(batches_dir: Path, wanted: list[Any]) -> Path | None:
    for name, md5 in wanted:
        if downloads.md5_of(batches_dir / name) != md5:
            return batches_dir / str(name)
    return None


def _unpack(archive_path: Path, batches_dir: Path) -> None:
    """Puts the archive's files into `batches_dir`, each one whole; nothing is left behind on failure."""
    with tempfile.TemporaryDirectory(prefix="unpacking-", dir=archive_path.parent) as unpacked:
        try:
            with tarfile.open(archive_path) as archive:
                members = archive.getmembers()
                unpacked_bytes = sum(member.size for member in members)
                downloads.require_room(archive_path.parent, f"the files of {archive_path.name}", unpacked_bytes)
                archive.extractall(unpacked, members, filter="data")
        except tarfile.TarError as error:
            raise VaeTuiError(f"{printable(str(archive_path))} can't be unpacked: {printable(str(error))}") from None
        batches_dir.mkdir(exist_ok=True)
        for path in (Path(unpacked) / batches_dir.name).iterdir():
            os.replace(path, batches_dir / path.name)


def _read(reader: Any, root_dir: Path, *, train: bool) -> ImageSet:
    """One split. torchvision's reader unpickles, after it has checked the md5 of every batch itself."""
    with warnings.catch_warnings():
        # numpy 2.4.0 to 2.4.4 deprecate the way in which these old pickles name their dtype (numpy issue 31177)
        warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
        split = reader(root_dir, train=train, download=False)
    images_NCHW = np.ascontiguousarray(split.data.transpose(0, 3, 1, 2))
    return ImageSet(torch.from_numpy(images_NCHW), torch.tensor(split.targets), tuple(split.classes))
