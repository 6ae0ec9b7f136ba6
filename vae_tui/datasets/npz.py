"""Images and labels in one .npz file, as numpy.savez writes it."""

import lzma
import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from vae_tui.config import MAX_CHANNELS
from vae_tui.datasets.contract import DATASETS, Data, LoadProgress, Report, Source, paced, silent
from vae_tui.datasets.splits import check_fraction, fraction_option, hold_out
from vae_tui.datasets.streams import Columns, Rest, Stream, VanishedError, images_a_block
from vae_tui.errors import VaeTuiError, printable

KEYS = ("images", "labels", "test_images", "test_labels", "class_names")
IMAGE_KEYS = {"train": "images", "test": "test_images"}
LABEL_KEYS = {"images": "labels", "test_images": "test_labels"}
READING = 1
"""Raised whenever a file gives other pixels than before: packs of the older ones are then made again."""
LAYOUT_HINT = "np.savez(path, images=uint8 of shape (N, H, W, C) or (N, H, W), labels=whole numbers of shape (N,))"
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError),
    *(ValueError, SyntaxError, tokenize.TokenError),
)
"""What zipfile and numpy raise for a file that is cut short, changed, encrypted or packed in an unknown way."""


@dataclass(frozen=True)
class NpzOptions:
    """How the images are split where the file has no test_images."""

    test_fraction: float = fraction_option()

    def __post_init__(self) -> None:
        check_fraction(self.test_fraction)


@DATASETS.register("npz")
class Npz(Source):
    """`images` and, where they are there, `labels`, `test_images`, `test_labels` and `class_names`."""

    Options = NpzOptions
    summary = "an .npz file: images (N, H, W, C) or (N, H, W) uint8, and labels, test_images, test_labels, class_names"
    by_path = True

    @staticmethod
    def claims(path: Path) -> bool:
        return path.is_file() and path.suffix.lower() == ".npz"

    @staticmethod
    def write_example(folder: Path) -> Path:
        path = folder / "example.npz"
        shades = np.linspace(0, 255, 10).astype(np.uint8)
        images_NHWC = np.broadcast_to(shades[:, None, None, None], (10, 6, 8, 3))
        np.savez(path, images=images_NHWC, labels=np.arange(10) % 2, class_names=np.array(["even", "odd"]))
        return path

    @staticmethod
    def load(location: str, options: NpzOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        return NpzStream(location, options, seed).in_memory(report)

    @staticmethod
    def seeded(location: str, options: NpzOptions) -> bool:
        """Not where the file has test images of its own."""
        with _explained(printable(location)), zipfile.ZipFile(location) as archive:
            return options.test_fraction > 0 and "test_images.npy" not in archive.namelist()

    @staticmethod
    def signature(location: str, options: NpzOptions, *, seed: int, report: Report) -> str:
        """Of size and time: the file is not opened."""
        with _explained(printable(location)):
            status = os.stat(location)
        return f"read {READING}, {status.st_size} {status.st_mtime_ns}"

    @staticmethod
    def stream(location: str, options: NpzOptions, *, seed: int, report: Report) -> "NpzStream":
        return NpzStream(location, options, seed)


class NpzStream(Stream):
    """The images of a file whose headers and labels are read and whose pixels are not yet."""

    def __init__(self, location: str, options: NpzOptions, seed: int) -> None:
        self.name = location
        self.signature = Npz.signature(location, options, seed=seed, report=silent)
        self._shown = shown = printable(location)
        with _explained(shown), zipfile.ZipFile(location) as archive:
            headers = {key: _read_header(archive, key, shown) for key in KEYS if f"{key}.npy" in archive.namelist()}
            small = {key: _read_array(archive, key) for key in headers if key not in IMAGE_KEYS.values()}
        if "images" not in headers:
            raise VaeTuiError(f"{shown} holds no array called images", LAYOUT_HINT)
        if "test_labels" in headers and "test_images" not in headers:
            raise VaeTuiError(f"{shown} holds test_labels without test_images", LAYOUT_HINT)
        shapes = {
            key: _nchw_shape(headers[key].shape, f"{key} of {shown}") for key in IMAGE_KEYS.values() if key in headers
        }
        if "test_images" in shapes and shapes["test_images"][1:] != shapes["images"][1:]:
            raise VaeTuiError(f"images and test_images of {shown} differ in size or channels")
        self._headers = headers
        self.shape = shapes["images"][1:]
        labels, self._class_names = _number_labels(small, {key: shape[0] for key, shape in shapes.items()}, shown)
        if "test_images" in shapes:
            self._rows = {split: np.arange(shapes[key][0]) for split, key in IMAGE_KEYS.items()}
            self._key_of = IMAGE_KEYS
        else:
            keys = (str(index).encode() for index in range(shapes["images"][0]))
            train, test = hold_out(keys, options.test_fraction, seed)
            self._rows = {"train": train} | ({"test": test} if len(test) else {})
            self._key_of = dict.fromkeys(self._rows, "images")
        self.num_images = {split: len(rows) for split, rows in self._rows.items()}
        labels_of = {split: labels.get(LABEL_KEYS[key]) for split, key in self._key_of.items()}
        self._labels = {split: None if kept is None else kept[self._rows[split]] for split, kept in labels_of.items()}

    def blocks(self, split: str, report: Report, what: str) -> Generator[NDArray[np.uint8], None, None]:
        """Read and put in order a few rows at a time."""
        report, key, rows = paced(report), self._key_of[split], self._rows[split]
        num_done, num_seen = 0, 0
        with _explained(self._shown), zipfile.ZipFile(self.name) as archive:
            for block in _read_blocks(archive, key, self._headers[key], images_a_block(self.shape)):
                num_wanted = int(np.searchsorted(rows, num_seen + len(block)))
                chosen = _to_nchw(block)[rows[num_done:num_wanted] - num_seen]
                num_done, num_seen = num_wanted, num_seen + len(block)
                if len(chosen):
                    yield chosen
                report(LoadProgress(what, num_done, len(rows), "images"))

    def rest(self) -> Rest:
        """Class names and labels, which were read first."""
        columns = {split: Columns(labels_N) for split, labels_N in self._labels.items()}
        return Rest(self._class_names, (), columns)


@contextmanager
def _explained(shown: str) -> Iterator[None]:
    """What zipfile and numpy find wrong inside the block, in words."""
    try:
        yield
    except MemoryError:
        raise VaeTuiError(f"the arrays of {shown} do not fit into memory", "save fewer or smaller images") from None
    except FileNotFoundError:
        raise VanishedError(f"no such file: {shown}") from None
    except PermissionError:
        raise VaeTuiError(f"{shown} can't be opened: no permission") from None
    except DAMAGED as error:
        reason = printable(str(error), limit=120)
        raise VaeTuiError(f"{shown} is damaged or no .npz file: {reason}", f"write it again; {LAYOUT_HINT}") from None


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]


