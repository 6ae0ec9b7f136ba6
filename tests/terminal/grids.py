"""Pictures that look like the program's own: tiles that the shipped model decodes, as the explorer lays them out."""

from functools import cache
from pathlib import Path

import numpy as np

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.frame.placing import place
from vae_tui.imaging import Layout, Picture, Tiles, compose
from vae_tui.pictures.contract import Drawing
from vae_tui.session import Session

PAPER = (30, 30, 30)
DEMO = Path(__file__).parents[2] / "assets" / "demo.pt"


@cache
def decoded_tiles() -> Tiles:
    """64 samples of the prior, 32 x 32."""
    session = Session.open(DEMO, device="cpu")
    return session.decode(np.random.default_rng(0).standard_normal((64, session.latent_dim), np.float32))


def grid(scale: int, gutter: int = 0) -> Picture:
    """8 x 8 of them, each enlarged."""
    return compose(decoded_tiles(), Layout(8, 8, 32 * scale, 32 * scale, gutter), PAPER)


def explored(tiles: Tiles, columns: int, rows: int, cell_size: tuple[int, int]) -> tuple[Picture, int, int]:
    """The tiles in rows of 8 as the explorer puts them on so many cells, and the columns and rows that they take."""
    drawing = Drawing(tiles, 8, np.zeros((len(tiles), 1), np.float32), "tiles")
    canvas = Canvas(columns, rows, *cell_size, PAPER)
    placement = place(drawing, canvas)
    assert placement is not None
    return compose_box(drawing, placement, canvas), placement.columns, placement.rows
