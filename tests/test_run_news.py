"""A run's news as lines."""

import json
import math

import pytest

from vae_tui.run_news import MAX_TEXT, NewNotice, NewSteps, NowDoing, TrainingBegan, TrainingOver, from_line, to_line

NEWS = [
    TrainingBegan(10, 84, 3, 20, 2700, 300, "cuda:0", "squared error + 4 x KL"),
    NewSteps(3, 21, 84, 101.5, 90.25, 11.25, 1000.0),
    NowDoing("compiling"),
    NewNotice('a "quoted" line, ü and 図'),
    TrainingOver(""),
]


@pytest.mark.parametrize("news", NEWS, ids=lambda news: type(news).__name__)
def test_a_line_gives_the_same_news_back(news):
    line = to_line(news)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line) == news


def test_figures_that_are_not_finite_come_through():
    assert math.isnan(from_line(to_line(NewSteps(1, 1, 6, math.nan, 1.0, 1.0, 1.0))).loss)


def test_texts_are_cut_and_fit_to_print():
    text = from_line(to_line(NewNotice("\x1b[2J" + "x" * 1000))).text
    assert len(text) == MAX_TEXT
    assert text.startswith("\ufffd[2J")
    assert from_line(b'{"kind": "NewNotice", "text": "\\u001b"}').text == "\ufffd"


@pytest.mark.parametrize(
    "plain",
    [
        [], 3, None, {}, {"kind": "RunEnded", "reason": "x", "is_done": True}, {"kind": "NewNotice"},
        {"kind": "NewNotice", "text": 3}, {"kind": "NewNotice", "text": "x", "more": 1},
        {"kind": "NewSteps", **vars(NEWS[1]), "epoch": True}, {"kind": "NewSteps", **vars(NEWS[1]), "step": 1.5},
    ],
    ids=str,
)  # fmt: skip
def test_a_line_that_is_no_news_is_none(plain):
    assert from_line(json.dumps(plain).encode()) is None


def test_bytes_that_are_no_json_are_none():
    assert from_line(b"\xff{") is None
    assert from_line(b"") is None
