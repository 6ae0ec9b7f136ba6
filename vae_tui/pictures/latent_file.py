"""Latents that a person gives: from an .npz, or from the metadata of a picture."""

import zlib
from dataclasses import dataclass, field
from lzma import LZMAError
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.imaging import read_provenance
from vae_tui.latent import Latents

_MAX_BYTES = 256 * 2**20
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    BadZipFile,
    EOFError,
    zlib.error,
    LZMAError,
    MemoryError,  # a header that claims more than there is
    RuntimeError,  # an encrypted entry, or a way to compress that Python has not
)
"""What zipfile and numpy raise over a file that is none of theirs."""


@dataclass(frozen=True)
class LatentFile:
    """The latents of a file, one a row; equal where the path is."""

    path: str
    latents_NZ: Latents = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """The file's name, fit to print."""
        return printable(PurePath(self.path).name)


def read_latents(path: Path) -> LatentFile:
    """The latents of an .npz (`latents`, N x Z or Z) or of a picture that vaetui wrote.

    Rows of NaN (tiles that are images as they are) are left out. Raises VaeTuiError where there are none.
    """
    latents = _read_npz(path) if path.suffix.lower() == ".npz" else read_provenance(path).latents_NZ
    kept = latents[np.isfinite(latents).all(axis=1)]
    if not kept.size:
        raise VaeTuiError(f"{printable(str(path))} holds no finite latents")
    return LatentFile(str(path), np.ascontiguousarray(kept, dtype=np.float32))


def _read_npz(path: Path) -> Latents:
    hint = "an .npz of latents holds one array `latents` of numbers, N x Z or Z"
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            arrays = [printable(name.removesuffix(".npy"), 40) for name in archive.namelist()]
            if "latents" not in arrays:
                has = ", ".join([*arrays[:6], *["…"] * (len(arrays) > 6)]) or "none"
                raise VaeTuiError(f"{printable(str(path))} has no array `latents`; its arrays: {has}", hint)
            entry = archive.getinfo("latents.npy")
            if entry.file_size > _MAX_BYTES:
                raise VaeTuiError(f"{printable(str(path))} is too large to be latents", hint)
            with archive.open(entry) as member:
                latents: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
    except FileNotFoundError:
        raise VaeTuiError(f"no such file: {printable(str(path))}") from None
    except _UNREADABLE as error:
        raise VaeTuiError(f"{printable(str(path))} holds no latents: {printable(str(error))}", hint) from None
    if latents.ndim == 1:
        latents = latents[None]
    if latents.ndim != 2 or latents.dtype.kind not in "fiu":
        raise VaeTuiError(f"{printable(str(path))}: latents are {latents.dtype} {latents.shape}", hint)
    with np.errstate(over="ignore"):  # what float32 can't hold is not finite, and left out
        return latents.astype(np.float32)
