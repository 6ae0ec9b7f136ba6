"""How long a key takes to change the picture, and what it costs: the explorer on a pretend terminal.

    python benchmarks/keypress.py                          # every path at both sizes, and textual-image beside it
    python benchmarks/keypress.py --paths halfblock kitty --sizes 120x40 --keys 20 --only keys
    python benchmarks/keypress.py --profile --paths halfblock --sizes 120x40     # where the milliseconds go

`vaetui explore` runs on a pseudo-terminal that answers as the named terminal would (pty_terminal.py). Each key, a new
seed for all 64 tiles, is pressed when the program has settled and is quiet. Times are from the key to the first and the
last byte; the last is the end of CSI 6 n, which closes a frame. The decoding is timed inside the program, in the same
frames, and beside it in a process of its own. "beyond" is the median of (last byte - that frame's decoding).
textual-image (a development dependency of this benchmark alone) shows the same pictures, already decoded, in a minimal
app, at the same cells.

"one row" decodes 8 tiles and shows them in one row of a grid whose other tiles stay: what a view that changes one row
has to do. "held" presses a key 30 times a second, then looks how long the last one's frame takes. "relay" does so over
a link of 1 Mbit/s with 2 MB of buffer and 100 ms of round trip, and then asks for help. "memory" draws 1,000 frames.
"""

import argparse
import importlib.abc
import importlib.machinery
import itertools
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pty_terminal import KINDS, Link, PtyTerminal

ROOT = Path(__file__).parents[1]
NUM_TILES, ROW_TILES = 64, 8
WARM_UP = 5
"""Keys before the first that counts."""
HELD_HZ = 30
LINK = Link(bits_per_s=1e6, buffer_bytes=2_000_000, round_trip_s=0.1)
DEADLINE_S = 60.0
HELP = b"Esc closes"
"""Stands on the border of the help."""
MAX_SPREAD = 1.5
"""p95 over median."""
MAX_BACKLOG_MS = 40
MAX_BEHIND = 2
MAX_HELP_S = 0.5
"""From the end of the frames that were on their way to the help: its own bytes, the round trip, and little else."""
MAX_GROWTH_MB = 10


@dataclass(frozen=True)
class Route:
    """A way for pictures to reach a terminal, and what it may cost."""

    title: str
    graphics: str
    kind: str
    limit_ms: float
    limit_kb: float
    palette: bool = False
    one_row: bool = False
    baseline: str = ""
    """The same protocol in textual-image."""

    @property
    def is_local(self) -> bool:
        return KINDS[self.kind].shares


PATHS = {
    "halfblock": Route("half-blocks, 24-bit", "halfblock", "plain", 10, 141, baseline="halfcell"),
    "halfblock256": Route("half-blocks, 256 colours", "halfblock256", "plain", 10, 45),
    "kitty": Route("Kitty, lossless", "kitty", "kitty-ssh", 13, 172, baseline="tgp"),
    "kitty-palette": Route("Kitty, palette", "kitty", "kitty-ssh", 8, 52, palette=True),
    "kitty-row": Route("Kitty, one row of 8 tiles changed", "kitty", "kitty-ssh", 6, 30, one_row=True),
    "kitty-shared": Route("Kitty, shared memory", "kitty", "kitty", 4, 0.5),
    "sixel": Route("Sixel, 64 colours", "sixel", "xterm", 20, 128, baseline="sixel"),
    "iterm": Route("iTerm2, JPEG q85", "iterm", "iterm2", 6, 22),
}
BASELINES = {"halfcell": "plain", "tgp": "kitty-ssh", "sixel": "xterm"}
SIZES = {"120x40": (120, 40, 1200, 800), "200x60": (200, 60, 2000, 1200)}


@dataclass
class Key:
    """What followed one key, in milliseconds from it."""

    first: float
    last: float
    num_bytes: int
    cpu: float
    decoding: float = 0.0

    @property
    def beyond(self) -> float:
        return self.last - self.decoding


@dataclass
class Keys:
    """A path at a size, key by key."""

    path: str
    title: str
    size: str
    cells: str
    keys: list[Key] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(getattr(key, name) for key in self.keys)

    def p95(self, name: str) -> float:
        return float(np.percentile([getattr(key, name) for key in self.keys], 95))


