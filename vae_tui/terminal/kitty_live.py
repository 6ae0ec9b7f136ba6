"""Kitty's graphics protocol under a held key: a picture is placed once, in text cells, and then edited in place.

Where the terminal can't edit (Ghostty until lately), each picture is sent whole under an id of its own, and the one
before it deleted in the same frame.
"""

# H height, W width

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from vae_tui.imaging import Picture
from vae_tui.terminal.kitty import commands, deletion
from vae_tui.terminal.kitty_cells import id_colour, placeholder_rows
from vae_tui.terminal.kitty_changes import Rectangle, changed_rectangles
from vae_tui.terminal.kitty_png import lossless_png, palette_png
from vae_tui.terminal.kitty_shared import KEYS, Medium, SharedPixels
from vae_tui.terminal.painting import Painter, Painting
from vae_tui.terminal.tmux import through_tmux

Quality = Literal["lossless", "palette"]
"""What is sent of a picture: every pixel as it is, or 256 colours of its own, a third of the bytes."""
MAX_UNWRITTEN = 4
"""Pictures in a row that were painted and not written; after more of them the next is whole."""


@dataclass(frozen=True)
class KittyAbilities:
    """What the terminal said yes to."""

    edits: bool = True
    """Changing a part of a picture that it has (a=f)."""
    medium: Medium | None = None
    """How it reads pixels of this machine; None where they are sent."""
    through_tmux: bool = False
    """Whether tmux lies between: commands are wrapped, and text cells are not."""
    narrow_ids: bool = False
    """Ids whose colour is one of the 256, where 24 bits would not get through."""


@dataclass(frozen=True, eq=False)
class _Placed:
    """A picture that the terminal has, or may have."""

    image_id: int
    picture_HW3: Picture
    columns: int
    rows: int
    painting: Painting

    def has_room_for(self, picture_HW3: Picture, columns: int, rows: int) -> bool:
        return (self.picture_HW3.shape, self.columns, self.rows) == (picture_HW3.shape, columns, rows)


