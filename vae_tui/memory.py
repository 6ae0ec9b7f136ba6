"""Amounts of memory: what a person writes, what is free, and how an amount is shown."""

import ctypes
import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vae_tui.errors import VaeTuiError, printable

UNITS: dict[str, int] = {"": 1, "b": 1} | {
    f"{letter}{ending}": (1024 if "i" in ending else 1000) ** power
    for power, letter in enumerate("kmgt", start=1)
    for ending in ("", "b", "i", "ib")
}
"""Bytes by unit, in small letters: kB, MB, GB and TB are powers of 1000, KiB to TiB of 1024."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of malloc.h."""
NO_PROC_BYTES = 2 * 1000**3
"""What is taken to be free where the system says nothing at all."""


def parse_size(text: str) -> int:
    """Bytes, from "4GB", "512 MB", "1.5GiB" or "800000000". Raises VaeTuiError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", text.lower(), re.ASCII)
    if found is None or found[2] not in UNITS or len(found[1]) > 30:
        raise VaeTuiError(f"{printable(text, limit=40)!r} is no amount of memory", "for example 4GB, 512MB or 1.5GiB")
    return round(float(found[1]) * UNITS[found[2]])


def show_size(num_bytes: int) -> str:
    """For example "1.2 GB": powers of 1000, as disks and parse_size have them."""
    amount = float(num_bytes)
    if amount < 1000:
        return f"{num_bytes} bytes"
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:,.1f} TB"


def free_host_memory(root: Path = Path("/")) -> int:
    """Bytes that this process can still take without swapping or being killed.

    On Linux the least of what the kernel says is available and of what each control group above this process (version
    1 or 2) leaves it, where cached file pages count as free: they are dropped at need. Elsewhere half of what is built
    in. `root` is where /proc and /sys are.
    """
    available = _meminfo(root)
    if available is None:
        available = _half_of_all()
    return max(min([available, *_cgroup_rooms(root)]), 0)


def give_back_freed() -> None:
    """Hands to the system what this process has freed and its allocator kept (glibc; elsewhere nothing is done).

    After work that took a million of small pieces, the holes between those that are left can be a hundred megabytes.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def keep_freed() -> None:
    """Has the allocator keep what is freed for the next array (glibc; elsewhere nothing is done).

    Else it maps the arrays of each decoding anew and has their pages cleared: 64 tiles of the convolutional model then
    take 17 ms after a pause instead of 14 (2 cores), and heaps grow and shrink by some 8 MB at a time.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)  # the most that it takes
        ctypes.CDLL(None).mallopt(_M_TRIM_THRESHOLD, 256 * 2**20)


def _meminfo(root: Path) -> int | None:
    text = _read(root / "proc/meminfo")
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError, AttributeError):
        return NO_PROC_BYTES


def _cgroup_rooms(root: Path) -> Iterator[int]:
    """What each control group of this process has left; groups without a limit give nothing."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            top, limit, used, prefix = root / "sys/fs/cgroup", "memory.max", "memory.current", ""
        elif "memory" in controllers.split(","):
            top, prefix = root / "sys/fs/cgroup/memory", "total_"
            limit, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # inside a container the group's name is often the host's, and the container's own group is mounted at the top
        below = Path(group.lstrip("/"))
        for folder in (top / below, *(top / parent for parent in below.parents)):
            limit_bytes, used_bytes = _number(folder / limit), _number(folder / used)
            if not math.isinf(limit_bytes) and not math.isinf(used_bytes):
                cached = re.findall(rf"^{prefix}(?:in)?active_file (\d+)$", _read(folder / "memory.stat"), re.MULTILINE)
                yield int(limit_bytes - used_bytes) + sum(map(int, cached))


def _number(path: Path) -> float:
    """The number in a file; infinity where it is absent, or says "max"."""
    text = _read(path).strip()
    return int(text) if text.isdecimal() else math.inf


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
