"""Images and labels in one .npz file, as numpy.savez writes it."""

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray

from vae_tui.datasets.contract import DATASETS, Data, ImageSet, LoadProgress, Report, Source
from vae_tui.datasets.splits import check_fraction, fraction_option, hold_out
from vae_tui.errors import VaeTuiError, printable

KEYS = ("images", "labels", "test_images", "test_labels", "class_names")
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
        shown = printable(location)
        arrays = _read_arrays(location, shown, report)
        if "images" not in arrays:
            raise VaeTuiError(f"{shown} holds no array called images", LAYOUT_HINT)
        if "test_labels" in arrays and "test_images" not in arrays:
            raise VaeTuiError(f"{shown} holds test_labels without test_images", LAYOUT_HINT)
        images = {key: _to_nchw(arrays[key], f"{key} of {shown}") for key in ("images", "test_images") if key in arrays}
        labels, class_names = _number_labels(arrays, shown)
        train_NCHW, train_N = images["images"], labels.get("labels")
        if "test_images" in images:
            test_NCHW, test_N = images["test_images"], labels.get("test_labels")
            if test_NCHW.shape[1:] != train_NCHW.shape[1:]:
                raise VaeTuiError(f"images and test_images of {shown} differ in size or channels")
            return Data(
                location, _image_set(train_NCHW, train_N, class_names), _image_set(test_NCHW, test_N, class_names)
            )
        keys = [str(index).encode() for index in range(len(train_NCHW))]
        train, test = hold_out(keys, options.test_fraction, seed)
        if not test:
            return Data(location, _image_set(train_NCHW, train_N, class_names), None)
        splits = [
            _image_set(train_NCHW[rows], None if train_N is None else train_N[rows], class_names)
            for rows in (train, test)
        ]
        return Data(location, splits[0], splits[1])


def _read_arrays(location: str, shown: str, report: Report) -> dict[str, NDArray[Any]]:
    """The arrays that the file holds under KEYS. Each header is checked before its pixels are read."""
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(location) as archive:
            found = [key for key in KEYS if f"{key}.npy" in archive.namelist()]
            done_bytes, total_bytes = 0, sum(archive.getinfo(f"{key}.npy").file_size for key in found)
            for key in found:
                member = archive.getinfo(f"{key}.npy")
                with archive.open(member) as file:
                    _check_header(file, member.file_size, key, shown)
                with archive.open(member) as file:
                    arrays[key] = np.lib.format.read_array(file, allow_pickle=False)
                done_bytes += member.file_size
                report(LoadProgress("reading arrays", done_bytes, total_bytes, "bytes"))
    except MemoryError:
        raise VaeTuiError(f"the arrays of {shown} do not fit into memory", "save fewer or smaller images") from None
    except FileNotFoundError:
        raise VaeTuiError(f"no such file: {shown}") from None
    except PermissionError:
        raise VaeTuiError(f"{shown} can't be opened: no permission") from None
    except DAMAGED as error:
        reason = printable(str(error), limit=120)
        raise VaeTuiError(f"{shown} is damaged or no .npz file: {reason}", f"write it again; {LAYOUT_HINT}") from None
    return arrays


def _check_header(file: Any, member_bytes: int, key: str, shown: str) -> None:
    """Refuses an array of a wrong kind, of Python objects, or that says it is larger than what is stored."""
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    if dtype.hasobject:
        message = f"{key} of {shown} holds Python objects, which are not read: they could run code"
        raise VaeTuiError(message, "save it as plain numbers or text, for example np.array(values)")
    if math.prod(shape) * dtype.itemsize > member_bytes:
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


def _to_nchw(images: NDArray[np.uint8], what: str) -> NDArray[np.uint8]:
    """The images as (N, C, H, W); VaeTuiError where their shape is none that is known, or could be two."""
    shape = images.shape
    if images.ndim not in (3, 4):
        _refuse_shape(what, shape, LAYOUT_HINT)
    if images.size == 0:
        _refuse_shape(what, shape, "at least one image of at least one pixel is needed")
    if images.ndim == 3:
        if shape[2] in (3, 4):
            _refuse_shape(what, shape, "one image alone? images[None] makes it (1, H, W, C)")
        return np.ascontiguousarray(images[:, None])
    if shape[3] in (1, 3):
        if shape[1] in (1, 3):
            _refuse_shape(what, shape, "this could be (N, H, W, C) or (N, C, H, W): save larger images")
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    if shape[3] == 4:
        _refuse_shape(what, shape, "transparency is not read: put the images on a ground, and save images[..., :3]")
    if shape[1] in (1, 3):
        _refuse_shape(what, shape, "channels come last: save images.transpose(0, 2, 3, 1)")
    return _refuse_shape(what, shape, "1 (grey) or 3 (colour) channels are read, and they come last")


def _refuse_shape(what: str, shape: tuple[int, ...], hint: str) -> NoReturn:
    raise VaeTuiError(f"{what} have the shape {shape}", hint)


def _number_labels(
    arrays: Mapping[str, NDArray[Any]], shown: str
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    """The labels as indices into the class names, and these: `class_names`, else the labels' values as text."""
    given: dict[str, NDArray[Any]] = {}
    for key, images_key in (("labels", "images"), ("test_labels", "test_images")):
        if key in arrays:
            given[key] = arrays[key].reshape(-1) if arrays[key].shape[1:] == (1,) else arrays[key]
            if given[key].shape != (len(arrays[images_key]),):
                message = f"{key} of {shown} have the shape {arrays[key].shape}"
                raise VaeTuiError(message, f"one label an image is needed: ({len(arrays[images_key])},)")
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


def _image_set(
    images_NCHW: NDArray[np.uint8], labels_N: NDArray[np.int64] | None, class_names: tuple[str, ...]
) -> ImageSet:
    labels = None if labels_N is None else torch.from_numpy(labels_N)
    return ImageSet(torch.from_numpy(images_NCHW), labels, class_names)
