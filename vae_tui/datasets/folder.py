"""A folder of image files, flat or with one subfolder a class."""

import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from vae_tui.config import option
from vae_tui.datasets.contract import DATASETS, Data, Report, Source
from vae_tui.datasets.folder_stream import NUM_NAMED, FolderStream
from vae_tui.datasets.image_files import SUFFIXES, read_headers
from vae_tui.datasets.scan import Signature, find_images, signature_text, signed_images
from vae_tui.datasets.splits import check_fraction, fraction_option
from vae_tui.errors import VaeTuiError, printable

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing", "val", "valid", "validation")
"""Subfolders that hold a split, in any case of letters; the first that is there is taken."""


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
        return Folder.stream(location, options, seed=seed, report=report).in_memory(report)

    @staticmethod
    def seeded(location: str, options: FolderOptions) -> bool:
        """Not where images are held out by their place, in a `test` of which at least one can be read."""
        _, test_dir = _split_dirs(location, [])
        tested = (os.path.join(test_dir, key) for key, _ in find_images(test_dir, [])) if test_dir else ()
        return options.test_fraction > 0 and all(read_headers([path])[1] for path in tested)

    @staticmethod
    def signature(location: str, options: FolderOptions, *, seed: int, report: Report) -> str:
        """Of paths, sizes and times: no file is opened, and no name held."""
        signatures = []
        for top_dir in _split_dirs(location, []):
            signature = Signature()
            for _ in signed_images(top_dir, signature, [], report) if top_dir else ():
                pass
            signatures.append(signature)
        return signature_text(signatures)

    @staticmethod
    def stream(location: str, options: FolderOptions, *, seed: int, report: Report) -> FolderStream:
        notes: list[str] = []
        return FolderStream(location, _split_dirs(location, notes), options, seed, notes, report)


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
