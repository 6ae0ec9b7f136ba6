"""Whether what a picture is asked for can be drawn: each raises VaeTuiError where not, and says what can."""

from collections.abc import Iterable

import numpy as np

from vae_tui.errors import VaeTuiError
from vae_tui.latent import FLOAT32_MAX
from vae_tui.pictures.contract import Subject
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points.images import check_image

MAX_ANIMATED_TILES = 16_384


def check_images(subject: Subject, indices: Iterable[int]) -> None:
    """Raises VaeTuiError where there are no images, or not the asked one."""
    for index in indices:
        if index >= 0 and not subject.num_images:
            sources = "--data DATASET|FOLDER|FILE.npz"
            hint = f"name some with {sources}; traverse --centre prior and interpolate --random need none"
            raise VaeTuiError("the checkpoint carries no images", hint)
        check_image(subject, index)


def check_count(name: str, value: int, minimum: int = 1, maximum: int = 4096) -> None:
    """Raises VaeTuiError where a count is out of its range."""
    if not minimum <= value <= maximum:
        raise VaeTuiError(f"{name} is {value}", f"give {minimum} to {maximum}")


def check_animation(num_tiles: int, num_frames: int) -> None:
    """Raises VaeTuiError where an animation would hold more tiles than its GIF is worth: 16,384, some 50 MB."""
    if num_tiles * num_frames > MAX_ANIMATED_TILES:
        raise VaeTuiError(
            f"an animation of {num_frames} frames of {num_tiles} tiles is too large",
            f"give -n {max(1, MAX_ANIMATED_TILES // num_frames)} or less, or save a .png",
        )


def check_finite(name: str, value: float, minimum: float = -np.inf) -> None:
    """Raises VaeTuiError where a number is not finite (as a float32, like all latents) or under its minimum."""
    if not abs(value) <= FLOAT32_MAX or value < minimum:
        raise VaeTuiError(f"{name} is {value}", f"give a finite number{f' of {minimum:g} or more' * (minimum > -1)}")


def check_latents(base: LatentFile | None, subject: Subject, minimum: int = 1) -> None:
    """Raises VaeTuiError where given latents do not fit the model, or are too few."""
    if base is None:
        return
    num, dims = base.latents_NZ.shape
    if dims != subject.latent_dim:
        raise VaeTuiError(f"{base.name} has latents of {dims} dimensions", f"the model has {subject.latent_dim}")
    if num < minimum:
        raise VaeTuiError(f"{base.name} holds {num} latents", f"this picture needs {minimum}")
