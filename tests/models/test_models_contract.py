"""Every registered model keeps the contract; a new one is tested with no edit here."""

import dataclasses

import pytest
import torch

from vae_tui.models.contract import MODELS, VAE, ModelSpec, recognise

SHAPES = [(3, 32, 32), (1, 28, 28), (3, 30, 45)]


@pytest.fixture(params=MODELS.names())
def name(request):
    return request.param


@pytest.fixture(params=SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def model(name, request) -> VAE:
    return ModelSpec(name, request.param, 5).build(seed=1)


def batch(model: VAE, num: int = 3) -> torch.Tensor:
    images = torch.randint(
        0, 256, (num, *model.image_shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    return model.scaling.to_model(images)


def test_shapes(model):
    output, posterior = model(batch(model))
    assert output.shape == (3, *model.image_shape)
    assert posterior.mean_BZ.shape == posterior.logvar_BZ.shape == (3, 5)
    assert model.decode(torch.zeros(2, 5)).shape == (2, *model.image_shape)


def test_output_lies_in_the_scaling(model):
    output = model.decode(100 * torch.randn(20, 5, generator=torch.Generator().manual_seed(0)))
    assert output.min() >= model.scaling.low
    assert output.max() <= model.scaling.high


def test_every_parameter_gets_a_finite_gradient(model):
    images = batch(model)
    output, posterior = model(images, torch.Generator().manual_seed(0))
    ((output - images).square().sum() + posterior.kl_BZ().sum()).backward()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key
        assert parameter.grad.any(), key


def test_weights_come_from_the_seed(name):
    spec = ModelSpec(name, (3, 32, 32), 5)
    one, same, other = spec.build(seed=1), spec.build(seed=1), spec.build(seed=2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_building_with_a_seed_leaves_the_global_generator_alone(name):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    ModelSpec(name, (3, 32, 32), 5).build(seed=1)
    assert torch.equal(torch.rand(1), expected)


def test_noise_comes_from_the_generator(model):
    images = batch(model)
    first, _ = model(images, torch.Generator().manual_seed(4))
    again, _ = model(images, torch.Generator().manual_seed(4))
    other, _ = model(images, torch.Generator().manual_seed(5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_state_dict_restores_the_model(model, name):
    twin = ModelSpec(name, model.image_shape, 5).build(seed=9)
    twin.load_state_dict(model.state_dict())
    z = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(twin.decode(z), model.decode(z))


def test_a_plain_state_dict_is_recognised(name):
    model = ModelSpec(name, (3, 32, 32), 7).build(seed=0)
    spec = recognise({key: tuple(value.shape) for key, value in model.state_dict().items()})
    assert spec is not None
    assert (spec.name, spec.image_shape, spec.latent_dim) == (name, (3, 32, 32), 7)
    spec.build().load_state_dict(model.state_dict())


def test_options_say_what_they_are(name):
    kind = MODELS.get(name)
    assert dataclasses.is_dataclass(kind.Options)
    assert all(field.metadata["help"] for field in dataclasses.fields(kind.Options))
    assert "\n" not in kind.summary
