"""Tiles to pictures: grids with even gutters, PNG and GIF bytes, and what their metadata says."""

# N tiles, H height, W width; a picture is (H, W, 3); all uint8 RGB

import base64
import binascii
import io
import math
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from vae_tui.errors import VaeTuiError, printable

Tiles = NDArray[np.uint8]
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

PAPER: Colour = (24, 24, 27)
"""Background of saved pictures: dark, so that neither black nor white tiles lose their edge."""

MIN_SAVED_TILE = 64
"""Saved tiles are enlarged by whole numbers until their longer side has at least so many pixels."""

_GIF_PREFIX = b"vaetui "
_MAX_METADATA = 64 * 2**20


@dataclass(frozen=True)
class Layout:
    """Where the tiles of a grid lie, in pixels."""

    rows: int
    columns: int
    tile_height: int
    tile_width: int
    gutter: int

    @property
    def height(self) -> int:
        """Pixels from the top of the first tile to the bottom of the last; no gutter around the grid."""
        return self.rows * (self.tile_height + self.gutter) - self.gutter if self.rows else 0

    @property
    def width(self) -> int:
        """Pixels from the left of the first tile to the right of the last."""
        return self.columns * (self.tile_width + self.gutter) - self.gutter if self.columns else 0

    def origin(self, index: int) -> tuple[int, int]:
        """(top, left) of the tile at `index`, counted along the rows."""
        row, column = divmod(index, self.columns)
        return row * (self.tile_height + self.gutter), column * (self.tile_width + self.gutter)


def fit(
    tile_shape: tuple[int, int], rows: int, columns: int, height: int, width: int, gutter: int = 1
) -> Layout | None:
    """The largest layout that fits into height x width pixels; None where not even one pixel a tile does.

    Tiles are shown at a whole-number scale where they fit at their own size; smaller ones keep their shape.
    """
    tile_height, tile_width = tile_shape
    room_y = (height + gutter) / rows - gutter
    room_x = (width + gutter) / columns - gutter
    scale = min(room_y / tile_height, room_x / tile_width)
    if scale >= 1:
        scale = math.floor(scale)
        return Layout(rows, columns, tile_height * scale, tile_width * scale, gutter)
    fitted = Layout(rows, columns, math.floor(tile_height * scale), math.floor(tile_width * scale), gutter)
    if fitted.tile_height < 1 or fitted.tile_width < 1:
        return fit(tile_shape, rows, columns, height, width, 0) if gutter else None
    return fitted


