"""How fast the program trains, beside the plain loop: same model, batch, data and seed, in turn, several times.

    python benchmarks/train.py FOLDER --epochs 3 --rounds 3
    python benchmarks/train.py FOLDER --model conv --steps 200 --json figures.json

FOLDER has one folder a class, 3x32x32, or such folders in `train` and `test`: then both train on `train` and the
program measures itself on `test`. The plain loop is benchmarks/plain_loop.py: DataLoader, PIL, ToTensor, `.item()` at
each step. Every measurement is a process of its own, so that its peak memory is its own, and its first steps are not
counted. Where other programs run on the machine, `--quiet 0.1` measures anew what they disturbed.

Beside the speeds stand the final losses (the seed is the same, the streams of random numbers are not: they agree
within the noise of a seed), what else a run of the program takes, and a floor: the operations of a step and the bytes
that the optimizer moves, at the rates that a large matrix product and a copy reach on the same device in the same
session.
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT_DIR))  # a checkout that is not installed

if TYPE_CHECKING:  # the process that starts the others stays small: Linux counts it in their peak memory
    import torch
    from torch import Tensor

    from vae_tui.config import RunConfig
    from vae_tui.datasets import Data

Figures = dict[str, Any]
MODELS = ("conv", "fc")


class Neighbours:
    """How many cores other programs took since this was made; nan where the system (Linux) does not say."""

    def __init__(self) -> None:
        self._before = self._seconds()

    def cores(self) -> float:
        """Cores, beside those of this process."""
        wall_s, busy_s, own_s = (now - before for now, before in zip(self._seconds(), self._before, strict=True))
        return max(0.0, busy_s - own_s) / wall_s

    @staticmethod
    def _seconds() -> tuple[float, float, float]:
        """Of the clock, of all processors and of this process."""
        busy_s = float("nan")
        if sys.platform == "linux":
            user, nice, system, _, _, irq, softirq, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
            busy_s = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), busy_s, time.process_time()


def run_config(args: argparse.Namespace) -> "RunConfig":
    """The run as `vaetui train FOLDER` settles it; nothing is held out of a folder without a `test`."""
    from vae_tui.config import resolve

    names = ("model", "epochs", "batch_size", "seed", "device", "precision", "compile")
    flags = {name: getattr(args, name) for name in names}
    return resolve(str(args.folder), flags | {"options": {"data.test_fraction": 0.0}})


def chosen_rows(num_images: int, args: argparse.Namespace) -> "Tensor":
    """The images that both train on: all, or as many as `--steps` needs, from all over the folder."""
    import torch

    num_chosen = min(num_images, args.steps * args.batch_size or num_images)
    return torch.arange(num_chosen) * num_images // num_chosen


def measure_plain(args: argparse.Namespace, device: "torch.device") -> Figures:
    """The plain loop's speed after the warm-up, and its losses."""
    import torch
    from plain_loop import MODELS as PLAIN_MODELS
    from plain_loop import plain_epoch
    from torch.utils.data import DataLoader, Subset
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import ToTensor

    torch.manual_seed(args.seed)
    train_dir = args.folder / "train" if (args.folder / "train").is_dir() else args.folder
    files = ImageFolder(str(train_dir), transform=ToTensor())
    data = Subset(files, chosen_rows(len(files), args).tolist())
    loader = DataLoader(data, batch_size=args.batch_size, shuffle=True, drop_last=True)
    model = PLAIN_MODELS[args.model]().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    ends_s: list[float] = []
    neighbours = Neighbours()

    def batches() -> "Iterator[Tensor]":
        for x, _ in loader:
            yield x.to(device)
            ends_s.append(time.perf_counter())  # the loop asks for the next: its `.item()` has waited for the device

    losses = [plain_epoch(model, optimizer, batches(), len(data))[0] for _ in range(args.epochs)]
    counted = len(ends_s) - args.warm_up
    rate = counted * args.batch_size / (ends_s[-1] - ends_s[args.warm_up - 1])
    return {"images_per_s": rate, "losses": losses, "others": neighbours.cores()}


