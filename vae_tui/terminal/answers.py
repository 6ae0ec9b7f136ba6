"""Tells a terminal's answers from the keys that are typed between them, as the bytes come.

Sources: ECMA-48 for the forms of control sequences; xterm's ctlseqs for what answers what.
"""

import re
import time
from collections.abc import Callable
from typing import NamedTuple

KEY_S = 0.05
"""How long an ESC may wait for what follows it before it is the Escape key. Textual waits again, 0.1 s."""
ANSWER_S = 5.0
"""How long the rest of what is surely an answer is waited for."""
_MAX_BYTES = 4096
"""A longer one is no answer: what it is made of is passed on."""

_PRIVATE = re.compile(rb"\x1b\[[?>=][0-9:;]*[ -/]*[@-~]")
"""Keys have no such mark; the mouse has another, CSI <."""
_PLAIN = re.compile(rb"\x1b\[<?[0-9:;]*[@-~]")
_CSI_BEGUN = re.compile(rb"\x1b\[(?:[?>=][0-9:;]*[ -/]*|<?[0-9:;]*)\Z")
_PLAIN_ANSWER = re.compile(rb"\x1b\[(?:(?!48;)[0-9]+(?:;[0-9]+)*t|[0-9]+n)\Z")
"""Sizes, other than those within the stream (CSI 48 t), and a terminal's "ready" (CSI 0 n)."""
_MODE_REPORT = re.compile(rb"\x1b\[\?[0-9]+;[0-9]+\$y\Z")
_STRING_END = re.compile(rb"\x1b\\|\x07")
_STRING_HEADS = (b"\x1bP>|", b"\x1bP!|", b"\x1bP0+r", b"\x1bP1+r", b"\x1b_Gi=", b"\x1b]10;", b"\x1b]11;")
"""How they begin: XTVERSION, DA3, XTGETTCAP, Kitty's graphics, colours. ESC P by itself is Alt+Shift+P."""
_X10_MOUSE = b"\x1b[M"
_X10_BYTES = 3


class Answer(NamedTuple):
    """One control sequence from the terminal."""

    introducer: str
    """"[" of control sequences, "P", "_" or "]" of strings."""
    text: str
    """What follows it, without a string's end."""


class AnswerParser:
    """Splits what is read into answers and all else: keys, mouse reports, pastes, cursor positions.

    Textual has an event of its own for mode reports: with `keep_mode_reports` they stay among the keys.
    """

    def __init__(self, *, keep_mode_reports: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_mode_reports = keep_mode_reports
        self._clock = clock
        self._held = b""
        self._held_since = 0.0
        self._num_raw = 0
        self._answers: list[Answer] = []

    def feed(self, data: bytes) -> bytes:
        """What of it is no answer. The beginning of what may become one is held back: see `release`."""
        text, self._held = self._held + data, b""
        kept = bytearray()
        at = 0
        while at < len(text):
            length = self._piece(text, at)
            if not length:
                self._held, self._held_since = text[at:], self._clock()
                break
            piece = text[at : at + length]
            if not self._note(piece):
                kept += piece
            at += length
        return bytes(kept)

    def take(self) -> list[Answer]:
        """The answers since the last call."""
        answers, self._answers = self._answers, []
        return answers

    @property
    def is_holding(self) -> bool:
        """Whether something is held back."""
        return bool(self._held)

    def release(self) -> bytes:
        """What was held back for too long to be an answer; to be called now and then while nothing comes.

        Of an answer that broke off nothing is given: its digits are no keys.
        """
        waited_s = self._clock() - self._held_since
        if waited_s < (ANSWER_S if _is_surely_answer(self._held) else KEY_S):
            return b""
        return self.flush()

    def flush(self) -> bytes:
        """What is held back, unless it is surely an answer."""
        held, self._held = self._held, b""
        return b"" if _is_surely_answer(held) else held

    def _piece(self, text: bytes, at: int) -> int:
        """Bytes of the sequence, or of the text up to the next one; 0 where its end has not come yet."""
        if self._num_raw:
            length = min(self._num_raw, len(text) - at)
            self._num_raw -= length
            return length
        if text[at] != 0x1B:
            following = text.find(b"\x1b", at)
            return (following if following >= 0 else len(text)) - at
        introducer = text[at + 1 : at + 2]
        if introducer == b"[":
            match = _PRIVATE.match(text, at) or _PLAIN.match(text, at)
            if match is not None:
                return match.end() - at
            return 0 if _CSI_BEGUN.match(text, at) and len(text) - at < _MAX_BYTES else 2
        if introducer in (b"P", b"_", b"]"):
            rest = text[at:]
            if not any(rest.startswith(head) or head.startswith(rest) for head in _STRING_HEADS):
                return 2
            end = _STRING_END.search(text, at + 2)
            if end is None and len(rest) < _MAX_BYTES:
                return 0
            return 2 if end is None else end.end() - at
        return 1 if introducer else 0

    def _note(self, piece: bytes) -> bool:
        """Whether the piece is an answer, which is then noted."""
        if piece == _X10_MOUSE:
            self._num_raw = _X10_BYTES
        if piece.startswith(b"\x1b["):
            is_answer = _PRIVATE.match(piece) is not None or _PLAIN_ANSWER.match(piece) is not None
            if not is_answer or (self._keep_mode_reports and _MODE_REPORT.match(piece)):
                return False
            self._answers.append(Answer("[", piece[2:].decode("ascii")))
            return True
        if not piece.startswith(_STRING_HEADS):
            return False
        body = _STRING_END.sub(b"", piece[2:])
        self._answers.append(Answer(chr(piece[1]), body.decode("utf-8", "replace")))
        return True


def _is_surely_answer(held: bytes) -> bool:
    """Whether what is there of it can't have been typed: that would be ESC and one key."""
    return held.startswith(_STRING_HEADS) or (held.startswith(b"\x1b[") and len(held) > 3) or held.startswith(b"\x1b[?")
