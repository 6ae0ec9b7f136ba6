"""A pretend terminal: runs a program on a pseudo-terminal, answers as a named terminal would, and keeps time.

    with PtyTerminal(["vaetui", "demo"], kind=KINDS["kitty"]) as terminal:
        terminal.wait(lambda: b"seed 0" in terminal.shown, 60)
        terminal.press("r")

It draws nothing. With a `Link`, what the program writes lies in a buffer and passes at so many bits a second, as over
SSH: only then does it count as shown, and keys and answers take half a round trip each.
"""

import base64
import fcntl
import heapq
import itertools
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

QUESTION = b"\x1b[6n"
"""Where is the cursor? It closes each of the explorer's frames."""


@dataclass(frozen=True)
class Kind:
    """What a terminal answers; None, 0 or False where it says nothing."""

    version: str | None = None
    """To XTVERSION (CSI > q)."""
    attributes: str | None = None
    """To DA1 (CSI c)."""
    kitty: bool = False
    """Whether it knows Kitty's graphics."""
    frames: bool = False
    """Whether a picture of Kitty's protocol can be edited (a=f)."""
    shares: bool = False
    """Whether it reads pixels from shared memory and files: where the program runs on the same machine."""
    registers: int = 0
    """Sixel colours, to XTSMGRAPHICS."""
    synchronised: bool = False
    """Whether it knows mode 2026."""
    reports: bool = True
    """CSI 6 n, the sizes (CSI 14, 16 and 18 t) and the state of modes."""


KINDS: dict[str, Kind] = {
    "kitty": Kind("kitty(0.32.2)", "?62;c", kitty=True, frames=True, shares=True, synchronised=True),
    "kitty-ssh": Kind("kitty(0.32.2)", "?62;c", kitty=True, frames=True, synchronised=True),
    "ghostty": Kind("ghostty 1.0.1", "?62;22c", kitty=True, shares=True, synchronised=True),
    "konsole": Kind("Konsole 23.08.5", "?62;1;4c", kitty=True, registers=256),
    "wezterm": Kind("WezTerm 20240203-110809-5046fc22", "?65;4;6;18;22c", kitty=True, registers=256, synchronised=True),
    "iterm2": Kind("iTerm2 3.5.4", "?62;4c", registers=256, synchronised=True),
    "xterm": Kind("XTerm(390)", "?64;1;2;4;6;9;15;16;17;18;21;22;28c", registers=256),
    "foot": Kind("foot(1.16.2)", "?62;4;22;28;29c", registers=256, synchronised=True),
    "plain": Kind(None, "?1;2c"),
    "mute": Kind(reports=False),
}
"""Terminals by name. "plain" knows text alone, "mute" answers nothing at all."""


@dataclass(frozen=True)
class Link:
    """What lies between a program and its terminal."""

    bits_per_s: float
    buffer_bytes: int = 2_000_000
    """So much of what was written may be on its way; then the program's writes wait."""
    round_trip_s: float = 0.0


@dataclass(frozen=True)
class Piece:
    """Bytes in the order in which they were written."""

    read_s: float
    """When the program had written them, by time.monotonic."""
    shown_s: float
    """When the terminal had them."""
    data: bytes


_QUERY = re.compile(
    rb"\x1b\[(?P<report>[56])n"
    rb"|\x1b\[(?P<attributes>|0|>|>0)c"
    rb"|\x1b\[>0?(?P<version>q)"
    rb"|\x1b\[(?P<size>1[468])t"
    rb"|\x1b\[\?(?P<mode>\d+)\$p"
    rb"|\x1b\[\?(?P<item>\d+);(?P<action>\d+)(?:;[\d;]*)?S"
    rb"|\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<payload>[^\x1b]*))?\x1b\\"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
    rb"|\x1bP\+q(?P<capability>[0-9A-Fa-f;]*)\x1b\\"
)
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
"""Makes the pseudo-terminal the program's own, so that it is told of a new size; not in a forked copy of this process,
which may have threads."""
_MAX_UNFINISHED = 16_384
"""A sequence that is longer than this is no query."""
_MOST_PARTS = 64
"""Reads in a row, before what they brought is looked at."""
_PIECE = 1024
"""Bytes that cross a link at once."""


