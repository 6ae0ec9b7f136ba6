"""What a screen should show: the same app, with the same keys, in no terminal, and the frame it composes."""

# H height, W width of the picture; R rows, C columns of the screen's cells

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from textual.pilot import Pilot

from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.frame.composing import compose_box
from vae_tui.explorer.picture import PictureArea
from vae_tui.imaging import PAPER, Picture, compose, fit
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.sample import SamplePicture
from vae_tui.session import Session
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.inline import RESERVED_ROWS, Room
from vae_tui.terminal.iterm import ItermPainter
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.kitty_live import PlaceholderPainter
from vae_tui.terminal.painting import Painter, Painting
from vae_tui.terminal.sixel import SixelPainter

_PICTURE = "\ue000"
"""What the rehearsal writes into a picture's cells."""
_TEXTUAL_KEYS = {"question": "question_mark", "Escape": "escape", "Return": "enter"}


@dataclass(frozen=True)
class Sight:
    """What the program knows of the terminal that it runs in."""

    columns: int
    rows: int
    protocol: str
    cell_size: tuple[int, int]
    text_cells: bool
    """Whether Kitty's pictures lie in text cells."""
    true_colour: bool
    clears_beside: bool = False
    """As the painter's."""
    band: int = 1
    """As the painter's: 6 where tmux draws Sixel."""

    @property
    def is_cells(self) -> bool:
        """Whether pictures are text."""
        return self.protocol.startswith("halfblock")


@dataclass(frozen=True, eq=False)
class Meant:
    """A screen as it should be."""

    picture: Picture
    """As it was composed, of fewer pixels than its cells where the terminal enlarges it."""
    box: tuple[int, int, int, int]
    """First column, first row, columns, rows of the picture on the screen."""
    is_blank_RC: NDArray[np.bool_]
    """Cells that show nothing but their background; those of the picture are none."""
    colours_RC3: NDArray[np.uint8]
    """The background of those."""
    sight: Sight
    in_text_cells: bool
    """Whether it is one of Kitty's in text cells."""
    is_text_RC: NDArray[np.bool_]
    """Cells of the picture, its own rows and columns, in which text stands over it."""

    @property
    def unsent(self) -> int:
        """Rows of pixels at the foot of the picture that are left out."""
        return 2 * (len(self.picture) % self.sight.band)


def _painter_class(sight: Sight) -> type[Painter]:
    if sight.protocol == "kitty":
        return PlaceholderPainter if sight.text_cells else KittyPainter
    return {"sixel": SixelPainter, "iterm": ItermPainter}.get(sight.protocol, HalfblockPainter)


def _painter(sight: Sight, *, still: bool = False) -> Painter:
    """One with the measures of the terminal's painter, that paints nothing."""
    kind = KittyPainter if still and _painter_class(sight) is PlaceholderPainter else _painter_class(sight)

    class Rehearsing(Painter):
        label = kind.label
        scales = kind.scales
        max_side = kind.max_side
        band = sight.band
        block = ItermPainter(sight.cell_size).block if sight.protocol == "iterm" else 1
        takes_text = sight.protocol != "sixel" or band == 1
        clears_beside = sight.clears_beside
        cell_size = (1, 2) if sight.is_cells else sight.cell_size

        def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
            return Painting([[Segment(_PICTURE * columns)]] * rows)

        def forget(self) -> None:
            return

        def farewell(self) -> str:
            return ""

    return Rehearsing()


async def rehearse(session: Session, checkpoint: Path, sight: Sight, moments: Sequence[Sequence[str]]) -> list[Meant]:
    """The screen after each moment's keys, one moment after another; keys are X names."""
    app = ExplorerApp(lambda: session, Origin(str(checkpoint)), _painter(sight))
    seen = []
    async with app.run_test(size=(sight.columns, sight.rows)) as pilot:
        await _settle(pilot)
        for keys in moments:
            for key in keys:
                await pilot.press(_TEXTUAL_KEYS.get(key, key))
            await _settle(pilot)
            seen.append(_screen(app, sight))
    return seen


async def _settle(pilot: "Pilot[None]") -> None:
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    await pilot.pause()
    while not app.is_settled:
        await pilot.pause(0.02)
    await pilot.pause()


def _screen(app: ExplorerApp, sight: Sight) -> Meant:
    area = app.screen_stack[0].query_one("#picture", PictureArea)
    frame, region = area._frame, area.region
    if frame is None:
        raise RuntimeError(f"the rehearsal shows no picture: {' '.join(area._note)}")
    place = frame.placement
    columns, rows = app.size
    is_blank_RC, colours_RC3 = np.zeros((rows, columns), np.bool_), np.zeros((rows, columns, 3), np.uint8)
    is_picture_RC = np.zeros((rows, columns), np.bool_)
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        at = [char for char in strip.text for _ in range(cell_len(char))]
        is_picture_RC[y, : len(at)] = np.array(at) == _PICTURE
        for segment in strip:
            style, width = segment.style, segment.cell_length
            background = style.bgcolor.get_truecolor() if style is not None and style.bgcolor is not None else None
            if background is not None and style is not None and not (style.reverse or style.underline or style.strike):
                colours_RC3[y, x : x + width] = background
                if segment.text.isascii():
                    is_blank_RC[y, x : x + width] = np.frombuffer(segment.text.encode(), np.uint8) == ord(" ")
            x += width
    box = (region.x + place.x, region.y + place.y, place.columns, place.rows)
    picture = compose_box(frame.drawing, place, frame.job.canvas)
    is_text_RC = ~is_picture_RC[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
    in_text_cells = sight.protocol == "kitty" and sight.text_cells
    return Meant(picture, box, is_blank_RC, colours_RC3, sight, in_text_cells, is_text_RC)


def inline_samples(session: Session, sight: Sight, num: int) -> Meant:
    """`vaetui sample -n NUM` on an empty screen; nothing is said of what lies beside the picture."""
    painter = _painter(sight, still=True)
    room = Room(painter, sight.columns, sight.rows - RESERVED_ROWS)
    drawing = SamplePicture(num, 0).draw(session)
    layout = fit(drawing.tile_shape, drawing.rows, drawing.columns, room.height, room.width, room.gutter)
    assert layout is not None
    picture = compose(drawing.tiles_NHWC, layout, PAPER, drawing.shown_N)
    width, height = painter.cell_size
    rows, columns = -(-picture.shape[0] // height), -(-picture.shape[1] // width)
    while rows * height - 2 * (rows * height % sight.band) < len(picture) and rows < room.rows:
        rows += 1
    padded = np.empty((rows * height, columns * width, 3), np.uint8)
    padded[:] = PAPER
    padded[: picture.shape[0], : picture.shape[1]] = picture
    nothing = np.zeros((sight.rows, sight.columns), np.bool_)
    colours = np.zeros((*nothing.shape, 3), np.uint8)
    no_text = np.zeros((rows, columns), np.bool_)
    return Meant(padded, (0, 0, columns, rows), nothing, colours, sight, in_text_cells=False, is_text_RC=no_text)
