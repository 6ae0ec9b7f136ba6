"""Image files of one colour, and the folders that hold them, opened."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vae_tui.datasets import Data, open_data


def save(
    path: Path, colour: Any = (200, 30, 60), size: tuple[int, int] = (8, 6), mode: str = "RGB", **how: Any
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **how)
    return path


def load(folder: Path, **options: Any) -> Data:
    return open_data(str(folder), {"test_fraction": 0.0} | options)


def load_one(path: Path, **options: Any) -> np.ndarray:
    """(C, H, W) of a folder that holds one image."""
    data = load(path.parent, **options)
    assert len(data.train) == 1
    pixels: np.ndarray = data.train.images_NCHW[0].numpy()
    return pixels
