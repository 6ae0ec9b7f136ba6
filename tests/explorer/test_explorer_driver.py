"""The explorer on a pseudo-terminal that answers late, while keys are typed; and what it leaves behind."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from pathlib import Path

import pyte
import pytest
from textual.drivers._writer_thread import WriterThread

from vae_tui.explorer.driver import GatheringDriver, TerminalFile, driver_class

FOLDER = Path(__file__).parent
COLUMNS, ROWS = 100, 32
DEADLINE_S = 60
PROGRAM = """
import sys
sys.path[:0] = {paths!r}
from explorer_fakes import ORIGIN, FakeModel
from vae_tui.explorer import run_explorer
from vae_tui.terminal import queries
queries.FIRST_ANSWER_S = {patience_s}
{more}
sys.exit(run_explorer(FakeModel, ORIGIN, "auto"))
"""
CRASH = """
from vae_tui.explorer.app import ExplorerApp
ExplorerApp.action_theme = lambda self: 1 / 0
"""
QUESTION = re.compile(rb"\x1b_Gi=(?P<id>\d+),a=[qf][^\x1b]*\x1b\\|\x1b\[\?(?P<mode>\d+)\$p|\x1b\[>?[0-9?;]*[qtSnc]")
ANSWERS = {
    b"\x1b[>0q": b"\x1bP>|kitty(0.26.5)\x1b\\",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[?1;1;0S": b"\x1b[?1;0;256S",
    b"\x1b[c": b"\x1b[?62;26;22c",
    b"\x1b[6n": b"\x1b[2;6R",
}


def answer(question):
    if question["id"]:
        return b"\x1b_Gi=%b;OK\x1b\\" % question["id"]
    return b"\x1b[?%b;0$y" % question["mode"] if question["mode"] else ANSWERS.get(question[0], b"")


DELETION = re.compile(rb"\x1b_Ga=d,d=I,i=\d+,q=2\x1b\\")


class Terminal:
    """Answers as kitty 0.26 does, each question `delay_s` later."""

    def __init__(self, *, delay_s=0.0, patience_s=1.0, typed=b"", more=""):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * 10, ROWS * 20))
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("SSH_", "TMUX", "VAETUI"))
        }
        environment |= {"PYTHONPATH": str(FOLDER.parents[1]), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        program = PROGRAM.format(paths=[str(FOLDER), str(FOLDER.parent)], patience_s=patience_s, more=more)
        os.write(self._ours, typed)
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], env=environment, start_new_session=True, **streams
        )
        os.close(theirs)
        self._delay_s = delay_s
        self._due = []
        self._asked_to = 0
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""

    @property
    def text(self):
        return "\n".join(self._screen.display)

    def press(self, keys):
        os.write(self._ours, keys.encode())

    def read_until(self, is_there):
        deadline = time.monotonic() + DEADLINE_S
        while not is_there(self.text):
            assert time.monotonic() < deadline, f"never came:\n{self.text}"
            self._turn()

    def read_to_the_end(self):
        with contextlib.suppress(OSError):  # Linux reports a closed pseudo-terminal as an error
            while True:
                self._turn()
        return self.process.wait(DEADLINE_S)

    @property
    def num_due(self):
        return len(self._due)

    def _turn(self):
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            os.write(self._ours, self._due.pop(0)[1])
        wait_s = self._due[0][0] - now if self._due else 1.0
        if not select.select([self._ours], [], [], wait_s)[0]:
            return
        data = os.read(self._ours, 65536)
        if not data:
            raise OSError
        self.written += data
        shown = re.sub(rb"\x1b[_P].*?\x1b\\|\x1b\[[>?<][0-9;]*(?:\$p|[quS])|\x1b\[>0q|\x1b\[1[468]t", b"", data)
        self._stream.feed(shown)
        for question in QUESTION.finditer(self.written, self._asked_to):
            self._due.append((time.monotonic() + self._delay_s, answer(question)))
            self._asked_to = question.end()

    def hang_up(self):
        os.close(self._ours)
        self._ours = None

    def close(self):
        self.process.kill()
        self.process.wait()
        if self._ours is not None:
            os.close(self._ours)


@pytest.fixture
def explore():
    terminals = []

    def start(**options):
        terminals.append(Terminal(**options))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def test_answers_in_time_choose_the_protocol_and_keys_typed_before_count(explore):
    terminal = explore(delay_s=0.05, typed=b"rr")
    terminal.read_until(lambda text: "seed 2" in text)
    assert "kitty" in terminal.text
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


@pytest.mark.parametrize("delay_s", [0.6, 3.0])
def test_answers_that_come_while_the_app_runs_press_no_key(explore, delay_s):
    """A 2 or 6 would show another view, a ? the help, an r another seed."""
    terminal = explore(delay_s=delay_s, patience_s=0.05)
    terminal.read_until(lambda text: "64 samples" in text and "seed 0" in text)
    assert "half cells" in terminal.text
    terminal.read_until(lambda text: terminal.num_due == 0)
    terminal.press("r")
    terminal.read_until(lambda text: "seed 1" in text)
    assert "64 samples" in terminal.text
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


def test_escape_still_closes_a_dialog(explore):
    terminal = explore()
    terminal.read_until(lambda text: "seed 0" in text)
    terminal.press("?")
    terminal.read_until(lambda text: "seed 0" not in text)
    terminal.press("\x1b")
    terminal.read_until(lambda text: "seed 0" in text)


def is_stopped(process):
    return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG) is not None


def test_a_stopped_program_has_deleted_its_picture_and_draws_a_new_one_that_stays(explore):
    terminal = explore()
    terminal.read_until(lambda text: "seed 0" in text and b"\x1b_Ga=T" in terminal.written)
    terminal.press("\x1a")
    terminal.read_until(lambda text: b"\x1b[?1004l" in terminal.written)
    shown = set(re.findall(rb"\x1b_Ga=T,f=100,i=(\d+)", terminal.written))
    on_its_screen = terminal.written.partition(b"\x1b[?1049l")[0]
    deletions = b"".join(DELETION.findall(on_its_screen.rpartition(b"\x1b_Ga=T")[2]))
    assert shown <= set(re.findall(rb"i=(\d+)", deletions))
    terminal.read_until(lambda text: is_stopped(terminal.process))  # what continues it before would be lost
    before = len(terminal.written)
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.read_until(lambda text: b"\x1b_Ga=T" in terminal.written[before:] and "seed 0" in text)
    terminal.press("r")
    terminal.read_until(lambda text: "seed 1" in text)
    drawn = terminal.written[before:].partition(b"\x1b_Ga=T")
    assert not DELETION.findall(drawn[0])  # the shell had the terminal already
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


@pytest.mark.parametrize("end", ["quit", "SIGTERM", "SIGINT", "crash"])
def test_the_picture_is_deleted_on_the_screen_that_it_is_on(explore, end):
    terminal = explore(more=CRASH if end == "crash" else "")
    terminal.read_until(lambda text: "seed 0" in text and b"\x1b_Ga=T" in terminal.written)
    if end.startswith("SIG"):
        terminal.process.send_signal(signal.Signals[end])
    else:
        terminal.press("q" if end == "quit" else "t")
    code = terminal.read_to_the_end()
    assert code == {"quit": 0, "SIGTERM": 143, "SIGINT": 130, "crash": 1}[end]
    shown = set(re.findall(rb"\x1b_Ga=T,f=100,i=(\d+)", terminal.written))
    on_its_screen, left, _ = terminal.written.partition(b"\x1b[?1049l")
    assert left
    deleted = set(re.findall(rb"i=(\d+)", b"".join(DELETION.findall(on_its_screen.rpartition(b"\x1b_Ga=T")[2]))))
    assert shown
    assert shown <= deleted


DEAF = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from vae_tui.explorer import app
app.SIGHUP = signal.SIGUSR1
"""
"""A program that the signal does not reach."""


