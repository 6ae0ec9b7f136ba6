"""What a person sees of a run."""

import dataclasses
import io
import math
import pathlib

import numpy as np
import pyte
import pytest
from rich.console import Console

from vae_tui.config import resolve
from vae_tui.datasets.contract import LoadProgress
from vae_tui.progress import LoadDisplay, TrainingDisplay
from vae_tui.progress.collapse import CollapseWatch, collapse_words, is_collapsed
from vae_tui.progress.lines import EPOCH_HEADER, TABLE_HEADER, epoch_line
from vae_tui.progress.sparkline import curve, sparkline
from vae_tui.progress.training import start_lines
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    EvaluationStarted,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)

METRICS = EpochMetrics(1, 104.04, 88.2, 15.84, 85.12, 69.0, 16.12, 120, 37.25, 1340.4, 41.0)


def console(*, terminal: bool, file: io.TextIOBase | None = None) -> Console:
    return Console(file=file or io.StringIO(), force_terminal=terminal, width=80, height=24, _environ={})


def started(epochs: int = 2, history: tuple[EpochMetrics, ...] = (), **more) -> RunStarted:
    config = resolve("cifar10", {"epochs": epochs})
    begin = RunStarted(
        config, pathlib.Path("run"), "cpu", 1_028_883, 50_000, 10_000, (3, 32, 32), 1562, 1, 0, "squared error", history
    )
    return dataclasses.replace(begin, epoch=len(history) + 1, **more)


def kl(num_empty: int) -> np.ndarray:
    """The KL of 128 dimensions: the last `num_empty` just under 0.01 nats, the others just over."""
    return np.where(np.arange(128) < 128 - num_empty, 0.0101, 0.0099).astype(np.float32)


def events():
    yield started()
    yield StepsDone(1, 800, 110.5, 92.25, 18.25, 1339.6)
    yield EvaluationStarted(1)
    yield EpochDone(METRICS, True, kl(8))
    second = dataclasses.replace(METRICS, epoch=2, loss=82.25, test_loss=86.5)
    yield EpochDone(second, False, kl(8))
    yield RunDone((METRICS, second))


def after(*shown_events, terminal: bool = False, screen: Console | None = None) -> str:
    """What is written by the events, without an end."""
    screen = screen or console(terminal=terminal)
    display = TrainingDisplay(screen)
    for event in shown_events:
        display.show(event)
    return screen.file.getvalue()


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
    assert all(len(line) <= 80 for line in (TABLE_HEADER, *table[:4]))
    assert table[2] == "loss       █▁ 104.04 → 82.25"
    assert table[3] == "test loss  ▁█ 85.12 → 86.50"
    assert "74.5 s of training steps, 82.0 s in all" in table


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


def test_a_stop_says_where_and_what_is_kept():
    assert "stopped at epoch 3, step 17 of 1562; everything so far is saved\n" in after(
        started(), RunStopped(3, 17, 1562)
    )
    unsaved = after(started(), RunStopped(1, 0, 1562, saved=False))
    assert "stopped at epoch 1, step 0 of 1562; there was nothing new to save\n" in unsaved


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


@pytest.mark.parametrize(
    ("values", "width", "expected"),
    [
        ([49.0, 36.0, 25.0, 16.0, 9.0, 4.0, 1.0, 0.0], 8, "█▇▆▅▄▃▂▁"),  # the square roots are 7, 6, … 0
        ([0.0, 49.0], 8, "▁█"),
        ([5.0], 8, "▁"),
        ([5.0, 5.0, 5.0], 8, "▁▁▁"),
        ([], 8, ""),
        ([math.nan, 1.0, math.inf, 2.0, -math.inf], 8, " ▁ █ "),
        ([math.nan, math.nan], 8, "  "),
        ([50.0, 48.0, 1.0, -1.0], 2, "█▁"),
        ([49.0, math.nan, 0.0, 0.0], 2, "█▁"),
        ([math.nan, math.nan, 1.0, 0.0], 2, " ▁"),
        ([1e308, -1e308], 2, "█▁"),
    ],
)
def test_a_sparkline_is_the_square_root_of_the_way_from_the_lowest(values, width, expected):
    assert sparkline(values, width) == expected


@pytest.mark.parametrize("num", [1, 39, 40, 41, 1000, 12_345])
def test_a_long_sparkline_is_as_wide_as_it_may_be(num):
    line = sparkline([1000.0 - step for step in range(num)], 40)
    assert len(line) == min(num, 40)
    assert line[-1] == "▁"
    assert list(line) == sorted(line, reverse=True)


def test_a_console_without_block_characters_gets_ascii():
    assert sparkline([49.0, 36.0, 25.0, 16.0, 9.0, 4.0, 1.0, 0.0], 8, ascii_only=True) == "#*+=-:._"
    assert curve([4.0, 0.0], 40, ascii_only=True) == "#_ 4.00 -> 0.00"


