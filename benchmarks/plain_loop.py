"""The known experiment as people write it by hand: the baseline of docs/reproduction.md.

DataLoader, PIL, ToTensor, one image at a time, `.item()` at every step. It shares no code with the
program, so that an agreement of the two says something.

    python benchmarks/plain_loop.py FOLDER --model conv --epochs 10 --json losses.json
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor

Noise = Callable[[Tensor], Tensor]


class PlainConv(nn.Module):
    """The convolutional model of the known experiment, 3x32x32."""

    def __init__(self, latent_dim: int = 128) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 4, 2, 1)
        self.conv2 = nn.Conv2d(16, 32, 4, 2, 1)
        self.conv3 = nn.Conv2d(32, 128, 4, 2, 1)
        self.fc_mu = nn.Linear(2048, latent_dim)
        self.fc_logvar = nn.Linear(2048, latent_dim)
        self.fc_decode = nn.Linear(latent_dim, 2048)
        self.deconv1 = nn.ConvTranspose2d(128, 64, 4, 2, 1)
        self.deconv2 = nn.ConvTranspose2d(64, 32, 4, 2, 1)
        self.deconv3 = nn.ConvTranspose2d(32, 3, 4, 2, 1)

    def forward(self, x: Tensor, noise: Noise) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))))
        h = h.view(h.size(0), -1)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + noise(mu) * torch.exp(0.5 * logvar)
        h = F.relu(self.fc_decode(z)).view(-1, 128, 4, 4)
        h = F.relu(self.deconv2(F.relu(self.deconv1(h))))
        return torch.sigmoid(self.deconv3(h)), mu, logvar


class PlainFC(nn.Module):
    """The fully connected model of the known experiment, 3x32x32."""

    def __init__(self, latent_dim: int = 20) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3072, 400)
        self.fc_mu = nn.Linear(400, latent_dim)
        self.fc_logvar = nn.Linear(400, latent_dim)
        self.fc2 = nn.Linear(latent_dim, 400)
        self.fc3 = nn.Linear(400, 3072)

    def forward(self, x: Tensor, noise: Noise) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x.view(x.size(0), -1)))
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + noise(mu) * torch.exp(0.5 * logvar)
        out = torch.sigmoid(self.fc3(F.relu(self.fc2(z))))
        return out.view(-1, 3, 32, 32), mu, logvar


MODELS: dict[str, type[nn.Module]] = {"conv": PlainConv, "fc": PlainFC}


def plain_loss(recon: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Squared error summed over pixels and batch + KL summed over latents and batch."""
    error = F.mse_loss(recon, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return error + kl


def plain_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[Tensor],
    num_images: int,
    noise: Noise = torch.randn_like,
) -> tuple[float, list[float]]:
    """The printed loss of one epoch, and the loss of each step (summed over its batch)."""
    total, steps = 0.0, []
    for x in batches:
        optimizer.zero_grad()
        recon, mu, logvar = model(x, noise)
        loss = plain_loss(recon, x, mu, logvar)
        loss.backward()
        optimizer.step()
        steps.append(loss.item())
        total += steps[-1]
    return total / num_images, steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="image folder, one folder a class, all 3x32x32")
    parser.add_argument("--model", choices=sorted(MODELS), default="conv")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path, help="write the losses here after each epoch")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    data = ImageFolder(str(args.folder), transform=ToTensor())
    loader = DataLoader(data, batch_size=args.batch_size, shuffle=True, drop_last=True)
    model = MODELS[args.model]()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses: list[float] = []
    for epoch in range(1, args.epochs + 1):
        start = time.perf_counter()
        loss, steps = plain_epoch(model, optimizer, (x for x, _ in loader), len(data))
        losses.append(loss)
        rate = len(steps) * args.batch_size / (time.perf_counter() - start)
        print(f"epoch {epoch}: loss {loss:.2f}, {rate:.0f} images/s", flush=True)
        if args.json:
            args.json.write_text(json.dumps({"model": args.model, "seed": args.seed, "losses": losses}))


if __name__ == "__main__":
    main()
