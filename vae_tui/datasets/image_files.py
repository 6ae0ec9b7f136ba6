"""Image files: what their headers say, and their pixels as uint8 of one shape."""

# n images, C channels, H height, W width

import errno
import os
import stat
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, PngImagePlugin, UnidentifiedImageError

from vae_tui.errors import printable

Number = TypeVar("Number", np.int32, np.uint8)

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's readers that may be tried, whatever a file is called: others start programs (EPS) or are seldom used."""
SUFFIXES = (
    *(".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    *(".pbm", ".pgm", ".pnm", ".ppm"),
)
READING = 1
"""Raised whenever a file gives other pixels than before: packs of the older ones are then made again."""
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
GONE = os.strerror(errno.ENOENT)
"""The reason of a file that is not there."""
_NO_IMAGE, _TOO_LARGE = "not an image", "too many pixels"
"""Of one that no reader knows, and of one that would fill the memory."""


def read_headers(paths: Sequence[str]) -> tuple[NDArray[np.int32], Reasons]:
    """int32 (n, 4), the `Header` of each file that has one, and why the others have none."""
    return _read_each(paths, np.empty((len(paths), len(Header._fields)), np.int32), _header_into)


def decode(paths: Sequence[str], shape: tuple[int, int, int]) -> tuple[NDArray[np.uint8], Reasons]:
    """uint8 (n, *shape), the pixels of each file that can be read, and why the others can't; `shape` is (C, H, W).

    Transparent images stand on white, 16-bit grey loses its low byte, of an animation the first frame is taken. An
    image of another size is resized until it just covers H x W (Lanczos over the source's pixels, so that a smaller
    image does not alias), and cropped to its middle.
    """
    return _read_each(paths, np.empty((len(paths), *shape), np.uint8), _decode)


def _read_each(
    paths: Sequence[str], rows: NDArray[Number], read_into: Callable[[str, NDArray[Number]], None]
) -> tuple[NDArray[Number], Reasons]:
    """The rows that were filled, one for each file that could be read, and why the others could not."""
    num_read, reasons = 0, {}
    for index, path in enumerate(paths):
        try:
            read_into(path, rows[num_read])
        except Exception as error:  # on damaged files Pillow's readers raise nearly anything
            reasons[index] = _reason(error)
        else:
            num_read += 1
    return rows[:num_read], reasons


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow's remarks on odd files stay off the terminal; a decompression bomb is an error.

    For all threads of the process: to be entered around them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return _NO_IMAGE
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _TOO_LARGE
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return printable(words or type(error).__name__, limit=80)


def hint_for(reason: str) -> str | None:
    """What a person can do about a file that could not be read for this reason, where that is known."""
    if reason == _TOO_LARGE:
        return f"make it smaller: images of up to {Image.MAX_IMAGE_PIXELS or 0:,} pixels are read"
    return f"known are {', '.join(FORMATS)}" if reason == _NO_IMAGE else None


def _open(path: str) -> Image.Image:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("not a regular file")
    return Image.open(path, formats=FORMATS)


def _header_into(path: str, out: NDArray[np.int32]) -> None:
    out[:] = _header(path)


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
        if isinstance(image, PngImagePlugin.PngImageFile) and not _says_more_after_pixels(image):
            exif = Image.Image.getexif(image)  # PNG's own would decode the pixels first, to get at what comes after
        else:
            exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # as above: the pixels may be sound where the EXIF block is not
        return 1
    return orientation if orientation in UPRIGHT else 1


def _says_more_after_pixels(image: PngImagePlugin.PngImageFile) -> bool:
    """Whether a PNG file has EXIF or text behind its pixels; an orientation could be there (PNG 3rd edition, 5.6)."""
    file, found = image.fp, False
    assert file is not None
    before = file.tell()
    file.seek(8)
    while len(head := file.read(8)) == 8 and not found:
        found = head[4:] in (b"eXIf", b"iTXt", b"tEXt", b"zTXt") and file.tell() > before
        file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)
    file.seek(before)
    return found


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
