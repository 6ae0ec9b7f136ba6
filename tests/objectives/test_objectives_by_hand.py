"""Each objective against values worked out by hand."""

import pytest
import torch

from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import Posterior
from vae_tui.objectives.capacity import Capacity, CapacityOptions
from vae_tui.objectives.contract import LossTerms
from vae_tui.objectives.cyclical import Cyclical, CyclicalOptions
from vae_tui.objectives.free_bits import FreeBits, FreeBitsOptions
from vae_tui.objectives.kl_warmup import KlWarmup, KlWarmupOptions
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions

TERMS = LossTerms(torch.tensor([5.0, 0.25]), torch.tensor([[2.0, 0.0], [0.0, 0.5]]))


def test_squared_error():
    images = torch.zeros(2, 1, 1, 2)
    output = torch.tensor([[[[1.0, 2.0]]], [[[0.5, 0.0]]]])
    posterior = Posterior(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.zeros(2, 2))
    objective = SquaredError(SquaredErrorOptions())
    terms = objective(images, output, posterior)
    assert terms.reconstruction_B.tolist() == [5.0, 0.25]
    assert terms.kl_BZ.tolist() == [[2.0, 0.0], [0.0, 0.5]]
    assert objective.loss_B(terms, 1.0).tolist() == [7.0, 0.75]


def test_kl_of_a_variance():
    """KL(N(0, e) || N(0, 1)) = -(1 + 1 - 0 - e) / 2 = (e - 2) / 2."""
    posterior = Posterior(torch.zeros(1, 1), torch.ones(1, 1))
    assert posterior.kl_BZ().item() == pytest.approx((2.718281828 - 2) / 2, rel=1e-6)


def test_beta():
    objective = SquaredError(SquaredErrorOptions(), beta=4.0)
    assert objective.weight(3, 10) == 4.0
    assert objective.loss_B(TERMS, 4.0).tolist() == [13.0, 2.25]
    assert objective.formula == "error + 4 x KL"


@pytest.mark.parametrize(("at", "weight"), [(0, 0), (1, 0.5), (2.5, 1.25), (4, 2), (9, 2), (10, 2)])
def test_kl_warmup(at, weight):
    assert KlWarmup(KlWarmupOptions(epochs=4), beta=2.0).weight(at, 10) == weight


def test_a_run_shorter_than_its_warm_up_is_measured_at_full_weight():
    objective = KlWarmup(KlWarmupOptions(epochs=8))
    assert [objective.weight(at, 2) for at in (0, 1, 2)] == [0, 0.125, 1]


@pytest.mark.parametrize(
    ("at", "weight"),
    # two cycles of 4 epochs, the weight rises in the first 2 of each
    [(0, 0), (1, 1.5), (2, 3), (3.9, 3), (4, 0), (4.5, 0.75), (6, 3), (7.9, 3), (8, 3)],
)
def test_cyclical(at, weight):
    assert Cyclical(CyclicalOptions(cycles=2, rise=0.5), beta=3.0).weight(at, 8) == pytest.approx(weight)


def test_free_bits():
    """The means are 1.0 and 0.25: the second dimension counts as 0.3 and has no gradient."""
    kl_BZ = TERMS.kl_BZ.clone().requires_grad_()
    objective = FreeBits(FreeBitsOptions(nats=0.3), beta=2.0)
    loss_B = objective.loss_B(LossTerms(TERMS.reconstruction_B, kl_BZ), 2.0)
    assert loss_B.tolist() == pytest.approx([5.0 + 2 * (2.0 + 0.3), 0.25 + 2 * (0.0 + 0.3)])
    loss_B.sum().backward()
    assert kl_BZ.grad.tolist() == [[2.0, 0.0], [2.0, 0.0]]


def test_free_bits_with_a_mean_over_more_than_this_process():
    objective = FreeBits(FreeBitsOptions(nats=0.3))
    loss_B = objective.loss_B(TERMS, 1.0, lambda kl_BZ: torch.tensor([0.1, 0.4]))
    assert loss_B.tolist() == pytest.approx([5.0 + 0.3 + 0.0, 0.25 + 0.3 + 0.5])


def test_no_free_bits_are_the_plain_loss():
    plain = SquaredError(SquaredErrorOptions()).loss_B(TERMS, 1.0)
    assert torch.equal(FreeBits(FreeBitsOptions(nats=0)).loss_B(TERMS, 1.0), plain)


@pytest.mark.parametrize(("at", "capacity"), [(0, 0), (1, 5), (2.5, 12.5), (5, 25), (8, 25), (10, 25)])
def test_capacity_rises(at, capacity):
    assert Capacity(CapacityOptions()).weight(at, 10) == capacity


def test_capacity_draws_the_kl_from_both_sides():
    """The KLs are 2 and 0.5; C is 1."""
    kl_BZ = TERMS.kl_BZ.clone().requires_grad_()
    loss_B = Capacity(CapacityOptions(gamma=10)).loss_B(LossTerms(TERMS.reconstruction_B, kl_BZ), 1.0)
    assert loss_B.tolist() == [15.0, 5.25]
    loss_B.sum().backward()
    assert kl_BZ.grad.tolist() == [[10.0, 10.0], [-10.0, -10.0]]


@pytest.mark.parametrize(
    "build",
    [
        lambda: KlWarmup(KlWarmupOptions(epochs=0)),
        lambda: KlWarmup(KlWarmupOptions(epochs=float("nan"))),
        lambda: Cyclical(CyclicalOptions(cycles=0)),
        lambda: Cyclical(CyclicalOptions(rise=1.5)),
        lambda: FreeBits(FreeBitsOptions(nats=-1)),
        lambda: Capacity(CapacityOptions(gamma=0)),
        lambda: Capacity(CapacityOptions(), beta=4),
    ],
)
def test_options_that_make_no_sense_are_refused(build):
    with pytest.raises(VaeTuiError):
        build()
