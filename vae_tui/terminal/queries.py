"""Asks the terminal what it is and what it can show, before any app reads its keyboard.

All questions go out in one write, and the last (DA1) is one that every terminal answers: when its answer has come, what
has not been answered will not be. Keys typed meanwhile are kept.
Sources: xterm's ctlseqs (XTVERSION, DA1, sizes, DECRQM, XTSMGRAPHICS); Kitty's graphics protocol, "Querying support".
"""

import base64
import os
import re
import secrets
import select
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from vae_tui.terminal.answers import Answer, AnswerParser
from vae_tui.terminal.kitty_shared import KEYS, Medium, SharedPixels
from vae_tui.terminal.tmux import through_tmux

FIRST_ANSWER_S = 1.0
"""How long the first answer is waited for, on this machine."""
FAR_FIRST_ANSWER_S = 5.0
"""The same through SSH."""
FURTHER_ANSWER_S = 0.5
"""How long each further one is waited for, or twice as long as the first took, if that is more."""
LONGEST_S = 10.0
"""All answers together, however they come."""

FENCE = "\x1b[c"
"""DA1: what are you? The answer to it ends the waiting."""
VERSION = "\x1b[>0q"
CELL, WINDOW, CHARACTERS = "\x1b[16t", "\x1b[14t", "\x1b[18t"
SYNCHRONISED = "\x1b[?2026$p"
COLOUR_REGISTERS, MOST_REGISTERS = "\x1b[?1;1;0S", "\x1b[?1;4;0S"


@dataclass(frozen=True)
class Tty:
    """A terminal's two ends, as file descriptors; often the same one."""

    reading: int
    writing: int


@dataclass(frozen=True)
class Answers:
    """What the terminal said, in plain values; None and "" where it said nothing."""

    name: str = ""
    """As it calls itself (XTVERSION): "kitty(0.35.2)"."""
    attributes: frozenset[int] = frozenset()
    """DA1 without its first number: 4 is Sixel."""
    kitty: bool = False
    """Whether it reads Kitty's graphics at all."""
    edits: bool = False
    """Whether a picture can be changed in place (a=f)."""
    media: frozenset[Medium] = frozenset()
    """How it can read pixels of this machine: then it runs on this machine."""
    cell: tuple[int, int] | None = None
    """(width, height) in pixels."""
    window: tuple[int, int] | None = None
    """(width, height) of the text's area in pixels."""
    characters: tuple[int, int] | None = None
    """(columns, rows)."""
    synchronised: bool | None = None
    """Whether frames can be shown whole (?2026)."""
    registers: int | None = None
    """Colours that a Sixel picture may have."""
    most_registers: int | None = None
    """How many it would get if it asked for them."""
    round_trip_s: float | None = None
    """From the questions to the first answer."""
    is_complete: bool = False
    """Whether the last answer came: else some may still be on their way."""
    typed: bytes = b""
    """Keys that were typed while the terminal was asked, for whoever reads them next."""


def find_tty() -> Tty | None:
    """The terminal that standard output (or else standard error) is, if its keyboard can be read.

    That is through standard input, or, where that is something else, through the output itself if this process is
    steered by that terminal. None for a job in the background too: it would be stopped for touching the keyboard.
    """
    writing = next((handle for handle in map(_handle, (sys.__stdout__, sys.__stderr__)) if handle is not None), None)
    if writing is None:
        return None
    reading = _handle(sys.__stdin__)
    if reading is not None and os.fstat(reading).st_rdev == os.fstat(writing).st_rdev:
        try:
            in_front = os.tcgetpgrp(reading) == os.getpgrp()
        except OSError:  # it steers no session, as a pseudo-terminal of a test: nobody stops us
            in_front = True
        return Tty(reading, writing) if in_front else None
    try:
        in_front = os.tcgetpgrp(writing) == os.getpgrp()
    except OSError:
        return None
    return Tty(writing, writing) if in_front else None


def _handle(stream: object) -> int | None:
    """The stream's descriptor where it is a terminal."""
    try:
        handle = int(stream.fileno())  # type: ignore[attr-defined]  # closed or replaced streams have none
        return handle if os.isatty(handle) else None
    except (AttributeError, OSError, ValueError):
        return None


def first_answer_s(environment: Mapping[str, str]) -> float:
    """How long the first answer may take: longer through SSH."""
    is_far = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    return FAR_FIRST_ANSWER_S if is_far else FIRST_ANSWER_S


