"""Where images come from: one file a source, all of them behind `open_data`.

Images are uint8 (N, C, H, W) at rest, C from 1 to MAX_CHANNELS. A source is a class with an `Options` dataclass (what
`--set data.KEY=VALUE` reaches) and a `load`; `DATASETS` finds it by its name, `open_data` by name or path.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from vae_tui.config import MAX_CHANNELS, OptionValue, build_options
from vae_tui.datasets.contract import DATASETS, Data, ImageSet, LoadProgress, Report, Source, silent
from vae_tui.errors import AbsentDataError, VaeTuiError, printable
from vae_tui.registry import nearest_hint

__all__ = ["DATASETS", "Data", "ImageSet", "LoadProgress", "Report", "Source", "open_data", "silent"]


def open_data(
    location: str,
    options: Mapping[str, OptionValue],
    *,
    root_dir: Path | None = None,
    seed: int = 0,
    report: Report = silent,
    memory_budget: int | None = None,
) -> Data:
    """The data set that a name or a path stands for, checked.

    A registered name comes before a path: `./mnist` is the folder. `options` are the `--set data.KEY=VALUE` values,
    `seed` settles what is drawn or held out, `root_dir` is where downloads and packs are kept (None: the default root).
    Images of more than `memory_budget` bytes are packed there once and mapped (ImageSet.packed); None is no limit.
    Raises VaeTuiError for whatever the person can mend.
    """
    data = None
    if memory_budget is not None and location not in DATASETS and not _exists(location):
        from vae_tui.datasets.within import load_left

        paths = {name: DATASETS.get(name) for name in DATASETS.names() if DATASETS.get(name).by_path}
        data = load_left(paths, location, options, root_dir=root_dir, seed=seed, report=report)
    if data is None:
        data = _load(location, options, root_dir, seed, report, memory_budget)
    _check_split(data.train)
    if data.test is not None:
        _check_split(data.test)
        if data.test.image_shape != data.train.image_shape or data.test.class_names != data.train.class_names:
            raise ValueError(f"{data.name}: the splits differ in shape or classes")
    return data


def _load(
    location: str,
    options: Mapping[str, OptionValue],
    root_dir: Path | None,
    seed: int,
    report: Report,
    memory_budget: int | None,
) -> Data:
    name, source = _find_source(location)
    built = build_options(source.Options, options, "data")
    if memory_budget is None:
        return source.load(location, built, root_dir=root_dir, seed=seed, report=report)
    from vae_tui.datasets.within import load_within

    return load_within(memory_budget, name, source, location, built, root_dir=root_dir, seed=seed, report=report)


def _find_source(location: str) -> tuple[str, type[Source]]:
    """The source's own name, and the source."""
    sources = {name: DATASETS.get(name) for name in DATASETS.names()}
    named = [name for name, source in sources.items() if not source.by_path]
    if location in named:
        return location, sources[location]
    shown = printable(location)
    if location and _exists(location):
        for name, source in sources.items():
            if source.by_path and source.claims(Path(location)):
                return name, source
        readable = "; ".join(source.summary for source in sources.values() if source.by_path)
        raise VaeTuiError(f"{shown} is no data set that can be read", f"what can: {readable}")
    if location in sources:
        hint = f"give the path itself in place of {shown!r}"
        raise VaeTuiError(f"{shown} is read from a path: {sources[location].summary}", hint)
    if os.sep in location or "/" in location or Path(location).suffix:
        raise AbsentDataError(f"no such file or folder: {shown}", f"or give a name; {nearest_hint(location, named)}")
    raise AbsentDataError(f"no data set is called {shown!r}, and no path", nearest_hint(location, named))


def _exists(location: str) -> bool:
    try:
        os.stat(location)
    except PermissionError:
        raise VaeTuiError(f"{printable(location)} can't be opened: no permission") from None
    except (OSError, ValueError):  # absent, a broken or looping link, a name too long, a NUL in it
        return False
    return True


def _check_split(split: ImageSet) -> None:
    """ValueError where a source broke the contract: a bug of ours, not the person's."""
    import torch

    images_NCHW, labels_N, factors_NF = split.images_NCHW, split.labels_N, split.factors_NF
    if images_NCHW.dtype != torch.uint8 or images_NCHW.ndim != 4 or images_NCHW.shape[1] > MAX_CHANNELS:
        raise ValueError(f"images are {images_NCHW.dtype} of shape {tuple(images_NCHW.shape)}")
    if images_NCHW.numel() == 0 or not images_NCHW.is_contiguous():
        raise ValueError("images are empty or not contiguous")
    if labels_N is not None:
        if labels_N.dtype != torch.int64 or labels_N.shape != (len(split),):
            raise ValueError(f"labels are {labels_N.dtype} of shape {tuple(labels_N.shape)}")
        if int(labels_N.min()) < 0 or int(labels_N.max()) >= len(split.class_names):
            raise ValueError("a label has no class name")
    if factors_NF is not None:
        if factors_NF.dtype != torch.float32 or factors_NF.shape != (len(split), len(split.factor_names)):
            raise ValueError(f"factors are {factors_NF.dtype} of shape {tuple(factors_NF.shape)}")
    elif split.factor_names:
        raise ValueError("factor names without factors")
