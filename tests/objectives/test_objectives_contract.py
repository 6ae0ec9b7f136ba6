"""Every registered objective keeps the contract; a new one is tested with no edit here."""

import dataclasses

import pytest
import torch

from vae_tui.models.contract import Posterior
from vae_tui.objectives.contract import OBJECTIVES
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions


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
    terms.loss_B(1.0).sum().backward()
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


def test_squared_error_by_hand():
    images = torch.zeros(2, 1, 1, 2)
    output = torch.tensor([[[[1.0, 2.0]]], [[[0.5, 0.0]]]])
    posterior = Posterior(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.zeros(2, 2))
    terms = SquaredError(SquaredErrorOptions())(images, output, posterior)
    assert terms.reconstruction_B.tolist() == [5.0, 0.25]
    assert terms.kl_BZ.tolist() == [[2.0, 0.0], [0.0, 0.5]]
    assert terms.loss_B(1.0).tolist() == [7.0, 0.75]
    assert terms.loss_B(4.0).tolist() == [13.0, 2.25]
