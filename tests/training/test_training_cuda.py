"""The same runs on a CUDA device: captured steps, bfloat16, nothing that waits for the device."""

import dataclasses

import pytest
import torch

from vae_tui.checkpoint import read_checkpoint
from vae_tui.runs import RunDir
from vae_tui.session import Session
from vae_tui.training.loop import Trainer
from vae_tui.training.parts import Parts, model_spec
from vae_tui.training.processes import Processes
from vae_tui.training.settled import Settled
from vae_tui.training.step import WARM_UP_STEPS, Knobs
from vae_tui.training.stopping import StopRequest
from vae_tui.training.watch import Latest

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]


@pytest.fixture
def losses(tmp_path, data, config):
    """Trains on a device and gives the losses and the run's folder."""

    def train(device: str, epochs: int, folder: str, resume_from=None, **changes):
        run = RunDir(tmp_path / folder)
        settled = dataclasses.replace(config, epochs=epochs, **changes)
        trainer = Trainer(settled, data, run, device=torch.device(device), stop=StopRequest(), resume_from=resume_from)
        run.create(resumed=resume_from is not None)
        history = list(trainer.events())[-1].history
        return [metrics.loss for metrics in history], run

    return train


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("model", ["fc", "conv"])
def test_losses_are_those_of_the_cpu(losses, model, precision):
    options = {"model.hidden": 16} if model == "fc" else {}
    on_cuda, _ = losses("cuda", 3, "cuda", model=model, options=options, precision=precision)
    on_cpu, _ = losses("cpu", 3, "cpu", model=model, options=options)
    assert on_cuda == pytest.approx(on_cpu, rel=0.02)  # the noise is another stream there


def test_a_run_goes_on_where_it_was(losses):
    changes = {"objective": "kl-warmup", "schedule": "cosine", "options": {"model.hidden": 16, "optimizer.ema": 0.9}}
    whole, _ = losses("cuda", 4, "whole", **changes)
    _, run = losses("cuda", 2, "part", **changes | {"schedule": "constant"})
    assert read_checkpoint(run.last).ema_weights is not None
    plain, _ = losses("cuda", 4, "plain")
    _, run = losses("cuda", 2, "rest")
    rest, _ = losses("cuda", 4, "rest", resume_from=read_checkpoint(run.last))
    assert rest == pytest.approx(plain, rel=1e-4)
    assert len(whole) == 4


def test_its_checkpoint_opens_on_the_cpu(losses):
    _, run = losses("cuda", 1, "run")
    assert Session.open(run.path, device="cpu").images([0]).shape == (1, 8, 8, 3)


def parts_of(config, precision="fp32") -> Parts:
    device = torch.device("cuda")
    return Parts(config, model_spec(config, (3, 8, 8)), Settled("cuda", precision, "off", 1), device, Processes())


def weights_of(parts) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in parts.model.parameters()])


@pytest.mark.parametrize("options", [{}, {"optimizer.ema": 0.9, "optimizer.clip": 0.5}])
def test_captured_steps_are_those_that_are_not(config, data, options):
    config = dataclasses.replace(config, objective="kl-warmup", options={**config.options, **options})
    captured, plain = parts_of(config), parts_of(config)
    plain.step._graph = None
    images = data.train.images_NCHW.cuda()
    for step in range(10 + WARM_UP_STEPS):
        eps_BZ = torch.randn(8, 4, generator=torch.Generator("cuda").manual_seed(step), device="cuda")
        batch, knobs = images[step : step + 8], Knobs(1e-3 * (step + 1), step / 10, 0.1)
        sums = [parts.step(batch, eps_BZ, knobs).clone() for parts in (captured, plain)]
        assert torch.allclose(*sums, rtol=1e-4)
    assert torch.allclose(weights_of(captured), weights_of(plain), rtol=1e-3, atol=1e-5)
    if options:
        kept = [torch.cat([w.flatten() for w in p.average.state_dict().values()]) for p in (captured, plain)]
        assert torch.allclose(*kept, rtol=1e-3, atol=1e-5)


def test_steps_do_not_wait_for_the_device(tmp_path, config, data):
    trainer = Trainer(config, data, RunDir(tmp_path / "run"), device=torch.device("cuda"), stop=StopRequest())
    batch = data.train.images_NCHW[:8].cuda()
    for _ in range(WARM_UP_STEPS + 1):  # warms up and captures
        trainer.take_step(batch)
    latest = Latest(torch.device("cuda"))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(20):
            sums = trainer.take_step(batch)
            trainer.position.sums += sums
            trainer.watch.see(sums[0], step + 1)
            latest.ask(step, trainer.position.sums)
            latest.answer()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_the_latest_numbers_arrive_unasked():
    latest = Latest(torch.device("cuda"))
    latest.ask(7, torch.arange(3.0, device="cuda"))
    torch.cuda.synchronize()
    step, numbers = latest.answer()
    assert (step, numbers.tolist(), numbers.device.type) == (7, [0.0, 1.0, 2.0], "cpu")
