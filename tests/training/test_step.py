"""One step: what moves the weights, and by how much."""

import copy
import dataclasses

import pytest
import torch

from vae_tui.errors import VaeTuiError
from vae_tui.training.average import WeightAverage
from vae_tui.training.optimizers import build_optimizer, optimizer_options, plain_state, restore_state
from vae_tui.training.parts import Parts, model_spec
from vae_tui.training.processes import Processes
from vae_tui.training.settled import Settled
from vae_tui.training.step import Knobs

CPU = torch.device("cpu")
FP32 = Settled("cpu", "fp32", "off", 1)


def parts_of(config, settled=FP32) -> Parts:
    return Parts(config, model_spec(config, (3, 8, 8)), settled, CPU, Processes())


@pytest.fixture
def batch(data):
    return data.train.images_NCHW[:8]


@pytest.fixture
def noise():
    return torch.randn(8, 4, generator=torch.Generator().manual_seed(3))


def weights_of(parts) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in parts.model.parameters()])


def test_the_rate_is_that_of_the_step(config, batch, noise):
    parts = parts_of(config)
    before = weights_of(parts)
    parts.step(batch, noise, Knobs(rate=0.0, weight=1.0, share=0.0))
    assert torch.equal(weights_of(parts), before)
    parts.step(batch, noise, Knobs(rate=1e-3, weight=1.0, share=0.0))
    moved = (weights_of(parts) - before).abs()
    assert 0 < moved.max() <= 1.01e-3  # Adam's step is the rate at most


def test_the_weight_of_the_step_weighs_the_kl(config, batch, noise):
    light = parts_of(config).step(batch, noise, Knobs(1e-3, 0.0, 0.0))
    heavy = parts_of(config).step(batch, noise, Knobs(1e-3, 5.0, 0.0))
    loss, reconstruction, kl = heavy.tolist()
    assert loss == pytest.approx(reconstruction + 5 * kl)
    assert light[0] == light[1]


def test_clipping_keeps_the_gradient_of_the_mean_loss_short(config, batch, noise):
    norms = []
    for clip in (0.0, 0.5):
        parts = parts_of(dataclasses.replace(config, options={**config.options, "optimizer.clip": clip}))
        parts.step(batch, noise, Knobs(1e-3, 1.0, 0.0))
        gradient = torch.cat([parameter.grad.flatten() for parameter in parts.model.parameters()])
        norms.append(float(gradient.norm()) / len(batch))
    assert norms[0] > 1.0
    assert norms[1] == pytest.approx(0.5, rel=1e-3)


def test_adamw_takes_its_share_off_the_weights(config, batch, noise):
    """p <- p - rate * decay * p before Adam's step, which is the same for both."""
    adam, adamw = parts_of(config), parts_of(dataclasses.replace(config, optimizer="adamw"))
    before = weights_of(adam)
    for parts in (adam, adamw):
        parts.step(batch, noise, Knobs(0.1, 1.0, 0.0))
    assert torch.allclose(weights_of(adam) - weights_of(adamw), 0.1 * 0.01 * before, atol=1e-6)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_the_optimizer_goes_on_as_it_was(config, batch, noise, name):
    config = dataclasses.replace(config, optimizer=name)
    one, other = parts_of(config), parts_of(config)
    for _ in range(2):
        one.step(batch, noise, Knobs(1e-3, 1.0, 0.0))
    other.model.load_state_dict(one.model.state_dict())
    state = copy.deepcopy(plain_state(one.optimizer))  # as a file would give it
    assert all(type(group["lr"]) is float for group in state["param_groups"])
    restore_state(other.optimizer, state)
    for parts in (one, other):
        parts.step(batch, noise, Knobs(1e-3, 1.0, 0.0))
    assert torch.equal(weights_of(one), weights_of(other))


