import itertools

import numpy as np

from vae_tui.terminal import inline
from vae_tui.terminal.inline import Room, show
from vae_tui.terminal.painting import Painter, Painting


class PainterOfMemory(Painter):
    """Its pixels are read by the terminal once it has been looked so often; each picture has a name of its own."""

    label = "kitty"
    max_side = 1000
    cell_size = (8, 16)

    def __init__(self, looks):
        self._looks = iter(looks)
        self._number = itertools.count(1)

    def paint(self, picture, columns, rows):
        number = next(self._number)
        return Painting([], f"<place {number}>", [f"cells {number}"] * rows, has_arrived=lambda: next(self._looks))


def shown(looks, monkeypatch, capsys):
    seconds = itertools.count(step=0.1)
    monkeypatch.setattr(inline.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(inline.time, "sleep", lambda _: None)
    show(np.zeros((16, 8, 3), np.uint8), Room(PainterOfMemory(looks), 10, 10))
    return capsys.readouterr().out


def test_a_picture_in_memory_is_painted_anew_over_its_cells_until_one_is_read(monkeypatch, capsys):
    assert shown([True], monkeypatch, capsys) == "<place 1>cells 1\n"
    out = shown([False, False, False, True], monkeypatch, capsys)
    assert out == "<place 1>cells 1\n\x1b[1A<place 2>cells 2\n"  # the first may be late: it keeps its name and pixels


def test_a_terminal_that_never_reads_it_is_not_waited_for_for_ever(monkeypatch, capsys):
    out = shown(itertools.repeat(False), monkeypatch, capsys)
    assert 1 < out.count("<place") < 20