def test_a_curve_needs_two_values_and_its_room():
    assert curve([], 40) == curve([1.0], 40) == ""
    assert curve([4.0, 0.0], 14) == "█▁ 4.00 → 0.00"
    assert curve([4.0, 1.0, 0.0], 13) == "▁ 4.00 → 0.00"
    assert curve([4.0, 0.0], 12) == ""


TO_TRY = "Try a lower --beta, a KL warm-up (--objective kl-warmup), free bits (--objective free-bits) "


def test_a_collapse_is_called_by_its_name_with_what_to_try():
    fact, to_try = collapse_words(3, 128, 125)
    assert fact == (
        "collapse: 3 of 128 latent dimensions are active (variance of the posterior mean over 0.01); "
        "125 carry nothing (KL under 0.01 nats): the KL term outweighs the error."
    )
    assert to_try == TO_TRY + "or a smaller --latent-dim."
    assert "1 of 128 latent dimensions is active" in collapse_words(1, 128)[0]
    assert "nats" not in collapse_words(3, 128)[0]
    assert "; 1 carries nothing" in collapse_words(2, 20, 1)[0]


def test_a_full_collapse_is_said_plainly():
    fact, to_try = collapse_words(0, 128, 128)
    assert fact.startswith("collapse: none of the 128 latent dimensions is active")
    assert "all carry nothing" in fact
    assert "the decoder ignores the latents and draws the same image for every image" in fact
    assert to_try.startswith("Try")
    assert collapse_words(0, 1, 1)[0].startswith("collapse: the latent dimension is not active")


@pytest.mark.parametrize(
    ("num_active", "latent_dim", "collapsed", "num_lines"),
    [
        (25, 128, True, 2),  # 19.5 %
        (26, 128, False, 1),  # 20.3 %
        (4, 20, False, 1),  # 20 %
        (3, 20, True, 2),
        (18, 20, False, 1),
        (19, 20, False, 0),  # 95 %
        (121, 128, False, 1),  # 94.5 %
        (122, 128, False, 0),
        (20, 20, False, 0),
        (1, 1, False, 0),
    ],
)
def test_a_fifth_active_is_no_collapse_and_19_of_20_are_all(num_active, latent_dim, collapsed, num_lines):
    assert is_collapsed(num_active, latent_dim) is collapsed
    words = collapse_words(num_active, latent_dim, 1)
    assert len(words) == num_lines
    assert any("collapse" in line for line in words) is collapsed
    if num_lines == 1:
        assert words[0].endswith("1 carries nothing (KL under 0.01 nats). vaetui explore shows which.")


def test_a_collapse_is_told_when_it_comes_when_it_changes_much_and_when_it_goes():
    watch = CollapseWatch(128)
    active = {1: 3, 2: 20, 3: 19, 4: 11, 5: 10, 6: 9, 7: 3, 8: 0, 9: 0, 10: 2, 11: 100, 12: 101, 13: 5}
    told = {epoch: words[0] for epoch, num in active.items() if (words := watch.words(epoch, num, None))}
    assert list(told) == [2, 5, 7, 8, 10, 11, 13]
    assert told[11] == "the collapse is over: 100 of 128 latent dimensions are active"
    assert all(told[epoch].startswith("collapse: ") for epoch in (2, 5, 7, 8, 10, 13))


def test_a_run_at_the_limit_of_collapse_is_told_once():
    watch = CollapseWatch(128)
    told = [epoch for epoch in range(2, 9) if watch.words(epoch, 25 + epoch % 2, None)]
    assert told == [2]


def collapsing(epochs: int = 4):
    yield started(epochs)
    history = [dataclasses.replace(METRICS, epoch=epoch, active_units=3) for epoch in range(1, epochs + 1)]
    for metrics in history:
        yield EpochDone(metrics, True, kl(125))
    yield RunDone(tuple(history))


def test_the_display_tells_a_collapse_when_it_comes_and_at_the_end():
    lines = after(*collapsing()).splitlines()
    told = [index for index, line in enumerate(lines) if line.startswith("collapse: 3 of 128")]
    assert len(told) == 2
    assert lines[told[0] - 1].split()[0] == "2/4"
    assert "; 125 carry nothing" in lines[told[0]]
    assert lines[told[0] + 1].startswith("If it stays, try a lower --beta")
    assert told[1] > lines.index(TABLE_HEADER)
    assert lines[told[1] + 1].startswith("Try a lower --beta")


def test_a_run_of_two_epochs_tells_its_collapse_once():
    assert after(*collapsing(2)).count("collapse: 3 of 128") == 1


def test_on_a_terminal_sentences_break_between_words():
    rows = rows_of(after(*collapsing(), terminal=True))
    first = next(index for index, row in enumerate(rows) if row.startswith("collapse: "))
    assert " ".join(rows[first : first + 3]).startswith(collapse_words(3, 128, 125)[0])