class PlaceholderPainter(Painter):
    """Pictures in the terminal's own pixels, all colours, only what changed of them.

    The picture may have fewer pixels than its cells: the terminal scales it to fit, its shape kept. So give it the
    tiles' own pixels. `written` is to be called for each painting that goes out, where not every one does
    (`confirmed`); without it every painting counts as written.
    """

    label: ClassVar[str] = "kitty"
    scales: ClassVar[bool] = True
    max_side: ClassVar[int] = 10_000

    def __init__(
        self,
        cell_size: tuple[int, int],
        abilities: KittyAbilities | None = None,
        quality: Quality = "lossless",
        *,
        confirmed: bool = False,
    ) -> None:
        self.cell_size = cell_size
        self.quality: Quality = quality
        """May be changed between two pictures."""
        self._abilities = abilities or KittyAbilities()
        self._confirmed = confirmed
        self.may_be_lost = self._abilities.through_tmux
        self._shared = SharedPixels(self._abilities.medium) if self._abilities.medium else None
        self._awaited: str | None = None
        """The pixels that were put last for the terminal to read; None where they were sent."""
        self._lock = threading.RLock()
        self._known: _Placed | None = None
        """What was written last."""
        self._unwritten: list[_Placed] = []
        """What was painted after it, and may be on the screen or not."""
        self._is_lost = False

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """An edit of the picture that is there, where it has the same cells and pixels; else a new one in its place.

        An edit's `rows` and `ready_rows` are the very objects of the painting before it: they need not be written
        again. Its sequence is "" where nothing changed.
        """
        with self._lock:
            bases = [placed for placed in (self._known, *self._unwritten) if placed is not None]
            if self._can_edit(bases, picture, columns, rows):
                placed = self._edited(bases, picture)
            else:
                placed = self._replaced(bases, picture, columns, rows)
            self._is_lost = False
            self._unwritten.append(placed)
            if not self._confirmed:
                self._known, self._unwritten = placed, []
            return placed.painting

    def written(self, painting: Painting) -> None:
        """The painting has gone out. Those before it that have not never will."""
        with self._lock:
            for index, placed in enumerate(self._unwritten):
                if placed.painting is painting:
                    self._known, self._unwritten = placed, self._unwritten[index + 1 :]
                    return

    def take_care(self, is_slow: bool) -> None:
        """Palettes on a slow link."""
        self.quality = "palette" if is_slow else "lossless"

    def forget(self) -> None:
        """The next picture is whole, under a new id: the same id again can stay blank where its cells are not new."""
        self._is_lost = True

    def farewell(self) -> str:
        """Deletes every picture that the terminal may have."""
        with self._lock:
            self._is_lost = True
            if self._shared is not None:
                self._shared.clear()
            ids = dict.fromkeys(placed.image_id for placed in (self._known, *self._unwritten) if placed is not None)
            return "".join(self._wrapped(deletion(image_id)) for image_id in ids)

    def _can_edit(self, bases: list[_Placed], picture: Picture, columns: int, rows: int) -> bool:
        """Whether the terminal is known to hold a picture of these cells and pixels, whichever of `bases` it shows."""
        return (
            self._abilities.edits
            and not self._is_lost
            and self._known is not None
            and len(self._unwritten) < MAX_UNWRITTEN
            and len({placed.image_id for placed in bases}) == 1
            and bases[0].has_room_for(picture, columns, rows)
        )

    def _edited(self, bases: list[_Placed], picture: Picture) -> _Placed:
        before = bases[0]
        # Nobody knows which of the others is on the screen: what differs from any of them is sent.
        if self._shared is not None:  # the size of a part costs next to nothing, to look for it more
            is_same = all(np.array_equal(placed.picture_HW3, picture) for placed in bases)
            parts = [] if is_same else [Rectangle(0, 0, picture.shape[1], picture.shape[0])]
        else:
            changes = {part: None for placed in bases for part in changed_rectangles(placed.picture_HW3, picture)}
            parts = list(changes)
        edits = "".join(self._edit(before.image_id, part, picture) for part in parts)
        painting = Painting(before.painting.rows, edits, before.painting.ready_rows, self._arrival() if parts else None)
        return _Placed(before.image_id, picture.copy(), before.columns, before.rows, painting)

    def _edit(self, image_id: int, part: Rectangle, picture: Picture) -> str:
        again = f"a=f,i={image_id},r=1"
        return self._transmit(f"{again},x={part.x},y={part.y}", part.of(picture), again)

    def _replaced(self, bases: list[_Placed], picture: Picture, columns: int, rows: int) -> _Placed:
        taken = {placed.image_id for placed in bases}
        image_id = new_id(narrow=self._abilities.narrow_ids)
        while image_id in taken:
            image_id = new_id(narrow=self._abilities.narrow_ids)
        place = self._transmit(f"a=T,U=1,i={image_id},c={columns},r={rows}", picture, "")
        deletions = "".join(self._wrapped(deletion(old)) for old in sorted(taken))
        cells, ready = placeholder_cells(image_id, columns, rows)
        painting = Painting(cells, place + deletions, ready, self._arrival())
        return _Placed(image_id, picture.copy(), columns, rows, painting)

    def _arrival(self) -> Callable[[], bool] | None:
        """Whether the pixels that were put last have been read, to be asked later."""
        if self._shared is None or self._awaited is None:
            return None
        return partial(self._shared.is_read, self._awaited)

    def _transmit(self, keys: str, pixels_HW3: Picture, again: str) -> str:
        self._awaited = None
        if self._shared is not None:
            height, width, _ = pixels_HW3.shape
            raw = np.ascontiguousarray(pixels_HW3).data.cast("B")
            with suppress(OSError):  # no room there: the pixels themselves are sent
                name = self._awaited = self._shared.put(raw)
                keys = f"{keys},f=24,s={width},v={height},S={len(raw)},{KEYS[self._shared.medium]}"
                return "".join(map(self._wrapped, commands(keys, name.encode(), again)))
        png = palette_png(pixels_HW3) if self.quality == "palette" else lossless_png(pixels_HW3)
        return "".join(map(self._wrapped, commands(f"{keys},f=100", png, again)))

    def _wrapped(self, command: str) -> str:
        return through_tmux(command) if self._abilities.through_tmux else command


class PlaceholderStills(Painter):
    """Still pictures in text cells, each under an id that stays: inline in tmux, which scrolls text alone."""

    label: ClassVar[str] = "kitty"
    max_side: ClassVar[int] = 10_000

    def __init__(self, cell_size: tuple[int, int], abilities: KittyAbilities) -> None:
        self.cell_size = cell_size
        self._abilities = abilities

    def paint(self, picture: Picture, columns: int, rows: int) -> Painting:
        """The picture whole, and its cells."""
        return PlaceholderPainter(self.cell_size, self._abilities).paint(picture, columns, rows)

    def forget(self) -> None:
        """Nothing: every picture is whole."""

    def farewell(self) -> str:
        """Nothing: they stay where they were shown, in the scrollback too."""
        return ""


def new_id(*, narrow: bool = False) -> int:
    """A picture's id, by chance, so that another program in the same terminal has others.

    Of 24 bits; where `narrow`, its low byte is one of the colours 16 to 255 and its high byte a mark of the cells.
    """
    if narrow:
        return (secrets.randbelow(255) + 1) << 24 | (secrets.randbelow(240) + 16)
    return secrets.randbelow(2**24 - 1) + 1


def placeholder_cells(image_id: int, columns: int, rows: int) -> tuple[list[list[Segment]], list[str]]:
    """The cells of a picture: as segments, and as text with its colour, which is the id."""
    if image_id >> 24:
        colour, code = Color.from_ansi(image_id & 255), f"5;{image_id & 255}"
    else:
        red, green, blue = id_colour(image_id)
        colour, code = Color.from_rgb(red, green, blue), f"2;{red};{green};{blue}"
    style = Style.from_color(colour)
    lines = placeholder_rows(columns, rows, image_id >> 24)
    return [[Segment(line, style)] for line in lines], [f"\x1b[38;{code}m{line}\x1b[0m" for line in lines]
