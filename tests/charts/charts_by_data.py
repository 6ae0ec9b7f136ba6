"""Hypothesis strategies of charts: any data, finite or not."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_tui.charts.arrange import Stack
from vae_tui.charts.bars import Bars
from vae_tui.charts.curves import Curves, Series
from vae_tui.charts.histogram import Histogram
from vae_tui.charts.prose import Paragraph, Prose
from vae_tui.charts.scatter import Scatter
from vae_tui.charts.window import Window

WORDS = st.text(max_size=8)
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)
NEAR = st.floats(-5, 5)
VALUES = st.one_of(ANY_FLOAT, NEAR)
NUMS = st.sampled_from([0, 1, 2, 3, 12, 40])
POINTS = st.tuples(VALUES, VALUES)


@st.composite
def scatters(draw):
    num = draw(NUMS)
    points = draw(arrays(np.float64, (num, 2), elements=VALUES))
    names = tuple(draw(st.lists(WORDS, max_size=5)))
    classes = draw(st.none() | arrays(np.int64, (num,), elements=st.integers(-2, 7)))
    cursor = draw(st.none() | POINTS)
    marks = tuple((x, y, text) for (x, y), text in draw(st.lists(st.tuples(POINTS, WORDS), max_size=3)))
    return Scatter(points, classes, names, Window.around(points), cursor, marks, draw(WORDS), draw(WORDS))


@st.composite
def curves(draw):
    series = []
    for name in draw(st.lists(WORDS, max_size=3)):
        num = draw(NUMS)
        xs, ys = draw(arrays(np.float64, (2, num), elements=VALUES))
        series.append(Series(name, xs, ys))
    return Curves(tuple(series), draw(WORDS), draw(WORDS), draw(st.none() | VALUES))


@st.composite
def bars(draw):
    num = draw(NUMS)
    labels = tuple(draw(st.lists(WORDS, min_size=num, max_size=num)))
    notes = draw(st.just(()) | st.lists(WORDS, min_size=num, max_size=num).map(tuple))
    marked = draw(st.none() | st.integers(0, num - 1)) if num else None
    values = draw(arrays(np.float64, (num,), elements=VALUES))
    return Bars(values, labels, draw(WORDS), marked, notes, draw(WORDS))


@st.composite
def histograms(draw):
    num = draw(NUMS)
    edges = draw(arrays(np.float64, (num + 1,), elements=VALUES))
    if draw(st.booleans()):
        edges = np.sort(edges)
    counts = draw(arrays(np.float64, (num,), elements=VALUES))
    return Histogram(edges, counts, draw(st.sampled_from([None, "normal"])), draw(WORDS), draw(WORDS))


PARAGRAPHS = st.builds(Paragraph, st.text(max_size=60), st.sampled_from(["plain", "strong", "dim"]), st.booleans())
PROSE = st.builds(Prose, st.lists(st.lists(PARAGRAPHS, max_size=4).map(tuple), max_size=3).map(tuple))

CHARTS = scatters() | curves() | bars() | histograms() | PROSE


@st.composite
def stacks(draw):
    parts = tuple(draw(st.lists(CHARTS, max_size=3)))
    weights = draw(st.just(()) | st.lists(st.floats(0.1, 10), min_size=len(parts), max_size=len(parts)).map(tuple))
    titles = draw(st.just(()) | st.lists(WORDS, min_size=len(parts), max_size=len(parts)).map(tuple))
    return Stack(parts, weights, draw(st.sampled_from(["down", "across"])), titles)