@pytest.mark.parametrize("more", ["", DEAF], ids=["told by a signal", "told by nothing but the end"])
def test_a_terminal_that_hangs_up_ends_the_program(explore, more):
    terminal = explore(more=more)
    terminal.read_until(lambda text: "seed 0" in text and b"\x1b_Ga=T" in terminal.written)
    terminal.hang_up()
    assert terminal.process.wait(DEADLINE_S) in (129, 120)  # 120: Python could not flush what it had for the terminal


def test_what_is_written_after_the_terminal_hung_up_is_dropped():
    ours, theirs = pty.openpty()
    os.close(ours)
    with open(theirs, "w", buffering=1) as file:
        with pytest.raises(OSError, match="Input/output error"):
            file.write("no one is there\n")
        screen = TerminalFile(file)
        screen.write("no one is there\n")
        screen.flush()
        with contextlib.suppress(OSError):
            file.close()


@pytest.fixture
def screen():
    """A terminal's file, with its other end."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with open(theirs, "w") as file:
        yield TerminalFile(file), ours
    os.close(ours)


def test_what_is_short_is_written_at_once_where_nothing_waits_before_it(screen):
    file, ours = screen
    assert file.write_at_once("one", after=0)
    assert os.read(ours, 100) == b"one"
    assert not file.write_at_once("three", after=1)  # the thread still has to write what it was handed
    file.write("two")
    assert file.write_at_once("three", after=1)  # what is written there and not flushed goes out with it
    assert os.read(ours, 100) == b"twothree"


def test_to_a_terminal_that_has_stopped_nothing_is_written_at_once(screen):
    file, ours = screen
    termios.tcflow(file.fileno(), termios.TCOOFF)
    assert not file.write_at_once("one", after=0)
    termios.tcflow(file.fileno(), termios.TCOON)
    assert file.write_at_once("two", after=0)
    assert os.read(ours, 100) == b"two"


def test_frames_that_are_written_at_once_and_by_the_thread_stay_in_order(screen):
    file, ours = screen
    driver = GatheringDriver.__new__(GatheringDriver)
    driver._terminal = file
    driver._writer_thread = thread = WriterThread(file)
    frames = [chr(ord("a") + number % 26) * (1 if number % 3 else 5000) for number in range(60)]
    thread.start()
    received = bytearray()
    reading = threading.Thread(target=lambda: received.extend(read_exactly(ours, len("".join(frames)))), daemon=True)
    reading.start()
    for frame in frames:
        driver.gather()
        driver.write(frame)
        driver.release()
    thread.stop()
    reading.join(DEADLINE_S)
    assert received.decode() == "".join(frames)


def read_exactly(file, size):
    data = b""
    while len(data) < size:
        data += os.read(file, size)
    return data


def test_keys_are_read_no_longer_than_the_program_runs(monkeypatch):
    ended = threading.Thread()
    monkeypatch.setattr("vae_tui.explorer.driver.main_thread", lambda: ended)  # it failed before Textual stopped us
    kind = driver_class(b"", str)
    driver = kind.__new__(kind)
    near, far = os.pipe()
    driver._debug, driver.fileno, driver.exit_event = False, near, threading.Event()
    reading = threading.Thread(target=driver.run_input_thread, daemon=True)
    reading.start()
    reading.join(5)
    is_reading = reading.is_alive()
    driver.exit_event.set()
    reading.join(5)
    os.close(near)
    os.close(far)
    assert not is_reading
