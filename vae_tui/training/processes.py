"""The processes that train one model together, as torchrun starts them; one alone is the common case."""

import datetime
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from vae_tui.devices import resolve_device
from vae_tui.errors import VaeTuiError

LAUNCH_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun sets."""
DATA_TIMEOUT = datetime.timedelta(hours=12)
"""How long the others wait for the first process to download, decode or pack the data."""


def launched() -> bool:
    """Whether torchrun, or a launcher that sets the same variables, started this process."""
    return all(os.environ.get(name) for name in LAUNCH_VARIABLES) and os.environ["RANK"].isdecimal()


def local_size() -> int:
    """How many processes of the run are on this host; 1 where no launcher says."""
    number = os.environ.get("LOCAL_WORLD_SIZE", "1")
    return int(number) if launched() and number.isdecimal() else 1


def is_spokesman() -> bool:
    """Whether this process says what all processes of its host meet alike."""
    return not launched() or os.environ["LOCAL_RANK"] == "0"


@dataclass(frozen=True)
class Processes:
    """One process among those of its run. Every method is called by all of them together."""

    rank: int = 0
    size: int = 1
    control: dist.ProcessGroup | None = None
    """For words between hosts (gloo), beside the group that carries gradients; None where a process is alone."""

    @property
    def is_first(self) -> bool:
        """Whether this process owns the screen and the files."""
        return self.rank == 0

    def parallel(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over all processes in the backward pass."""
        if self.size == 1:
            return module
        device = next(module.parameters()).device
        ids = [device] if device.type == "cuda" else None
        with warnings.catch_warnings():
            # torch is about to rename broadcast_buffers to a name that 2.10 does not know
            warnings.simplefilter("ignore", FutureWarning)
            return DistributedDataParallel(
                module, device_ids=ids, broadcast_buffers=False, gradient_as_bucket_view=True
            )

    def add(self, tensor: Tensor) -> None:
        """Sums a tensor that lies on the device over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)

    def added(self, tensor: Tensor) -> Tensor:
        """The sum over all processes; the tensor itself is left as it is."""
        total = tensor.clone()
        self.add(total)
        return total

    def batch_mean(self, values_BZ: Tensor) -> Tensor:
        """The mean over the batches of all processes, (Z,), which carries no gradient (objectives' `BatchMean`)."""
        return self.added(values_BZ.detach().sum(0)) / (len(values_BZ) * self.size)

    def largest(self, *numbers: float) -> tuple[float, ...]:
        """The largest value that any process gives, of each number."""
        if self.size == 1:
            return numbers
        tensor = torch.tensor(numbers, dtype=torch.float64)
        dist.all_reduce(tensor, dist.ReduceOp.MAX, group=self.control)
        return tuple(tensor.tolist())

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            dist.barrier(group=self.control)


def is_lost_peer(error: BaseException) -> bool:
    """Whether an error says that another process of the run is gone."""
    if isinstance(error, dist.DistError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and ("gloo" in words or "connection" in words or "nccl" in words)


@contextmanager
def join_processes(device_name: str) -> Iterator[tuple[Processes, torch.device]]:
    """The processes of this run and this one's device; one process where no launcher started it.

    Of several on one host each takes the CUDA device of its local rank, where the device is `auto` or `cuda` and there
    is CUDA. Raises VaeTuiError for a device that is absent and for one that several processes would share.
    """
    device = resolve_device(device_name)
    if not launched() or int(os.environ["WORLD_SIZE"]) == 1:
        if device.type == "cuda":
            torch.cuda.set_device(device)
        yield Processes(), device
        return
    rank, size, local_rank = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    if device.type == "cuda":
        device = _own_device(device, local_rank)
        torch.cuda.set_device(device)
    elif device.type != "cpu":
        raise VaeTuiError(f"{device.type} can't be shared by {size} processes", "give --device cpu, or train with one")
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, device_id=device if device.type == "cuda" else None)
    try:
        control = dist.new_group(backend="gloo", timeout=DATA_TIMEOUT)
        yield Processes(rank, size, cast(dist.ProcessGroup, control)), device
    finally:
        dist.destroy_process_group()


def _own_device(device: torch.device, local_rank: int) -> torch.device:
    count = torch.cuda.device_count()
    if ":" in str(device):
        raise VaeTuiError(f"--device {device} would be shared by several processes", "give --device cuda")
    if local_rank >= count:
        raise VaeTuiError(
            f"process {local_rank} of this host has no device: there are {count}",
            f"start --nproc-per-node {count}, or give --device cpu",
        )
    return torch.device("cuda", local_rank)
