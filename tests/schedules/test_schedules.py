"""Every registered schedule keeps the contract; the known ones against values worked out by hand."""

import dataclasses

import pytest
import torch

from vae_tui.errors import VaeTuiError
from vae_tui.schedules.constant import Constant, ConstantOptions
from vae_tui.schedules.contract import SCHEDULES
from vae_tui.schedules.cosine import Cosine, CosineOptions
from vae_tui.schedules.one_cycle import OneCycle, OneCycleOptions


@pytest.fixture(params=SCHEDULES.names())
def schedule(request):
    kind = SCHEDULES.get(request.param)
    assert "\n" not in kind.summary
    assert all(field.metadata["help"] for field in dataclasses.fields(kind.Options))
    return kind(kind.Options())


def test_the_factor_stays_between_0_and_1_and_reaches_1(schedule):
    factors = [schedule.factor(step / 10, 10) for step in range(101)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1.0)


def test_without_a_horizon_the_length_of_the_run_plays_no_part(schedule):
    same = all(schedule.factor(at, 10) == schedule.factor(at, 30) for at in (0, 0.5, 3, 7, 9.9))
    assert same != schedule.has_horizon


@pytest.mark.parametrize(("at", "factor"), [(0, 0), (0.5, 0.25), (2, 1), (9, 1)])
def test_constant_with_a_warm_up(at, factor):
    assert Constant(ConstantOptions(warmup=2)).factor(at, 10) == factor


@pytest.mark.parametrize(("at", "factor"), [(0, 0), (1, 0.5), (2, 1), (5, 0.75), (8, 0.5), (11, 0.25), (14, 0)])
def test_cosine(at, factor):
    """(1 + cos(pi t)) / 2 at t of 0, 1/2 and 1 is 1, 1/2 and 0; at 1/4 it is (1 + 0.7071) / 2."""
    expected = {5: 0.853553390593, 11: 0.146446609407}.get(at, factor)
    assert Cosine(CosineOptions(warmup=2)).factor(at, 14) == pytest.approx(expected, abs=1e-9)


def test_cosine_ends_on_its_floor():
    assert Cosine(CosineOptions(floor=0.1)).factor(5, 5) == pytest.approx(0.1)
    assert Cosine(CosineOptions(floor=0.2)).factor(2.5, 5) == pytest.approx(0.6)


def test_a_run_shorter_than_the_warm_up_does_not_divide_by_zero():
    assert Cosine(CosineOptions(warmup=5)).factor(4, 5) == pytest.approx(0.8)
    assert Cosine(CosineOptions(warmup=5)).factor(5, 5) == 0.0


def test_one_cycle_is_torchs():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.04)
    # torch reaches its end with the last step of the run, one step before the run's end
    reference = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=101, cycle_momentum=False)
    options = OneCycleOptions(rise=(0.3 * 101 - 1) / 100, start=1 / 25, end=1 / 25 / 1e4)
    ours = OneCycle(options)
    for step in range(101):
        assert ours.factor(step / 10, 10) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-6)
        if step < 100:
            optimizer.step()
            reference.step()


@pytest.mark.parametrize(
    "build",
    [
        lambda: Constant(ConstantOptions(warmup=-1)),
        lambda: Cosine(CosineOptions(floor=2)),
        lambda: Cosine(CosineOptions(warmup=float("nan"))),
        lambda: OneCycle(OneCycleOptions(rise=0)),
        lambda: OneCycle(OneCycleOptions(end=-1)),
    ],
)
def test_options_that_make_no_sense_are_refused(build):
    with pytest.raises(VaeTuiError):
        build()