def rows_of(text: str) -> list[str]:
    """What a terminal of 80 x 60 shows after all that was written."""
    screen = pyte.Screen(80, 60)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [row.rstrip() for row in screen.display if row.strip()]


def test_the_bars_have_the_loss_by_epoch_with_the_running_one():
    rows = rows_of(after(*list(events())[:4], StepsDone(2, 3, 90.25, 80.0, 10.25, 1000.0), terminal=True))
    assert rows[-3].startswith("epoch 2/2")
    assert rows[-2].startswith("run")
    assert rows[-1] == "loss █▁ 104.04 → 90.25"


def test_in_the_first_epoch_the_bars_have_the_loss_so_far():
    steps = [StepsDone(1, step, 200.0 - step, 1.0, 1.0, 10.0) for step in range(1, 101)]
    row = rows_of(after(started(), *steps, terminal=True))[-1]
    assert row.startswith("loss █")
    assert row.endswith("▁ 199.00 → 100.00")
    assert len(row) == 78


def test_no_bars_are_left_after_the_end():
    rows = rows_of(shown(terminal=True))
    assert not [row for row in rows if row.startswith(("run ", "epoch 1/2", "epoch 2/2", "loss █▁ 104.04 → 90"))]


def test_a_console_that_has_no_utf8_gets_ascii():
    ascii_file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    screen = Console(file=ascii_file, force_terminal=True, width=80, height=24, _environ={})
    display = TrainingDisplay(screen)
    for event in events():
        display.show(event)
    ascii_file.seek(0)
    assert "loss       #_ 104.04 -> 82.25" in ascii_file.read()


def test_one_epoch_has_no_curve():
    text = after(started(1), EpochDone(METRICS, True, kl(8)), RunDone((METRICS,)))
    assert "→" not in text


def test_a_run_with_nothing_held_out_has_the_curve_of_its_training_loss_alone():
    bare = dataclasses.replace(METRICS, test_loss=None, test_reconstruction=None, test_kl=None)
    history = (bare, dataclasses.replace(bare, epoch=2, loss=80.0))
    lines = after(started(), RunDone(history)).splitlines()
    assert "loss       █▁ 104.04 → 80.00" in lines
    assert not [line for line in lines if line.startswith("test loss")]


def test_a_resumed_run_shows_the_epochs_before_in_its_lines_and_curves():
    before = (METRICS, dataclasses.replace(METRICS, epoch=2, loss=90.0))
    third = dataclasses.replace(METRICS, epoch=3, loss=80.0)
    text = after(started(3, before), EpochDone(third, True, kl(8)), RunDone((*before, third)))
    assert [line.split()[0] for line in text.splitlines() if "/3 " in line] == ["1/3", "2/3", "3/3"]
    assert "104.04 → 80.00" in text


def test_a_notice_is_a_line_that_stays():
    notice = Notice("save failed (\x1b[2Jdisk full), tried again at the end of the epoch " + "word " * 30)
    (line,) = after(notice).splitlines()
    assert line.startswith("save failed (\ufffd[2Jdisk full), tried again")
    text = after(started(), notice, terminal=True)
    rows = rows_of(text)
    first = next(index for index, row in enumerate(rows) if row.startswith("save failed"))
    assert rows[first + 2].startswith("word word")
    assert rows[-2].startswith("epoch 1/2")


def test_compiling_is_said_in_the_bars_until_the_first_steps():
    rows = rows_of(after(started(), CompilingStarted(), terminal=True))
    assert "compiling (up to a minute)" in rows[-2]
    rows = rows_of(after(started(), CompilingStarted(), StepsDone(1, 3, 9.0, 8.0, 1.0, 7.0), terminal=True))
    assert not [row for row in rows if "compiling" in row]
    assert "compiling" not in after(started(), CompilingStarted())


def test_an_early_end_says_why_above_the_table():
    reason = "stopped early: no better test loss for 5 epochs; the best is epoch 12"
    lines = after(started(), RunDone((METRICS,), reason)).splitlines()
    assert lines.index(reason) == lines.index(TABLE_HEADER) - 1


def test_the_first_lines_say_what_is_trained_how_and_to_what_end():
    assert start_lines(started()) == [
        "conv: 1,028,883 parameters, 128 latent dimensions",
        "cifar10: 50,000 images 3x32x32, 10,000 held out",
        "cpu, 1,562 steps of 32 an epoch, seed 0",
        "loss = error + KL, an image",
        "error: squared error, summed over pixels; KL: nats",
    ]
    lines = start_lines(
        started(device="cuda", num_processes=2, precision="bf16", streamed=True, num_test=0, formula="error + 4 x KL")
    )
    assert lines[1:4] == [
        "cifar10: 50,000 images 3x32x32, none held out, read as they are needed",
        "cuda x 2 processes in bf16, 1,562 steps of 32 an epoch, seed 0",
        "loss = error + 4 x KL, an image",
    ]
