"""One case from start to end: keys, screenshots, and what is wrong with them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from comparing import Grid, Likeness, after_jpeg, compare, differing_cells, inked_rows, leftover_cells, psnr
from displays import Shot
from known import Case
from meant import Meant, Sight, inline_samples, rehearse
from PIL import Image
from shell import Shell, sight, wait_for

from vae_tui.session import Session

FLOORS = {"kitty": 40.0, "sixel": 24.0, "iterm": 28.0, "halfblock": 28.0, "halfblock256": 20.0}
"""Least PSNR of a picture on the screen, dB; the frame of another seed has 11. Kitty's protocol loses nothing, and what
kitty makes of the pixels is computed (see enlarging.py): 56 are left, which is a rounding. Sixel has 64 colours,
half cells 256 at the least. iTerm2's JPEG must be as near as the same JPEG is before a terminal has drawn it."""
DRAWING_LOSS = 1.0
"""dB that the terminal may lose of a JPEG."""
FIRST_S, CHANGE_S = 90.0, 15.0
"""How long the first picture and every other may take."""
LEFT_BY_SHELL = {"quit": 2, "stopped": 5}
"""Rows of the shell's own words."""


@dataclass
class Row:
    """A line of the table."""

    name: str
    version: str = ""
    protocol: str = ""
    psnr: float = 99.0
    blank_rows: int = 0
    leftovers: int = 0
    faults: list[str] = field(default_factory=list)
    skipped: str = ""


