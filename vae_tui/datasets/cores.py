"""How many things this process can do at once."""

import os


def usable_cores() -> int:
    """Cores that this process may run on: what taskset, a batch system or a container left it, 1 or more."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
