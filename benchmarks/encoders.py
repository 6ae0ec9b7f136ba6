"""What one frame costs to encode, by protocol, beside textual-image on the same frames in the same run.

    python benchmarks/encoders.py [--frames 20]

64 samples of the shipped model, new ones in each frame, laid out as the explorer does on terminals of 120 x 40 and
200 x 60 cells of 10 x 20 pixels. "Own pixels" are the same tiles at 32 x 32, for the terminal to enlarge to the same
cells. Timed is all that lies between the picture's array and the bytes of the terminal: here
`paint` and UTF-8, there the rendering of a fresh image by Rich. Decoding, layout and the terminal are left out.
Medians and 95th percentiles of the frames after two to warm up. textual-image has no path for iTerm2.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place
from vae_tui.imaging import Picture, Tiles, compose
from vae_tui.pictures.contract import Drawing
from vae_tui.session import Session
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.iterm import ItermPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.painting import Painter
from vae_tui.terminal.sixel import SixelPainter

DEMO = Path(__file__).parents[1] / "assets" / "demo.pt"
ROOMS = {"120 x 40": (78, 32), "200 x 60": (146, 52)}
"""Cells of a terminal, and what the explorer leaves to the picture there: the rest is header, panel and footer."""
CELL = (10, 20)
PAPER = (24, 24, 27)
NUM_WARM = 2

PAINTERS: dict[str, tuple[Painter, str]] = {
    "half cells, 24-bit": (HalfblockPainter(), "HalfcellImage"),
    "half cells, 256 colours": (HalfblockPainter("256"), ""),
    "Sixel, 16 colours": (SixelPainter(CELL, 16), ""),
    "Sixel, 64 colours": (SixelPainter(CELL), "SixelImage"),
    "Sixel, 256 colours": (SixelPainter(CELL, 256), ""),
    "iTerm2, JPEG": (ItermPainter(CELL), ""),
    "iTerm2, JPEG, own pixels": (ItermPainter(CELL), ""),
    "iTerm2, PNG, own pixels": (ItermPainter(CELL, "png"), ""),
    "Kitty, placed whole": (KittyPainter(CELL), "TGPImage"),
    "Kitty, placed whole, own pixels": (KittyPainter(CELL), ""),
}
"""The painter, and textual-image's renderable of the same protocol."""

Frame = tuple[Picture, int, int]
Cost = tuple[float, float, float]
"""Median and 95th percentile in ms, and kB."""


def laid_out(tiles: Tiles, room: tuple[int, int], painter: Painter, own_pixels: bool) -> Frame:
    """The tiles' picture and its columns and rows, as the explorer gives them to that painter; or its own pixels."""
    drawing = Drawing(tiles, 8, np.zeros((len(tiles), 1), np.float32), "samples")
    canvas = Canvas(*room, *painter.cell_size, PAPER, painter.max_side)
    placement = place(drawing, canvas)
    assert placement is not None
    if own_pixels:
        own = replace(placement.layout, tile_height=32, tile_width=32, gutter=2)
        return compose(tiles, own, PAPER), placement.columns, placement.rows
    return compose_box(drawing, placement, canvas), placement.columns, placement.rows


def ours(painter: Painter) -> Callable[[Frame], int]:
    def encode(frame: Frame) -> int:
        painting = painter.paint(*frame)
        return len(("\r\n".join(painting.ready_rows) + painting.sequence).encode())

    return encode


def theirs(renderable: type) -> Callable[[Frame], int]:
    def encode(frame: Frame) -> int:
        picture, columns, rows = frame
        kept, sys.__stdout__ = sys.__stdout__, io.StringIO()  # where its Kitty path writes past the console
        try:
            console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=columns + 2)
            console.print(renderable(Image.fromarray(picture), width=columns, height=rows))
            return len((console.file.getvalue() + sys.__stdout__.getvalue()).encode())
        finally:
            sys.__stdout__ = kept

    return encode


def measured(encode: Callable[[Frame], int], frames: list[Frame]) -> Cost:
    times, sizes = [], []
    for frame in frames:
        start = time.perf_counter()
        sizes.append(encode(frame) / 1000)
        times.append((time.perf_counter() - start) * 1000)
    times, sizes = times[NUM_WARM:], sizes[NUM_WARM:]
    return statistics.median(times), float(np.percentile(times, 95)), statistics.median(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=20)
    args = parser.parse_args()
    sys.__stdin__ = None  # type: ignore[misc]  # textual-image asks the terminal when it is imported, else
    from textual_image import _terminal, renderable

    _terminal.get_cell_size._result = _terminal.CellSize(*CELL)
    session = Session.open(DEMO, device="cpu")
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((args.frames + NUM_WARM, 64, session.latent_dim), np.float32)
    tiles = [session.decode(latents_NZ) for latents_NZ in latents]
    print("| terminal | path | picture | ms (p95) | kB | textual-image ms (p95) | kB | times faster | smaller |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for terminal, room in ROOMS.items():
        for name, (painter, other_name) in PAINTERS.items():
            frames = [laid_out(part, room, painter, "own" in name) for part in tiles]
            height, width, _ = frames[0][0].shape
            median, p95, size = measured(ours(painter), frames)
            line = f"| {terminal} | {name} | {width} x {height} | {median:.1f} ({p95:.1f}) | {size:.0f} |"
            if not other_name:
                print(f"{line} | | | |")
                continue
            other, other_p95, other_size = measured(theirs(getattr(renderable, other_name)), frames)
            print(f"{line} {other:.0f} ({other_p95:.0f}) | {other_size:.0f} | {other / median:.0f} | ", end="")
            print(f"{other_size / size:.1f} |", flush=True)


if __name__ == "__main__":
    main()