def measure_program(args: argparse.Namespace, device: "torch.device") -> Figures:
    """A whole run of the program in a folder of its own, timed by its events."""
    from vae_tui.runs import RunDir
    from vae_tui.training.events import CompilingStarted, EpochDone, EvaluationStarted, RunDone, StepsDone
    from vae_tui.training.loop import Trainer
    from vae_tui.training.stopping import StopRequest

    config = run_config(args)
    spent: dict[str, float] = dict.fromkeys(("decoding", "building", "compiling", "steps", "evaluation", "saving"), 0.0)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        data = open_folder(config, device, args, Path(folder))
        spent["decoding"] = time.perf_counter() - began
        began = time.perf_counter()
        trainer = Trainer(config, data, RunDir(Path(folder) / "run"), device=device, stop=StopRequest())
        trainer.run.create(resumed=False)
        spent["building"] = time.perf_counter() - began
        neighbours = Neighbours()
        warm: StepsDone | None = None
        began_compiling = began_evaluation = 0.0
        for event in trainer.events():
            now = time.perf_counter()
            if began_compiling:
                spent["compiling"] += now - began_compiling
            began_compiling = now if isinstance(event, CompilingStarted) else 0.0
            if isinstance(event, StepsDone) and warm is None and event.step >= args.warm_up:
                warm = event
            elif isinstance(event, EvaluationStarted):
                began_evaluation = now
            elif isinstance(event, EpochDone):  # the next epoch began when the model was measured, before the saves
                spent["evaluation"] += trainer.position.since - began_evaluation
                spent["saving"] += now - trainer.position.since
            elif isinstance(event, RunDone):
                history, others = event.history, neighbours.cores()
    assert warm is not None, "too few steps to be measured"
    assert warm.epoch == 1, "the first epoch is too short to be measured"
    spent["steps"] = sum(metrics.seconds for metrics in history)
    warm_s = warm.step * args.batch_size / warm.images_per_s
    counted = args.epochs * trainer.steps_per_epoch - warm.step
    rate = counted * args.batch_size / (spent["steps"] - warm_s)
    return {
        "images_per_s": rate,
        "losses": [metrics.loss for metrics in history],
        "test_losses": [metrics.test_loss for metrics in history],
        "seconds": spent,
        "warm_up_s": warm_s - warm.step * args.batch_size / rate,
        "precision": trainer.settled.precision,
        "compile": trainer.settled.compile,
        "others": others,
        "num_train": len(data.train),
        "num_test": len(data.test) if data.test is not None else 0,
    }


def open_folder(config: "RunConfig", device: "torch.device", args: argparse.Namespace, root_dir: Path) -> "Data":
    """The folder as `vaetui train` opens it, cut to the rows that are trained on."""
    from vae_tui.datasets import open_data
    from vae_tui.devices import memory_budget

    budget = memory_budget(config.memory_budget, device)
    data = open_data(config.dataset, config.section("data"), root_dir=root_dir, seed=config.seed, memory_budget=budget)
    rows = chosen_rows(len(data.train), args)
    if len(rows) == len(data.train):
        return data
    images_NCHW = data.train.images_NCHW[rows]
    return dataclasses.replace(data, train=dataclasses.replace(data.train, images_NCHW=images_NCHW, labels_N=None))


def measure_step(args: argparse.Namespace, device: "torch.device") -> Figures:
    """The engine's step alone, beside what the device could do of it."""
    from step_floor import measure_floor

    neighbours = Neighbours()
    figures = measure_floor(run_config(args), device, warm_up=args.warm_up)
    return figures | {"others": neighbours.cores()}


MEASURES = {"plain": measure_plain, "program": measure_program, "step": measure_step}


def measure(args: argparse.Namespace) -> Figures:
    """One measurement in this process, with its peak memory and what it ran on."""
    import torch

    from vae_tui.devices import resolve_device

    if args.threads:
        torch.set_num_threads(args.threads)
    if args.measure != "plain":
        torch.set_flush_denormal(True)  # as vae_tui.launch does around a run
    device = resolve_device(args.device)
    import_mb = peak_mb()
    figures = MEASURES[args.measure](args, device)
    figures |= {"import_mb": import_mb, "memory_mb": peak_mb()}
    if device.type == "cuda":
        figures["allocated_mb"] = torch.cuda.max_memory_allocated(device) / 2**20
        figures["reserved_mb"] = torch.cuda.max_memory_reserved(device) / 2**20
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
    figures["machine"] = f"{device} ({name}), torch {torch.__version__}, Python {platform.python_version()}"
    figures["threads"] = torch.get_num_threads()
    return figures


