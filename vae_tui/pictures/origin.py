"""Where a picture comes from, and the command that draws it again."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from vae_tui.errors import shell_quoted
from vae_tui.foreign_model import ForeignModel
from vae_tui.pictures.contract import Drawing, PictureRequest


@dataclass(frozen=True)
class Beside:
    """The second of two checkpoints that a picture shows."""

    checkpoint: str
    """Its path."""
    checkpoint_hash: str = ""
    """SHA-256 of its bytes, in hex."""


@dataclass(frozen=True)
class Origin:
    """Where a picture's model and images come from, as its command names them."""

    checkpoint: str
    """Path of the checkpoint."""
    data: str | None = None
    """What --data was given; None: the images come from the checkpoint."""
    split: str | None = None
    """What --split was given, with --data."""
    raw_weights: bool = False
    """Whether the raw weights were chosen of a checkpoint that holds averaged ones too, which are taken else."""
    foreign: ForeignModel | None = None
    """What --model named, and what was told of it; None: the checkpoint's own model."""
    beside: Beside | None = None
    """What --beside named; None: one checkpoint alone."""
    files: tuple[str, ...] = ()
    """Image files that --file named; a command names them where its picture needs them."""
    history: bool = False
    """Whether each kept epoch of the run folder `checkpoint` is drawn, in turn."""

    def caption(self, drawing: Drawing) -> str:
        """What a drawing from here shows, one line: the drawing's own, and that it is of the raw weights."""
        if not self.raw_weights:
            return drawing.caption
        theirs = " (statistics: of the averaged ones)" if drawing.uses_statistics else ""
        return f"{drawing.caption} · raw weights{theirs}"


_FILE = re.compile(r"(?:^|[(;])file:\d|[:+>]f\d|^f\d+$")
"""An image file in a point (file:1, images:f1>7) or alone (f1)."""


def command_line(request: PictureRequest, origin: Origin, *, canonical: bool = False) -> str:
    """The command that draws the picture, quoted for a shell. The canonical form names no folders."""

    def name(path: str) -> str:
        return PurePath(path).name if canonical else path

    words = ["vaetui", request.command_name, name(origin.checkpoint), *request.arguments()]
    if "--latent" in words:
        where = words.index("--latent") + 1
        words[where] = name(words[where])
    if any(_FILE.search(word) for word in words[3:]):
        words += [word for path in origin.files for word in ("--file", name(path))]
    if origin.beside is not None:
        words += ["--beside", name(origin.beside.checkpoint)]
    if origin.foreign is not None:
        words += origin.foreign.arguments()
    if origin.data is not None:
        words += ["--data", name(origin.data)]
    if origin.split is not None:
        words += ["--split", origin.split]
    if origin.raw_weights:
        words += ["--weights", "raw"]
    words += ["--history"] if origin.history else []
    return " ".join(map(shell_quoted, words))
