"""What the picture commands' options say, read: images, latents, and what means nothing together."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vae_tui.errors import VaeTuiError, printable

if TYPE_CHECKING:
    from vae_tui.pictures.contract import PictureRequest
    from vae_tui.pictures.latent_file import LatentFile


def refuse_beside(option: str, value: object, others: Mapping[str, object]) -> None:
    """Raises VaeTuiError where the option was given beside one that it leaves without a meaning."""
    for name, other in others.items():
        if value is not None and other is not None:
            raise VaeTuiError(f"{name} means nothing beside {option}", "leave one of them out")


def read_image(option: str, text: str | None, default: int) -> int:
    """An image by its index, or f1, f2, … for the given files as -1, -2, …; `default` where nothing is named."""
    from vae_tui.points.images import read_image_word

    if text is None:
        return default
    index = read_image_word(text)
    if index is None:
        raise VaeTuiError(f"{option} {printable(text)!r} is no image", "give an index, or f1 for the first --file")
    return index


def by_channels(request: "PictureRequest", channels: str | None) -> "PictureRequest":
    """The picture by the channels that --channels names; itself where it is not given."""
    from vae_tui.channels import parse_channels
    from vae_tui.pictures.showing import shown_by

    return request if channels is None else shown_by(request, parse_channels(channels))


def read_base(path: Path | None) -> "LatentFile | None":
    """The latents that --latent names."""
    from vae_tui.pictures.latent_file import read_latents

    return None if path is None else read_latents(path)
