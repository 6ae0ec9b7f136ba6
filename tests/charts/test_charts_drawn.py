"""What small charts look like, and what their parts compute."""

import itertools

import numpy as np
import pytest

from vae_tui.charts.arrange import Stack
from vae_tui.charts.bars import Bars
from vae_tui.charts.curves import Curves, Series
from vae_tui.charts.histogram import Histogram
from vae_tui.charts.paint import drawable
from vae_tui.charts.palette import LIGHT_PAPER, MIN_CONTRAST, NUM_COLOURS, class_colour, contrast
from vae_tui.charts.scatter import Scatter
from vae_tui.charts.text import cut, num_cells, safe, tick_number
from vae_tui.charts.ticks import tick_step, ticks
from vae_tui.charts.window import Window
from vae_tui.imaging import PAPER

UNIT = Window(-1, 1, -1, 1)
SQUARE = Scatter(np.array([[-0.9, 0.9], [0.9, -0.9], [0.9, -0.9]]), np.array([0, 1, 1]), ("cat", "dog"), UNIT)
KL = Bars(np.array([4.0, 2.0, 0.0]), ("z 3", "z 17", "z 0"), "nats", 1, ("", "", "dead"), "by KL")


def drawn(chart, width, height):
    return ["".join(run.text for run in line) for line in chart.cells(width, height)]


def test_a_scatter_has_axes_and_a_legend_where_there_is_room():
    assert drawn(SQUARE, 20, 9) == [
        " 1┤c",
        "  │",
        " 0┤",
        "  │",
        "  │",
        "-1┤                d",
        "  └────────┬────────",
        "           0",
        "c cat  d dog",
    ]


def test_a_small_scatter_is_points_alone():
    assert drawn(SQUARE, 4, 2) == ["c", "   d"]


def test_the_most_frequent_class_wins_a_cell():
    points = np.zeros((5, 2))
    chart = Scatter(points, np.array([0, 1, 1, 2, 9]), ("ant", "bee", "cow"), UNIT)
    assert drawn(chart, 1, 1) == ["b"]


def test_classes_that_share_a_letter_are_numbered():
    assert Scatter(np.zeros((0, 2)), None, ("deer", "dog", "cat"), UNIT).signs == ("0", "1", "2")


def test_one_point_is_dim_and_a_crowd_strong():
    points = np.array([[-0.5, 0.0]] + [[0.5, 0.0]] * 20)
    (line,) = Scatter(points, None, (), UNIT).cells(2, 1)
    assert [(run.text, run.dim, run.strong) for run in line] == [("·", True, False), ("•", False, True)]


def test_points_outside_of_the_window_or_not_finite_are_left_out():
    points = np.array([[5.0, 0.0], [np.nan, 0.0], [0.0, np.inf]])
    assert drawn(Scatter(points, None, (), UNIT), 3, 1) == [""]


def test_the_cursor_and_marks_lie_over_the_points():
    chart = Scatter(np.zeros((9, 2)), None, (), UNIT, (0.0, 0.0), ((-0.9, -0.9, "A"),))
    assert drawn(chart, 5, 3) == ["", "  ╋", "◆A"]


def test_a_cell_and_its_point_lead_to_each_other_beside_the_axes():
    assert SQUARE.cell_of(-0.9, 0.9, 20, 9) == (3, 0)
    assert SQUARE.point_at(3, 0, 20, 9) == pytest.approx((-1 + 1 / 17, 1 - 1 / 6))
    assert SQUARE.point_at(0, 0, 20, 9) is None
    assert SQUARE.cell_of(1.1, 0, 20, 9) is None


def test_curves_are_braille_with_axes_and_the_last_value():
    chart = Curves((Series("train", np.array([0.0, 1, 2]), np.array([0.0, 1, 0])),))
    assert drawn(chart, 3, 1) == ["⡠⠚⢄"]
    assert drawn(chart, 24, 9) == [
        "1┤          ⡠⢆",
        " │        ⡠⠊  ⠑⢄",
        " │     ⢀⡠⠊      ⠑⢄",
        " │   ⢀⠔⠁          ⠉⠢⡀",
        " │ ⢀⠔⠁              ⠈⠢⡀",
        "0┤⠔⠁                  ⠈⠢",
        " └┬──────────┬─────────┬",
        "  0          1         2",
        "⠤⠤⠤ train 0",
    ]


def test_epochs_are_counted_in_whole_numbers():
    series = (Series("train", np.array([1.0, 2, 3]), np.array([0.0, 1, 0])),)
    assert drawn(Curves(series), 40, 9)[7].split() == ["1.0", "1.5", "2.0", "2.5", "3.0"]
    assert drawn(Curves(series, whole_x=True), 40, 9)[7].split() == ["1", "2", "3"]


def test_a_gap_breaks_the_line():
    chart = Curves((Series("a", np.arange(5.0), np.array([0.0, 0, np.nan, 0, 0])),))
    assert drawn(chart, 5, 1) == ["⠤⠄ ⠠⠤"]


def test_a_marker_stands_in_the_plot_and_picks_the_value():
    chart = Curves((Series("norm", np.array([0.0, 1, 2]), np.array([5.0, 3, 4])),), "t", "", 1.0)
    assert chart.words() == "t; norm 5 to 4 (least 3, most 5), 3 at the marker; at t 1"
    assert sum(line.count("│") for line in drawn(chart, 5, 3)) == 2