def _read_header(archive: zipfile.ZipFile, key: str, shown: str) -> _Header:
    """Refuses an array of a wrong kind, of Python objects, or that says it is larger than what is stored."""
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as file:
        header = _Header(*_next_header(file))
    _check_header(header, member.file_size, key, shown)
    return header


def _next_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read_header(file)


def _read_array(archive: zipfile.ZipFile, key: str) -> NDArray[Any]:
    with archive.open(f"{key}.npy") as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return array


def _read_blocks(archive: zipfile.ZipFile, key: str, header: _Header, step: int) -> Iterator[NDArray[np.uint8]]:
    """The rows of an array of bytes, `step` at a time; one that lies column by column is read whole."""
    if header.fortran_order:
        yield _read_array(archive, key)
        return
    row_bytes = math.prod(header.shape[1:])
    with archive.open(f"{key}.npy") as file:
        if _Header(*_next_header(file)) != header:
            raise ValueError("it changed while it was read")
        for start in range(0, header.shape[0], step):
            num_rows = min(step, header.shape[0] - start)
            content = file.read(num_rows * row_bytes)
            if len(content) < num_rows * row_bytes:
                raise EOFError(f"{key} ends too early")
            yield np.frombuffer(content, np.uint8).reshape(num_rows, *header.shape[1:])
        file.read()  # to the end, where zipfile compares the checksum


