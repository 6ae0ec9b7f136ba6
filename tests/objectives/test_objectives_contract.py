"""Every registered objective keeps the contract; a new one is tested with no edit here."""

import dataclasses
import math

import pytest
import torch

from vae_tui.models.contract import Posterior
from vae_tui.objectives.contract import OBJECTIVES, LossTerms


@pytest.fixture(params=OBJECTIVES.names())
def objective(request):
    kind = OBJECTIVES.get(request.param)
    assert "\n" not in kind.summary
    assert kind.reconstruction_name
    assert all(field.metadata["help"] for field in dataclasses.fields(kind.Options))
    return kind(kind.Options())


def test_terms_are_per_image_finite_and_differentiable(objective):
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(4, 3, 8, 8, generator=generator)
    output = torch.rand(4, 3, 8, 8, generator=generator).requires_grad_()
    posterior = Posterior(
        torch.randn(4, 5, generator=generator).requires_grad_(), torch.zeros(4, 5, requires_grad=True)
    )
    terms = objective(images, output, posterior)
    assert terms.reconstruction_B.shape == (4,)
    assert terms.kl_BZ.shape == (4, 5)
    loss_B = objective.loss_B(terms, objective.weight(10, 10))
    assert loss_B.shape == (4,)
    loss_B.sum().backward()
    for tensor in (output, posterior.mean_BZ):
        assert torch.isfinite(tensor.grad).all()
        assert tensor.grad.any()


def test_terms_do_not_mix_images(objective):
    generator = torch.Generator().manual_seed(0)
    images, output = torch.rand(2, 4, 3, 8, 8, generator=generator)
    posterior = Posterior(torch.randn(4, 5, generator=generator), torch.zeros(4, 5))
    whole = objective(images, output, posterior)
    alone = objective(images[:1], output[:1], Posterior(posterior.mean_BZ[:1], posterior.logvar_BZ[:1]))
    assert torch.allclose(whole.reconstruction_B[:1], alone.reconstruction_B)
    assert torch.allclose(whole.kl_BZ[:1], alone.kl_BZ)


def test_the_weight_may_be_a_tensor_of_no_dimensions(objective):
    """A step that a GPU has captured reads it from its memory."""
    generator = torch.Generator().manual_seed(0)
    terms = LossTerms(torch.rand(4, generator=generator), torch.rand(4, 5, generator=generator))
    weight = objective.weight(2.5, 10)
    assert torch.equal(objective.loss_B(terms, weight), objective.loss_B(terms, torch.tensor(weight)))


def test_the_weight_is_finite_all_along_and_full_at_the_end(objective):
    weights = [objective.weight(step / 7, 10) for step in range(71)]
    assert all(math.isfinite(weight) and weight >= 0 for weight in weights)
    assert weights[-1] == max(weights)
    assert objective.weight(1, 1) == weights[-1]


def test_without_a_horizon_the_length_of_the_run_plays_no_part(objective):
    same = all(objective.weight(at, 8) == objective.weight(at, 20) for at in (0, 0.5, 3, 7.9))
    assert same != objective.has_horizon


def test_the_loss_is_said_in_one_short_line(objective):
    assert "error" in objective.formula
    assert "KL" in objective.formula
    assert "\n" not in objective.formula
    assert len(objective.formula) <= 80
