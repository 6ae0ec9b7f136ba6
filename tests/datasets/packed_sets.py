"""Small data sets to pack, a way to open them within a budget, and what they must equal."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from vae_tui.datasets import Data, ImageSet, LoadProgress, open_data

NOISE = np.random.default_rng(0)


def save_noise(path: Path, size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(NOISE.integers(0, 256, (size[1], size[0], 3), np.uint8)).save(path)
    return path


def classes(folder: Path) -> Path:
    for name in ("cat", "dog"):
        for index in range(8):
            save_noise(folder / name / f"{index}.png")
    return folder


def splits(folder: Path) -> Path:
    classes(folder / "train")
    save_noise(folder / "test" / "dog" / "1.png", size=(10, 10))
    save_noise(folder / "test" / "loose.png")
    return folder


def npz(path: Path, order: Any = "C", **more: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    images = np.asarray(NOISE.integers(0, 256, (40, 6, 5, 3), np.uint8), order=order)
    np.savez_compressed(path, images=images, labels=np.arange(40) % 3, **more)
    return path


class Opener:
    """`open_data` with one cache and a budget of 100 bytes; `seen` is the progress that was told."""

    def __init__(self, root_dir: Path) -> None:
        self.root_dir = root_dir
        self.seen: list[LoadProgress] = []

    def __call__(self, location: Path | str, budget: int = 100, seed: int = 0, **options: Any) -> Data:
        self.seen.clear()
        return open_data(
            str(location),
            options,
            root_dir=self.root_dir,
            seed=seed,
            report=self.seen.append,
            memory_budget=budget,
        )

    @property
    def packs(self) -> list[Path]:
        return sorted((self.root_dir / "packed").iterdir())


def assert_same(one: ImageSet | None, other: ImageSet | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    for name in ("images_NCHW", "labels_N", "factors_NF"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert (ours is None) == (theirs is None), name
        if ours is not None:
            assert ours.dtype == theirs.dtype
            assert torch.equal(ours, theirs), name
    assert (one.class_names, one.factor_names) == (other.class_names, other.factor_names)


def assert_packed_like(data: Data, loaded: Data) -> None:
    assert data.train.packed
    assert data.test is None or data.test.packed
    assert not loaded.train.packed
    assert data.name == loaded.name
    assert data.notes[: len(loaded.notes)] == loaded.notes
    assert_same(data.train, loaded.train)
    assert_same(data.test, loaded.test)
