"""Textual's driver, with what the explorer needs of a terminal besides.

Keys that were typed while the terminal was asked what it can show come first; answers that come late are no keys; and
a picture that the terminal keeps in its memory is taken off before the screen that it was on is left.
"""

import os
import select
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from signal import SIGHUP
from threading import main_thread
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from vae_tui.explorer.key_parser import KeyParser
from vae_tui.explorer.worker import TURN_S
from vae_tui.terminal.answers import AnswerParser

_IDLE_S, _HOLDING_S = 0.1, 0.02
"""How long a key is waited for at a time: shorter while an ESC is held that may be one."""
_READ_BYTES = 4096
SHORT = 2048
"""Letters that a terminal which takes any takes all, but for one that has stopped in that moment."""


class TerminalFile:
    """The terminal to write to. What is written after it has hung up is dropped.

    An error would end Textual's thread that writes, and once the queue to it is full, the app waits for it for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._num_written = 0
        """Texts that the thread has written; those written at once do not count."""

    def write(self, text: str) -> None:
        """Writes, or drops."""
        with self._lock, suppress(OSError):
            self._num_written += 1
            self._file.write(text)

    def flush(self) -> None:
        """Hands on what was written."""
        with self._lock, suppress(OSError):
            self._file.flush()

    def write_at_once(self, text: str, after: int) -> bool:
        """Writes and flushes, if `after` so many texts nothing else is waiting, and the terminal takes any just now."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            _, ready, _ = select.select([], [self._file], [], 0) if self._num_written == after else ([], [], [])
            if ready:
                with suppress(OSError):
                    self._file.write(text)
                    self._file.flush()
            return bool(ready)
        finally:
            self._lock.release()

    def fileno(self) -> int:
        """The file's number."""
        return self._file.fileno()


class GatheringDriver(LinuxDriver):
    """Writes a frame and the text around it at once: Textual's thread wakes up, and flushes, for each piece."""

    _gathered: list[str] | None = None
    _num_handed_on = 0
    """Texts that the thread was given to write."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._terminal = TerminalFile(self._file)
        self._file: Any = self._terminal

    def send_message(self, message: Message) -> None:
        """Posts what was read from the thread that reads; Textual makes a task of each."""
        self._loop.call_soon_threadsafe(self._app.post_message, message)

    def gather(self) -> None:
        """Keeps what is written, until `release`."""
        self._gathered = []

    def release(self) -> None:
        """Writes what was kept; what is short at once, where nothing is in its way: that saves a turn of the thread."""
        gathered, self._gathered = self._gathered, None
        text = "".join(gathered or ())
        if text and not (len(text) <= SHORT and self._terminal.write_at_once(text, self._num_handed_on)):
            self.write(text)
            time.sleep(TURN_S)

    def write_first(self, data: str) -> None:
        """Hands the text on ahead of what is kept."""
        if self._gathered is None:
            self.write(data)
        else:
            self._gathered.insert(0, data)

    def write(self, data: str) -> None:
        """Hands the text to the thread that writes, or keeps it."""
        if self._gathered is None:
            self._num_handed_on += 1
            super().write(data)
        else:
            self._gathered.append(data)


def driver_class(typed: bytes, farewell: Callable[[], str], alt_keys: Collection[str] = ()) -> type[LinuxDriver]:
    """A driver for an app's `driver_class`: `typed` are the keys to begin with, `farewell` the painter's.

    `alt_keys` are those of the keymap with Alt.
    """
    waiting = [typed.replace(b"\n", b"\r")]  # Enter, where the terminal was not raw yet

    class ExplorerDriver(GatheringDriver):
        def run_input_thread(self) -> None:
            """Reads keys until the app stops, as Textual's own loop does, but for what AnswerParser takes out."""
            parser = KeyParser(alt_keys, debug=self._debug)
            answers = AnswerParser(keep_mode_reports=True)
            decode = getincrementaldecoder("utf-8")("replace").decode

            def post(messages: Iterable[Message]) -> None:
                for message in messages:
                    self.process_message(message)

            def type_in(keys: bytes) -> None:
                text = decode(keys)
                if text:  # "" would end the parser
                    post(parser.feed(text))

            type_in(answers.feed(waiting.pop() if waiting else b""))
            while self.is_wanted():
                ready, _, _ = select.select([self.fileno], [], [], _HOLDING_S if answers.is_holding else _IDLE_S)
                if ready:
                    data = b""
                    with suppress(OSError):
                        data = os.read(self.fileno, _READ_BYTES)
                    if not data:  # the terminal is gone; nothing will come, not always a signal either
                        with suppress(RuntimeError):  # the app has ended
                            self._loop.call_soon_threadsafe(self._app.exit, None, 128 + SIGHUP)
                        while self.is_wanted():
                            self.exit_event.wait(_IDLE_S)
                    type_in(answers.feed(data))
                    answers.take()
                else:
                    type_in(answers.release())
                post(parser.tick())
            if self.exit_event.is_set():
                post(parser.feed(""))

        def is_wanted(self) -> bool:
            """Whether keys are read: else an app that failed while it started would be waited for, for ever."""
            return not self.exit_event.is_set() and main_thread().is_alive()

        def stop_application_mode(self) -> None:
            """On leaving, a crash, a signal or Ctrl-Z alike: a picture is deleted on the screen that it is on."""
            if self._writer_thread is not None:
                self.write(farewell())
            super().stop_application_mode()

    return ExplorerDriver
