"""Tiles to pictures: grids with even gutters, PNG and GIF bytes, and what their metadata says."""

# N tiles, H height, W width; a picture is (H, W, 3); all uint8 RGB

import base64
import binascii
import io
import math
import warnings
import zlib
from bisect import bisect_right
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
    lead: tuple[int, int] | None = None
    """Height and width of a first tile that stands by itself, left of the grid of the others; None: there is none."""
    band_rows: int = 0
    """Rows of a band, between which there is no more than the gutter; 0: all rows are one band."""
    band_tops: tuple[int, ...] = ()
    """Where each band begins."""

    @property
    def height(self) -> int:
        """Pixels from the top of the first tile to the bottom of the last; no gutter around the grid."""
        grid = self._top(self.rows - 1) + self.tile_height if self.rows else 0
        return max(grid, self.lead[0] if self.lead else 0)

    @property
    def width(self) -> int:
        """Pixels from the left of the first tile to the right of the last."""
        columns = self.columns if self.rows else 0
        grid = columns * (self.tile_width + self.gutter) - self.gutter if columns else 0
        return self._grid_left + grid if columns else self._grid_left - self.gutter if self.lead else 0

    def _top(self, row: int) -> int:
        band, row = divmod(row, self.band_rows) if self.band_rows else (0, row)
        return (self.band_tops[band] if self.band_rows else 0) + row * (self.tile_height + self.gutter)

    @property
    def _grid_left(self) -> int:
        return self.lead[1] + self.gutter if self.lead else 0

    def origin(self, index: int) -> tuple[int, int]:
        """(top, left) of the tile at `index`, counted along the rows."""
        if self.lead and not index:
            return 0, 0
        row, column = divmod(index - bool(self.lead), self.columns)
        return self._top(row), self._grid_left + column * (self.tile_width + self.gutter)

    def size(self, index: int) -> tuple[int, int]:
        """(height, width) of the tile at `index`."""
        return self.lead if self.lead and not index else (self.tile_height, self.tile_width)

    def tile_at(self, top: int, left: int) -> int | None:
        """The tile at a pixel; None between tiles and beside them."""
        if self.lead and 0 <= left < self.lead[1]:
            return 0 if 0 <= top < self.lead[0] else None
        column, in_column = divmod(left - self._grid_left, self.tile_width + self.gutter)
        band = bisect_right(self.band_tops, top) - 1 if self.band_rows else 0
        in_band = top - self.band_tops[band] if self.band_rows else top
        row, in_row = divmod(in_band, self.tile_height + self.gutter)
        if self.band_rows and row >= self.band_rows:
            return None
        row += band * self.band_rows
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        on_tile = in_column < self.tile_width and in_row < self.tile_height
        return row * self.columns + column + bool(self.lead) if inside and on_tile else None


def fit(
    tile_shape: tuple[int, int], rows: int, columns: int, height: int, width: int, gutter: int = 1, lead: int = 1
) -> Layout | None:
    """The largest layout that fits into height x width pixels; None where not even one pixel a tile does.

    Tiles are shown at a whole-number scale where they fit at their own size; smaller ones keep their shape. `lead`: so
    many times as large as the others, at least, is the first tile, left of their rows and columns; 1: it is in them.
    """
    if lead > 1:
        return _fit_lead(tile_shape, rows, columns if rows else 0, height, width, gutter, lead)
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


def _fit_lead(
    tile_shape: tuple[int, int], rows: int, columns: int, height: int, width: int, gutter: int, lead: int
) -> Layout | None:
    tile_height, tile_width = tile_shape
    lead_scale = min(height / tile_height, (width - columns * gutter) / ((1 + columns / lead) * tile_width))
    lead_scale = math.floor(lead_scale) if lead_scale >= 1 else lead_scale
    scale = min(lead_scale / lead, ((height + gutter) / rows - gutter) / tile_height) if rows else lead_scale / lead
    scale = math.floor(scale) if scale >= 1 else scale
    large = math.floor(tile_height * lead_scale), math.floor(tile_width * lead_scale)
    small = math.floor(tile_height * scale), math.floor(tile_width * scale)
    if min(*large, *(small if rows else large)) < 1:
        return _fit_lead(tile_shape, rows, columns, height, width, 0, lead) if gutter else None
    return Layout(rows, columns, *small, gutter, large)


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
    alone = 1 if layout.lead else 0
    resized = [tile for num in range(alone) for tile in resize_tiles(tiles_NHWC[num : num + 1], *layout.size(num))]
    if len(tiles_NHWC) > alone:
        resized.extend(resize_tiles(tiles_NHWC[alone:], layout.tile_height, layout.tile_width))
    for index, tile in enumerate(resized):
        if shown is None or shown[index]:
            top, left = layout.origin(index)
            picture[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return picture


def saved_scale(tile_shape: tuple[int, int]) -> int:
    """The whole-number scale at which tiles of this (height, width) are saved."""
    return max(1, math.ceil(MIN_SAVED_TILE / max(tile_shape)))


def saved_layout(tile_shape: tuple[int, int], rows: int, columns: int, lead: int = 1) -> Layout:
    """How a grid is laid out in a file: independent of any terminal, so that the same command gives the same bytes.

    `lead`: how many times as large as the others the first tile is, as fit takes it.
    """
    scale = saved_scale(tile_shape)
    height, width = tile_shape[0] * scale, tile_shape[1] * scale
    return Layout(rows, columns, height, width, 4, (lead * height, lead * width) if lead > 1 else None)


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
            if rows < 0 or dims < 1 or size > _MAX_METADATA:
                raise ValueError("the latents have an impossible shape")
            unpacker = zlib.decompressobj()
            raw = unpacker.decompress(base64.b64decode(text["vaetui:latents"], validate=True), size + 1)
            latents = np.frombuffer(raw, "<f4").reshape(rows, dims).astype(np.float32)
            return cls(text["vaetui:command"], text["vaetui:checkpoint"], latents, text.get("vaetui:beside", ""))
        except KeyError:
            raise ValueError("holds no latents: vaetui did not save it, or what it said of itself was lost") from None
        except (ValueError, zlib.error, binascii.Error):
            raise ValueError("is a picture that vaetui saved, and its latents are damaged") from None


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
        raise VaeTuiError(f"{printable(str(path))} {error}", hint) from None