def peak_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def cpu_name() -> str:
    """The processor's own name where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def in_a_process(kind: str, model: str, quiet: float) -> Figures:
    """What `measure` gives in a process of its own, again until others left it alone."""
    command = [sys.executable, __file__, *sys.argv[1:], "--model", model, "--measure", kind]
    while True:
        wait_for_quiet(quiet)
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        figures: Figures = json.loads(result.stdout.splitlines()[-1])
        rate = figures.get("images_per_s", figures.get("step_images_per_s"))
        disturbed = bool(quiet) and figures["others"] > quiet
        note = f"others took {figures['others']:.2f} cores{', measured anew' if disturbed else ''}"
        print(f"{model}, {kind}: {rate:,.0f} images/s, {note}", file=sys.stderr, flush=True)
        if not disturbed:
            return figures


def wait_for_quiet(quiet: float) -> None:
    """Until others took no more than `quiet` cores for three seconds; 0: not at all."""
    while quiet:
        neighbours = Neighbours()
        time.sleep(3)
        if not neighbours.cores() > quiet:
            return


def report(model: str, plain: list[Figures], program: list[Figures], floor: Figures, batch_size: int) -> None:
    """The table of one model, and the lines below it."""
    rates = [[figures["images_per_s"] for figures in side] for side in (plain, program)]
    medians = [statistics.median(side) for side in rates]
    losses = [side[0]["losses"][-1] for side in (plain, program)]
    first = program[0]

    def row(title: str, cells: list[str], last: str) -> None:
        print(f"| {title} | {' | '.join(cells)} | {last} |")

    print(f"\n| {model} | plain loop | program | program / plain |\n| --- | --- | --- | --- |")
    spans = [
        f"{median:,.0f} ({min(side):,.0f} to {max(side):,.0f})" for median, side in zip(medians, rates, strict=True)
    ]
    row("images/s, median (lowest to highest)", spans, f"{medians[1] / medians[0]:.2f}")
    others = [max(figures["others"] for figures in side) for side in (plain, program)]
    row("cores that other programs took, at most", [f"{cores:.2f}" for cores in others], "")
    row("loss of the last epoch", [f"{loss:.2f}" for loss in losses], f"{losses[1] / losses[0] - 1:+.2%}")
    kinds = {"memory_mb": "peak memory of the process, MB"}
    kinds |= {"allocated_mb": "peak device memory in tensors, MB", "reserved_mb": "peak device memory reserved, MB"}
    for key, title in kinds.items():
        if key in first:
            peaks = [max(figures[key] for figures in side) for side in (plain, program)]
            row(title, [f"{peak:,.0f}" for peak in peaks], f"{peaks[1] / peaks[0]:.2f}")

    middle = program[rates[1].index(statistics.median_low(rates[1]))]
    spent = ", ".join(f"{name} {seconds:.2f}" for name, seconds in middle["seconds"].items())
    print(f"\nThe program: {first['precision']}, compile {first['compile']}. Seconds of its median run: {spent}.")
    print(f"The steps before the warm-up's end took {middle['warm_up_s']:.2f} s more than as many later ones.")
    print(f"Of its memory {first['import_mb']:,.0f} MB are those of importing torch.")
    step_s = batch_size / medians[1]
    floor_s = floor["flops"] / floor["flops_per_s"] + floor["bytes"] / floor["bytes_per_s"]
    print(
        f"A step is {floor['flops'] / 1e9:.3f} GFLOP and {floor['bytes'] / 1e6:.1f} MB of optimizer; the device "
        f"reaches {floor['flops_per_s'] / 1e9:,.0f} GFLOP/s in a large product and "
        f"{floor['bytes_per_s'] / 1e9:.1f} GB/s in copies of the optimizer's size "
        f"({floor['bytes_per_s_large'] / 1e9:.1f} in large ones): a floor of {floor_s * 1e3:.2f} ms, "
        f"{floor_s / step_s:.0%} of the {step_s * 1e3:.2f} ms that a step takes."
    )
    print(f"The engine's step on one batch again and again: {floor['step_images_per_s']:,.0f} images/s.")
    print("Where its time goes: " + ", ".join(f"{name} {share:.0%}" for name, share in floor["profile"].items()) + ".")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="image folder, one folder a class, all 3x32x32; or train and test")
    parser.add_argument("--model", choices=(*MODELS, "both"), default="both")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, in turn")
    parser.add_argument("--steps", type=int, default=0, help="steps an epoch, on fewer images; 0: all of the folder")
    parser.add_argument("--warm-up", type=int, default=20, help="first steps that are not counted, 1 or more")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of both; 0: as many as torch takes")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto", help="the program's; the plain loop is fp32")
    parser.add_argument("--compile", default="auto", help="the program's")
    parser.add_argument("--quiet", type=float, default=0, help="cores that others may take at most (Linux); 0: any")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args)))
        return
    everything: dict[str, dict[str, Any]] = {}
    for model in MODELS if args.model == "both" else (args.model,):
        sides: dict[str, list[Figures]] = {"plain": [], "program": []}
        for _ in range(args.rounds):
            for kind, measured in sides.items():
                measured.append(in_a_process(kind, model, args.quiet))
        floor = in_a_process("step", model, args.quiet)
        if not everything:
            first = sides["program"][0]
            print(f"{first['machine']}, {first['threads']} threads")
            print(
                f"{first['num_train']:,} training images, {first['num_test']:,} test images; {args.epochs} epochs of "
                f"batches of {args.batch_size}, seed {args.seed}; {args.rounds} rounds in turn, the first "
                f"{args.warm_up} steps or more of each not counted"
            )
        report(model, sides["plain"], sides["program"], floor, args.batch_size)
        everything[model] = sides | {"floor": floor}
        if args.json:
            args.json.write_text(json.dumps(everything, indent=1))


if __name__ == "__main__":
    main()