@dataclass
class Answers:
    """Reads what a program writes and says what a terminal of this kind answers: pure, but for shared pixels."""

    kind: Kind
    columns: int
    rows: int
    width: int
    height: int
    _rest: bytes = b""
    _picture: dict[str, str] = field(default_factory=dict)
    """Keys of the Kitty command whose payload is still coming."""

    def read(self, data: bytes) -> tuple[list[bytes], int]:
        """The answers to queries that end in `data`, and how often it asks where the cursor is."""
        text = self._rest + data
        answers, end, num_questions = [], 0, 0
        for found in _QUERY.finditer(text):
            end = found.end()
            num_questions += found["report"] == b"6"
            answer = self._answer(found)
            if answer:
                answers.append(answer.encode())
        least = max(end, len(text) - _MAX_UNFINISHED)
        start = text.rfind(b"\x1b", least)
        if start == len(text) - 1:  # half a terminator, maybe: what it ends is kept too
            before = text.rfind(b"\x1b", least, start)
            start = before if before >= 0 else start
        self._rest = text[start:] if start >= 0 else b""
        return answers, num_questions

    def _answer(self, found: re.Match[bytes]) -> str:
        kind = self.kind
        name, value = next((name, value.decode()) for name, value in found.groupdict().items() if value is not None)
        if name in ("keys", "payload"):
            return self._graphics(found["keys"].decode(), (found["payload"] or b"").decode()) if kind.kitty else ""
        if name == "version":
            return f"\x1bP>|{kind.version}\x1b\\" if kind.version else ""
        if name == "attributes":
            if ">" in value:
                return "\x1b[>1;4000;0c" if kind.attributes else ""
            return f"\x1b[{kind.attributes}" if kind.attributes else ""
        if name == "item" or name == "action":
            return self._sixel(found["item"].decode()) if kind.registers else ""
        if not kind.reports:
            return ""
        cell_width, cell_height = self.width // self.columns, self.height // self.rows
        if name == "report":
            return f"\x1b[{self.rows};1R" if value == "6" else "\x1b[0n"
        if name == "size":
            return {
                "14": f"\x1b[4;{self.height};{self.width}t",
                "16": f"\x1b[6;{cell_height};{cell_width}t",
                "18": f"\x1b[8;{self.rows};{self.columns}t",
            }[value]
        if name == "mode":
            return f"\x1b[?{value};{2 if value == '2026' and kind.synchronised else 0}$y"
        if name == "colour":
            return f"\x1b]{value};rgb:{'c8c8/c8c8/c8c8' if value == '10' else '1818/1818/1b1b'}\x1b\\"
        return "\x1bP0+r\x1b\\"

    def _sixel(self, item: str) -> str:
        if item == "1":
            return f"\x1b[?1;0;{self.kind.registers}S"
        return f"\x1b[?2;0;{self.width};{self.height}S" if item == "2" else f"\x1b[?{item};3S"

    def _graphics(self, words: str, payload: str) -> str:
        """Answers follow a command's last chunk, where it has an id and is not told to be quiet."""
        keys = dict(word.split("=", 1) for word in words.split(",") if "=" in word)
        whole = {**self._picture, **keys}
        if keys.get("m") == "1":
            self._picture = whole
            return ""
        self._picture = {}
        fault = self._fault(whole, payload)
        quiet = int(whole.get("q", "0"))
        names = ",".join(f"{name}={whole[name]}" for name in ("i", "I", "p") if name in whole)
        if not {"i", "I"} & whole.keys() or quiet > bool(fault) or whole.get("a") == "d":
            return ""
        return f"\x1b_G{names};{fault or 'OK'}\x1b\\"

    def _fault(self, keys: Mapping[str, str], payload: str) -> str:
        if keys.get("a") in ("f", "a", "c") and not self.kind.frames:
            return "EINVAL:unknown action"
        medium = keys.get("t", "d")
        if medium == "d":
            return ""
        if not self.kind.shares:
            return "EBADF:no such file"
        name = base64.b64decode(payload + "=" * (-len(payload) % 4)).decode()
        path = Path("/dev/shm") / name.lstrip("/") if medium == "s" else Path(name)
        try:
            path.read_bytes()
            if medium in "st":
                path.unlink()
        except OSError as error:
            return f"EBADF:{error.strerror}"
        return ""


