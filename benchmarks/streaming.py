"""What packing and streaming large folders costs: time, and memory by the number of images.

    python benchmarks/streaming.py /tmp/stream --sizes 50000 200000 1000000

For each size a folder is made below the given one (unless it is there), opened with a memory budget of 1 MB in a
process of its own, which packs it and then reads random batches as training does: a permutation of all images and
index_select, in the order of an epoch. Then a second process opens the same pack and reads from it again. Memory is the
anonymous memory of the whole process (/proc/self/smaps_rollup, Linux): mapped pages of the pack do not count.
"""

import argparse
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from make_folder import make_folder

BUDGET_BYTES = 1_000_000


def anonymous_bytes() -> int:
    """Memory of this process that belongs to no file."""
    found = re.search(r"^Anonymous:\s+(\d+) kB$", Path("/proc/self/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


class Peak:
    """The most anonymous memory while the block ran, looked at ten times a second."""

    def __enter__(self) -> "Peak":
        self.num_bytes, self._done = anonymous_bytes(), threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.num_bytes = max(self.num_bytes, anonymous_bytes())

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._thread.join()
        self.num_bytes = max(self.num_bytes, anonymous_bytes())


def measure(folder: Path, root_dir: Path, batch_size: int, seconds: float) -> dict[str, float]:
    """One opening and some reading, in this process."""
    import torch

    from vae_tui.datasets import open_data

    torch.set_num_threads(1)
    torch.zeros(1).add_(1)
    open_data("shapes", {"count": 100}, memory_budget=10**9)  # whatever is allocated once
    before = anonymous_bytes()
    start_s = time.perf_counter()
    with Peak() as opening:
        data = open_data(str(folder), {}, root_dir=root_dir, memory_budget=BUDGET_BYTES)
    opened_s, after = time.perf_counter() - start_s, anonymous_bytes()
    images_NCHW = data.train.images_NCHW
    assert data.train.packed
    num_read, start_s = 0, time.perf_counter()
    with Peak() as reading:
        order_N = torch.randperm(len(images_NCHW), generator=torch.Generator().manual_seed(0))
        for first in range(0, len(order_N) - batch_size + 1, batch_size):
            torch.index_select(images_NCHW, 0, order_N[first : first + batch_size])
            num_read += batch_size
            if time.perf_counter() - start_s > seconds:
                break
    return {
        "images": len(data.train) + (len(data.test) if data.test is not None else 0),
        "packed": sum(path.stat().st_size for path in root_dir.rglob("*-*.*")),
        "opened_s": opened_s,
        "read_per_s": num_read / (time.perf_counter() - start_s),
        "before": before,
        "opening": opening.num_bytes,
        "after": after,
        "reading": reading.num_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the folders and packs are made; remove it afterwards")
    parser.add_argument("--sizes", type=int, nargs="+", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--kind", choices=("jpg", "png", "ppm"), default="jpg")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=20, help="of reading, at most an epoch")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure is not None:
        print(json.dumps(measure(args.folder, args.measure, args.batch_size, args.seconds)))
        return
    titles = ("images", "packed", "opened", "read", "before", "most, opening", "after", "reading")
    print("| opening | " + " | ".join(titles) + " |\n|" + " --- |" * (len(titles) + 1))
    rows: dict[str, list[dict[str, float]]] = {"first": [], "again": []}
    for size in args.sizes:
        folder = args.folder / f"{args.kind}-{args.image_size}-{size}"
        if not folder.exists():
            make_folder(folder, size, args.image_size, args.kind, classes=10)
        for opening in rows:
            root_dir = args.folder / f"cache-{args.kind}-{args.image_size}-{size}"
            command = [sys.executable, __file__, str(folder), "--measure", str(root_dir)]
            command += ["--batch-size", str(args.batch_size), "--seconds", str(args.seconds)]
            row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rows[opening].append(row)
            memory = [f"{row[name] / 1e6:.1f} MB" for name in ("before", "opening", "after", "reading")]
            shown = [f"{row['images']:,}", f"{row['packed'] / 1e9:.2f} GB", f"{row['opened_s']:.1f} s"]
            print(f"| {opening} | " + " | ".join([*shown, f"{row['read_per_s']:,.0f}/s", *memory]) + " |", flush=True)
    for opening, measured in rows.items():
        small, large = measured[0], measured[-1]
        if large["images"] > small["images"]:
            growth = [
                (large[name] - large["before"]) - (small[name] - small["before"]) for name in ("after", "reading")
            ]
            more = large["images"] - small["images"]
            text = " and ".join(
                f"{grown / more:.1f} bytes an image {when}"
                for grown, when in zip(growth, ("after it", "while reading"), strict=True)
            )
            print(f"\n{opening} opening: memory grows by {text}")


if __name__ == "__main__":
    main()
