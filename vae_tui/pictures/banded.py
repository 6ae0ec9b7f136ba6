"""Images above what a model makes of them, in bands: as many images to a row as leaves the largest tiles."""

# N tiles, K rows of a band, M images

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae_tui.pictures.contract import Drawing, no_latents

FLATTEST, STEEPEST = 5.0, 0.3
"""Grids are no more than so many times as wide as high, and as narrow: no screen is."""


@dataclass(frozen=True, eq=False)
class BandedDrawing(Drawing):
    """Image m in column m of the first of K rows, what belongs to it below; after a row's end in the next band."""

    images: tuple[str, ...] = ()
    """What each is called."""
    figures: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names, and a text for each image."""
    kinds: tuple[str, ...] = ()
    """What a band's rows are."""
    saved: Drawing | None = None
    """The same as files have it, where this is another arrangement."""

    @property
    def as_saved(self) -> Drawing:
        """With as many images to a row as files have."""
        return self.saved or self

    @cached_property
    def arrangements(self) -> tuple[Drawing, ...]:
        """The drawing, and with other numbers of images to a row, or the rows of a single one side by side."""
        num, kinds = len(self.images), len(self.kinds)
        if num == 1:
            return (self, self._across())
        widths = dict.fromkeys(-(-num // bands) for bands in range(1, num + 1))
        shapes = [(width, width / (kinds * -(-num // width))) for width in widths if width != self.columns]
        return (self, *(self._in_columns(width) for width, shape in shapes if STEEPEST <= shape <= FLATTEST))

    def _across(self) -> Drawing:
        """The rows of a single image side by side, its figures under what was decoded."""
        kinds = len(self.kinds)
        foot = tuple((name, ("", *texts, *[""] * (kinds - 2))) for name, texts in self.figures)
        names = tuple(map(str.strip, self.kinds))
        return replace(self, columns=kinds, row_labels=(), column_labels=names, foot=foot, saved=self)

    def _in_columns(self, columns: int) -> "BandedDrawing":
        """With so many images to a row."""
        before_KM, after_KM = self._places(self.columns), self._places(columns)
        bands = -(-len(self.images) // columns)
        from_N = np.full(bands * len(self.kinds) * columns, -1)
        from_N[after_KM] = before_KM
        empty = from_N < 0
        latents_NZ = self.latents_NZ[from_N]
        latents_NZ[empty] = no_latents(int(empty.sum()), latents_NZ.shape[1])
        moved = replace(
            self,
            tiles_NHWC=self.tiles_NHWC[from_N],
            latents_NZ=latents_NZ,
            shown_N=~empty,
            points=tuple(self.points[place] if place >= 0 else None for place in from_N.tolist()),
            words=tuple(self.words[place] if place >= 0 else "" for place in from_N.tolist()),
            saved=self,
        )
        return moved.labelled(columns)

    def _places(self, columns: int) -> NDArray[np.int64]:
        """(K, M): which tile each is, with so many images to a row."""
        image_M, row_K = np.arange(len(self.images)), np.arange(len(self.kinds))
        first_M = image_M // columns * len(self.kinds) * columns + image_M % columns
        return first_M + row_K[:, None] * columns

    def labelled(self, columns: int) -> "BandedDrawing":
        """With the labels and lines of so many images to a row."""
        num = len(self.images)
        bands = -(-num // columns)
        lines = (("image", self.images), *self.figures) if bands > 1 else self.figures
        starts = range(0, num, columns)
        return replace(
            self,
            columns=columns,
            row_labels=self.kinds * bands,
            column_labels=self.images if bands == 1 else (),
            foot=tuple((name, texts[start : start + columns]) for start in starts for name, texts in lines),
            band_rows=len(self.kinds) if bands > 1 else 0,
        )
