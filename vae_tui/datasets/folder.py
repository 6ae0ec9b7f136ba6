"""A folder of image files, flat or with one subfolder a class."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from vae_tui.config import option
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, Report, Source
from vae_tui.datasets.image_files import SUFFIXES, Header, decode, read_headers
from vae_tui.datasets.splits import check_fraction, fraction_option, hold_out
from vae_tui.errors import VaeTuiError, printable

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing", "val", "valid", "validation")
"""Subfolders that hold a split, in any case of letters; the first that is there is taken."""
DEFAULT_SIZE = 64
NUM_NAMED = 3
"""Unreadable files that are named; the others are counted."""


@dataclass(frozen=True)
class FolderOptions:
    """How the images are brought to one shape, and split."""

    image_size: int = option(
        0,
        "width and height in pixels, by resize and centre crop; 0: their own size where all share one, else 64",
    )
    channels: int = option(0, "1 (grey) or 3 (colour); 0: grey where all are grey, else colour")
    test_fraction: float = fraction_option()

    def __post_init__(self) -> None:
        check_fraction(self.test_fraction)
        if self.channels not in (0, 1, 3):
            raise VaeTuiError(f"data.channels is {self.channels}", "give 0, 1 or 3")
        if not 0 <= self.image_size <= 4096:
            raise VaeTuiError(f"data.image_size is {self.image_size}", "give 1 to 4096, or 0 for the images' own size")


class _File(NamedTuple):
    path: str
    key: str
    """Path below the folder of its split, with `/` between its parts."""

    @property
    def class_dir(self) -> str:
        """Name of the subfolder that it lies in, however deep; empty where it lies in none."""
        first, slash, _ = self.key.partition("/")
        return first if slash else ""


@DATASETS.register("folder")
class Folder(Source):
    """Image files of any size and mode. Subfolders `train` and `test` (or `val`) are splits, others classes."""

    Options = FolderOptions
    summary = "a folder of images: flat, one subfolder a class, or both of these below train and test"
    by_path = True

    @staticmethod
    def claims(path: Path) -> bool:
        return path.is_dir()

    @staticmethod
    def write_example(folder: Path) -> Path:
        for shade, class_name in ((60, "dark"), (200, "light")):
            (folder / "example" / class_name).mkdir(parents=True)
            for index in range(5):
                colour = (shade, shade + index, shade)
                Image.new("RGB", (12, 10), colour).save(folder / "example" / class_name / f"{index}.png")
        return folder / "example"

    @staticmethod
    def load(location: str, options: FolderOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        notes: list[str] = []
        train_dir, test_dir = _split_dirs(location, notes)
        train_files, test_files = _find_images(train_dir, notes), _find_images(test_dir, notes) if test_dir else []
        if not train_files:
            hint = f"images are files that end in {' '.join(SUFFIXES)}; names that begin with a dot are passed over"
            raise VaeTuiError(f"{printable(train_dir)} holds no images", hint)
        files = train_files + test_files
        headers, reasons = read_headers([file.path for file in files], report)
        unreadable = {files[index].path: reason for index, reason in reasons.items()}
        if not headers:
            raise _nothing_readable(location, unreadable)
        shape = _choose_shape(list(headers.values()), options, notes)
        train_files = [file for file in train_files if file.path not in unreadable]
        test_files = [file for file in test_files if file.path not in unreadable]
        if not test_files:
            train, test = hold_out([os.fsencode(file.key) for file in train_files], options.test_fraction, seed)
            train_files, test_files = [train_files[i] for i in train], [train_files[i] for i in test]
        class_dirs = sorted({file.class_dir for file in (*train_files, *test_files)} - {""})

        train_set = _read(train_files, shape, class_dirs, unreadable, report)
        test_set = _read(test_files, shape, class_dirs, unreadable, report)
        if train_set is None:
            raise _nothing_readable(location, unreadable)
        num_loose = sum(not file.class_dir for file in (*train_files, *test_files))
        if class_dirs and num_loose:
            notes.append(f"{num_loose:,} images lie in no class folder: their split has no labels")
        if unreadable:
            notes.append(_unreadable_note(unreadable, len(files), location))
        return Data(location, train_set, test_set, tuple(notes))


def _split_dirs(top_dir: str, notes: list[str]) -> tuple[str, str | None]:
    """The folders of the training and test images; a folder that has no such pair is the training folder."""
    try:
        with os.scandir(top_dir) as found:
            entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise VaeTuiError(f"{printable(top_dir)} can't be opened: {error.strerror}") from None
    dirs = {entry.name.lower(): entry.path for entry in entries if entry.is_dir()}
    train_dir = next((dirs[name] for name in TRAIN_NAMES if name in dirs), None)
    test_dir = next((dirs[name] for name in TEST_NAMES if name in dirs), None)
    others = [entry.name for entry in entries if entry.path not in (train_dir, test_dir) and _is_content(entry)]
    if train_dir is None or (others and test_dir is None):
        return top_dir, None  # a `train` among others and without its pair is a class: the one with rails
    if others:
        listed = ", ".join(printable(name, limit=80) for name in others[:NUM_NAMED])
        more = f" and {len(others) - NUM_NAMED:,} more" if len(others) > NUM_NAMED else ""
        notes.append(f"passed over beside the two splits: {listed}{more}")
    return train_dir, test_dir


def _is_content(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir() or entry.name.lower().endswith(SUFFIXES)


def _find_images(top_dir: str, notes: list[str]) -> list[_File]:
    """Every image file below `top_dir`, sorted by its key; a folder that links lead to twice is read once."""
    files: list[_File] = []
    seen: set[tuple[int, int]] = set()
    refused: list[OSError] = []
    for folder, subfolders, names in os.walk(top_dir, onerror=refused.append, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        real_first = sorted(subfolders, key=lambda name: (os.path.islink(os.path.join(folder, name)), name))
        subfolders[:] = [name for name in real_first if not name.startswith(".")]
        below = "" if folder == top_dir else f"{os.path.relpath(folder, top_dir).replace(os.sep, '/')}/"
        images = [name for name in names if not name.startswith(".") and name.lower().endswith(SUFFIXES)]
        files.extend(_File(os.path.join(folder, name), below + name) for name in images)
    reasons = [f"{printable(str(error.filename))} can't be opened: {error.strerror}" for error in refused]
    if reasons and not files:
        raise VaeTuiError(reasons[0], "mend its permissions")
    notes.extend(reasons)
    return sorted(files, key=lambda file: file.key)


def _choose_shape(headers: Sequence[Header], options: FolderOptions, notes: list[str]) -> tuple[int, int, int]:
    """(C, H, W) for all images, and notes on what this does to them."""
    channels = options.channels or (1 if all(header.grey for header in headers) else 3)
    sizes = Counter((header.height, header.width) for header in headers)
    if options.image_size:
        height = width = options.image_size
    else:
        height, width = next(iter(sizes)) if len(sizes) == 1 else (DEFAULT_SIZE, DEFAULT_SIZE)
    num_resized = len(headers) - sizes[height, width]
    if num_resized:
        what = f"{num_resized:,} of {len(headers):,} images"
        how = f"resized (shorter side to {width}, Lanczos) and cropped to the middle {width} x {height}"
        notes.append(f"{what} are {how}; --set data.image_size=N for another size")
    num_transparent = sum(header.transparent for header in headers)
    if num_transparent:
        notes.append(f"{num_transparent:,} transparent images are put on white")
    return channels, height, width


def _read(
    files: Sequence[_File],
    shape: tuple[int, int, int],
    class_dirs: Sequence[str],
    unreadable: dict[str, str],
    report: Report,
) -> ImageSet | None:
    """One split, None where no file is left. What turns out unreadable is left out, and added to `unreadable`."""
    images_NCHW, reasons = decode([file.path for file in files], shape, report)
    unreadable |= {files[index].path: reason for index, reason in reasons.items()}
    if reasons:
        images_NCHW = np.delete(images_NCHW, list(reasons), axis=0)
    kept = [file for index, file in enumerate(files) if index not in reasons]
    if not kept:
        return None
    labels_N = None
    if all(file.class_dir for file in kept):
        label_of = {class_dir: label for label, class_dir in enumerate(class_dirs)}
        labels_N = torch.tensor([label_of[file.class_dir] for file in kept], dtype=torch.int64)
    class_names = tuple(printable(class_dir, limit=80) for class_dir in class_dirs)
    return ImageSet(torch.from_numpy(images_NCHW), labels_N, class_names)


def _nothing_readable(top_dir: str, unreadable: dict[str, str]) -> VaeTuiError:
    path, reason = min(unreadable.items())
    message = f"none of the {len(unreadable):,} images for training in {printable(top_dir)} can be read"
    return VaeTuiError(message, f"the first is {printable(path)}: {reason}")


def _unreadable_note(unreadable: dict[str, str], num_files: int, top_dir: str) -> str:
    named = [
        f"{printable(os.path.relpath(path, top_dir), limit=120)} ({reason})"
        for path, reason in sorted(unreadable.items())[:NUM_NAMED]
    ]
    more = f" and {len(unreadable) - NUM_NAMED:,} more" if len(unreadable) > NUM_NAMED else ""
    return f"{len(unreadable):,} of {num_files:,} images could not be read: {', '.join(named)}{more}"
