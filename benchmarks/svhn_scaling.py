"""Why scaling and the decoder's last activation belong together: the known SVHN mistake beside two right ways.

Images scaled to [-1, 1] under a decoder that ends in a sigmoid leave half of the range out of reach; shown as
(x + 1) / 2, nothing is darker than mid-grey. The plain loop trains it so; the same loop with the right range, and the
program's own model with `--set model.scaling=signed` (tanh), come beside it.

    python benchmarks/svhn_scaling.py SVHN.npz --epochs 100 --picture side-by-side.png
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from plain_loop import PlainConv, plain_epoch
from torch import Tensor, nn

from vae_tui.models.contract import ModelSpec

LATENT_DIM = 128


class Adapter(nn.Module):
    """The program's model under the plain loop's signature."""

    def __init__(self) -> None:
        super().__init__()
        self.vae = ModelSpec("conv", (3, 32, 32), LATENT_DIM, {"scaling": "signed"}).build()

    def forward(self, x: Tensor, noise: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        posterior = self.vae.encode(x)
        z = posterior.mean_BZ + noise(posterior.mean_BZ) * posterior.std_BZ
        return self.vae.decode(z), *posterior


def train(model: nn.Module, images: Tensor, epochs: int, batch_size: int, seed: int) -> list[float]:
    """The epochs' printed losses."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(images), generator=generator)
        batches = (images[batch] for batch in order.split(batch_size) if len(batch) == batch_size)
        losses.append(plain_epoch(model, optimizer, batches, len(images))[0])
    return losses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help=".npz with images (N, 32, 32, 3) uint8")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--picture", type=Path, help="originals above the three reconstructions, as PNG")
    args = parser.parse_args()

    pixels = torch.from_numpy(np.load(args.data)["images"]).permute(0, 3, 1, 2).contiguous().float() / 255
    signed = pixels * 2 - 1
    ways: list[tuple[str, Callable[[], nn.Module], Tensor, Callable[[Tensor], Tensor]]] = [
        ("[-1, 1] with a sigmoid (the mistake)", PlainConv, signed, lambda out: (out + 1) / 2),
        ("[0, 1] with a sigmoid (the default)", PlainConv, pixels, lambda out: out),
        ("[-1, 1] with a tanh (scaling=signed)", Adapter, signed, lambda out: (out + 1) / 2),
    ]
    print(f"{len(pixels)} images, {args.epochs} epochs of batches of {args.batch_size}, torch {torch.__version__}")
    print(f"{(pixels < 0.5).float().mean():.0%} of all values lie in the half that the mistake can't reach")
    rows = [pixels[:8]]
    for name, build, images, to_unit in ways:
        torch.manual_seed(0)
        model = build()
        losses = train(model, images, args.epochs, args.batch_size, seed=0)
        with torch.no_grad():
            shown = to_unit(model(images, torch.zeros_like)[0])
        rows.append(shown[:8])
        error = (shown - pixels).square().flatten(1).sum(1).mean()
        print(
            f"{name:<38} loss {losses[0]:7.2f} to {losses[-1]:7.2f} in its own range; of the posterior's mean: squared "
            f"error in [0, 1] {error:6.2f}, darkest value {shown.min():.2f}"
        )
    if args.picture:
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        picture = Image.fromarray(grid.permute(1, 2, 0).mul(255).round().clamp(0, 255).byte().numpy())
        picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST).save(args.picture)
        print(f"{args.picture}: originals, then the three in this order")


if __name__ == "__main__":
    main()