class PtyTerminal:
    """A program on a pseudo-terminal. Its methods may be called from any one thread; reading goes on in another."""

    def __init__(
        self,
        words: Sequence[str | Path],
        *,
        columns: int = 120,
        rows: int = 40,
        width: int = 1200,
        height: int = 800,
        kind: Kind = KINDS["plain"],
        answer_delay_s: float = 0.0,
        link: Link | None = None,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.columns, self.rows = columns, rows
        self.changed = threading.Condition()
        self.pieces: list[Piece] = []
        """What was shown, the oldest first, since `forget`."""
        self.asked_s: list[float] = []
        """When the program had asked where the cursor is."""
        self.reached_s: list[float] = []
        """When the terminal came to each of those questions: what was written before it was then on the screen."""
        self.sent: list[bytes] = []
        """Answers."""
        self._answers = Answers(kind, columns, rows, width, height)
        self._asked = Answers(kind, columns, rows, width, height) if link else None
        self._answer_delay_s = answer_delay_s
        self._link = link
        self._on_the_way = 0
        self._passed_s = 0.0
        self._typed: deque[tuple[float, bytes]] = deque()
        """Keys that cross the link, and when they are there."""
        self._events: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._count = itertools.count()
        self._ours, theirs = pty.openpty()
        self._wake_read, self._wake_write = os.pipe()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
        self.process = subprocess.Popen(
            [sys.executable, "-ISc", _LAUNCH, *map(str, words)],
            cwd=cwd,
            env=bare_environment() | dict(environment or {}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="terminal", daemon=True)
        self._thread.start()

    def __enter__(self) -> "PtyTerminal":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # What a person does

    def press(self, keys: str) -> float:
        """Types the keys; when."""
        now = time.monotonic()
        if self._link is None:
            os.write(self._ours, keys.encode())
        else:
            self._typed.append((now + self._link.round_trip_s / 2, keys.encode()))
            os.write(self._wake_write, b"k")
        return now

    def resize(self, columns: int, rows: int, width: int, height: int) -> None:
        """Another size of the window, and the signal that says so."""
        self.columns, self.rows = columns, rows
        for answers in (self._answers, self._asked):
            if answers is not None:
                answers.columns, answers.rows, answers.width, answers.height = columns, rows, width, height
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))

    def close(self) -> None:
        """Ends the program, if it has not ended."""
        if self._closing:
            return
        self.process.terminate()  # then the program removes what no terminal has read
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._closing = True
        os.write(self._wake_write, b"q")
        self._thread.join(5)
        for handle in (self._ours, self._wake_read, self._wake_write):
            os.close(handle)

    # What a person sees

    @property
    def shown(self) -> bytes:
        """All that was shown since `forget`."""
        with self.changed:
            return b"".join(piece.data for piece in self.pieces)

    @property
    def last_s(self) -> float:
        """When something was shown last; 0 for never."""
        with self.changed:
            return self.pieces[-1].shown_s if self.pieces else 0.0

    def since(self, moment_s: float) -> list[Piece]:
        """What was shown after a moment."""
        with self.changed:
            first = next((i for i in range(len(self.pieces), 0, -1) if self.pieces[i - 1].shown_s <= moment_s), 0)
            return self.pieces[first:]

    def forget(self) -> None:
        """Drops what was shown."""
        with self.changed:
            self.pieces.clear()

    def wait(self, is_there: Callable[[], object], timeout_s: float) -> bool:
        """Waits until the condition holds, which is looked at whenever something is shown; whether it does."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            while not is_there():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self.changed.wait(min(left, 0.25))
            return True

    def wait_quiet(self, quiet_s: float = 0.1, timeout_s: float = 30.0) -> bool:
        """Waits until nothing is on its way, nothing was shown for so long, and the program does next to nothing."""
        deadline = time.monotonic() + timeout_s
        cpu_s, looked_s = self.cpu_s(), time.monotonic()
        while time.monotonic() < deadline:
            time.sleep(min(quiet_s, 0.05))
            now, used_s = time.monotonic(), self.cpu_s()
            if used_s - cpu_s > 0.1 * (now - looked_s):
                cpu_s, looked_s = used_s, now
            elif now - max(self.last_s, looked_s) >= quiet_s and not self._events:
                return True
        return False

    def most_behind(self, first: int = 0) -> int:
        """The most frames that had been written and not shown, at any moment since the question number `first`."""
        with self.changed:
            steps = [(at_s, 1) for at_s in self.asked_s[first:]] + [(at_s, -1) for at_s in self.reached_s[first:]]
        return max(itertools.accumulate(step for _, step in sorted(steps)), default=0)

    # What the program costs

    def cpu_s(self) -> float:
        """CPU seconds of the program's threads so far (Linux)."""
        total = 0
        with suppress(OSError):
            for path in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
                with suppress(OSError):
                    total += int(path.read_text().split()[0])
        return total / 1e9

    def resident_bytes(self) -> int:
        """Memory of the program (Linux)."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    # The thread

    def _run(self) -> None:
        while not self._closing:
            now = time.monotonic()
            while self._events and self._events[0][0] <= now:
                _, _, act, arguments = heapq.heappop(self._events)
                act(*arguments)
            has_room = self._link is None or self._on_the_way < self._link.buffer_bytes
            timeout = max(0.0, self._events[0][0] - time.monotonic()) if self._events else None
            sources = [self._wake_read, *([self._ours] if has_room else [])]
            ready = select.select(sources, [], [], timeout)[0]
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                while self._typed:
                    at_s, keys = self._typed.popleft()
                    self._at(at_s, self._type, keys)
            if self._ours in ready:
                arrived = self._drain()
                if not arrived:
                    break
                self._read(arrived)
        while self._events and not self._closing:  # what is still on its way arrives
            at_s, _, act, arguments = heapq.heappop(self._events)
            time.sleep(max(0.0, at_s - time.monotonic()))
            act(*arguments)
        with self.changed:
            self.changed.notify_all()

    def _drain(self) -> list[tuple[float, bytes]]:
        """What has been written, in parts, and when each was read; nothing once the program has ended.

        It is looked at afterwards: the program should wait for its pretend terminal no longer than for a real one.
        """
        arrived: list[tuple[float, bytes]] = []
        while len(arrived) < _MOST_PARTS:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # the program has ended: Linux's way of saying so
                break
            if not data:
                break
            arrived.append((time.monotonic(), data))
            if not select.select([self._ours], [], [], 0)[0]:
                break
        return arrived

    def _read(self, arrived: list[tuple[float, bytes]]) -> None:
        if self._link is None:
            self._show(arrived)
            return
        assert self._asked is not None
        for now, data in arrived:
            with self.changed:
                self.asked_s += [now] * self._asked.read(data)[1]
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                self._on_the_way += len(piece)
                self._passed_s = max(now, self._passed_s) + len(piece) * 8 / self._link.bits_per_s
                self._at(self._passed_s, self._pass, len(piece))
                self._at(self._passed_s + self._link.round_trip_s / 2, self._show, [(now, piece)])

    def _pass(self, num_bytes: int) -> None:
        self._on_the_way -= num_bytes

    def _show(self, parts: list[tuple[float, bytes]]) -> None:
        now = time.monotonic() if self._link else parts[-1][0]
        answers, num_questions = self._answers.read(b"".join(data for _, data in parts))
        for answer in answers:
            delay_s = self._answer_delay_s + (self._link.round_trip_s / 2 if self._link else 0.0)
            if delay_s:
                self._at(now + delay_s, self._type, answer)
            else:
                self._type(answer)
        with self.changed:
            self.pieces += [Piece(read_s, now if self._link else read_s, data) for read_s, data in parts]
            self.sent += answers
            self.reached_s += [now] * num_questions
            if self._link is None:
                self.asked_s += [now] * num_questions
            self.changed.notify_all()

    def _type(self, data: bytes) -> None:
        with suppress(OSError):  # the program has ended
            os.write(self._ours, data)

    def _at(self, at_s: float, act: Callable[..., object], *arguments: Any) -> None:
        heapq.heappush(self._events, (at_s, next(self._count), act, arguments))


def bare_environment() -> dict[str, str]:
    """This process's environment without what says which terminal or multiplexer it runs in."""
    told = ("TERM", "COLOR", "KITTY", "WEZTERM", "ITERM", "LC_TERMINAL", "TMUX", "STY", "SSH_", "KONSOLE", "VTE_")
    dropped = (*told, "GHOSTTY", "NO_COLOR", "FORCE_COLOR", "LINES", "COLUMNS", "TEXTUAL", "VAETUI_GRAPHICS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
