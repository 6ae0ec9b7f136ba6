"""A data set within a memory budget: what is larger is packed once, and comes from the pack."""

import dataclasses
import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from vae_tui.config import OptionValue, build_options
from vae_tui.datasets import downloads
from vae_tui.datasets.contract import Data, Report, Source
from vae_tui.datasets.packed import Pack, open_pack, pack_folder
from vae_tui.datasets.packing import UnwritableError, write_pack
from vae_tui.datasets.streams import LoadedStream, Stream, VanishedError
from vae_tui.errors import VaeTuiError, printable
from vae_tui.memory import free_host_memory, give_back_freed, show_size

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

    `name` is the source's own. The file is made at the first time, and found again while the data are as they were; it
    is used as well where they are there no more. Raises VaeTuiError for whatever the person can mend.
    """
    seed_of_pack = seed if source.seeded(location, options) else None
    folder = _pack_folder(root_dir, name, source, location, options, seed_of_pack)
    with nullcontext() if folder is None else open_pack(folder) as pack:
        try:
            signature, notes = None, tuple[str, ...]()
            if pack is not None and pack.meta.num_bytes > memory_budget:
                signature = source.signature(location, options, seed=seed, report=report)
                damage = pack.damage(report) if pack.meta.signature == signature else None
                if pack.meta.signature == signature and damage is None:
                    return _noted(pack.data(location), _says_where(pack, memory_budget, "streamed from the pack in"))
                notes = _why_again(pack, signature, damage, location)
            stream = _stream(source, location, options, signature, root_dir=root_dir, seed=seed, report=report)
            if stream.num_bytes <= memory_budget:
                return stream.in_memory(report)
            if folder is None:
                downloads.default_root()  # says why there is none
            assert folder is not None
            data = _packed(stream, folder, memory_budget, notes, report)
        except VanishedError as error:
            if pack is None or pack.damage(report) is not None:
                raise
            return _noted(pack.data(location), _goes_on(error.message, pack))
    del stream  # the names of the files, or all that was loaded
    give_back_freed()
    return data


def load_left(
    sources: Mapping[str, type[Source]],
    location: str,
    options: Mapping[str, OptionValue],
    *,
    root_dir: Path | None,
    seed: int,
    report: Report,
) -> Data | None:
    """What was packed of a file or folder that is not there any more; None where nothing was, or it is damaged.

    `sources` are those that read paths, by name, `options` as open_data has them.
    """
    for name, source in sources.items():
        known = {field.name for field in dataclasses.fields(source.Options)}
        if not known >= set(options):
            continue
        built = build_options(source.Options, options, "data")
        for seed_of_pack in (seed, None):
            folder = _pack_folder(root_dir, name, source, location, built, seed_of_pack)
            with nullcontext() if folder is None else open_pack(folder) as pack:
                if pack is not None and pack.damage(report) is None:
                    return _noted(pack.data(location), _goes_on(f"no such file or folder: {printable(location)}", pack))
    return None


def _pack_folder(
    root_dir: Path | None, name: str, source: type[Source], location: str, options: Any, seed: int | None
) -> Path | None:
    """Where the pack lies; None where there is no folder for it: data within the budget need none."""
    try:
        root_dir = root_dir or downloads.default_root()
    except VaeTuiError:
        return None
    in_full = os.path.realpath(location) if source.by_path else location
    return pack_folder(root_dir, name, in_full, options, seed)


def _stream(
    source: type[Source],
    location: str,
    options: Any,
    signature: str | None,
    *,
    root_dir: Path | None,
    seed: int,
    report: Report,
) -> Stream:
    """The source's stream, or what it loads whole as one; `signature` is the source's, where it was asked already."""
    stream = source.stream(location, options, seed=seed, report=report)
    if stream is not None:
        return stream
    signature = signature or source.signature(location, options, seed=seed, report=report)
    return LoadedStream(source.load(location, options, root_dir=root_dir, seed=seed, report=report), signature)


def _packed(stream: Stream, folder: Path, memory_budget: int, notes: tuple[str, ...], report: Report) -> Data:
    """The stream's data from a pack that is written now; in memory where none can be, and that much is free."""
    try:
        write_pack(stream, folder, report)
    except UnwritableError as error:
        return _in_memory_after_all(stream, memory_budget, str(error), report)
    with open_pack(folder) as pack:
        if pack is None:
            shown = printable(str(folder))
            raise VaeTuiError(f"the pack in {shown} was removed as soon as it was written", "try again")
        return _noted(pack.data(stream.name), *notes, _says_where(pack, memory_budget, "packed into"))


def _why_again(pack: Pack, signature: str | None, damage: str | None, location: str) -> tuple[str, ...]:
    shown = printable(str(pack.folder))
    if damage:
        return (f"the pack in {shown} is damaged ({damage}), and made again",)
    if signature is None:
        return ()
    return (f"{printable(location)} has changed since it was packed in {shown}: packed again",)


def _goes_on(reason: str, pack: Pack) -> str:
    return f"{reason}; its pack of before is used: {printable(str(pack.folder))}"


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
