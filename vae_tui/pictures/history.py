"""One picture of each kept epoch of a run, in turn: how a model became what it is."""

from collections.abc import Iterable

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER, Picture, Provenance, gif_bytes
from vae_tui.latent import Latents
from vae_tui.pictures.contract import PictureRequest, Subject
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.rendering import render

FRAME_MS = 400
"""How long each epoch is shown."""


def history_bytes(request: PictureRequest, epochs: Iterable[Subject], origin: Origin, checkpoint_hash: str) -> bytes:
    """A GIF of the still picture of each of a run's models, the earliest first; they are opened one at a time.

    `origin` names the run's folder, `checkpoint_hash` is of the last of them, whose latents the metadata hold. Raises
    VaeTuiError where there are none.
    """
    frames: list[Picture] = []
    latents_NZ: Latents | None = None
    for subject in epochs:
        drawing = request.draw(subject)
        frames.append(render(drawing))
        latents_NZ = drawing.latents_NZ
    if latents_NZ is None:
        raise VaeTuiError("the run has kept no epochs", "train with --keep-every 1")
    height, width = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    beside = origin.beside.checkpoint_hash if origin.beside else ""
    provenance = Provenance(command_line(request, origin, canonical=True), checkpoint_hash, latents_NZ, beside)
    return gif_bytes([_padded(frame, height, width) for frame in frames], FRAME_MS, provenance)


def _padded(frame: Picture, height: int, width: int) -> Picture:
    """The frame at that size: an epoch may fill fewer tiles than another."""
    box = np.empty((height, width, 3), np.uint8)
    box[:] = PAPER
    box[: frame.shape[0], : frame.shape[1]] = frame
    return box
