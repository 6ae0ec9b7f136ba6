"""Which device a name means here."""

import torch

from vae_tui.errors import VaeTuiError, printable
from vae_tui.memory import free_host_memory, parse_size


def resolve_device(name: str) -> torch.device:
    """`auto` (cuda, mps or cpu: the first that is there), `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises VaeTuiError for a name that means nothing or a device that is absent: only `auto` falls back.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    kind, colon, number = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (colon and not (kind == "cuda" and number.isdecimal())):
        raise VaeTuiError(f"no device is called {printable(name)!r}", "give auto, cpu, cuda, cuda:N or mps")
    if kind == "cuda":
        count = torch.cuda.device_count()
        if not count:
            raise VaeTuiError("there is no CUDA device here", "give --device cpu, or auto for the best that there is")
        if colon and int(number) >= count:
            raise VaeTuiError(f"there is no {name}", f"there are cuda:0 to cuda:{count - 1}")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise VaeTuiError("there is no MPS device here", "give --device cpu, or auto for the best that there is")
    return torch.device(name)


def sum_dtype(device: torch.device) -> torch.dtype:
    """What long sums are taken in: float64, or float32 on MPS, which has no wider one."""
    return torch.float32 if device.type == "mps" else torch.float64


def memory_budget(text: str, device: torch.device, sharers: int = 1) -> int:
    """Bytes that a run's images may take: a size such as "8GB", or `auto` for half of what is free.

    Free on the host, shared by `sharers` processes, and on a CUDA device, whichever is less. Raises VaeTuiError for
    text that is no size.
    """
    if text != "auto":
        return parse_size(text)
    free = free_host_memory() // max(1, sharers)
    if device.type == "cuda":
        free = min(free, torch.cuda.mem_get_info(device)[0])
    return free // 2
