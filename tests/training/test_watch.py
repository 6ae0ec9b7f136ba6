"""The step at which a run went bad."""

import math

import pytest
import torch

from vae_tui.training.watch import EXPLODED, NEVER, Latest, Watch

CPU = torch.device("cpu")


def seen(losses, first_loss=math.nan):
    watch = Watch(CPU, first_loss)
    for step, loss in enumerate(losses, start=1):
        watch.see(torch.tensor(float(loss)), step)
    return watch


@pytest.mark.parametrize(
    ("losses", "bad_step"),
    [
        ([10, 9, 8], NEVER),
        ([10, 9 * EXPLODED, 8], NEVER),
        ([10, 11 * EXPLODED, 8], 2),
        ([10, math.nan, 11 * EXPLODED], 2),
        ([10, 9, math.inf, math.nan], 3),
        ([math.nan, 9], 1),
        ([math.inf, 9], 1),
    ],
)
def test_the_first_bad_step_is_kept(losses, bad_step):
    assert int(seen(losses).bad_step) == bad_step


def test_the_first_loss_goes_along_with_the_run():
    watch = seen([10, 9])
    assert watch.first_loss == pytest.approx(10)
    assert int(seen([11 * EXPLODED], first_loss=watch.first_loss).bad_step) == 1
    assert int(seen([11 * EXPLODED]).bad_step) == NEVER
    assert math.isnan(Watch(CPU).first_loss)


def test_the_latest_numbers_are_given_once():
    latest = Latest(CPU)
    assert latest.answer() is None
    latest.ask(3, torch.tensor([1.0, 2.0]))
    latest.ask(4, torch.tensor([5.0, 6.0]))  # while others are on their way
    step, numbers = latest.answer()
    assert (step, numbers.tolist()) == (3, [1.0, 2.0])
    assert latest.answer() is None
