"""What a training step has to do at least, what the device reaches, and where the step's time goes (for train.py).

    python benchmarks/step_floor.py --threads 1

The floor is the operations of forward and backward pass and the bytes that the optimizer moves, one after the other, at
the rates that a large matrix product and copies reach. Run by itself it compares steps on the CPU in fp32 and bf16,
eager and compiled, a few of each in turn, by their processor time: with one thread other programs hardly change it.
"""

# B batch, C channels, H height, W width, Z latent dims

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from vae_tui.config import RunConfig, resolve
from vae_tui.training.parts import Parts, model_spec
from vae_tui.training.processes import Processes
from vae_tui.training.settled import settle
from vae_tui.training.step import TrainingLoss
from vae_tui.training.trial import StepTrial

TOUCHES_OF_ADAM = 7
"""Adam reads each parameter, its gradient and two moments, and writes all but the gradient: so often four bytes."""


def measure_floor(config: RunConfig, device: torch.device, *, warm_up: int) -> dict[str, Any]:
    """Operations and bytes of a step, the device's rates, the engine's own rate on one batch and its operators."""
    settled = settle(config, device)
    generator = torch.Generator().manual_seed(config.seed)
    shape = (config.batch_size, 3, 32, 32)
    images_BCHW = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator).to(device)
    parts = Parts(config, model_spec(config, (3, 32, 32)), settled, device, Processes())
    eps_BZ = torch.zeros(config.batch_size, config.latent_dim, device=device)
    with FlopCounterMode(display=False) as counter:
        TrainingLoss(parts.model, parts.objective, settled.precision)(images_BCHW, eps_BZ, 1.0)[0].backward()
    trial = StepTrial(parts, images_BCHW, config)
    if config.compile == "on":
        trial.compile()
    trial.run(warm_up)
    num_steps = max(20, int(1 / (trial.run(10) / 10)))
    step_s = min(trial.run(num_steps) for _ in range(3)) / num_steps
    moved = TOUCHES_OF_ADAM * 4 * parts.model.num_parameters
    dtype = torch.bfloat16 if settled.precision == "bf16" else torch.float32
    return {
        "flops": counter.get_total_flops(),
        "bytes": moved,
        "flops_per_s": matmul_rate(device, dtype),
        "bytes_per_s": copy_rate(device, moved * 4 // TOUCHES_OF_ADAM),
        "bytes_per_s_large": copy_rate(device, 2**28 if device.type == "cpu" else 2**32),
        "step_images_per_s": config.batch_size / step_s,
        "profile": shares_by_operator(trial, device),
    }


def matmul_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations a second of a large matrix product."""
    size = 2048 if device.type == "cpu" else 8192
    a, b = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
    return 2 * size**3 / best_s(lambda: torch.mm(a, b), device)


def copy_rate(device: torch.device, num_bytes: int) -> float:
    """Bytes read and written a second by copies that touch so many bytes in all, again and again."""
    source = torch.ones(num_bytes // 8, device=device)
    target = torch.empty_like(source)
    return num_bytes / best_s(lambda: target.copy_(source), device)


def best_s(work: Callable[[], object], device: torch.device) -> float:
    """The seconds of the fastest of many calls, about half a second of them."""
    times_s, began = [], time.perf_counter()
    while len(times_s) < 5 or time.perf_counter() - began < 0.5:
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times_s.append(time.perf_counter() - start)
    return min(times_s[1:])


def shares_by_operator(trial: StepTrial, device: torch.device) -> dict[str, float]:
    """The largest shares of a step's time by operator, of the device's own time where it has any."""
    with profile(activities=[ProfilerActivity.CUDA if device.type == "cuda" else ProfilerActivity.CPU]) as recorded:
        trial.run(60)
    name = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
    times = {event.key: getattr(event, name) for event in recorded.key_averages()}
    total = sum(times.values())
    shares = {key: taken / total for key, taken in times.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1])[:8])


def compare_variants(model: str, rounds: int) -> None:
    """Prints the processor time of a step of each precision, eager and compiled."""
    device = torch.device("cpu")
    images_BCHW = torch.randint(0, 256, (32, 3, 32, 32), dtype=torch.uint8)
    trials: dict[str, StepTrial] = {}
    times_s: dict[str, list[float]] = {}
    for precision in ("fp32", "bf16"):
        for compiled in (False, True):
            config = resolve("noise", {"model": model, "precision": precision})
            parts = Parts(config, model_spec(config, (3, 32, 32)), settle(config, device), device, Processes())
            name = f"{model}, {precision}, {'compiled' if compiled else 'eager'}"
            trials[name], times_s[name] = StepTrial(parts, images_BCHW, config), []
            if compiled:
                trials[name].compile()
            trials[name].run(10)
    for _ in range(rounds):
        for name, trial in trials.items():
            began = time.process_time()
            trial.run(40)
            times_s[name].append((time.process_time() - began) / 40)
    for name, measured in times_s.items():
        print(f"{name}: {statistics.median(measured) * 1e3:.1f} ms of processor time a step (median of {rounds})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    for model in ("conv", "fc"):
        compare_variants(model, args.rounds)


if __name__ == "__main__":
    main()