def _check_header(header: _Header, member_bytes: int, key: str, shown: str) -> None:
    shape, dtype = header.shape, header.dtype
    if dtype.hasobject:
        message = f"{key} of {shown} holds Python objects, which are not read: they could run code"
        raise VaeTuiError(message, "save it as plain numbers or text, for example np.array(values)")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > member_bytes:
        raise ValueError(f"{key} says that it is larger than it is")
    if key in ("images", "test_images") and dtype != np.uint8:
        hint = "save values from 0 to 255 as images.astype(np.uint8); from 0 to 1, times 255 first"
        raise VaeTuiError(f"{key} of {shown} are {dtype}, not uint8", hint)
    if key in ("labels", "test_labels") and dtype.kind not in "iu":
        raise VaeTuiError(
            f"{key} of {shown} are {dtype}, not whole numbers", "labels.astype(np.int64), and class_names"
        )
    if key == "class_names" and dtype.kind != "U":
        raise VaeTuiError(f"class_names of {shown} are {dtype}, not text", 'np.array(["cat", "dog"])')


def _nchw_shape(shape: tuple[int, ...], what: str) -> tuple[int, int, int, int]:
    """(N, C, H, W) of images of that shape; VaeTuiError where it is none that is known, or could be two."""
    if len(shape) not in (3, 4):
        _refuse_shape(what, shape, LAYOUT_HINT)
    if math.prod(shape) == 0:
        _refuse_shape(what, shape, "at least one image of at least one pixel is needed")
    if len(shape) == 3:
        if shape[2] in (3, 4):
            _refuse_shape(what, shape, "one image alone? images[None] makes it (1, H, W, C)")
        return shape[0], 1, shape[1], shape[2]
    num, height, width, channels = shape
    if channels in (1, 3) and height in (1, 3):
        _refuse_shape(what, shape, "this could be (N, H, W, C) or (N, C, H, W): save larger images")
    if _has_channels_first(height, width, channels):
        _refuse_shape(what, shape, "channels come last: save images.transpose(0, 2, 3, 1)")
    if channels > MAX_CHANNELS:
        _refuse_shape(what, shape, f"1 to {MAX_CHANNELS} channels are read, and they come last")
    return num, channels, height, width


def _has_channels_first(first: int, middle: int, last: int) -> bool:
    """Whether the sides after N are rather C, H, W: of H, W, C, there would be more channels than rows or columns.

    Where rows and columns are then equally many, those of a patch of a spectral image are, they are what they say.
    """
    if last <= min(first, middle):
        return False
    return first in (1, 3) or (first < last and first != middle and first <= MAX_CHANNELS)


def _to_nchw(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (N, H, W) or (N, H, W, C) with their channels first."""
    return images[:, None] if images.ndim == 3 else np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _refuse_shape(what: str, shape: tuple[int, ...], hint: str) -> NoReturn:
    raise VaeTuiError(f"{what} have the shape {shape}", hint)


def _number_labels(
    arrays: Mapping[str, NDArray[Any]], num_images: Mapping[str, int], shown: str
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    """The labels as indices into the class names, and these: `class_names`, else the labels' values as text.

    `num_images` is how many labels each array of images needs.
    """
    given: dict[str, NDArray[Any]] = {}
    for images_key, key in LABEL_KEYS.items():
        if key in arrays:
            given[key] = arrays[key].reshape(-1) if arrays[key].shape[1:] == (1,) else arrays[key]
            if given[key].shape != (num_images[images_key],):
                message = f"{key} of {shown} have the shape {arrays[key].shape}"
                raise VaeTuiError(message, f"one label an image is needed: ({num_images[images_key]},)")
    values = sorted({int(value) for array in given.values() for value in np.unique(array)})
    if "class_names" not in arrays:
        index_of = {value: index for index, value in enumerate(values)}
        names = tuple(str(value) for value in values)
    else:
        names = tuple(printable(str(name), limit=80) for name in arrays["class_names"].reshape(-1))
        index_of = {index: index for index in range(len(names))}
        unnamed = [value for value in values if value not in index_of]
        if unnamed:
            message = f"class_names of {shown} has {len(names)} names, and a label is {unnamed[0]}"
            raise VaeTuiError(message, "labels are indices into class_names, from 0")
    numbered: dict[str, NDArray[np.int64]] = {}
    for key, array in given.items():
        unique, inverse = np.unique(array, return_inverse=True)
        numbered[key] = np.array([index_of[int(value)] for value in unique], np.int64)[inverse]
    return numbered, names
