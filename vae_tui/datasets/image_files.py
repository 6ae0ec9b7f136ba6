"""Image files decoded by many threads into one uint8 array."""

# N images, C channels, H height, W width

import os
import stat
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from vae_tui.datasets.contract import LoadProgress, Report, paced
from vae_tui.errors import VaeTuiError, printable

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's readers that may be tried, whatever a file is called: others start programs (EPS) or are seldom used."""
SUFFIXES = (
    *(".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    *(".pbm", ".pgm", ".pnm", ".ppm"),
)
BLOCK = 64
"""Files a task: few tasks even for a million files."""
GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"}
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of EXIF's Orientation tag (EXIF 2.3, 4.6.4)."""


class Header(NamedTuple):
    """What a file says of its image before the pixels are decoded."""

    width: int
    """Pixels, upright: after the rotation that EXIF asks for."""
    height: int
    grey: bool
    transparent: bool


Reasons = dict[int, str]
"""Why a file could not be read, in printable words, by its index."""


def read_headers(paths: Sequence[str], report: Report) -> tuple[dict[int, Header], Reasons]:
    """The header of each file by its index, and why the others have none."""
    headers: dict[int, Header] = {}

    def read(index: int) -> None:
        headers[index] = _header(paths[index])

    reasons = _each(read, len(paths), "looking at images", report)
    return headers, reasons


def decode(paths: Sequence[str], shape: tuple[int, int, int], report: Report) -> tuple[NDArray[np.uint8], Reasons]:
    """uint8 (N, *shape), and why some of the N rows are not filled; `shape` is (C, H, W).

    Transparent images stand on white, 16-bit grey loses its low byte, of an animation the first frame is taken. An
    image of another size is resized until it just covers H x W (Lanczos over the source's pixels, so that a smaller
    image does not alias), and cropped to its middle.
    """
    try:
        images_NCHW = np.empty((len(paths), *shape), np.uint8)
    except MemoryError:
        channels, height, width = shape
        message = f"{len(paths):,} images of {channels} x {height} x {width} do not fit into memory"
        raise VaeTuiError(message, "lower data.image_size") from None

    def read(index: int) -> None:
        _decode(paths[index], images_NCHW[index])

    return images_NCHW, _each(read, len(paths), "reading images", report)


def _each(work: Callable[[int], None], count: int, what: str, report: Report) -> Reasons:
    """Calls `work` with each index, by many threads: Pillow decodes outside the GIL. Gives why some of them failed."""
    reasons: Reasons = {}
    report = paced(report)

    def run(start: int) -> int:
        for index in range(start, min(start + BLOCK, count)):
            try:
                work(index)
            except Exception as error:  # on damaged files Pillow's readers raise nearly anything
                reasons[index] = _reason(error)
        return min(start + BLOCK, count)

    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, 8))
    try:
        with _quiet_pillow():
            for done in pool.map(run, range(0, count, BLOCK)):
                report(LoadProgress(what, done, count, "images"))
    finally:  # Ctrl-C does not wait for the files that are still in the queue
        pool.shutdown(cancel_futures=True)
    return dict(sorted(reasons.items()))


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Pillow's remarks on odd files stay off the terminal; a decompression bomb is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "too many pixels"
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return printable(words or type(error).__name__, limit=80)


def _open(path: str) -> Image.Image:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("not a regular file")
    return Image.open(path, formats=FORMATS)


def _header(path: str) -> Header:
    with _open(path) as image:
        if image.mode == "F":
            raise ValueError("floating-point pixels, whose range is not known")
        width, height = image.size
        if _orientation(image) >= 5:
            width, height = height, width
        return Header(width, height, _is_grey(image), image.has_transparency_data)


def _is_grey(image: Image.Image) -> bool:
    if image.mode != "P":
        return image.mode in GREY_MODES
    colours = np.array(image.getpalette("RGB")).reshape(-1, 3)
    used = [int(index) for _, index in image.getcolors(256) or [] if isinstance(index, int | float)]
    return bool((colours[used] == colours[used][:, :1]).all())


def _orientation(image: Image.Image) -> int:
    """EXIF's Orientation, 1 to 8; 1 (upright) where there is none or it can't be read."""
    if image.format == "TIFF":
        return 1  # Pillow turns these itself
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # as above: the pixels may be sound where the EXIF block is not
        return 1
    return orientation if orientation in UPRIGHT else 1


def _decode(path: str, out_CHW: NDArray[np.uint8]) -> None:
    channels, height, width = out_CHW.shape
    with _open(path) as image:
        orientation = _orientation(image)
        upright_size = image.size if orientation < 5 else image.size[::-1]
        if upright_size != (width, height):
            # a JPEG can be decoded at 1/2, 1/4 or 1/8; twice the wanted size leaves the filter its work
            longest = 2 * max(width, height)
            image.draft(image.mode, (longest, longest))
        pixels = _eight_bit(image, channels)
    if orientation in UPRIGHT:
        pixels = pixels.transpose(UPRIGHT[orientation])
    if pixels.size != (width, height):
        scale = min(pixels.width / width, pixels.height / height)
        left, top = (pixels.width - scale * width) / 2, (pixels.height - scale * height) / 2
        box = (left, top, left + scale * width, top + scale * height)
        pixels = pixels.resize((width, height), Image.Resampling.LANCZOS, box=box)
    array = np.asarray(pixels)
    out_CHW[...] = array if channels == 1 else array.transpose(2, 0, 1)


def _eight_bit(image: Image.Image, channels: int) -> Image.Image:
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).clip(0, 0xFFFF) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert("L" if channels == 1 else "RGB")