def test_a_damaged_optimizer_state_is_refused(config):
    with pytest.raises(VaeTuiError, match="optimizer state is damaged"):
        restore_state(build_optimizer(parts_of(config).model, config), {"param_groups": []})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp_avg", torch.zeros(2)),  # a fused update would write past it
        ("exp_avg", torch.zeros(16, 192, dtype=torch.int32)),
        ("exp_avg", torch.full((16, 192), torch.nan)),
        ("exp_avg_sq", torch.full((16, 192), -1.0)),
        ("exp_avg", "text"),
        ("step", torch.zeros(3)),
        ("step", 4),
        ("more", torch.zeros(())),
    ],
)
def test_moments_that_do_not_fit_are_refused(config, batch, noise, name, value):
    parts = parts_of(config)
    parts.step(batch, noise, Knobs(1e-3, 1.0, 0.0))
    state = copy.deepcopy(plain_state(parts.optimizer))
    assert state["state"][0]["exp_avg"].shape == (16, 192)
    restore_state(parts.optimizer, state)
    state["state"][0][name] = value
    with pytest.raises(VaeTuiError, match="optimizer state is damaged"):
        restore_state(parts.optimizer, state)


def test_what_a_file_says_of_rates_and_decays_is_not_believed(config, batch, noise):
    parts = parts_of(config)
    parts.step(batch, noise, Knobs(1e-3, 1.0, 0.0))
    state = copy.deepcopy(plain_state(parts.optimizer))
    state["param_groups"][0] |= {"betas": (0.1,), "maximize": True, "amsgrad": True}
    restore_state(parts.optimizer, state)
    group = parts.optimizer.param_groups[0]
    assert (group["betas"], group["maximize"], group["amsgrad"]) == ((0.9, 0.999), False, False)


def test_no_moments_are_needed_where_no_step_was_taken(config):
    optimizer = build_optimizer(parts_of(config).model, config)
    restore_state(optimizer, {"state": {}}, is_fresh=True)
    with pytest.raises(VaeTuiError, match="moments are missing"):
        restore_state(optimizer, {"state": {}})


@pytest.mark.parametrize(
    "options",
    [{"beta1": 1.0}, {"beta2": -0.1}, {"ema": 1.0}, {"clip": -1.0}, {"weight_decay": -1.0}, {"emma": 0.9}],
)
def test_optimizer_options_that_make_no_sense_are_refused(config, options):
    settled = {f"optimizer.{key}": value for key, value in options.items()}
    with pytest.raises(VaeTuiError, match=f"{next(iter(options))}"):
        optimizer_options(dataclasses.replace(config, options=settled))


def test_an_unknown_optimizer_names_the_nearest(config):
    with pytest.raises(VaeTuiError, match="adamm") as error:
        optimizer_options(dataclasses.replace(config, optimizer="adamm"))
    assert "did you mean adam" in error.value.hint


def test_bf16_is_near_fp32_and_not_the_same(config, batch, noise):
    sums = [parts_of(config, Settled("cpu", kind, "off", 1)).step(batch, noise, Knobs(1e-3, 1.0, 0.0))
            for kind in ("fp32", "bf16")]  # fmt: skip
    assert sums[0].dtype == sums[1].dtype == torch.float32
    assert sums[1].tolist() == pytest.approx(sums[0].tolist(), rel=0.02)
    assert not torch.equal(*sums)


def test_the_average_by_hand(config):
    model = parts_of(config).model
    parameter = next(model.parameters())
    average = WeightAverage(model, 0.9)
    start = float(parameter.detach().flatten()[0])
    expected = start
    for step in range(1, 200):
        with torch.no_grad():
            parameter.add_(1.0)
        average.update(average.share(step))
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * (start + step)
    name = next(name for name, _ in model.named_parameters())
    assert float(average.state_dict()[name].flatten()[0]) == pytest.approx(expected, rel=1e-4)


def test_the_average_stands_in_and_leaves_the_weights_as_they_were(config, batch, noise):
    parts = parts_of(dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9}))
    for _ in range(3):
        parts.step(batch, noise, Knobs(1e-2, 1.0, 0.3))
    weights, addresses = weights_of(parts), [p.data_ptr() for p in parts.model.parameters()]
    with parts.average.in_place():
        averaged = weights_of(parts)
        assert [p.data_ptr() for p in parts.model.parameters()] == addresses
    assert not torch.equal(averaged, weights)
    assert torch.equal(weights_of(parts), weights)
    kept = parts.average.state_dict()
    assert torch.equal(averaged, torch.cat([kept[name].flatten() for name, _ in parts.model.named_parameters()]))
