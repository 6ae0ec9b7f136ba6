"""The two models of the known experiment, worked out by hand."""

import pytest
import torch

from vae_tui.errors import VaeTuiError
from vae_tui.models.contract import ModelSpec, Posterior
from vae_tui.models.scaling import SCALINGS


def test_conv_has_the_parameters_of_the_table():
    # conv1 3*16*16+16 = 784, conv2 16*32*16+32 = 8,224, conv3 32*128*16+128 = 65,664;
    # mean and log-variance 2 * (2048*128+128) = 524,544; fc_decode 128*2048+2048 = 264,192;
    # deconv1 128*64*16+64 = 131,136, deconv2 64*32*16+32 = 32,800, deconv3 32*3*16+3 = 1,539
    assert ModelSpec("conv", (3, 32, 32), 128).build().num_parameters == 1_028_883


def test_fc_has_the_parameters_of_the_table():
    # fc1 3072*400+400 = 1,229,200; mean and log-variance 2 * (400*20+20) = 16,040;
    # fc2 20*400+400 = 8,400; fc3 400*3072+3072 = 1,231,872
    assert ModelSpec("fc", (3, 32, 32), 20).build().num_parameters == 2_485_512


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("conv", ["conv1", "conv2", "conv3", "fc_mu", "fc_logvar", "fc_decode", "deconv1", "deconv2", "deconv3"]),
        ("fc", ["fc1", "fc_mu", "fc_logvar", "fc2", "fc3"]),
    ],
)
def test_state_keys_are_the_known_names(name, modules):
    keys = list(ModelSpec(name, (3, 32, 32), 4).build().state_dict())
    assert keys == [f"{module}.{kind}" for module in modules for kind in ("weight", "bias")]


def test_mnist_is_padded_by_two_pixels_a_side_with_its_edge():
    model = ModelSpec("conv", (1, 28, 28), 4).build(seed=0)
    images = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2), mode="replicate")
    whole = ModelSpec("conv", (1, 32, 32), 4).build()
    whole.load_state_dict(model.state_dict())
    assert torch.equal(model.encode(images).mean_BZ, whole.encode(padded).mean_BZ)
    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(model.decode(z), whole.decode(z)[..., 2:30, 2:30])


def test_kl_by_hand():
    # -1/2 (1 + 0 - 0 - 1) = 0;  mean 2: 1/2 * 4 = 2;  variance 1/4: -1/2 (1 + ln 1/4 - 1/4)
    posterior = Posterior(torch.tensor([[0.0, 2.0, 0.0]]), torch.tensor([[0.0, 0.0, -1.3862944]]))
    assert torch.allclose(posterior.kl_BZ(), torch.tensor([[0.0, 2.0, 0.3181472]]), atol=1e-6)


def test_a_draw_is_mean_plus_sigma_eps():
    posterior = Posterior(torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 1.3862944]]))
    eps = torch.randn(1, 2, generator=torch.Generator().manual_seed(5))
    drawn = posterior.sample(torch.Generator().manual_seed(5))
    assert torch.allclose(drawn, torch.tensor([[1.0, -2.0]]) + torch.tensor([[1.0, 2.0]]) * eps)


@pytest.mark.parametrize("name", SCALINGS)
def test_scaling_reaches_all_of_its_range_and_goes_back(name):
    scaling = SCALINGS[name]
    pixels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(scaling.to_uint8(scaling.to_model(pixels)), pixels)
    ends = scaling.activate(torch.tensor([-100.0, 100.0]))
    assert ends.tolist() == [scaling.low, scaling.high] == scaling.to_model(pixels)[[0, 255]].tolist()


def test_unknown_option_and_bad_values_are_refused():
    with pytest.raises(VaeTuiError, match="hiden") as error:
        ModelSpec("fc", (3, 8, 8), 2, {"hiden": 5}).build()
    assert "hidden" in error.value.hint
    with pytest.raises(VaeTuiError, match="whole number"):
        ModelSpec("fc", (3, 8, 8), 2, {"hidden": "many"}).build()
    with pytest.raises(VaeTuiError, match="is 0"):
        ModelSpec("fc", (3, 8, 8), 2, {"hidden": 0}).build()
    with pytest.raises(VaeTuiError, match="sined"):
        ModelSpec("conv", (3, 8, 8), 2, {"scaling": "sined"}).build()
