"""The explorer in real terminals: what they show, pixel by pixel, beside what was meant.

    make terminals
    python benchmarks/terminals --only kitty foot --out shots
    python benchmarks/terminals --through "chroot /srv/other" --back "chroot /host"     # another system's terminals

Each terminal that is found runs a shell on a screen that nobody looks at (Xvfb; sway for Wayland; a browser for
xterm.js). `vaetui sample` shows a picture inline; then `vaetui explore` is given keys: new seeds, held ones, help, all
views, another theme, the palette, Ctrl-Z and fg, another size of the window and of the font, and q. After each step the
screen must be as the same app composes it without a terminal: the picture's PSNR over the protocol's floor, no row of
its pixels blank, every empty cell of the whole screen empty and in its colour, and the same pixels where one comes back
to what was there before. After q nothing but the shell's own words may be left.

Needs, as far as the terminals do: xvfb xdotool, sway wtype grim, node npm chromium. What is missing is "not tried".
"""

import argparse
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

from known import CASES, missing
from proving import FLOORS, Row, prove
from rich.console import Console
from rich.table import Table

from vae_tui.session import Session

DEMO = Path(__file__).parents[2] / "assets" / "demo.pt"


def table(rows: list[Row]) -> Table:
    """All that was tried and what was not."""
    drawn = Table("terminal", "version", "protocol", "PSNR, dB", "floor", "blank rows", "leftovers", "result")
    for row in rows:
        if row.skipped:
            drawn.add_row(row.name, "", "", "", "", "", "", f"not tried: no {row.skipped}")
            continue
        floor = f"{FLOORS[row.protocol]:.0f}" if row.protocol else ""
        figures = (f"{row.psnr:.1f}", floor, str(row.blank_rows), str(row.leftovers))
        drawn.add_row(row.name, row.version, row.protocol, *figures, "fail" if row.faults else "pass")
    return drawn


def main() -> int:
    """The number of terminals that failed, 1 at most."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="cases whose names hold one of these")
    parser.add_argument("--exactly", nargs="+", default=[], metavar="NAME", help="cases of these names")
    parser.add_argument("--out", type=Path, help="folder for the screenshots (default: a new one)")
    parser.add_argument(
        "--through", default=os.environ.get("TERMINALS_THROUGH", ""), help="what runs terminals (TERMINALS_THROUGH)"
    )
    parser.add_argument(
        "--back", default=os.environ.get("TERMINALS_BACK", ""), help="what runs this system's shell in there"
    )
    arguments = parser.parse_args()
    out = arguments.out or Path(tempfile.mkdtemp(prefix="terminals-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is ended
    with tempfile.TemporaryDirectory(prefix="terminals-") as folder:
        leave_alone(folder)
        return run(arguments, out)


def leave_alone(folder: str) -> None:
    """A person's own favourites, marks and keys are neither seen nor changed: those of the proof are in the folder."""
    for name in ("VAETUI_STATE", "VAETUI_CONFIG"):
        os.environ.pop(name, None)
    os.environ |= {"XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder}


def run(arguments: argparse.Namespace, out: Path) -> int:
    """All cases that are asked for; 1 if one failed."""
    through, back = shlex.split(arguments.through), shlex.split(arguments.back)
    session = Session.open(DEMO)
    rows = []
    for number, case in enumerate(CASES):
        if arguments.only and not any(word in case.name for word in arguments.only):
            continue
        if arguments.exactly and case.name not in arguments.exactly:
            continue
        if lacks := missing(case, through):
            rows.append(Row(case.name, skipped=lacks))
            continue
        name = "".join(char if char.isalnum() else "-" for char in case.name)
        row = prove(case, through, back, session, DEMO, out / f"{number:02}-{name}")
        rows.append(row)
        for fault in row.faults:
            print(f"{row.name}: {fault}", file=sys.stderr)
    Console(width=160 if not sys.stdout.isatty() else None).print(table(rows))
    print(f"screenshots: {out}")
    return int(any(row.faults for row in rows))


if __name__ == "__main__":
    sys.exit(main())
