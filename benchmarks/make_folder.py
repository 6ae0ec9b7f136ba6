"""Make a folder of many small images, for trying what large data sets cost.

    python benchmarks/make_folder.py /tmp/million --images 1000000 --size 32 --kind jpg

Files repeat every POOL images, apart from ppm's, whose first pixels say which image it is; making a million takes a
minute or two, nearly all of it the file system's. An image is size x size x 3 bytes once it is decoded.
"""

import argparse
import io
import time
from pathlib import Path

import numpy as np
from PIL import Image

POOL = 512
"""Different images that are drawn and encoded."""


def encoded_pool(size: int, kind: str, seed: int) -> list[bytes]:
    """Smooth colour noise, which is about as hard to decode as a photograph."""
    generator = np.random.default_rng(seed)
    coarse = max(size // 4, 2)
    pool = []
    for _ in range(POOL):
        pixels = Image.fromarray(generator.integers(0, 256, (coarse, coarse, 3), np.uint8))
        stream = io.BytesIO()
        how = {"quality": 90} if kind == "jpg" else {}
        format_name = {"jpg": "JPEG", "png": "PNG", "ppm": "PPM"}[kind]
        pixels.resize((size, size), Image.Resampling.BICUBIC).save(stream, format_name, **how)
        pool.append(stream.getvalue())
    return pool


def make_folder(folder: Path, images: int, size: int, kind: str, classes: int, seed: int = 0) -> None:
    """Writes the images, spread evenly over `classes` subfolders (1: none, all lie flat)."""
    pool = encoded_pool(size, kind, seed)
    dirs = [folder] if classes == 1 else [folder / f"class-{index:04}" for index in range(classes)]
    for class_dir in dirs:
        class_dir.mkdir(parents=True, exist_ok=True)
    head_bytes = pool[0].index(b"255\n") + 4 if kind == "ppm" else 0
    for index in range(images):
        content = pool[index % POOL]
        if kind == "ppm":
            content = content[:head_bytes] + index.to_bytes(8, "little") + content[head_bytes + 8 :]
        with (dirs[index % classes] / f"{index:08}.{kind}").open("xb", buffering=0) as file:
            file.write(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=32, help="width and height in pixels")
    parser.add_argument("--kind", choices=("jpg", "png", "ppm"), default="jpg")
    parser.add_argument("--classes", type=int, default=10, help="subfolders; 1: none")
    args = parser.parse_args()
    start = time.perf_counter()
    make_folder(args.folder, args.images, args.size, args.kind, args.classes)
    decoded = args.images * args.size**2 * 3 / 1e9
    print(f"{args.images:,} {args.kind} in {time.perf_counter() - start:.0f} s, {decoded:.2f} GB once decoded")


if __name__ == "__main__":
    main()
