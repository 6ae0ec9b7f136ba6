"""Kill training with SIGKILL at random moments, and open the newest checkpoint each time.

    python benchmarks/kill.py --kills 200

Saves are short and follow one another as fast as the disk takes them, so that many kills fall into one. This shows that
the swap leaves a whole file at every moment; that the bytes outlive a loss of power is the fsync's part, and not shown.
"""

import argparse
import collections
import os
import random
import signal
import tempfile
import time
from pathlib import Path

import torch

from vae_tui.checkpoint import read_checkpoint
from vae_tui.config import resolve
from vae_tui.datasets.contract import Data, ImageSet
from vae_tui.runs import RunDir
from vae_tui.training.loop import Trainer
from vae_tui.training.stopping import StopRequest


def train(run: RunDir) -> None:
    """Epochs of two steps without end, each with its saves; goes on from last.pt where there is one."""
    images = torch.randint(0, 256, (64, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    data = Data("noise", ImageSet(images), ImageSet(images[:16]))
    config = resolve("noise", {"model": "fc", "epochs": 10**6, "compile": "off"})
    last = read_checkpoint(run.last) if run.last.exists() else None
    trainer = Trainer(config, data, run, device=torch.device("cpu"), stop=StopRequest(), resume_from=last)
    run.create(resumed=last is not None)
    collections.deque(trainer.events(), maxlen=0)


def inode(run: RunDir) -> int:
    """Changes with every save; 0 before the first."""
    return run.last.stat().st_ino if run.last.exists() else 0


def wait_for_a_save(run: RunDir, before: int, seconds: float = 60) -> None:
    """Until the child has saved for the first time: from then on a kill can fall anywhere in its steps and saves."""
    deadline = time.monotonic() + seconds
    while inode(run) == before:
        assert time.monotonic() < deadline, "training does not save"
        time.sleep(0.002)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    moments = random.Random(args.seed)
    opened = in_a_save = 0
    with tempfile.TemporaryDirectory() as folder:
        run = RunDir(Path(folder) / "run")
        for _ in range(args.kills):
            saved = inode(run)
            child = os.fork()
            if not child:
                train(run)
            wait_for_a_save(run, saved)
            time.sleep(moments.uniform(0, 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            in_a_save += any(run.path.glob(".*.part"))
            checkpoint = read_checkpoint(run.last)
            checkpoint.build_model()
            best = read_checkpoint(run.best) if run.best.exists() else checkpoint
            opened += best.history[-1].epoch <= checkpoint.history[-1].epoch + 1
        epochs = len(read_checkpoint(run.last).history)
    print(f"{args.kills} kills, {in_a_save} of them in the middle of a save, over {epochs} epochs saved")
    print(f"newest checkpoint opened: {opened} of {args.kills}")
    return int(opened != args.kills)


if __name__ == "__main__":
    raise SystemExit(main())
