"""What is written of a frame, on a screen of its own: the same as if all had been drawn anew."""

from dataclasses import replace

import pyte
import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, press, settle
from rich.color import ColorSystem
from textual._compositor import CompositorUpdate

from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.panel import DimensionPanel
from vae_tui.explorer.patches import TextUpdate
from vae_tui.explorer.picture import PictureArea
from vae_tui.terminal.kitty_cells import PLACEHOLDER
from vae_tui.terminal.kitty_live import PlaceholderPainter

SIZE = (100, 32)


class Shown:
    """A screen on which everything is shown that an app displays."""

    def __init__(self, app):
        self._app = app
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.Stream(self._screen)
        self.num_patches = 0
        self.last = ""
        app.console._color_system = ColorSystem.TRUECOLOR
        display = app._display

        def noted(screen, update):
            if isinstance(update, CompositorUpdate):
                self.last = update.render_segments(app.console)
                self._stream.feed(self.last)
                self.num_patches += isinstance(update, TextUpdate)
            display(screen, update)

        app._display = noted

    @property
    def text(self):
        """The letters."""
        return "\n".join(self._screen.display)

    def different(self):
        """The cells that are others than those of the same app drawn whole: what is there, what should be."""
        whole = pyte.Screen(*SIZE)
        strips = self._app.screen._compositor.render_strips()
        text = "".join(f"\x1b[{y + 1};1H{strip.render(self._app.console)}" for y, strip in enumerate(strips))
        pyte.Stream(whole).feed(text)
        pairs = zip(cells_of(self._screen), cells_of(whole), strict=True)
        return [
            (y, x, *cells)
            for y, rows in enumerate(pairs)
            for x, cells in enumerate(zip(*rows, strict=True))
            if cells[0] != cells[1]
        ]


def cells_of(screen):
    """Letter, colours and weight of each cell; a space has no colour but its ground's."""
    columns, rows = SIZE
    cells = [[screen.buffer[y][x] for x in range(columns)] for y in range(rows)]
    return [[(cell.data, cell.fg if cell.data != " " else "", cell.bg, cell.bold) for cell in row] for row in cells]


@pytest.mark.parametrize("view", "1234567")
async def test_the_screen_is_what_it_would_be_if_all_were_drawn_anew(view):
    app = fake_app(FakeModel())
    async with app.run_test(size=SIZE) as pilot:
        shown = Shown(app)
        app.refresh(layout=True)
        await settle(pilot)
        before = shown.num_patches
        for key in (view, "r", "l", "j", "enter", "u", "t"):
            await press(pilot, key)
            assert shown.different() == [], key
        assert shown.num_patches > before


@pytest.mark.parametrize("view", ["2", "3", "4"])
async def test_of_cells_that_a_terminal_fills_only_the_labels_beside_are_written_again(view):
    app = ExplorerApp(FakeModel, ORIGIN, PlaceholderPainter((10, 20)), studies=False)
    async with app.run_test(size=SIZE) as pilot:
        shown = Shown(app)
        app.refresh(layout=True)
        await press(pilot, view)
        assert PLACEHOLDER in shown.text
        before = shown.text
        await press(pilot, "n" if view != "3" else "j")
        assert shown.text != before
        assert PLACEHOLDER not in shown.last
        assert shown.different() == []


async def test_what_lies_over_the_picture_stays_there():
    app = fake_app(FakeModel())
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        shown = Shown(app)
        app.refresh(layout=True)
        await settle(pilot)
        app.notify("saved\n" * 12, timeout=1000)  # as high as the picture
        await settle(pilot)
        await press(pilot, "r")
        assert "saved" in shown.text
        assert shown.different() == []


async def test_a_picture_that_has_moved_is_written_where_it_is():
    app = ExplorerApp(FakeModel, ORIGIN, PlaceholderPainter((10, 20)), studies=False)
    async with app.run_test(size=SIZE) as pilot:
        shown = Shown(app)
        app.refresh(layout=True)
        await settle(pilot)
        area = app.query_one(PictureArea)
        frame = area._frame
        area.show_frame(replace(frame, placement=replace(frame.placement, x=frame.placement.x - 1)))
        app.paint_now()
        assert PLACEHOLDER in shown.last
        assert shown.different() == []


@pytest.mark.parametrize("between", ["", "t"], ids=["", "another theme between"])
async def test_lines_that_were_drawn_up_ahead_are_those_that_are_shown(between):
    app = fake_app(FakeModel())
    async with app.run_test(size=SIZE) as pilot:
        shown = Shown(app)
        app.refresh(layout=True)
        await press(pilot, "3")
        panel = app.query_one(DimensionPanel)
        panel.asked = replace(panel.state, rank=panel.state.rank + 1)
        panel._draw_up()
        drawn_up = panel._next
        assert drawn_up.regions
        if between:
            await press(pilot, between)
            assert panel._next is not drawn_up
        panel.state = panel.asked
        assert between or panel._drawn is drawn_up.after
        app.paint_now()
        assert shown.different() == []