def resize_tiles(tiles_NHWC: Tiles, height: int, width: int) -> Tiles:
    """Every tile at height x width: repeated pixels where that is a whole-number scale, else box-averaged.

    No tile bleeds into its neighbour.
    """
    num, tile_height, tile_width, _ = tiles_NHWC.shape
    if (height, width) == (tile_height, tile_width):
        return tiles_NHWC
    if height % tile_height == 0 and width % tile_width == 0:
        return tiles_NHWC.repeat(height // tile_height, axis=1).repeat(width // tile_width, axis=2)
    column = Image.fromarray(np.ascontiguousarray(tiles_NHWC).reshape(num * tile_height, tile_width, 3))
    resized = column.resize((width, num * height), Image.Resampling.BOX)
    return np.asarray(resized).reshape(num, height, width, 3)


def compose(
    tiles_NHWC: Tiles,
    layout: Layout,
    paper: Colour,
    shown: NDArray[np.bool_] | None = None,
    size: tuple[int, int] | None = None,
) -> Picture:
    """The tiles in a grid over `paper`; positions where `shown` is False, and those past the last tile, stay paper.

    `size`: height and width of the picture where that is larger than its grid, which is then at the upper left.
    """
    height, width = size or (layout.height, layout.width)
    picture = np.empty((height, width, 3), np.uint8)
    picture.reshape(height, 3 * width)[:] = np.tile(np.array(paper, np.uint8), width)  # five times as fast as by pixel
    resized = resize_tiles(tiles_NHWC, layout.tile_height, layout.tile_width)
    for index, tile in enumerate(resized):
        if shown is None or shown[index]:
            top, left = layout.origin(index)
            picture[top : top + layout.tile_height, left : left + layout.tile_width] = tile
    return picture


def saved_scale(tile_shape: tuple[int, int]) -> int:
    """The whole-number scale at which tiles of this (height, width) are saved."""
    return max(1, math.ceil(MIN_SAVED_TILE / max(tile_shape)))


def saved_layout(tile_shape: tuple[int, int], rows: int, columns: int) -> Layout:
    """How a grid is laid out in a file: independent of any terminal, so that the same command gives the same bytes."""
    scale = saved_scale(tile_shape)
    return Layout(rows, columns, tile_shape[0] * scale, tile_shape[1] * scale, gutter=4)


@dataclass(frozen=True, eq=False)
class Provenance:
    """What a saved picture says of itself."""

    command: str
    """The canonical command that draws it."""
    checkpoint: str
    """SHA-256 of the checkpoint's bytes, in hex."""
    latents_NZ: NDArray[np.float32]
    """The latents of its tiles; rows of NaN where a tile is an image as it is."""
    beside: str = ""
    """The same hash of the second checkpoint, where it shows two."""

    def to_text(self) -> dict[str, str]:
        """Keys and ASCII values for a file's metadata."""
        packed = zlib.compress(np.ascontiguousarray(self.latents_NZ, dtype="<f4").tobytes(), 9)
        return {
            "vaetui:command": self.command,
            "vaetui:checkpoint": self.checkpoint,
            **({"vaetui:beside": self.beside} if self.beside else {}),
            "vaetui:latents": base64.b64encode(packed).decode(),
            "vaetui:latents-shape": "x".join(map(str, self.latents_NZ.shape)),
        }

    @classmethod
    def from_text(cls, text: Mapping[str, str]) -> "Provenance":
        """What to_text wrote. Raises ValueError where it does not hold together."""
        try:
            rows, dims = (int(part) for part in text["vaetui:latents-shape"].split("x"))
            size = rows * dims * 4
            if not 0 < size <= _MAX_METADATA:
                raise ValueError("the latents have an impossible shape")
            unpacker = zlib.decompressobj()
            raw = unpacker.decompress(base64.b64decode(text["vaetui:latents"], validate=True), size + 1)
            latents = np.frombuffer(raw, "<f4").reshape(rows, dims).astype(np.float32)
            return cls(text["vaetui:command"], text["vaetui:checkpoint"], latents, text.get("vaetui:beside", ""))
        except (KeyError, ValueError, zlib.error, binascii.Error) as error:
            raise ValueError(f"no latents of a vaetui picture: {error}") from None


def png_bytes(picture: Picture, provenance: Provenance) -> bytes:
    """The picture as PNG, what made it in its text chunks. Same values, same bytes."""
    info = PngImagePlugin.PngInfo()
    for key, value in provenance.to_text().items():
        info.add_text(key, value)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", pnginfo=info, compress_level=6)
    return buffer.getvalue()


def gif_bytes(frames: Sequence[Picture], frame_ms: int, provenance: Provenance) -> bytes:
    """The frames as an endless GIF of 256 shared colours, what made it in its comment. Same values, same bytes."""
    stride = max(1, len(frames) // 8)
    sampled = Image.fromarray(np.concatenate(frames[::stride]))
    palette = sampled.quantize(256, Image.Quantize.MEDIANCUT)
    images = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    text = "\n".join(f"{key} {value}" for key, value in provenance.to_text().items())
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=frame_ms,
        loop=0,
        optimize=False,
        disposal=1,
        comment=_GIF_PREFIX + text.encode(),
    )
    return buffer.getvalue()


def _open_for_text(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # Meant for pixels, which stay packed here; our own pictures can be that large.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path)


def read_provenance(path: Path) -> Provenance:
    """What a saved picture says of itself. Raises VaeTuiError where it says nothing."""
    hint = "give a PNG or GIF that vaetui wrote, or an .npz with `latents`"
    try:
        with _open_for_text(path) as image:
            text = {key: str(value) for key, value in image.info.items() if isinstance(key, str)}
            comment = image.info.get("comment", b"")
    except FileNotFoundError:
        raise VaeTuiError(f"no such file: {printable(str(path))}") from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise VaeTuiError(f"{printable(str(path))} is no picture: {printable(str(error))}", hint) from None
    if isinstance(comment, bytes) and comment.startswith(_GIF_PREFIX):
        lines = comment[len(_GIF_PREFIX) :].decode("utf-8", "replace").splitlines()
        text |= dict(line.split(" ", 1) for line in lines if " " in line)
    try:
        return Provenance.from_text(text)
    except ValueError as error:
        raise VaeTuiError(f"{printable(str(path))}: {printable(str(error))}", hint) from None
