"""Which images a model is looked at with: those that its checkpoint carries, a split of some data, an image file."""

# C channels, H height, W width

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vae_tui.channels import FILE_CHANNELS
from vae_tui.checkpoint import Checkpoint
from vae_tui.config import RunConfig
from vae_tui.datasets import DATASETS, open_data
from vae_tui.datasets.contract import Data, ImageSet, Report, silent
from vae_tui.datasets.downloads import no_downloads
from vae_tui.datasets.image_files import decode as decode_files
from vae_tui.datasets.image_files import hint_for, quiet_pillow
from vae_tui.devices import memory_budget
from vae_tui.errors import VaeTuiError, printable
from vae_tui.models.contract import ImageShape
from vae_tui.surveying import Images

ALL = "all"
"""What --split calls all images of data that have no split of their own; they are then of the split ""."""


@dataclass(frozen=True, eq=False)
class Splits:
    """The images that are looked at and, where they are of data, every split of these, by name."""

    shown: Images
    known: Mapping[str, Images]
    """None of the images that a checkpoint carries; one of data that have no other split."""

    def turned_to(self, split: str) -> "Splits":
        """The same data with the images of another of its splits."""
        return Splits(self.known[split], self.known)

    def beside(self, images: Images) -> "Splits":
        """These, carried by a checkpoint, as one split, and `images` as the other one."""
        return Splits(self.shown, {self.shown.split: self.shown, images.split: images})


def carried_images(checkpoint: Checkpoint) -> Splits | None:
    """Those in the checkpoint; None where it has none."""
    gallery = checkpoint.gallery
    if gallery is None:
        return None
    names = checkpoint.data.class_names if checkpoint.data else ()
    return Splits(Images(gallery.images_NCHW, gallery.labels_N, names, gallery.split), {})


def training_data(splits: Splits | None, config: RunConfig | None) -> str:
    """What the images that a model was trained on can be loaded from: "" unless `splits` are test images that its
    checkpoint carries.
    """
    carries_tests = splits is not None and not splits.known and splits.shown.split == "test"
    return config.dataset if carries_tests and config is not None else ""


def training_images(config: RunConfig, shape: ImageShape, data_dir: Path | None, report: Report) -> Images:
    """Those that the model of this config was trained on, as --data and --split train open them.

    Nothing is downloaded: raises AbsentDataError where it would have to be, and what images_of does.
    """
    with no_downloads():
        return images_of(config.dataset, "train", shape, config, data_dir, report).shown


def images_of(
    data: str,
    split: str | None,
    shape: ImageShape | None,
    config: RunConfig | None,
    data_dir: Path | None,
    report: Report = silent,
) -> Splits:
    """The images of `data`, of this shape where one is known; `config` is that of the model's training.

    Without a `split`: the test images of data that have some of their own, or that the model was trained on; of other
    data all images. Raises VaeTuiError where there are none of that split, or they have another shape.
    """
    is_whole = split == ALL or (split is None and not _was_trained_on(data, config))
    options = _fitting_options(data, shape, config)
    if is_whole and (data not in DATASETS or DATASETS.get(data).by_path):
        options["test_fraction"] = 0.0
    loaded = open_data(
        data,
        options,
        root_dir=data_dir,
        seed=config.seed if config else 0,
        report=report,
        memory_budget=memory_budget("auto", torch.device("cpu")),
    )
    splits = Splits(*_chosen(data, split, loaded, is_whole=is_whole and loaded.test is None))
    if shape is not None and loaded.train.image_shape != shape:
        got, need = ("x".join(map(str, sides)) for sides in (loaded.train.image_shape, shape))
        hint = "a folder of images is brought to a square model's shape by itself; other data must have it"
        if shape[0] not in FILE_CHANNELS:
            hint = f"image files have 1 or 3 channels: {_npz_words(shape)}"
        raise VaeTuiError(f"the images of {printable(data)} are {got}, the model takes {need}", hint)
    return splits


def _chosen(data: str, split: str | None, loaded: Data, *, is_whole: bool) -> tuple[Images, dict[str, Images]]:
    """The images of the wanted split, and those of each."""
    if is_whole:
        images = _images(loaded.train, "")
        return images, {"": images}
    if split == ALL:
        raise VaeTuiError(f"{printable(data)} has test images of its own", "give --split test or --split train")
    sets = {"test": loaded.test, "train": loaded.train}
    known = {name: _images(images, name) for name, images in sets.items() if images is not None}
    wanted = split or next(iter(known))
    if wanted not in known:
        raise VaeTuiError(f"{printable(data)} has no {printable(wanted)} split", "give --split train")
    return known[wanted], known


def _images(images: ImageSet, split: str) -> Images:
    return Images(images.images_NCHW, images.labels_N, images.class_names, split)


def _was_trained_on(data: str, config: RunConfig | None) -> bool:
    return config is not None and config.dataset in (data, str(Path(data).resolve()))


def _fitting_options(
    data: str, shape: ImageShape | None, config: RunConfig | None
) -> dict[str, str | int | float | bool]:
    """The data options of the training where it was on the same data; a folder is brought to the model's shape."""
    options: dict[str, str | int | float | bool] = {}
    if config is not None and _was_trained_on(data, config):
        options = dict(config.section("data"))
    channels, height, width = shape or (0, 0, 1)
    if Path(data).is_dir() and height == width and channels in (0, *FILE_CHANNELS):
        options = {"image_size": height, "channels": channels} | options
    return options


def read_image(path: Path, shape: ImageShape) -> Tensor:
    """An image file as uint8 (C, H, W). Raises VaeTuiError where it can't be read, or can't have so many channels."""
    if shape[0] not in FILE_CHANNELS:
        message = f"{printable(str(path))} is an image file, of 1 or 3 channels: the model's images have {shape[0]}"
        raise VaeTuiError(message, f"give such images by --data: {_npz_words(shape)}")
    with quiet_pillow():
        images_NCHW, reasons = decode_files([str(path)], shape)
    if reasons.get(0) == os.strerror(errno.ENOENT):
        raise VaeTuiError(f"no such file: {printable(str(path))}", "name an image file")
    if reasons:
        message = f"{printable(str(path))} can't be read as an image: {reasons[0]}"
        raise VaeTuiError(message, hint_for(reasons[0]))
    return torch.from_numpy(images_NCHW[0])


def _npz_words(shape: ImageShape) -> str:
    """Which file has images of any number of channels."""
    channels, height, width = shape
    return f"an .npz with images of shape (N, {height}, {width}, {channels})"
