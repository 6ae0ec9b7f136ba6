"""The plain loop and the program, step by step: same weights, order and noise, so that only the code differs.

    python benchmarks/agreement.py FOLDER --steps 200

Prints the largest relative difference of a step's loss, and exits with 1 where it is over the tolerance in float64:
there both compute the same. In float32, printed for information, the program's fused Adam rounds otherwise than the
plain loop's, and the two may drift apart, as the plain loop does from itself where its weights begin one rounding
away: Adam makes full steps of the rounding that is left of a gradient of zero (docs/decisions/0002). With Adam's plain
update the program stays with the plain loop in float32 too.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import torch
from plain_loop import MODELS, plain_epoch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor

from vae_tui.config import resolve
from vae_tui.datasets import Data, open_data
from vae_tui.models.scaling import PixelScaling
from vae_tui.runs import RunDir
from vae_tui.training.loop import Trainer
from vae_tui.training.state import epoch_noise, epoch_order
from vae_tui.training.stopping import StopRequest

CPU = torch.device("cpu")
SEED = 0


class WideScaling(PixelScaling):
    """A scaling whose numbers are float64: those of float32, widened, as the plain loop gets them from ToTensor."""

    def to_model(self, images: Tensor) -> Tensor:
        return super().to_model(images).double()


@contextmanager
def float_keeps_float64() -> Iterator[None]:
    """Tensor.float leaves float64 as it is: the program's step calls it on what autocast may have made bfloat16."""
    narrow = Tensor.float
    with mock.patch.object(Tensor, "float", lambda t: t if t.dtype == torch.float64 else narrow(t)):
        yield


def make_trainer(name: str, data: Data, batch_size: int, run_dir: Path, *, wide: bool, fused: bool) -> Trainer:
    """The program's own engine before its first step; it has written nothing."""
    config = resolve(data.name, {"model": name, "batch_size": batch_size, "seed": SEED, "precision": "fp32"})
    trainer = Trainer(config, data, RunDir(run_dir), device=CPU, stop=StopRequest())
    model = trainer.parts.model
    if wide:
        model.double()
        scaling = model.scaling
        model.scaling = WideScaling(**{f.name: getattr(scaling, f.name) for f in dataclasses.fields(scaling)})
    for group in trainer.parts.optimizer.param_groups:
        group["fused"] = fused
    return trainer


def program_losses(trainer: Trainer, rows_SB: Tensor) -> list[float]:
    """The program's steps on the program's batches: each one's loss, summed over its batch."""
    with float_keeps_float64():
        return [float(trainer.take_step(images_BCHW)[0]) for images_BCHW in trainer.images.batches(rows_SB)]


def plain_losses(trainer: Trainer, folder: Path, rows_SB: Tensor, *, nudged: bool = False) -> list[float]:
    """The plain loop from the trainer's weights, over the same files in the same order, with the same noise.

    `nudged`: each weight begins one rounding further from 0.
    """
    weights = trainer.parts.model.state_dict()
    dtype = next(iter(weights.values())).dtype
    model: nn.Module = MODELS[trainer.config.model]().to(dtype)
    model.load_state_dict(weights)
    if nudged:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.nextafter(parameter, 2 * parameter))
    generator = epoch_noise(SEED, 1, CPU)
    data = Subset(ImageFolder(str(folder), transform=ToTensor()), rows_SB.flatten().tolist())
    loader = DataLoader(data, batch_size=rows_SB.shape[1])
    _, steps = plain_epoch(
        model,
        torch.optim.Adam(model.parameters(), lr=trainer.config.lr, fused=False),
        (x.to(dtype) for x, _ in loader),
        len(data),
        noise=lambda like: torch.randn(like.shape, generator=generator).to(dtype),
    )
    return steps


def largest_difference(losses: list[float], plain: list[float]) -> float:
    """Of any step, relative to the plain loop's loss."""
    return max(abs(ours - theirs) / theirs for ours, theirs in zip(losses, plain, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="image folder, one folder a class, all 3x32x32, 10 or more a class")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--tolerance", type=float, default=1e-9, help="largest relative difference in float64")
    args = parser.parse_args()

    data = open_data(str(args.folder), {"test_fraction": 0})
    images_NCHW = data.train.images_NCHW
    files = ImageFolder(str(args.folder), transform=ToTensor())
    for index in (0, len(files) // 2, len(files) - 1):  # both read the files in the same order
        assert torch.equal(files[index][0].mul(255).round().to(torch.uint8), images_NCHW[index])
    order_N = epoch_order(SEED, 1, len(images_NCHW))
    rows_SB = order_N[: args.steps * args.batch_size].view(-1, args.batch_size)
    failed = False
    with tempfile.TemporaryDirectory() as run_dir:
        for name in ("conv", "fc"):
            for wide in (True, False):
                trainers = {
                    fused: make_trainer(name, data, args.batch_size, Path(run_dir), wide=wide, fused=fused)
                    for fused in (True, False)
                }
                plain = plain_losses(trainers[True], args.folder, rows_SB)
                nudged = plain_losses(trainers[True], args.folder, rows_SB, nudged=True)
                ours = {fused: program_losses(trainer, rows_SB) for fused, trainer in trainers.items()}
                worst = largest_difference(ours[True], plain)
                print(
                    f"{name}, {'float64' if wide else 'float32'}: {len(plain)} steps of {args.batch_size}; loss an "
                    f"image {plain[0] / args.batch_size:.3f} to {plain[-1] / args.batch_size:.3f}; largest relative "
                    f"difference of a step: {worst:.1e}, "
                    f"{largest_difference(ours[False], plain):.1e} with Adam not fused; "
                    f"the plain loop from weights one rounding away {largest_difference(nudged, plain):.1e}",
                    flush=True,
                )
                failed = failed or (wide and worst > args.tolerance)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; tolerance {args.tolerance:g} in float64")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
