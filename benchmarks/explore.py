"""How long a key takes in each view of the explorer, and how long it takes to be there.

    python benchmarks/explore.py                              # every view in half cells, Kitty and Sixel, and the start
    python benchmarks/explore.py --views mix map --paths halfblock --keys 20

`vaetui explore` runs on a pseudo-terminal that answers as the named terminal would (see keypress.py). A key that
changes the view's picture is pressed when the program has settled and is quiet. Its answer may take what was decoded
for that key, timed inside the program, and the path's own budget (keypress.py has it), and 3 ms for the view's text.

"start" is measured from the start of the process: the first paint, the first picture beyond the time that `import
torch` takes by itself in the same run, and `vaetui --help`; with byte code at hand, as a program that pip installed has
it, wherever it runs from.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from keypress import DEADLINE_S, KINDS, PATHS, ROOT, SIZES, Route, explorer, machine, yes
from pty_terminal import PtyTerminal, bare_environment

TEXT_MS = 3
"""For the view's own text."""
FIRST_PAINT_S, FIRST_PICTURE_S, HELP_S = 0.5, 0.7, 0.3
WARM_UP = 5


@dataclass(frozen=True)
class Pressed:
    """A view, how it is brought up, and the key that is timed: its second one undoes the first, so that both change."""

    setup: str
    keys: tuple[str, str]
    what: str


VIEWS = {
    "samples": Pressed("1", ("r", "r"), "new seed, 8 x 8"),
    "interpolate": Pressed("2", ("n", "n"), "next image, 6 x 9"),
    "traverse": Pressed("3--.", ("l", "l"), "a value, 10 x 10"),
    "reconstruct": Pressed("4", ("n", "n"), "next image, 12"),
    "mix": Pressed("5", ("l", "l"), "a value"),
    "map": Pressed("6", ("l", "h"), "the cursor"),
    "model": Pressed("7", ("j", "k"), "a dimension"),
}


@dataclass(frozen=True)
class Answer:
    """What followed a key, in milliseconds and bytes."""

    last: float
    decoding: float
    num_bytes: int

    @property
    def beyond(self) -> float:
        """What it took beside the decoding."""
        return self.last - self.decoding


def press(terminal: PtyTerminal, key: str, quiet_s: float) -> tuple[float, float, int]:
    """When it was pressed, when the last frame that it brought was answered for, and its bytes."""
    if not terminal.wait_quiet(quiet_s):
        raise RuntimeError("the program never came to rest")
    terminal.forget()
    num_closed = len(terminal.reached_s)
    pressed_s = terminal.press(key)
    if not terminal.wait(lambda: len(terminal.reached_s) > num_closed, DEADLINE_S):
        raise RuntimeError("no frame came")
    terminal.wait_quiet(quiet_s)
    num_bytes = sum(len(piece.data) for piece in terminal.since(pressed_s))
    return pressed_s, terminal.reached_s[num_closed], num_bytes