# Inside the program


def run_program(log: Path, arguments: list[str], *, palette: bool, one_row: bool, profile: bool) -> None:
    """`vaetui ARGUMENTS`, noting when it decodes and how large its pictures are; written to `log` at the end.

    What is noted is wrapped when the program itself has imported it: nothing is loaded earlier than it would be.
    """
    marks: list[tuple[str, float]] = []
    cells: list[tuple[int, int]] = []
    when_imported("vae_tui.session", lambda module: note_decoding(module.Session, marks, one_row))
    when_imported("vae_tui.explorer.rendering", lambda module: note_rendering(module.Renderer, marks, cells))
    if palette:
        when_imported("vae_tui.terminal.kitty_live", lambda module: send_palettes(module.PlaceholderPainter))
    if profile:
        when_imported("vae_tui.explorer.app", lambda module: note_stages(module.ExplorerApp, marks))
    from vae_tui.__main__ import main

    sys.argv = ["vaetui", *arguments]
    try:
        main()
    finally:
        log.write_text(json.dumps({"marks": marks, "cells": cells[0] if cells else None}))


def when_imported(name: str, act: Callable[[Any], None]) -> None:
    """Calls `act` with the module of that name once it has been executed."""

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, fullname, path, target=None):
            if fullname != name:
                return None
            spec = importlib.machinery.PathFinder.find_spec(fullname, path)
            if spec is None or spec.loader is None:
                return None
            execute = spec.loader.exec_module

            def execute_and_act(module):
                execute(module)
                act(module)

            spec.loader.exec_module = execute_and_act  # type: ignore[method-assign]
            return spec

    sys.meta_path.insert(0, Finder())


