"""The images of a set, and the files given beside it, as a point and a command call them."""

import re

from vae_tui.errors import VaeTuiError
from vae_tui.points.contract import Space


def image_word(index: int) -> str:
    """An image in a command: 7, or f1 for the first of the given files."""
    return str(index) if index >= 0 else f"f{-index}"


def read_image_word(text: str) -> int | None:
    """What image_word wrote; None where it is nothing of the kind."""
    found = re.fullmatch(r"(f?)(\d{1,18})", text)
    if found is None or (found[1] and not int(found[2])):
        return None
    return -int(found[2]) if found[1] else int(found[2])


def image_name(index: int) -> str:
    """An image in a sentence: image 7, file 1."""
    return f"image {index}" if index >= 0 else f"file {-index}"


def check_image(space: Space, index: int) -> None:
    """Raises VaeTuiError where there is no such image."""
    if index < 0 and -index > space.num_files:
        raise VaeTuiError(f"there is no {image_name(index)}", "give image files with --file FILE.png, once for each")
    if index >= space.num_images:
        count = space.num_images
        hint = f"there are 0 to {count - 1}" if count else "name some with --data DATASET|FOLDER|FILE.npz"
        raise VaeTuiError(f"there is no {image_name(index)}", hint)
