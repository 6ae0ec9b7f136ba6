"""Latents and weights as files that other programs read: .npz and .pth."""

# N images or latents, Z latent dims

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError, printable
from vae_tui.files import replace_file
from vae_tui.latent import Latents
from vae_tui.survey import Survey

LATENTS, WEIGHTS = (".npz",), (".pth", ".pt")
"""What the names of the two kinds of files end in."""


def check_export(path: Path, checkpoint: Path) -> None:
    """Raises VaeTuiError where nothing can be exported to this path: asked before anything is computed."""
    shown = printable(str(path))
    if path.suffix.lower() not in (*LATENTS, *WEIGHTS):
        raise VaeTuiError(f"{shown} is neither an .npz nor a .pth", "end the name in .npz (latents) or .pth (weights)")
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        raise VaeTuiError(f"{shown} is a folder", "give the name of a file")
    if not os.path.isdir(folder):
        raise VaeTuiError(f"there is no folder {printable(folder)}", "make it first, or name another")
    if os.path.exists(target) and not os.path.isfile(target):
        raise VaeTuiError(f"{shown} is no regular file", "give another name")
    if target == os.path.realpath(checkpoint):
        raise VaeTuiError(f"{shown} is the checkpoint itself", "give another name")


def write_export(path: Path, content: bytes) -> None:
    """The file, whole or not at all; an older one is replaced. Raises VaeTuiError where it can't be written."""
    try:
        replace_file(Path(os.path.realpath(path)), lambda file: file.write(content))
    except OSError as error:
        reason = error.strerror or str(error)
        raise VaeTuiError(f"{printable(str(path))} can't be written: {reason}", "name another folder or file") from None


def latents_bytes(latents_NZ: Latents, more: Mapping[str, NDArray[np.generic]] | None = None) -> bytes:
    """An .npz that `--latent` reads: `latents` (N, Z) float32, rows of NaN left out, and `more` arrays beside it.

    Raises VaeTuiError where no row is left.
    """
    finite_NZ = latents_NZ[np.isfinite(latents_NZ).all(axis=1)].astype(np.float32)
    if not len(finite_NZ):
        raise VaeTuiError("there are no latents to export")
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {"latents": finite_NZ, **(more or {})}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def survey_bytes(survey: Survey) -> bytes:
    """An .npz of a set as a model encodes it: `latents` are posterior means, `indices` the images in the set.

    Beside them `split` and, where the set has classes, `labels` (-1: not known) and `class_names`.
    """
    more: dict[str, NDArray[np.generic]] = {"indices": survey.indices_N, "split": np.array(survey.split)}
    if survey.labels_N is not None:
        more |= {"labels": survey.labels_N, "class_names": np.array(survey.class_names)}
    return latents_bytes(survey.means_NZ, more)
