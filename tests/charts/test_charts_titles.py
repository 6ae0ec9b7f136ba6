"""Titles of charts in less room than they need."""

import numpy as np
import pytest

from vae_tui.charts.arrange import Stack
from vae_tui.charts.curves import Curves, Series
from vae_tui.charts.text import in_parts

EPOCHS_E = np.arange(1, 11, dtype=float)
LOSSES = Curves((Series("train", EPOCHS_E, 80 - EPOCHS_E), Series("test", EPOCHS_E, 81 - EPOCHS_E)), "epoch")


@pytest.mark.parametrize(
    ("width", "left"),
    [
        (60, "z64 and N(0, 1): from quantiles; 10,000 images"),
        (40, "z64 and N(0, 1): from quantiles"),
        (20, "z64 and N(0, 1)"),
        (9, "z64 and N(0, 1): from quantiles; 10,000 images"),
    ],
)
def test_last_parts_that_do_not_fit_are_left_out(width, left):
    text = "z64 and N(0, 1): from quantiles; 10,000 images"
    assert in_parts(text, lambda known: len(known) <= width) == left


def test_a_narrow_chart_has_a_title_of_whole_words_and_every_line_in_its_legend():
    lines = Stack((LOSSES,), titles=("loss: squared error + KL, an image",)).cells(25, 11)
    texts = ["".join(run.text for run in line) for line in lines]
    assert texts[0] == "loss: squared error + KL"
    assert any("train 70" in text for text in texts)
    assert any("test 71" in text for text in texts)
