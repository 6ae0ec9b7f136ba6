"""A data set within a memory budget: what is larger is packed once, and comes from the pack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_tui.datasets import downloads
from vae_tui.datasets.contract import Data, Report, Source
from vae_tui.datasets.packed import Pack, open_pack, pack_folder
from vae_tui.datasets.packing import UnwritableError, write_pack
from vae_tui.datasets.streams import LoadedStream, Stream
from vae_tui.errors import VaeTuiError, printable
from vae_tui.memory import free_host_memory, show_size

SAFE_SHARE = 0.8
"""Of the free memory, what images may take that were to be packed and can't be."""


def load_within(
    memory_budget: int,
    name: str,
    source: type[Source],
    location: str,
    options: Any,
    *,
    root_dir: Path | None,
    seed: int,
    report: Report,
) -> Data:
    """What `source.load` gives; its images lie in a file of the cache where they have more than `memory_budget` bytes.

    `name` is the source's own. The file is made at the first time, and found again while the data are as they were.
    Raises VaeTuiError for whatever the person can mend.
    """
    full_location = os.path.realpath(location) if source.by_path else location
    seed_of_pack = seed if source.seeded(location, options) else None
    folder = pack_folder(root_dir or downloads.default_root(), name, full_location, options, seed_of_pack)
    signature: str | None = None
    notes: tuple[str, ...] = ()
    with open_pack(folder) as pack:
        if pack is not None and pack.meta.num_bytes > memory_budget:
            signature = source.signature(location, options, seed=seed, report=report)
            damage = pack.damage(report) if pack.meta.signature == signature else None
            if pack.meta.signature == signature and damage is None:
                return _noted(pack.data(location), _says_where(pack, memory_budget, "streamed from the pack in"))
            shown = printable(str(folder))
            notes = (f"the pack in {shown} is damaged, and made again: {damage}",) if damage else ()
            if signature is not None and not damage:
                notes = (f"{printable(location)} has changed since it was packed in {shown}: packed again",)
    stream = source.stream(location, options, seed=seed, report=report)
    if stream is None:
        if signature is None:
            signature = source.signature(location, options, seed=seed, report=report)
        data = source.load(location, options, root_dir=root_dir, seed=seed, report=report)
        stream = LoadedStream(data, signature)
    if stream.num_bytes <= memory_budget:
        return stream.in_memory(report)
    try:
        write_pack(stream, folder, report)
    except UnwritableError as error:
        return _in_memory_after_all(stream, memory_budget, str(error), report)
    with _just_written(folder) as pack:
        return _noted(pack.data(location), *notes, _says_where(pack, memory_budget, "packed into"))


@contextmanager
def _just_written(folder: Path) -> Iterator[Pack]:
    with open_pack(folder) as pack:
        if pack is None:
            shown = printable(str(folder))
            raise VaeTuiError(f"the pack in {shown} was removed as soon as it was written", "try again")
        yield pack


def _says_where(pack: Pack, memory_budget: int, how: str) -> str:
    size, budget = show_size(pack.meta.num_bytes), show_size(memory_budget)
    ending = " and streamed from there" if how == "packed into" else ""
    return f"{size} of images are more than the memory budget of {budget}: {how} {printable(str(pack.folder))}{ending}"


def _noted(data: Data, *notes: str) -> Data:
    return Data(data.name, data.train, data.test, (*data.notes, *notes))


def _in_memory_after_all(stream: Stream, memory_budget: int, reason: str, report: Report) -> Data:
    """The images in memory, over the budget, where that much is free: no pack could be written."""
    size, budget = show_size(stream.num_bytes), show_size(memory_budget)
    if stream.num_bytes > SAFE_SHARE * free_host_memory():
        message = f"{size} of images are more than the memory budget of {budget}, and can't be packed: {reason}"
        hint = "name a folder that can be written to with --data-dir or VAETUI_DATA, or give smaller images"
        raise VaeTuiError(message, hint)
    note = f"{size} of images are held in memory, over the budget of {budget}: they can't be packed: {reason}"
    return _noted(stream.in_memory(report), note)
