"""Amounts of memory: read, shown, and what a machine or a container has left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.memory import free_host_memory, give_back_freed, parse_size, show_size

V2_GROUP = "0::/box/inner\n"


def machine(root: Path, files: dict[str, object]) -> Path:
    """A tree that looks like the parts of /proc and /sys that are read."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(str(content))
    return root


MEMINFO = {"proc/meminfo": "MemTotal:       100 kB\nMemFree:  10 kB\nMemAvailable:    50 kB\nCached: 7 kB\n"}


@pytest.mark.parametrize(
    ("text", "num_bytes"),
    [
        ("4GB", 4_000_000_000),
        ("512MB", 512_000_000),
        ("1.5GiB", 1_610_612_736),
        ("800000000", 800_000_000),
        (" 2 tb ", 2_000_000_000_000),
        ("7k", 7_000),
        ("3KiB", 3_072),
        ("0", 0),
        (".5M", 500_000),
        ("10B", 10),
    ],
)
def test_sizes_are_read(text: str, num_bytes: int) -> None:
    assert parse_size(text) == num_bytes


@pytest.mark.parametrize(
    "text", ["", "GB", "4 GBs", "-1GB", "1e9", "4,5GB", "nan", "inf", "٤GB", "9" * 400, "4G\x1b[2J"]
)
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(VaeTuiError, match="is no amount of memory") as caught:
        parse_size(text)
    assert "4GB" in (caught.value.hint or "")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("num_bytes", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (999_960_000_000, "1.0 TB"),
        (4_321_000_000_000_000, "4,321.0 TB"),
    ],
)
def test_sizes_are_shown_in_powers_of_1000(num_bytes: int, shown: str) -> None:
    assert show_size(num_bytes) == shown


def test_without_a_control_group_the_kernel_is_believed(tmp_path: Path) -> None:
    assert free_host_memory(machine(tmp_path, MEMINFO)) == 50 * 1024


def test_limit_of_a_group_above_counts_and_its_cache_is_free(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": V2_GROUP,
        "sys/fs/cgroup/box/inner/memory.max": "max\n",
        "sys/fs/cgroup/box/inner/memory.current": "1\n",
        "sys/fs/cgroup/box/memory.max": "40000\n",
        "sys/fs/cgroup/box/memory.current": "35000\n",
        "sys/fs/cgroup/box/memory.stat": "anon 9\nfile 2000\ninactive_file 1200\nactive_file 300\nunevictable 5\n",
    }
    assert free_host_memory(machine(tmp_path, MEMINFO | groups)) == 40000 - 35000 + 1200 + 300


def test_container_sees_its_own_group_at_the_top(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": "0::/kubepods/of/the/host\n",
        "sys/fs/cgroup/memory.max": "7000",
        "sys/fs/cgroup/memory.current": "3000",
    }
    assert free_host_memory(machine(tmp_path, MEMINFO | groups)) == 4000


def test_version_1_groups_count_what_is_below_them(tmp_path: Path) -> None:
    top = "sys/fs/cgroup/memory"
    groups = {
        "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/box\n0::/\n",
        f"{top}/box/memory.limit_in_bytes": "30000",
        f"{top}/box/memory.usage_in_bytes": "29000",
        f"{top}/box/memory.stat": "inactive_file 1\ntotal_inactive_file 50\ntotal_active_file 7\n",
        f"{top}/memory.limit_in_bytes": "9223372036854771712",
        f"{top}/memory.usage_in_bytes": "29000",
    }
    assert free_host_memory(machine(tmp_path, MEMINFO | groups)) == 1057


def test_group_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": V2_GROUP,
        "sys/fs/cgroup/box/inner/memory.max": "1000",
        "sys/fs/cgroup/box/inner/memory.current": "1100",
    }
    assert free_host_memory(machine(tmp_path, MEMINFO | groups)) == 0


def test_system_without_proc_says_something_sane(tmp_path: Path) -> None:
    assert 100_000_000 < free_host_memory(tmp_path) <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def test_freed_memory_is_given_back_where_that_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Library:
        malloc_trim = staticmethod(asked.append)

    monkeypatch.setattr("ctypes.CDLL", lambda name: Library())
    give_back_freed()
    assert asked == [0]
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    give_back_freed()


def test_this_machine_has_memory_left() -> None:
    assert free_host_memory() > 10_000_000


def test_freed_memory_is_kept_without_a_fault():
    """In a process of its own: what the allocator is told stays."""
    program = "import numpy as np; from vae_tui.memory import keep_freed; keep_freed(); print(np.ones(10**7).sum())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "10000000.0\n"
