"""Make the palettes of the Sixel encoder and their look-up tables, the file that ships in the package.

    python benchmarks/make_sixel_palettes.py vae_tui/terminal/sixel_palettes.npz

Colours are drawn as in photographs, and k-means puts the palette where they lie. In photographs the three channels go
together: what is left is an axis from blue to orange and, half as wide, one from green to magenta. The spreads below
are those of 5,000 CIFAR-10 images; lightness is even, so that dark and light data sets are served alike, and some
colours come from the whole cube, so that none is far from the palette. Black and white are in every palette.

One colour less than the terminal has registers: the encoder keeps one for the paper. Same numpy, same file.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NUM_REGISTERS = (16, 32, 64, 128, 256)
NUM_SAMPLES = 60_000
CUBE_SHARE = 0.22
"""Samples from anywhere in the cube, for each one that is as in photographs: with less (0.08) grass comes out brown and
a red car orange, with more (0.3) grey photographs get patches of pink and green."""
SPREAD = (31.0, 14.0)
"""Standard deviations of warm - cool and magenta - green (a Laplace distribution: most colours are nearly grey)."""
AXES = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
WEIGHTS = np.sqrt([0.8, 1.2, 0.6])
"""How much a difference in red, green, blue is seen."""
BITS = 5
"""Of each channel that the table looks at."""
ITERATIONS = 25

Colours = NDArray[np.float64]


def photographic(generator: np.random.Generator) -> Colours:
    """(N, 3) in 0 to 255."""
    lightness = generator.uniform(-8, 263, NUM_SAMPLES) * np.sqrt(3)
    warmth, tint = (generator.laplace(0, spread / np.sqrt(2), NUM_SAMPLES) for spread in SPREAD)
    natural = np.clip(np.stack([lightness, warmth, tint], axis=1) @ AXES, 0, 255)
    anywhere = generator.uniform(0, 255, (int(CUBE_SHARE * NUM_SAMPLES), 3))
    return np.concatenate([natural, anywhere])


def nearest(colours: Colours, palette: Colours) -> NDArray[np.intp]:
    """The index of each colour's nearest in the palette."""
    weighted = palette * WEIGHTS
    squares = (weighted**2).sum(axis=1)
    parts = [(squares - 2 * (part * WEIGHTS) @ weighted.T).argmin(axis=1) for part in np.array_split(colours, 20)]
    return np.concatenate(parts)


def cluster(colours: Colours, num: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """(num, 3): k-means, its first two held at black and white."""
    palette = generator.choice(colours, num, replace=False)
    for _ in range(ITERATIONS):
        palette[:2] = [[0, 0, 0], [255, 255, 255]]
        owner = nearest(colours, palette)
        counts = np.bincount(owner, minlength=num)
        sums = np.stack([np.bincount(owner, colours[:, channel], num) for channel in range(3)], axis=1)
        palette = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], generator.choice(colours, num))
    palette[:2] = [[0, 0, 0], [255, 255, 255]]
    palette = np.rint(palette)
    return palette[np.argsort(palette.sum(axis=1), kind="stable")].astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    generator = np.random.default_rng(0)
    colours = photographic(generator)
    step = 1 << 8 - BITS
    middles = np.arange(0, 256, step) + (step - 1) / 2
    bins = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3)
    # The bins at the ends hold black and white, which pictures are full of, and shall get them exactly.
    bins = np.where(bins < step, 0, np.where(bins > 255 - step, 255, bins))
    arrays = {}
    for registers in NUM_REGISTERS:
        palette = cluster(colours, registers - 1, generator)
        off = colours - palette[nearest(colours, palette.astype(np.float64))]
        print(f"{registers} registers: {np.sqrt((off**2).mean()):.1f} of 255 off (root mean square)")
        arrays[f"palette{registers}"] = palette
        arrays[f"table{registers}"] = nearest(bins, palette.astype(np.float64)).astype(np.uint8)
    np.savez_compressed(args.target, **arrays)
    print(f"{args.target}: {args.target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
