"""What is written of a frame besides its text."""

import re
from dataclasses import replace

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, press, settle
from rich.cells import cell_len

from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.frame.canvas import Label
from vae_tui.explorer.picture import PictureArea
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.sixel import SixelPainter


@pytest.mark.parametrize("clears_beside", [False, True])
async def test_cells_that_the_terminal_clears_beside_a_picture_are_written_again(clears_beside):
    painter = SixelPainter((10, 20), clears_beside=clears_beside)
    app = ExplorerApp(FakeModel, ORIGIN, painter, studies=False)
    async with app.run_test(size=(70, 40)) as pilot:  # the picture is as wide as its room
        await settle(pilot)
        area = app.query_one("#picture", PictureArea)
        place = area._frame.placement
        written = area._placed(area._frame).partition("\x1b\\")[2]
        column = area.region.x + place.x + place.columns + 1
        rows = [area.region.y + place.y + 1 + row for row in range(place.rows)] if clears_beside else []
        found = re.findall(r"\x1b\[(\d+);(\d+)H\x1b\[[\d;]+m \x1b\[0m", written)
        assert found == [(str(row), str(column)) for row in rows]
        assert place.x + place.columns <= area.size.width - clears_beside


@pytest.mark.parametrize(
    ("painter", "takes_text"),
    [
        pytest.param(SixelPainter((10, 20)), True, id="sixel"),
        pytest.param(SixelPainter((10, 20), whole_bands=True), False, id="sixel in tmux"),
        pytest.param(KittyPainter((10, 20)), False, id="kitty at the cursor"),
    ],
)
async def test_figures_within_a_picture_are_written_where_text_is_seen_over_it(painter, takes_text):
    app = ExplorerApp(FakeModel, ORIGIN, painter, studies=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        area = app.query_one("#picture", PictureArea)
        place = area._frame.placement
        written = area._placed(area._frame).partition("\x1b\\")[2]
        rows = [int(row) - 1 - area.region.y for row in re.findall(r"\x1b\[(\d+);\d+H", written)]
        assert tuple(rows) == place.text_rows
        assert bool(rows) == takes_text
        assert ("error" in written) == takes_text


async def test_what_follows_letters_of_two_cells_stands_where_it_should():
    app = fake_app(FakeModel())
    async with app.run_test(size=(70, 40)) as pilot:
        await settle(pilot)
        area = app.query_one("#picture", PictureArea)
        frame = area._frame
        width, row = area.size.width, frame.placement.y + frame.placement.rows
        labels = [Label(0, row, "蛙"), Label(5, row, "truck")]
        area.show_frame(replace(frame, placement=replace(frame.placement, labels=tuple(labels))))
        strips = area.render_lines(area.size.region)
        assert {sum(cell_len(segment.text) for segment in strip) for strip in strips} == {width}
        assert cell_len(strips[row].text.partition("truck")[0]) == 5