class Proof:
    """Walks through the explorer in one terminal, and notes what is wrong."""

    def __init__(self, case: Case, shell: Shell, session: Session, checkpoint: Path, out: Path, row: Row) -> None:
        self._case, self._shell, self._session = case, shell, session
        self._checkpoint, self._out, self._row = checkpoint, out, row
        self._keys: list[str] = []
        self._grid: Grid
        self._sight: Sight

    def run(self) -> None:
        """All steps."""
        facts = self._shell.report()
        tmux = f", tmux {facts['tmux']['version']}" if facts["tmux"] else ""
        self._row.version = " ".join(filter(None, (facts["name"], facts["version"]))) + tmux
        self._row.protocol = facts["protocol"]
        expected = self._case.expected
        if expected and facts["protocol"] != expected:
            self._fault(f"it gets {facts['protocol']}, not {expected}: {facts['reason']}")
        columns, rows, self._grid = self._shell.measure()
        self._sight = sight(facts, columns, rows)
        self._shell.type("clear")
        self._empty = self._shell.still_shot()
        self._background = self._empty[int(self._grid.top + self._grid.cell_height * (rows - 2)), 2]
        self._inline()
        self._explore()

    def _inline(self) -> None:
        self._shell.type(f"clear; vaetui sample {self._checkpoint} -n 4")
        self._see("inline", inline_samples(self._session, self._sight, 4), FIRST_S)

    def _explore(self) -> None:
        moments = [("start", []), ("seed", ["r"]), ("held", ["r"] * 8), ("help", ["question"]), ("back", ["Escape"])]
        moments += [("traverse", ["3"]), ("reconstruct", ["4"]), ("interpolate", ["2"]), ("samples", ["1"])]
        moments += [("light", ["t"]), ("dark", ["t"])]
        meant = self._rehearse([keys for _, keys in moments])
        self._shell.type(f"clear; vaetui explore {self._checkpoint}")
        shots: dict[str, Shot] = {}
        for (name, keys), screen in zip(moments, meant, strict=True):
            self._press(keys)
            shots[name] = self._see(name, screen, FIRST_S if name == "start" else CHANGE_S, picture=name != "help")
        for name in ("back", "samples", "dark"):
            self._same(name, shots["held"], shots[name])
        self._palette(shots["dark"])
        self._suspend(shots["dark"])
        self._resize()
        self._zoom()
        self._press(["q"])
        self._clean("quit")

    def _rehearse(self, moments: Sequence[Sequence[str]]) -> list[Meant]:
        return asyncio.run(rehearse(self._session, self._checkpoint, self._sight, moments))

    def _press(self, keys: Sequence[str]) -> None:
        self._keys += keys
        for key in dict.fromkeys(keys):
            self._shell.display.press(key, list(keys).count(key))

    def _palette(self, before: Shot) -> None:
        self._shell.display.press("ctrl+p")
        opened = self._changed(before)
        self._save("palette", opened)
        self._shell.display.press("Escape")
        self._same_again("palette closed", before)

    def _suspend(self, before: Shot) -> None:
        self._shell.stop()
        self._clean("stopped")
        self._shell.type("clear; fg")
        self._same_again("fg", before)

    def _resize(self) -> None:
        grid, known = self._grid, self._sight
        used = grid.cell_width * known.columns, grid.cell_height * known.rows
        self._shell.display.resize(round(used[0] * 0.85), round(used[1] * 0.8))
        self._measure_anew("resized")

    def _zoom(self) -> None:
        if self._case.terminal.zoom and self._case.tmux is None and not self._case.screen:
            self._shell.display.press(self._case.terminal.zoom)
            self._measure_anew("zoomed")

    def _measure_anew(self, name: str) -> None:
        """The grid is another one now: it is measured while the program is stopped, which then must draw as before."""
        time.sleep(2.0)
        at_once = self._shell.still_shot()
        self._save(f"{name} at once", at_once)
        self._shell.stop()
        columns, rows, grid = self._shell.measure()
        cell = self._sight.cell_size
        if name == "zoomed":
            now = grid.cell_width / self._grid.cell_width, grid.cell_height / self._grid.cell_height
            cell = round(cell[0] * now[0]), round(cell[1] * now[1])
        self._grid, self._sight = grid, replace(self._sight, columns=columns, rows=rows, cell_size=cell)
        meant = self._rehearse([self._keys])[0]
        self._note(f"{name} at once", at_once, meant)
        self._shell.type("clear; fg")
        self._see(name, meant, CHANGE_S)

    def _see(self, name: str, meant: Meant, seconds: float, *, picture: bool = True) -> Shot:
        """Waits until the screen is as it is meant, and notes what is not when the time is over."""
        wait_for(lambda: not self._wrong(self._shell.display.shot(), meant, picture), seconds)
        time.sleep(0.3)  # and it stays so
        shot = self._shell.display.shot()
        self._save(name, shot)
        self._note(name, shot, meant, picture)
        return shot

    def _wrong(self, shot: Shot, meant: Meant, picture: bool) -> bool:
        if picture:
            likeness = self._likeness(shot, meant)
            if likeness.psnr < self._floor(meant) or likeness.blank_rows:
                return True
        return bool(self._leftovers(shot, meant))

    def _note(self, name: str, shot: Shot, meant: Meant, picture: bool = True) -> None:
        """What is wrong with this screenshot, if anything, into the table."""
        likeness = self._likeness(shot, meant) if picture else Likeness(99.0, 0)
        leftovers = self._leftovers(shot, meant)
        self._row.psnr = min(self._row.psnr, likeness.psnr)
        self._row.blank_rows = max(self._row.blank_rows, likeness.blank_rows)
        self._row.leftovers += len(leftovers)
        floor = self._floor(meant)
        if likeness.psnr < floor:
            self._fault(f"{name}: {likeness.psnr:.1f} dB, under {floor:.1f}")
        if likeness.blank_rows:
            self._fault(f"{name}: {likeness.blank_rows} rows of pixels blank")
        if leftovers:
            self._fault(f"{name}: {len(leftovers)} cells hold what they should not, from (row, column) {leftovers[0]}")

    def _likeness(self, shot: Shot, meant: Meant) -> Likeness:
        return compare(shot, self._grid, meant)

    def _leftovers(self, shot: Shot, meant: Meant) -> list[tuple[int, int]]:
        return leftover_cells(shot, self._grid, meant, 4 if self._sight.true_colour else 14)

    def _floor(self, meant: Meant) -> float:
        floor = FLOORS[self._row.protocol]
        if self._row.protocol != "iterm":
            return floor
        at_best = psnr(meant.picture.astype(float), after_jpeg(meant.picture).astype(float))
        return max(floor, at_best - DRAWING_LOSS)

    def _changed(self, before: Shot) -> Shot:
        wait_for(lambda: bool((self._shell.display.shot() != before).any()), CHANGE_S)
        return self._shell.still_shot()

    def _same(self, name: str, before: Shot, after: Shot) -> None:
        num = differing_cells(before, after, self._grid, self._sight.columns, self._sight.rows)
        self._row.leftovers += num
        if num:
            self._fault(f"{name}: {num} cells are not as they were")

    def _same_again(self, name: str, before: Shot) -> None:
        size = self._sight.columns, self._sight.rows
        wait_for(lambda: not differing_cells(before, self._shell.display.shot(), self._grid, *size), CHANGE_S)
        time.sleep(0.3)
        after = self._shell.display.shot()
        self._save(name, after)
        self._same(name, before, after)

    def _clean(self, name: str) -> None:
        """Back in the shell: nothing below its own words."""
        most = LEFT_BY_SHELL[name]

        def rows() -> int:
            size = self._sight.columns, self._sight.rows
            return inked_rows(self._shell.display.shot(), self._grid, *size, self._background)

        wait_for(lambda: rows() <= most, CHANGE_S)
        time.sleep(0.3)
        self._save(name, self._shell.display.shot())
        num = max(0, rows() - most)
        self._row.leftovers += num * self._sight.columns
        if num:
            self._fault(f"{name}: {num} rows of cells that the shell did not write")

    def _save(self, name: str, shot: Shot) -> None:
        number = len(list(self._out.glob("*.png"))) + 1
        Image.fromarray(shot).save(self._out / f"{number:02}-{name.replace(' ', '-')}.png")

    def _fault(self, text: str) -> None:
        self._row.faults.append(text)


def prove(
    case: Case,
    through: Sequence[str],
    back: Sequence[str],
    session: Session,
    checkpoint: Path,
    out: Path,
) -> Row:
    """The case's line of the table; its screenshots are left in `out`."""
    row = Row(case.name)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    opened = None
    try:
        opened = Shell(case, through, back)
        Proof(case, opened, session, checkpoint, out, row).run()
    except RuntimeError as error:
        row.faults.append(str(error))
        if opened is not None:
            Image.fromarray(opened.display.shot()).save(out / "99-failed.png")
    finally:
        if opened is not None:
            opened.close()
    return row
