"""The baseline of keypress.py: textual-image shows the next of some pictures at each key, at a size in cells.

python benchmarks/textual_image_app.py FRAMES.npy halfcell|tgp|sixel COLUMNS ROWS
"""

import sys

import numpy as np
from PIL import Image

# Before any app runs: textual-image asks the terminal when it is imported.
from textual_image.widget import HalfcellImage, SixelImage, TGPImage  # isort: skip
from textual.app import App, ComposeResult
from textual.binding import Binding

WIDGETS = {"halfcell": HalfcellImage, "tgp": TGPImage, "sixel": SixelImage}


class Pictures(App[None]):
    """One picture, and nothing else."""

    BINDINGS = [Binding("r", "next", "Next"), Binding("q", "quit", "Quit")]  # noqa: RUF012  # as Textual has it

    def __init__(self, images: list[Image.Image], protocol: str, columns: int, rows: int) -> None:
        super().__init__()
        self._images = images
        self._shown = 0
        self._picture = WIDGETS[protocol](images[0])
        self._picture.styles.width, self._picture.styles.height = columns, rows

    def compose(self) -> ComposeResult:
        yield self._picture

    def action_next(self) -> None:
        self._shown = (self._shown + 1) % len(self._images)
        self._picture.image = self._images[self._shown]


def main() -> None:
    path, protocol, columns, rows = sys.argv[1:]
    images = [Image.fromarray(picture_HW3) for picture_HW3 in np.load(path)]
    Pictures(images, protocol, int(columns), int(rows)).run()


if __name__ == "__main__":
    main()
