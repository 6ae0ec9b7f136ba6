"""Favourites to a file that another checkpoint or program can take, and back."""

import os
import zlib
from dataclasses import replace
from lzma import LZMAError
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import read_regular, replace_file
from vae_tui.pictures.latent_file import read_latents
from vae_tui.shelf.plain import MAX_BYTES, parse_shelf, shelf_bytes
from vae_tui.shelf.values import MAX_FAVOURITES, MAX_NAME, Favourite, Shelf, free_name

_UNREADABLE = (OSError, ValueError, KeyError, BadZipFile, EOFError, zlib.error, LZMAError, MemoryError, RuntimeError)
"""What zipfile and numpy raise over an entry that is absent or damaged."""


def export_shelf(shelf: Shelf, path: Path) -> None:
    """A .json of all that is kept, or an .npz of the favourites: `latents` (N, Z) float32, and `names`.

    The .npz is what `--latent` reads. An older file is replaced. Raises VaeTuiError where there is nothing to export
    or the file can't be written.
    """
    shown = printable(str(path))
    suffix = path.suffix.lower()
    if suffix not in (".json", ".npz"):
        raise VaeTuiError(f"{shown} is neither a .json nor an .npz", "end the name in .json (all) or .npz (latents)")
    if not shelf.favourites and (suffix == ".npz" or not (shelf.marked_a or shelf.marked_b)):
        raise VaeTuiError("there are no favourites to export")
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        raise VaeTuiError(f"{shown} is no regular file", "give another name")

    def write(file: BinaryIO) -> None:
        if suffix == ".json":
            file.write(shelf_bytes(shelf))
        else:
            latents_NZ = np.array([favourite.latent for favourite in shelf.favourites], np.float32)
            np.savez(file, latents=latents_NZ, names=np.array(shelf.names))

    try:
        replace_file(Path(target), write)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VaeTuiError(f"{shown} can't be written: {reason}", "name another folder or file") from None


def import_shelf(path: Path, checkpoint_hash: str, latent_dim: int) -> Shelf:
    """What a file holds for this checkpoint: a .json or .npz that was exported, any .npz of latents, a saved picture.

    Words and marks are taken over only from a .json of the same checkpoint: with another one they would mean other
    latents and other images. Raises VaeTuiError where there is nothing, or latents of another length.
    """
    shelf = _read_json(path) if path.suffix.lower() == ".json" else _read_latents(path)
    for favourite in shelf.favourites[:1]:
        if len(favourite.latent) != latent_dim:
            has = len(favourite.latent)
            message = f"{printable(str(path))} holds latents of {has} dimensions, and the model has {latent_dim}"
            raise VaeTuiError(message, "take a file of a model with as many dimensions")
    if shelf.checkpoint_hash == checkpoint_hash:
        return shelf
    bare = tuple(replace(favourite, point="", edits=()) for favourite in shelf.favourites)
    return Shelf(checkpoint_hash, bare)


def _read_json(path: Path) -> Shelf:
    shown = printable(str(path))
    hint = "give a .json or .npz that vaetui exported, or a picture that it saved"
    try:
        return parse_shelf(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        raise VaeTuiError(f"no such file: {shown}") from None
    except OSError as error:
        raise VaeTuiError(f"{shown} can't be read: {error.strerror or error}") from None
    except VaeTuiError as error:
        raise VaeTuiError(f"{shown} holds no favourites: {error.message}", error.hint or hint) from None


def _read_latents(path: Path) -> Shelf:
    """The favourites of an .npz or a picture, each latent once, under their own names or the file's with a number."""
    latents_NZ = read_latents(path).latents_NZ
    latents = [tuple(float(value) for value in latent_Z) for latent_Z in latents_NZ]
    names = _read_names(path) if path.suffix.lower() == ".npz" else []
    if len(names) != len(latents):
        stem = printable(path.stem, MAX_NAME - 5).strip() or "latent"
        names = [f"{stem}-{number}" for number in range(1, len(latents) + 1)] if len(latents) > 1 else [stem]
    named = dict(zip(reversed(latents), reversed(names), strict=True))  # of equal latents, the first one's name
    if len(named) > MAX_FAVOURITES:
        raise VaeTuiError(f"{printable(str(path))} holds {len(named):,} latents", f"{MAX_FAVOURITES:,} can be kept")
    shelf = Shelf("")
    for latent in dict.fromkeys(latents):
        shelf = shelf.add(Favourite(free_name(named[latent], shelf.names), "", (), latent))
    return shelf


def _read_names(path: Path) -> list[str]:
    """The `names` of an .npz of latents, made fit for favourites; none where it has not text in one row."""
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            entry = archive.getinfo("names.npy")
            if entry.file_size > MAX_BYTES:
                return []
            with archive.open(entry) as member:
                names: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
    except _UNREADABLE:
        return []
    if names.ndim != 1 or names.dtype.kind != "U":
        return []
    return [printable(name.strip(), MAX_NAME).strip() or "favourite" for name in names.tolist()]