def test_series_differ_by_pattern_without_colour():
    xs, ys = np.arange(50.0), np.zeros(50)
    patterns = [
        drawn(Curves((Series("", xs[:0], ys[:0]),) * index + (Series("a", xs, ys),)), 9, 1) for index in range(4)
    ]
    assert len(set(map(tuple, patterns))) == 4


def test_bars_have_label_number_and_note():
    assert drawn(KL, 34, 3) == [
        "  z 3 █████████████ 4.00 nats",
        "▸z 17 ██████▌       2.00 nats",
        "  z 0               0.00 nats dead",
    ]
    assert KL.words() == "3 values by KL; most: z 3 4.00 nats; marked: z 17 2.00 nats; 1 dead"


def test_bars_in_few_rows_stand_upright_with_a_pointer():
    assert drawn(KL, 12, 2) == ["███ ▄▄▄", "    ▲"]


def test_bars_that_are_negative_infinite_or_no_number():
    chart = Bars(np.array([-2.0, np.nan, np.inf, 1]), ("a", "b", "c", "d"))
    assert drawn(chart, 24, 4) == [
        " a ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ -2.00",
        " b                   nan",
        " c ███████████████   inf",
        " d ███████▌         1.00",
    ]


def test_the_marked_bar_is_seen_among_many():
    chart = Bars(np.arange(1024.0), tuple(map(str, range(1024))), marked=700)
    lines = drawn(chart, 30, 8)
    assert [line[:4] for line in lines if line.startswith("▸")] == ["▸700"]
    assert lines[-1] == "698–704 of 1,024"


def test_a_histogram_with_the_normal_density_over_it():
    chart = Histogram(np.array([-2.0, -1, 0, 1, 2]), np.array([1, 3, 3, 1]), "normal")
    assert drawn(chart, 8, 3) == ["  ••••", " •████•", "•▇████▇•"]
    assert chart.mean == 0
    assert chart.deviation == pytest.approx(0.75**0.5)
    assert chart.words() == "8 values, mean 0, sd 0.866, beside N(0, 1)"
    rounded = Histogram(np.array([-2.0, -1, 0, 1, 2]) + 1e-9, np.array([1, 3, 3, 1]))
    assert rounded.words() == "8 values, mean 0, sd 0.866"


def test_a_histogram_of_unequal_bins_is_a_density():
    chart = Histogram(np.array([0.0, 1, 4]), np.array([1, 3]))
    assert drawn(chart, 4, 1) == drawn(Histogram(np.arange(5.0), np.ones(4)), 4, 1)


def test_a_stack_names_what_it_leaves_out():
    stack = Stack((KL, KL, KL), titles=("one", "two", "three"))
    assert drawn(stack, 34, 9) == ["one", *drawn(KL, 34, 3), "two", *drawn(KL, 34, 3), "… and 1 more: three"]


def test_charts_beside_each_other_keep_their_columns():
    (line, *_) = drawn(Stack((KL, KL), direction="across"), 60, 3)
    assert line.index("z 3", 10) - line.index("z 3") == 31


def test_weights_share_the_room():
    stack = Stack((SQUARE, KL), weights=(3, 1), titles=("map", "kl"))
    lines = drawn(stack, 40, 24)
    assert lines.index("kl") == 16


def test_windows_zoom_about_a_point_and_pan():
    window = Window(0, 4, 0, 4)
    assert window.zoom(2, (1, 1)) == Window(0.5, 2.5, 0.5, 2.5)
    assert window.pan(1, -1) == Window(1, 5, -1, 3)
    assert Window.around(np.array([[0.0, 0], [10, 20], [np.nan, 99]]), 0.1) == Window(-1, 11, -2, 22)


def test_a_window_survives_zooming_without_end():
    window = Window(1, 2, -3, 5)
    for factor in itertools.chain([10.0] * 400, [0.1] * 900):
        window = window.zoom(factor)
    assert window.width > 1e100


@pytest.mark.parametrize("sides", [(1, 1, 0, 1), (0, 1, 1, 0), (0, np.inf, 0, 1), (np.nan, 1, 0, 1)])
def test_an_impossible_window_is_refused(sides):
    with pytest.raises(ValueError, match="no window"):
        Window(*sides)


@pytest.mark.parametrize(("dark", "paper"), [(True, PAPER), (False, LIGHT_PAPER)])
def test_class_colours_differ_and_can_be_seen(dark, paper):
    colours = [class_colour(index, dark) for index in range(NUM_COLOURS)]
    assert all(contrast(colour, paper) >= MIN_CONTRAST for colour in colours)
    apart = [sum(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in itertools.combinations(colours, 2)]
    assert min(apart) >= 30


def test_ticks_are_round_numbers():
    step = tick_step(-0.1, 0.1, 4)
    assert [tick_number(value, step) for value in ticks(-0.1, 0.1, step)] == ["-0.10", "-0.05", "0.00", "0.05", "0.10"]


def test_labels_with_controls_and_wide_letters_are_measured():
    assert safe("a\x1b[31mb\u0301") == "a\ufffd[31mb"
    assert num_cells("日本") == 4
    assert cut("日本語", 4) == "日…"


def test_pixels_spell_what_the_font_lacks():
    assert drawable("β = 4 × é日") == "beta = 4 x e?"


def test_pixels_show_each_class_in_its_colour():
    picture = SQUARE.pixels(300, 200, PAPER, (228, 228, 231))
    for index in range(2):
        away = abs(picture.astype(int) - class_colour(index, True)).sum(axis=2)
        assert (away < 40).sum() > 10