def ask(
    tty: Tty,
    *,
    patience_s: float = FIRST_ANSWER_S,
    simply: bool = False,
    kitty: bool = True,
    past_tmux: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Answers:
    """The terminal's answers. `simply` leaves out what some old terminals print instead of swallowing it.

    `kitty` asks about Kitty's graphics, and `past_tmux` asks the terminal behind tmux, which answers all else itself.
    Raises nothing: a terminal that can't be read has said nothing.
    """
    with _probes(kitty and not simply) as probes:
        questions = [VERSION, *map(through_tmux if past_tmux else str, probes.questions), CELL, WINDOW, CHARACTERS]
        questions += [FENCE] if simply else [SYNCHRONISED, COLOUR_REGISTERS, MOST_REGISTERS, FENCE]
        # tmux answers the fence itself, before the terminal behind it has seen the questions.
        awaited = frozenset(probes.meanings) if past_tmux else frozenset()
        heard = _converse(tty, "".join(questions), partial(_is_complete, awaited=awaited), patience_s, clock)
        return _understand(heard, probes)


def ask_for_registers(tty: Tty, num: int, answers: Answers, patience_s: float = FIRST_ANSWER_S) -> Answers:
    """The answers with the colours that a Sixel picture has after asking for so many, and all keys typed till then.

    xterm as a VT340 has 16, and gives more when asked (XTSMGRAPHICS).
    """
    heard = _converse(tty, f"\x1b[?1;3;{num}S{FENCE}", partial(_is_complete, awaited=frozenset()), patience_s)
    granted = _understand(heard, _Probes([], {})).registers
    return replace(answers, registers=granted or answers.registers, typed=answers.typed + heard.typed)


def give_back(tty: Tty, typed: bytes) -> bool:
    """Puts keys back before what is typed next (TIOCSTI), as if they had not been read; False where the kernel won't.

    Linux since 6.2 mostly won't: then they are lost to whoever reads the keyboard after this program.
    """
    try:
        import fcntl
        import termios

        for byte in typed:
            fcntl.ioctl(tty.reading, termios.TIOCSTI, bytes([byte]))
    except (ImportError, OSError):
        return False
    return True


# The questions about Kitty's graphics


@dataclass(frozen=True)
class _Probes:
    questions: list[str]
    meanings: dict[int, str]
    """What the answer to each picture's id is about: "kitty", "edits", "shared" or "file"."""


@contextmanager
def _probes(wanted: bool) -> Iterator[_Probes]:
    """Each ability is asked about by itself, with one pixel. What is left of them is removed at the end."""
    if not wanted:
        yield _Probes([], {})
        return
    first = secrets.randbelow(2**24 - 8) + 1
    meanings = {first: "kitty", first + 1: "edits"}
    pixel = base64.b64encode(bytes(3)).decode()
    one = "s=1,v=1,f=24"
    questions = [
        f"\x1b_Gi={first},a=q,{one};{pixel}\x1b\\",
        f"\x1b_Gi={first + 1},a=t,{one},q=2;{pixel}\x1b\\",  # a picture to be edited
        f"\x1b_Gi={first + 1},a=f,r=1,{one};{pixel}\x1b\\",
        f"\x1b_Gi={first + 1},a=d,d=I,q=2\x1b\\",
    ]
    shared: list[SharedPixels] = []
    for image_id, medium in ((first + 2, "shared"), (first + 3, "file")):
        with suppress(OSError, ImportError):  # nowhere to put it: then the terminal need not be asked
            pixels = SharedPixels(medium)  # type: ignore[arg-type]  # the two of Medium
            name = base64.b64encode(pixels.put(bytes(3)).encode()).decode()
            shared.append(pixels)
            questions.append(f"\x1b_Gi={image_id},a=q,{one},S=3,{KEYS[pixels.medium]};{name}\x1b\\")
            meanings[image_id] = medium
    try:
        yield _Probes(questions, meanings)
    finally:
        for pixels in shared:
            pixels.clear()


# Speaking and listening


@dataclass(frozen=True)
class _Heard:
    answers: list[Answer]
    typed: bytes
    round_trip_s: float | None
    is_complete: bool


def _converse(
    tty: Tty,
    questions: str,
    is_complete: Callable[[list[Answer]], bool],
    patience_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> _Heard:
    parser = AnswerParser(keep_mode_reports=False, clock=clock)
    answers: list[Answer] = []
    typed = bytearray()
    round_trip_s: float | None = None
    try:
        with _keys_unheard(tty.reading):
            start = clock()
            _write(tty.writing, questions.encode())
            deadline = clock() + patience_s
            while not is_complete(answers) and clock() < deadline:
                ready, _, _ = select.select([tty.reading], [], [], max(0.0, min(0.05, deadline - clock())))
                typed += parser.release()
                if not ready:
                    continue
                data = os.read(tty.reading, 4096)
                if not data:
                    break
                typed += parser.feed(data)
                new = parser.take()
                if new:
                    now = clock()
                    round_trip_s = now - start if round_trip_s is None else round_trip_s
                    deadline = min(now + max(FURTHER_ANSWER_S, 2 * round_trip_s), start + LONGEST_S)
                    answers += new
    except OSError:  # the terminal is gone, or can't be set
        pass
    return _Heard(answers, bytes(typed + parser.flush()), round_trip_s, is_complete(answers))


@contextmanager
def _keys_unheard(reading: int) -> Iterator[None]:
    """Keys come as they are typed and are not shown; Ctrl-C still interrupts. What was typed before is not lost."""
    try:
        import termios
    except ImportError:  # no such terminals on this system
        raise OSError("no termios") from None
    try:
        before = termios.tcgetattr(reading)
        after = termios.tcgetattr(reading)
        after[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
        after[3] &= ~(termios.ICANON | termios.ECHO)
        after[6][termios.VMIN], after[6][termios.VTIME] = 1, 0
        termios.tcsetattr(reading, termios.TCSANOW, after)
    except termios.error as error:
        raise OSError(*error.args) from None
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(reading, termios.TCSANOW, before)


def _write(handle: int, data: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    while data:
        data = data[os.write(handle, data) :]


# Understanding


def _is_complete(answers: list[Answer], awaited: frozenset[int]) -> bool:
    has_fence = any(_is_fence(answer) for answer in answers)
    return has_fence and awaited <= {image_id for image_id, _ in map(_picture_answer, answers) if image_id}


def _is_fence(answer: Answer) -> bool:
    return answer.introducer == "[" and answer.text.startswith("?") and answer.text.endswith("c")


def _picture_answer(answer: Answer) -> tuple[int, str]:
    """A picture's id and what was said of it; (0, "") of other answers."""
    match = re.fullmatch(r"G(?:[^;]*,)?i=(\d+)[^;]*;(.*)", answer.text) if answer.introducer == "_" else None
    return (int(match[1]), match[2]) if match else (0, "")


def _understand(heard: _Heard, probes: _Probes) -> Answers:
    said = {probes.meanings.get(image_id) for image_id, word in map(_picture_answer, heard.answers) if word == "OK"}
    controls = [answer.text for answer in heard.answers if answer.introducer == "["]
    names = [answer.text[2:] for answer in heard.answers if answer.introducer == "P" and answer.text[:2] == ">|"]
    fence = next((text for text in controls if text.startswith("?") and text.endswith("c")), "?c")
    registers = _registers(controls)
    media: list[Medium] = ["shared", "file"]
    mode = next((text for text in controls if text.startswith("?2026;")), "")
    return Answers(
        name=names[0] if names else "",
        attributes=frozenset(int(number) for number in fence[1:-1].split(";")[1:] if number.isdecimal()),
        kitty="kitty" in said,
        edits="edits" in said,
        media=frozenset(medium for medium in media if medium in said),
        cell=_size(controls, "6"),
        window=_size(controls, "4"),
        characters=_size(controls, "8"),
        synchronised=mode[6:7] in ("1", "2") if mode else None,
        registers=registers[0] if registers else None,
        most_registers=registers[1] if len(registers) > 1 else None,
        round_trip_s=heard.round_trip_s,
        is_complete=heard.is_complete,
        typed=heard.typed,
    )


def _size(controls: list[str], kind: str) -> tuple[int, int] | None:
    """(width, height) of the report of that kind, which has the height first."""
    for text in controls:
        match = re.fullmatch(rf"{kind};(\d{{1,6}});(\d{{1,6}})t", text)
        if match and int(match[1]) and int(match[2]):
            return int(match[2]), int(match[1])
    return None


def _registers(controls: list[str]) -> list[int | None]:
    """What the questions about colour registers were answered, in their order; None for a refusal."""
    matches = [re.fullmatch(r"\?1;(\d+)(?:;(\d+))?S", text) for text in controls]
    return [int(match[2]) if match[1] == "0" and match[2] else None for match in matches if match]
