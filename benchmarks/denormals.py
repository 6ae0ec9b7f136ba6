"""What denormal numbers cost on the CPU: the same run with them, and with them flushed to zero.

    python benchmarks/denormals.py FOLDER --model fc --epochs 6

The gradient of a dead unit is zero, and Adam's mean of it shrinks by a tenth a step: after some 900 steps it lies under
the smallest normal float32, where most processors are many times slower, and rounding keeps it from ever reaching zero.
Prints each epoch's processor time a step (of one thread, so that other programs matter little), its loss, and how many
of Adam's numbers are denormal.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from vae_tui.config import resolve
from vae_tui.datasets import open_data
from vae_tui.runs import RunDir
from vae_tui.training.events import EpochDone, EvaluationStarted
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest


def num_denormal(optimizer: torch.optim.Optimizer) -> tuple[int, int]:
    """How many of the optimizer's moments are denormal, of how many."""
    moments = [values[name] for values in optimizer.state.values() for name in ("exp_avg", "exp_avg_sq")]
    bits = [moment.view(torch.int32) & 0x7FFFFFFF for moment in moments]  # compared as numbers, they may count as zero
    smallest_normal = 0x00800000
    return sum(int(((b > 0) & (b < smallest_normal)).sum()) for b in bits), sum(moment.numel() for moment in moments)


def train(folder: str, model: str, epochs: int, *, flush: bool) -> None:
    """A run of the program in a folder of its own, a line an epoch."""
    config = resolve(folder, {"model": model, "epochs": epochs, "device": "cpu", "compile": "off"})
    data = open_data(folder, {})
    with tempfile.TemporaryDirectory() as run_dir:
        run = RunDir(Path(run_dir) / "run")
        trainer = Trainer(config, data, run, device=torch.device("cpu"), stop=StopRequest())
        run.create(resumed=False)
        began = time.process_time()
        for event in trainer.events():
            torch.set_flush_denormal(flush)
            if isinstance(event, EvaluationStarted):
                step_ms = (time.process_time() - began) / trainer.steps_per_epoch * 1e3
            elif isinstance(event, EpochDone):
                denormal, moments = num_denormal(trainer.parts.optimizer)
                print(
                    f"| {model} | {'flushed' if flush else 'kept'} | {event.metrics.epoch} | {step_ms:.1f} ms | "
                    f"{event.metrics.loss:.3f} | {denormal / moments:.0%} |",
                    flush=True,
                )
                began = time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="image folder or name of a data set")
    parser.add_argument("--model", default="fc")
    parser.add_argument("--epochs", type=int, default=6)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("| model | denormals | epoch | processor time a step | loss | Adam's numbers that are denormal |")
    print("| --- | --- | --- | --- | --- | --- |")
    for flush in (False, True):
        train(args.folder, args.model, args.epochs, flush=flush)


if __name__ == "__main__":
    main()
