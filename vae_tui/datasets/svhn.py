"""Street View House Numbers: 99,289 colour digits of 32 x 32."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_tui.datasets import downloads
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, PublishedSource, Report
from vae_tui.errors import VaeTuiError


@dataclass(frozen=True)
class SvhnOptions:
    """SVHN has no options."""


@DATASETS.register("svhn")
class Svhn(PublishedSource):
    """The cropped digits, in torchvision's layout: `train_32x32.mat` and `test_32x32.mat` in the root."""

    Options = SvhnOptions
    summary = "Street View House Numbers: 73,257 + 26,032 colour digits, 32 x 32 (download, 246 MB)"

    @staticmethod
    def load(location: str, options: SvhnOptions, *, root_dir: Path | None, seed: int, report: Report) -> Data:
        try:
            import scipy.io  # noqa: F401  torchvision misses it only after the download
        except ImportError:
            raise VaeTuiError("SVHN's .mat files are read by scipy, which is absent", "pip install scipy") from None
        from torchvision.datasets import SVHN

        root_dir = root_dir or downloads.default_root()
        for split in ("train", "test"):
            url, name, md5 = SVHN.split_list[split]
            downloads.fetch([url], root_dir / name, md5, report)
        with downloads.explained(root_dir, "SVHN"):
            return Data("svhn", _read(SVHN, root_dir, "train"), _read(SVHN, root_dir, "test"))


def _read(reader: Any, root_dir: Path, split_name: str) -> ImageSet:
    """One split. The files label the digit 0 as 10; torchvision's reader makes it 0."""
    split = reader(root_dir, split=split_name, download=False)
    images_NCHW = torch.from_numpy(np.ascontiguousarray(split.data))
    return ImageSet(images_NCHW, torch.from_numpy(split.labels), tuple("0123456789"))
