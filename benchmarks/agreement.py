"""The plain loop and the program, step by step: same weights, order and noise, so that only the code differs.

    python benchmarks/agreement.py FOLDER --steps 200

Prints the largest relative difference of a step's loss, and exits with 1 where it is over 1e-4.
"""

import argparse
from pathlib import Path

import torch
from plain_loop import MODELS, plain_epoch
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor

from vae_tui.datasets import open_data
from vae_tui.models.contract import ModelSpec
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions
from vae_tui.training.loop import build_optimizer, train_step
from vae_tui.training.state import epoch_noise, epoch_order

LATENT_DIMS = {"conv": 128, "fc": 20}
CPU = torch.device("cpu")


def program_losses(name: str, images: torch.Tensor, order: torch.Tensor, batch_size: int) -> list[float]:
    """The program's own step on its own data path."""
    model = ModelSpec(name, (3, 32, 32), LATENT_DIMS[name]).build(seed=0)
    optimizer, noise = build_optimizer(model, 1e-3), epoch_noise(0, 1, CPU)
    objective = SquaredError(SquaredErrorOptions())
    return [
        float(train_step(model, objective, optimizer, images[batch], noise, beta=1.0)[0])
        for batch in order.split(batch_size)
    ]


def plain_losses(name: str, folder: Path, order: torch.Tensor, batch_size: int) -> list[float]:
    """The plain loop from the same weights, over the same files in the same order, with the same noise."""
    model = MODELS[name]()
    model.load_state_dict(ModelSpec(name, (3, 32, 32), LATENT_DIMS[name]).build(seed=0).state_dict())
    generator = epoch_noise(0, 1, CPU)
    data = Subset(ImageFolder(str(folder), transform=ToTensor()), order.tolist())
    loader = DataLoader(data, batch_size=batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    _, steps = plain_epoch(
        model,
        optimizer,
        (x for x, _ in loader),
        len(data),
        noise=lambda like: torch.randn(like.shape, generator=generator),
    )
    return steps


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="image folder, one folder a class, all 3x32x32, 10 or more a class")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()

    train = open_data(str(args.folder), {"test_fraction": 0}).train
    files = ImageFolder(str(args.folder), transform=ToTensor())
    for index in (0, len(files) // 2, len(files) - 1):  # both read the files in the same order
        assert torch.equal(files[index][0].mul(255).round().to(torch.uint8), train.images_NCHW[index])
    order = epoch_order(0, 1, len(train))[: args.steps * args.batch_size]
    failed = False
    for name in ("conv", "fc"):
        ours = torch.tensor(program_losses(name, train.images_NCHW, order, args.batch_size), dtype=torch.float64)
        plain = torch.tensor(plain_losses(name, args.folder, order, args.batch_size), dtype=torch.float64)
        difference = ((ours - plain).abs() / plain).max().item()
        print(
            f"{name}: {len(ours)} steps of {args.batch_size}; loss an image {plain[0] / args.batch_size:.3f} to "
            f"{plain[-1] / args.batch_size:.3f}; largest relative difference of a step {difference:.1e}"
        )
        failed = failed or difference > args.tolerance
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; tolerance {args.tolerance:g}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