def measure_view(view: Pressed, path: Route, size: str, options: argparse.Namespace) -> list[Answer]:
    """So many keys, one by one."""
    pressed: list[tuple[float, float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.json"
        with explorer(path, size, options, log) as terminal:
            terminal.wait_quiet(1.0)  # the images are encoded
            for key in view.setup:
                terminal.press(key)
                terminal.wait_quiet(options.quiet)
            for index in range(WARM_UP + options.keys):
                timed = press(terminal, view.keys[index % 2], options.quiet)
                if index >= WARM_UP:
                    pressed.append(timed)
        marks = json.loads(log.read_text())["marks"]
    return [answer(marks, *timed) for timed in pressed]


def answer(marks: list[tuple[str, float]], pressed_s: float, last_s: float, num_bytes: int) -> Answer:
    """A key's answer, all that was decoded for it taken together."""
    own = [(mark, at_s) for mark, at_s in marks if pressed_s <= at_s <= last_s]
    begun = [at_s for mark, at_s in own if mark == "decode"]
    ended = [at_s for mark, at_s in own if mark == "decoded"]
    decoding = sum(end - begin for begin, end in zip(begun, ended, strict=False))
    return Answer((last_s - pressed_s) * 1e3, decoding * 1e3, num_bytes)


def view_row(name: str, path: Route, size: str, answers: list[Answer]) -> str:
    """One line of the table."""
    beyond = [one.beyond for one in answers]
    limit = path.limit_ms + TEXT_MS
    median = statistics.median(beyond)
    cells = (
        f"{name}: {VIEWS[name].what}",
        path.title,
        size,
        f"{statistics.median(one.last for one in answers):.1f}",
        f"{statistics.median(one.decoding for one in answers):.1f}",
        f"{median:.1f}",
        f"{np.percentile(beyond, 95):.1f}",
        f"{limit:g}",
        f"{statistics.median(one.num_bytes for one in answers) / 1e3:.1f}",
        yes(median <= limit),
    )
    return f"| {' | '.join(cells)} |"


def seconds_of(words: list[str], times: int, environment: dict[str, str]) -> float:
    """Median wall time of a command."""
    took = []
    for _ in range(times):
        start_s = time.monotonic()
        subprocess.run(words, check=True, capture_output=True, env=bare_environment() | environment)
        took.append(time.monotonic() - start_s)
    return statistics.median(took)


def measure_start(options: argparse.Namespace, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of the process to the first paint and to the first picture."""
    columns, rows, width, height = SIZES["120x40"]
    words = [options.python, "-m", "vae_tui", "explore", options.checkpoint.resolve(), "--device", "cpu"]
    start_s = time.monotonic()
    with PtyTerminal(
        [*words, "--graphics", "halfblock"],
        columns=columns,
        rows=rows,
        width=width,
        height=height,
        kind=KINDS["plain"],
        environment=environment,
    ) as terminal:
        paint_s = when(terminal, lambda: b"Samples" in terminal.shown)
        picture_s = when(terminal, lambda: terminal.reached_s)
        terminal.press("\x03")
        terminal.process.wait(DEADLINE_S)
    return paint_s - start_s, picture_s - start_s


def when(terminal: PtyTerminal, is_there: Callable[[], object]) -> float:
    """The moment at which it is there."""
    if not terminal.wait(is_there, DEADLINE_S):
        raise RuntimeError("the explorer did not start")
    return time.monotonic()


def start_rows(options: argparse.Namespace) -> list[str]:
    """The start's table."""
    python, times = str(options.python), options.starts
    with tempfile.TemporaryDirectory() as folder:
        # An empty PYTHONDONTWRITEBYTECODE is none.
        compiled = {"PYTHONPATH": str(options.root.resolve()), "PYTHONPYCACHEPREFIX": folder}
        compiled |= {"PYTHONDONTWRITEBYTECODE": ""}
        measure_start(options, compiled)
        torch_s = seconds_of([python, "-c", "import torch"], times, compiled)
        bare_s = seconds_of([python, "-c", "pass"], times, compiled)
        started = [measure_start(options, compiled) for _ in range(times)]
        help_s = seconds_of([python, "-m", "vae_tui", "--help"], times, compiled)
    paint_s = statistics.median(paint for paint, _ in started)
    picture_s = statistics.median(picture for _, picture in started)
    rows = [
        ("first paint", paint_s, FIRST_PAINT_S, paint_s),
        ("first picture, beyond `import torch`", picture_s, FIRST_PICTURE_S, picture_s - torch_s),
        ("`vaetui --help`", help_s, HELP_S, help_s),
    ]
    return [
        f"`import torch` takes {torch_s:.2f} s by itself, an empty Python {bare_s:.2f} s.",
        "",
        "| start | s in all | s that count | limit | within |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {all_s:.2f} | {own_s:.2f} | {limit} | {yes(own_s <= limit)} |"
            for name, all_s, limit, own_s in rows
        ),
    ]


def main() -> None:
    """Measures what is asked for and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=list(VIEWS))
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=["halfblock", "kitty", "sixel"])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["120x40"])
    parser.add_argument("--keys", type=int, default=30)
    parser.add_argument("--starts", type=int, default=5, help="how often the start is measured; 0: not at all")
    parser.add_argument("--quiet", type=float, default=0.06, help="seconds without a byte before a key")
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "assets" / "demo.pt")
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout that is measured")
    options = parser.parse_args()
    options.profile = False
    print(machine(), end="\n\n")
    print("| view: key | path | size | ms to the last byte | decoding | beyond | p95 | limit | kB | within |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for size in options.sizes:
        for path in (PATHS[name] for name in options.paths):
            for name in options.views:
                print(view_row(name, path, size, measure_view(VIEWS[name], path, size, options)), flush=True)
    if options.starts:
        print("", *start_rows(options), sep="\n")


if __name__ == "__main__":
    main()
