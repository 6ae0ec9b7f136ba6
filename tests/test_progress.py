"""What a person sees of a run."""

import dataclasses
import io
import pathlib

import numpy as np
import pytest
from rich.console import Console

from vae_tui.config import resolve
from vae_tui.datasets.contract import LoadProgress
from vae_tui.progress import EPOCH_HEADER, TABLE_HEADER, LoadDisplay, TrainingDisplay, epoch_line
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import EpochDone, EvaluationStarted, RunDone, RunStarted, RunStopped, StepsDone

METRICS = EpochMetrics(1, 104.04, 88.2, 15.84, 85.12, 69.0, 16.12, 120, 37.25, 1340.4, 41.0)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, height=24, _environ={})


def events():
    config = resolve("cifar10", {"epochs": 2})
    yield RunStarted(
        config, pathlib.Path("run"), "cpu", 1_028_883, 50_000, 10_000, (3, 32, 32), 1562, 1, 0, "squared error", ()
    )
    yield StepsDone(1, 800, 110.5, 92.25, 18.25, 1339.6)
    yield EvaluationStarted(1)
    yield EpochDone(METRICS, True, np.zeros(4, np.float32))
    second = dataclasses.replace(METRICS, epoch=2, loss=82.25, test_loss=86.5)
    yield EpochDone(second, False, np.zeros(4, np.float32))
    yield RunDone((METRICS, second))


def shown(*, terminal: bool) -> str:
    screen = console(terminal=terminal)
    with TrainingDisplay(screen) as display:
        for event in events():
            display.show(event)
    return screen.file.getvalue()


def test_without_a_terminal_there_are_plain_lines_and_no_bars():
    text = shown(terminal=False)
    assert "\x1b" not in text
    assert "━" not in text.split("best")[0]
    lines = text.splitlines()
    assert "conv: 1,028,883 parameters, 128 latent dimensions" in lines
    assert "cifar10: 50,000 images 3x32x32, 10,000 held out" in lines
    header = lines.index(EPOCH_HEADER)
    assert lines[header + 1].split() == ["1/2", "104.04", "88.20", "15.84", "85.12", "120", "1,340", "37.2", "best"]
    assert lines[header + 2].split()[:2] == ["2/2", "82.25"]


def test_the_table_at_the_end_has_the_best_and_the_last_epoch():
    lines = shown(terminal=False).splitlines()
    header = lines.index(TABLE_HEADER)
    table = lines[header + 1 :]
    assert table[0].split() == ["best", "1", "104.04", "88.20", "15.84", "85.12", "69.00", "16.12", "120"]
    assert table[1].split()[:3] == ["last", "2", "82.25"]
    assert all(len(line) <= 80 for line in (TABLE_HEADER, *table))
    assert "74.5 s of training steps, 82.0 s in all" in table[2]


def test_on_a_terminal_the_bars_show_the_figures():
    text = shown(terminal=True)
    assert "epoch 1/2" in text
    assert "loss 110.50  error 92.25  KL 18.25" in text
    assert "1,340 images/s" in text
    assert "measuring the held-out images" in text


@pytest.mark.parametrize("epochs", [1, 25, 1000])
def test_an_epochs_line_fits_80_columns_under_its_header(epochs):
    line = epoch_line(dataclasses.replace(METRICS, epoch=epochs, loss=12345.678), epochs, is_best=True)
    assert len(line) <= 80
    assert len(line.removesuffix(" best")) <= max(len(EPOCH_HEADER), len(EPOCH_HEADER) + 2 * len(str(epochs)) - 6)


def test_nothing_held_out_is_a_dash():
    bare = dataclasses.replace(METRICS, test_loss=None, test_reconstruction=None, test_kl=None)
    assert epoch_line(bare, 10, is_best=False).split()[4] == "-"


def test_a_stop_says_where():
    screen = console(terminal=False)
    with TrainingDisplay(screen) as display:
        display.show(next(events()))
        display.show(RunStopped(3, 17, 1562))
    assert "stopped at epoch 3, step 17 of 1562; everything so far is saved" in screen.file.getvalue()


def test_loading_is_a_bar_on_a_terminal_and_a_line_elsewhere():
    for terminal in (True, False):
        screen = console(terminal=terminal)
        with LoadDisplay(screen) as display:
            for done in (0, 512, 1024):
                display.report(LoadProgress("downloading a\x1b[2Jb.tar.gz", done, 1024, "bytes"))
            display.report(LoadProgress("reading images", 3, None, "images"))
        text = screen.file.getvalue()
        assert "downloading a\ufffd[2Jb.tar.gz" in text
        assert "reading images" in text
        assert text.count("downloading") == 1 or terminal
