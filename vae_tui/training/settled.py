"""What a run settles when it starts, and keeps to when it goes on."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from vae_tui.config import CHOICES, RunConfig
from vae_tui.errors import VaeTuiError

MAX_THREADS = 1024


@dataclass(frozen=True)
class Settled:
    """The values that `auto` stood for, and what else figures depend on."""

    device: str
    """cpu, cuda, cuda:N or mps."""
    precision: str
    """fp32 or bf16."""
    compile: str
    """on or off; auto until the run has started."""
    threads: int
    """Threads of this process."""

    def to_plain(self) -> dict[str, Any]:
        """For a checkpoint."""
        return dataclasses.asdict(self)


def settle(config: RunConfig, device: torch.device) -> Settled:
    """The values of a new run. Raises VaeTuiError for a precision that the device has not."""
    has_bf16 = device.type == "cpu" or (
        device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    )
    if config.precision == "bf16" and not has_bf16:
        raise VaeTuiError(f"{device.type} has no bfloat16 here", "give --precision fp32, or auto")
    precision = config.precision
    if precision == "auto":
        precision = "bf16" if has_bf16 and device.type == "cuda" else "fp32"
    return Settled(str(device), precision, config.compile, torch.get_num_threads())


def settled_before(training: Mapping[str, Any]) -> Settled | None:
    """What a checkpoint's training state says was settled; None where it does not add up.

    Files of format 1 name the device and the threads alone; their runs were neither compiled nor in bf16.
    """
    plain = training.get("resolved", {"device": training.get("device"), "threads": training.get("threads", 1)})
    if not isinstance(plain, Mapping):
        return None
    values = {"precision": "fp32", "compile": "off", **plain}
    match [values.get(f.name) for f in dataclasses.fields(Settled)]:
        case [str() as device, str() as precision, str() as compiled, int() as threads] if threads is not True:
            known = precision in CHOICES["precision"] and compiled in CHOICES["compile"]
            return Settled(device, precision, compiled, threads) if known and 1 <= threads <= MAX_THREADS else None
        case _:
            return None