def note_decoding(session: Any, marks: list[tuple[str, float]], one_row: bool) -> None:
    """Times what it decodes; `one_row` decodes the tiles of one row, the next one each time, beside those it has."""
    decode = session.decode
    grid: list[np.ndarray] = []
    rows = itertools.cycle(range(NUM_TILES // ROW_TILES))

    def timed(self, latents_NZ):
        start_s = time.monotonic()
        tiles = decode(self, latents_NZ)
        marks.extend([("decode", start_s), ("decoded", time.monotonic())])
        return tiles

    def timed_row(self, latents_NZ):
        if len(latents_NZ) != NUM_TILES or not grid:
            tiles = timed(self, latents_NZ)
            if len(latents_NZ) == NUM_TILES:  # else the background measures something
                grid[:] = [tiles]
            return tiles
        row = next(rows)
        part = slice(row * ROW_TILES, (row + 1) * ROW_TILES)
        grid[0] = grid[0].copy()
        grid[0][part] = timed(self, latents_NZ[part])
        return grid[0]

    session.decode = timed_row if one_row else timed
    reconstruct = session.reconstruct

    def timed_both(self, indices):
        start_s = time.monotonic()
        both = reconstruct(self, indices)
        marks.extend([("decode", start_s), ("decoded", time.monotonic())])
        return both

    session.reconstruct = timed_both


def note_rendering(renderer: Any, marks: list[tuple[str, float]], cells: list[tuple[int, int]]) -> None:
    """Notes when a job is taken up and is painted, and the cells of the picture."""
    render = renderer.render

    def noted(self, job):
        start_s = time.monotonic()
        frame = render(self, job)
        marks.extend([("taken up", start_s), ("painted", time.monotonic())])
        cells[:] = [(frame.placement.columns, frame.placement.rows)]
        return frame

    renderer.render = noted


def send_palettes(painter: Any) -> None:
    """Has the Kitty path send palettes from the start, as it does once a link has shown itself slow."""
    painter.quality = property(lambda self: "palette", lambda self, quality: None)


def note_stages(explorer_app: Any, marks: list[tuple[str, float]]) -> None:
    """Wraps what a key passes on its way: the cost is a microsecond or so each."""
    from textual import driver, screen
    from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
    from textual.drivers import _writer_thread
    from textual.events import Key as KeyEvent

    from vae_tui.explorer import wire
    from vae_tui.explorer.picturing import PicturingApp

    def note(owner: type, name: str, before: str = "", after: str = "") -> None:
        inner = getattr(owner, name)

        def outer(*arguments, **named):
            if before:
                marks.append((before, time.monotonic()))
            result = inner(*arguments, **named)
            if after:
                marks.append((after, time.monotonic()))
            return result

        setattr(owner, name, outer)

    process = driver.Driver.process_message

    def noted_process(self, message):
        if isinstance(message, KeyEvent):
            marks.append(("key read", time.monotonic()))
        process(self, message)

    driver.Driver.process_message = noted_process
    note(explorer_app, "action_step", "action", "action done")
    note(PicturingApp, "on_picturing_app_rendered", "frame received", "frame set")
    note(screen.Screen, "_on_timer_update", "refresh", "refreshed")
    note(Compositor, "render_update", "", "composited")
    for update in (ChopsUpdate, LayoutUpdate):
        note(update, "render_segments", "", "rendered to text")
    note(wire.Wire, "send", "question queued")
    make = _writer_thread.WriterThread.__init__

    class NotedFile:
        def __init__(self, file):
            self._file = file

        def write(self, text):
            self._file.write(text)

        def flush(self):
            self._file.flush()
            marks.append(("flushed", time.monotonic()))

        def fileno(self):
            return self._file.fileno()

    _writer_thread.WriterThread.__init__ = lambda self, file: make(self, NotedFile(file))


# Outside


@contextmanager
def explorer(path: Route, size: str, options: argparse.Namespace, log: Path, link: Link | None = None):
    """The program, settled on its first picture."""
    columns, rows, width, height = SIZES[size]
    flags = [
        *(["--palette"] if path.palette else []),
        *(["--one-row"] if path.one_row else []),
        *(["--profile"] if options.profile else []),
    ]
    arguments = ["explore", options.checkpoint.resolve(), "--device", "cpu", "--graphics", path.graphics]
    words = [options.python, Path(__file__).resolve(), "--program", log, *flags, "--", *arguments]
    terminal = PtyTerminal(
        words,
        columns=columns,
        rows=rows,
        width=width,
        height=height,
        kind=KINDS[path.kind],
        link=link,
        environment={"PYTHONPATH": str(options.root.resolve())},
    )
    with terminal:
        # The deadlines are of a busy machine: a program that fails ends, and is seen to.
        if not terminal.wait(lambda: terminal.reached_s or terminal.process.poll() is not None, DEADLINE_S):
            raise RuntimeError("no first frame came")
        if terminal.process.poll() is not None:
            raise RuntimeError("the program ended: " + plain_text(terminal.shown)[-400:])
        terminal.wait_quiet(0.3)
        yield terminal
        if terminal.process.poll() is None:
            terminal.press("\x03")  # q would close the help alone
            terminal.process.wait(DEADLINE_S)


def plain_text(shown: bytes) -> str:
    """What is left without escape sequences."""
    return re.sub(
        r"\x1b(\[[0-9;?<>$]*[A-Za-z]|[_P\]].*?\x1b\\)", " ", shown.decode("utf-8", "replace"), flags=re.DOTALL
    )


def press_and_time(terminal: PtyTerminal, quiet_s: float, *, closes: bool = True) -> tuple[float, Key]:
    """One key, pressed when all is quiet: when, and what followed."""
    if not terminal.wait_quiet(quiet_s):
        raise RuntimeError("the program never came to rest")
    terminal.forget()
    cpu_s, num_closed = terminal.cpu_s(), len(terminal.reached_s)
    pressed_s = terminal.press("r")
    if closes and not terminal.wait(lambda: len(terminal.reached_s) > num_closed, DEADLINE_S):
        raise RuntimeError("no frame came")
    if not closes:
        terminal.wait(lambda: terminal.pieces, DEADLINE_S)
    terminal.wait_quiet(quiet_s)
    pieces = terminal.since(pressed_s)
    last_s = terminal.reached_s[-1] if closes else pieces[-1].shown_s
    num_bytes = sum(len(piece.data) for piece in pieces)
    first, last = ((moment_s - pressed_s) * 1e3 for moment_s in (pieces[0].shown_s, last_s))
    return pressed_s, Key(first, last, num_bytes, (terminal.cpu_s() - cpu_s) * 1e3)


def measure_keys(name: str, size: str, options: argparse.Namespace) -> Keys:
    """So many keys, one by one."""
    path = PATHS[name]
    pressed: list[tuple[float, Key]] = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.json"
        with explorer(path, size, options, log) as terminal:
            for index in range(WARM_UP + options.keys):
                timed = press_and_time(terminal, options.quiet)
                if index >= WARM_UP:
                    pressed.append(timed)
        noted = json.loads(log.read_text())
    columns, rows = noted["cells"]
    result = Keys(name, path.title, size, f"{columns}x{rows}")
    for pressed_s, key in pressed:
        own = [(mark, at_s) for mark, at_s in noted["marks"] if pressed_s <= at_s <= pressed_s + key.last / 1e3 + 0.05]
        begun = next(at_s for mark, at_s in own if mark == "decode")
        key.decoding = (next(at_s for mark, at_s in own if mark == "decoded") - begun) * 1e3
        result.keys.append(key)
        seen: dict[str, int] = {}
        for mark, at_s in sorted(own, key=lambda item: item[1]):
            seen[mark] = seen.get(mark, 0) + 1
            label = mark if seen[mark] == 1 else f"{mark} ({seen[mark]})"
            result.stages.setdefault(label, []).append((at_s - pressed_s) * 1e3)
    return result


@dataclass
class Held:
    """A key held for some seconds."""

    path: str
    size: str
    num_keys: int
    num_frames: int
    backlog_ms: float
    """From the last key to the last byte of its frame."""
    is_last_shown: bool

    @property
    def verdict(self) -> bool:
        return self.is_last_shown and self.backlog_ms <= MAX_BACKLOG_MS


def hold(terminal: PtyTerminal, seconds: float) -> tuple[int, float]:
    """Presses a key 30 times a second: how often, and when last."""
    num, start_s, last_s = round(seconds * HELD_HZ), time.monotonic(), 0.0
    for index in range(num):
        time.sleep(max(0.0, start_s + index / HELD_HZ - time.monotonic()))
        last_s = terminal.press("r")
        if index % HELD_HZ == 0 and index + 1 < num:
            terminal.forget()
    return num, last_s


def measure_held(name: str, size: str, options: argparse.Namespace) -> Held:
    with (
        tempfile.TemporaryDirectory() as folder,
        explorer(PATHS[name], size, options, Path(folder) / "log.json") as terminal,
    ):
        for _ in range(WARM_UP):
            press_and_time(terminal, options.quiet)
        num_before = len(terminal.reached_s)
        num, last_s = hold(terminal, options.seconds)
        terminal.wait_quiet(0.5)
        num_frames, backlog_s = len(terminal.reached_s) - num_before, terminal.reached_s[-1] - last_s
        terminal.press("?")  # and away again: only so the caption is written whole
        terminal.wait(lambda: HELP in terminal.shown, DEADLINE_S)
        terminal.wait_quiet(0.3)
        terminal.forget()
        terminal.press("\x1b")
        is_shown = terminal.wait(lambda: f"seed {WARM_UP + num} ".encode() in terminal.shown, 5)
        return Held(name, size, num, num_frames, backlog_s * 1e3, is_shown)


@dataclass
class Relayed:
    """A key held over a slow link, then help asked for."""

    path: str
    size: str
    num_keys: int
    num_frames: int
    most_behind: int
    """Frames that were written and not shown, at the worst moment."""
    most_bytes: int
    """Bytes on their way, at the worst moment."""
    frame_s: float
    """The median time between two frames shown."""
    help_s: float
    """From ? to the help on the screen."""
    help_after_frames_s: float
    """From the end of the frames that were on their way when ? was pressed to the help on the screen."""
    frames_before_help: int
    """Frames begun after ? was pressed and shown before the help."""
    help_kb: float

    @property
    def verdict(self) -> bool:
        return self.most_behind <= MAX_BEHIND and not self.frames_before_help and self.help_after_frames_s <= MAX_HELP_S


def measure_relayed(name: str, size: str, options: argparse.Namespace) -> Relayed:
    link = replace(LINK)
    with (
        tempfile.TemporaryDirectory() as folder,
        explorer(PATHS[name], size, options, Path(folder) / "log.json", link) as terminal,
    ):
        begun = len(terminal.reached_s)
        num, _ = hold(terminal, options.seconds)
        terminal.forget()
        asked_s = terminal.press("?")
        is_there = terminal.wait(lambda: HELP in terminal.shown, DEADLINE_S)
        terminal.wait_quiet(0.5)
        pieces = list(terminal.pieces)
        written, shown = terminal.asked_s[begun:], terminal.reached_s[begun:]
        most_behind = terminal.most_behind(begun)
    help_s, help_written_s, kb = math.nan, math.inf, math.nan
    if is_there:
        with_help = next(at for at in range(len(pieces)) if HELP in b"".join(piece.data for piece in pieces[: at + 1]))
        help_s, help_written_s = pieces[with_help].shown_s, pieces[with_help].read_s
        last_before = max((s for s in shown if s <= help_s), default=0.0)
        kb = sum(len(piece.data) for piece in pieces if last_before < piece.shown_s <= help_s) / 1e3
    at_program_s = asked_s + link.round_trip_s / 2
    on_the_way = [
        shown_s for written_s, shown_s in zip(written, shown, strict=False) if written_s <= at_program_s < shown_s
    ]
    late = [s for s in written if at_program_s < s < help_written_s]
    gaps = np.diff(shown)
    sizes = relay_bytes(pieces)
    return Relayed(
        name,
        size,
        num,
        len(shown),
        most_behind,
        sizes,
        float(np.median(gaps)) if len(gaps) else math.nan,
        help_s - asked_s,
        help_s - max(on_the_way, default=asked_s),
        len(late),
        kb,
    )


def relay_bytes(pieces: list) -> int:
    """The most bytes that had been written and not shown."""
    steps = sorted(
        [(piece.read_s, len(piece.data)) for piece in pieces] + [(piece.shown_s, -len(piece.data)) for piece in pieces]
    )
    now = most = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


@dataclass
class Grown:
    """Memory over many frames."""

    path: str
    num_frames: int
    before_mb: float
    growth_mb: float

    @property
    def verdict(self) -> bool:
        return self.growth_mb <= MAX_GROWTH_MB


def measure_memory(name: str, size: str, options: argparse.Namespace) -> Grown:
    with (
        tempfile.TemporaryDirectory() as folder,
        explorer(PATHS[name], size, options, Path(folder) / "log.json") as terminal,
    ):
        before, num = 0, 0
        for num in range(options.frames + 100):
            if num == 100:
                before = terminal.resident_bytes()
            shown = len(terminal.reached_s)
            terminal.press("r")
            if not terminal.wait(lambda: len(terminal.reached_s) > shown, DEADLINE_S):  # noqa: B023  # waits here
                raise RuntimeError("no frame came")
            terminal.forget()
        return Grown(name, options.frames, before / 1e6, (terminal.resident_bytes() - before) / 1e6)


def measure_decoding(options: argparse.Namespace) -> dict[str, float]:
    """Session.decode alone, in this process: without a pause between two calls, and with one as between keys."""
    from vae_tui.session import Session

    session = Session.open(options.checkpoint, device="cpu")
    latents = np.random.default_rng(0).standard_normal((NUM_TILES, session.latent_dim)).astype(np.float32)
    times: dict[str, float] = {}

    def run() -> None:
        for num in (NUM_TILES, ROW_TILES):
            for pause_s, label in ((0.0, ""), (0.1, " after a pause")):
                taken = []
                for index in range(WARM_UP + options.keys):
                    time.sleep(pause_s)
                    start_s = time.perf_counter()
                    session.decode(latents[:num])
                    if index >= WARM_UP:
                        taken.append((time.perf_counter() - start_s) * 1e3)
                times[f"{num} tiles{label}"] = statistics.median(taken)

    thread = threading.Thread(target=run)  # as the explorer does
    thread.start()
    thread.join()
    return times


def make_frames(options: argparse.Namespace) -> np.ndarray:
    """Grids of samples at their own size, as the explorer draws them: uint8 (N, H, W, 3)."""
    from vae_tui.imaging import PAPER, Layout, compose
    from vae_tui.pictures.sample import SamplePicture
    from vae_tui.session import Session

    session = Session.open(options.checkpoint, device="cpu")
    side = math.isqrt(NUM_TILES)
    frames = []
    for seed in range(options.baseline_keys + WARM_UP + 1):
        drawing = SamplePicture(NUM_TILES, seed).draw(session)
        frames.append(compose(drawing.tiles_NHWC, Layout(side, side, *drawing.tile_shape, 0), PAPER))
    return np.stack(frames)


def measure_baseline(name: str, size: str, cells: str, frames: Path, options: argparse.Namespace) -> Keys:
    """textual-image in its own app."""
    columns, rows, width, height = SIZES[size]
    picture_columns, picture_rows = cells.split("x")
    words = [options.python, ROOT / "benchmarks" / "textual_image_app.py", frames, name, picture_columns, picture_rows]
    result = Keys(f"textual-image {name}", f"textual-image, {name}", size, cells)
    terminal = PtyTerminal(words, columns=columns, rows=rows, width=width, height=height, kind=KINDS[BASELINES[name]])
    with terminal:
        if not terminal.wait(lambda: b"\x1b[?1049h" in terminal.shown, DEADLINE_S):
            raise RuntimeError("textual-image's app did not start: " + plain_text(terminal.shown)[-400:])
        terminal.wait_quiet(1.0)
        for index in range(WARM_UP + options.baseline_keys):
            _, key = press_and_time(terminal, 0.25, closes=False)
            if index >= WARM_UP:
                result.keys.append(key)
    return result


# What is printed


def yes(holds: bool) -> str:
    return "yes" if holds else "no"


def key_rows(results: list[Keys]) -> Iterator[str]:
    yield (
        "| path | size | picture, cells | first byte, ms | last byte, ms (p95) | decoding, ms | beyond, ms (limit) "
        "| kB a frame (limit) | CPU, ms | within |"
    )
    yield "|" + " --- |" * 10
    for result in results:
        path = PATHS.get(result.path)
        last, last_p95 = result.median("last"), result.p95("last")
        kb = result.median("num_bytes") / 1e3
        words = [
            result.title,
            result.size,
            result.cells,
            f"{result.median('first'):.1f}",
            f"{last:.1f} ({last_p95:.1f})",
        ]
        if path is None:
            words += ["-", "-", f"{kb:.1f}", f"{result.median('cpu'):.0f}", ""]
        else:
            beyond = result.median("beyond")
            held = {
                "time": beyond <= path.limit_ms,
                "p95": last_p95 <= MAX_SPREAD * last,
                "kB": kb <= path.limit_kb,
            }
            words += [
                f"{result.median('decoding'):.1f}",
                f"{beyond:.1f} ({path.limit_ms:g})",
                f"{kb:.1f} ({path.limit_kb:g})",
                f"{result.median('cpu'):.0f}",
                ", ".join(f"{name} {yes(held[name])}" for name in held),
            ]
        yield "| " + " | ".join(words) + " |"


def stage_rows(result: Keys) -> Iterator[str]:
    """Moments in the life of a frame, in the order of their medians."""
    yield f"\n{result.title}, {result.size}: ms after the key (median, p95), in how many of {len(result.keys)}"
    rows = [(statistics.median(times), label, times) for label, times in result.stages.items()]
    for median, label, times in sorted(rows):
        if len(times) >= len(result.keys) / 4:
            yield f"  {median:7.1f} {np.percentile(times, 95):7.1f}  {label}" + (
                f"  [{len(times)}]" if len(times) < len(result.keys) else ""
            )
    yield f"  {result.median('last'):7.1f} {result.p95('last'):7.1f}  last byte"


def held_rows(results: list[Held]) -> Iterator[str]:
    yield "| held key | size | keys | frames | backlog, ms (limit 40) | last one shown | within |"
    yield "|" + " --- |" * 7
    for held in results:
        yield (
            f"| {PATHS[held.path].title} | {held.size} | {held.num_keys} | {held.num_frames} | {held.backlog_ms:.0f} "
            f"| {yes(held.is_last_shown)} | {yes(held.verdict)} |"
        )


def relay_rows(results: list[Relayed]) -> Iterator[str]:
    yield (
        "| over 1 Mbit/s, 100 ms | size | keys | frames | most behind (limit 2) | between frames, s | help after ?, s "
        "| after the frames on their way, s (limit 0.5) | frames begun after ? | kB from them to the help | within |"
    )
    yield "|" + " --- |" * 11
    for relayed in results:
        yield (
            f"| {PATHS[relayed.path].title} | {relayed.size} | {relayed.num_keys} | {relayed.num_frames} "
            f"| {relayed.most_behind} | {relayed.frame_s:.2f} | {relayed.help_s:.2f} "
            f"| {relayed.help_after_frames_s:.2f} | {relayed.frames_before_help} | {relayed.help_kb:.1f} "
            f"| {yes(relayed.verdict)} |"
        )


def grown_rows(results: list[Grown]) -> Iterator[str]:
    yield "| memory | frames | MB before | MB more (limit 10) | within |"
    yield "|" + " --- |" * 5
    for grown in results:
        yield (
            f"| {PATHS[grown.path].title} | {grown.num_frames} | {grown.before_mb:.0f} | {grown.growth_mb:+.1f} "
            f"| {yes(grown.verdict)} |"
        )
    yield "\nThe program's own memory. A terminal's is not looked at here: this one keeps no pictures."


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}, load {load}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "assets" / "demo.pt")
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=list(PATHS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--only", nargs="+", choices=("keys", "baseline", "held", "relay", "memory"), default=None)
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--baseline-keys", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long a key is held")
    parser.add_argument("--frames", type=int, default=1000, help="of the memory's test")
    parser.add_argument("--quiet", type=float, default=0.1, help="seconds without a byte before a key is pressed")
    parser.add_argument("--profile", action="store_true", help="say where the milliseconds go")
    parser.add_argument("--json", type=Path, help="write all of it there too")
    parser.add_argument("--root", type=Path, default=ROOT, help="which checkout's vae_tui runs")
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    wanted = set(options.only or ("keys", "baseline", "held", "relay", "memory"))
    print(machine(), flush=True)
    gathered: dict[str, object] = {"machine": machine()}
    if "keys" in wanted:
        decoding = measure_decoding(options)
        gathered["decoding"] = decoding
        print("decoding alone: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in decoding.items()), flush=True)

    keys: list[Keys] = []
    for size in options.sizes:
        for name in options.paths if wanted & {"keys", "baseline"} else ():
            if "keys" not in wanted and not PATHS[name].baseline:
                continue
            if (result := attempt(measure_keys, name, size, options)) is not None:
                keys.append(result)
                if options.profile:
                    print("\n".join(stage_rows(result)), flush=True)
    if "baseline" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            frames = Path(folder) / "frames.npy"
            np.save(frames, make_frames(options))
            for result in [result for result in keys if PATHS[result.path].baseline]:
                baseline = attempt(
                    measure_baseline, PATHS[result.path].baseline, result.size, result.cells, frames, options
                )
                keys += [baseline] if baseline is not None else []
    if keys:
        print("\n" + "\n".join(key_rows(keys)), flush=True)
    gathered["keys"] = [asdict(result) for result in keys]
    for part, measure, rows in (
        ("held", measure_held, held_rows),
        ("relay", measure_relayed, relay_rows),
        ("memory", measure_memory, grown_rows),
    ):
        if part not in wanted:
            continue
        names = [name for name in options.paths if part != "relay" or not PATHS[name].is_local]
        sizes = options.sizes if part == "held" else options.sizes[:1]
        found = [attempt(measure, name, size, options) for size in sizes for name in names]
        found = [result for result in found if result is not None]
        gathered[part] = [asdict(result) for result in found]
        print("\n" + "\n".join(rows(found)), flush=True)
    if options.json:
        options.json.write_text(json.dumps(gathered, indent=1))


def attempt(measure, name, *arguments):
    """What it measured; None, and why in a line, where that path does not run."""
    try:
        return measure(name, *arguments)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"{name}: {measure.__name__}: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        return None


if __name__ == "__main__":
    if sys.argv[1:2] == ["--program"]:
        split = sys.argv.index("--")
        asked = sys.argv[3:split]
        run_program(
            Path(sys.argv[2]),
            sys.argv[split + 1 :],
            palette="--palette" in asked,
            one_row="--one-row" in asked,
            profile="--profile" in asked,
        )
    else:
        main()
