"""A pseudo-terminal whose other end answers as a named terminal would, when it is told to."""

import base64
import os
import pty
import re
import select
import termios
import threading
import time
import tty as tty_modes
from contextlib import suppress
from pathlib import Path

from vae_tui.terminal.queries import FENCE, Tty

KITTY = {
    "\x1b[>0q": "\x1bP>|kitty(0.35.2)\x1b\\",
    "\x1b[16t": "\x1b[6;20;9t",
    "\x1b[14t": "\x1b[4;800;900t",
    "\x1b[18t": "\x1b[8;40;100t",
    "\x1b[?2026$p": "\x1b[?2026;2$y",
    "\x1b[c": "\x1b[?62;52c",
}
XTERM = {
    "\x1b[>0q": "\x1bP>|XTerm(379)\x1b\\",
    "\x1b[?2026$p": "\x1b[?2026;0$y",
    "\x1b[?1;1;0S": "\x1b[?1;0;16S",
    "\x1b[?1;4;0S": "\x1b[?1;0;1024S",
    "\x1b[?1;3;64S": "\x1b[?1;0;64S",
    "\x1b[c": "\x1b[?63;1;2;4;6c",
}
QUERY = re.compile(r"\x1b_G(?P<keys>[^;\x1b]*)(?:;(?P<payload>[^\x1b]*))?\x1b\\|\x1b\[[>?0-9;]*(?:\$p|[a-zA-Z])")


def reply(query, table, graphics):
    """The answer to one query; `graphics` are the abilities: "kitty", "edits", "shared", "file"."""
    if query["keys"] is None:
        return table.get(query[0], "")
    keys = dict(word.split("=") for word in query["keys"].split(","))
    if not graphics or keys.get("q") == "2":
        return ""
    medium = {"s": "shared", "t": "file"}.get(keys.get("t"))
    ability = "edits" if keys["a"] == "f" else medium or "kitty"
    fine = ability in graphics
    if fine and medium:
        name = base64.b64decode(query["payload"]).decode()
        path = Path("/dev/shm" + name) if medium == "shared" else Path(name)
        fine = path.exists() and path.read_bytes() == bytes(3)  # who asked may have cleaned up by now
        path.unlink(missing_ok=True)
    return f"\x1b_Gi={keys['i']};{'OK' if fine else 'EINVAL:no'}\x1b\\"


class FakeTty:
    """Answers all queries together, `delay_s` after the last of them; before that, it types `typed`.

    The answers come in pieces of so many bytes, each read before the next is sent. It sends nothing by itself where
    `table` is None.
    """

    def __init__(self, table, graphics=(), *, delay_s=0.0, typed=b"", typed_before=b"", pieces=4096, then=()):
        self._ours, self.theirs = pty.openpty()
        if typed_before:
            os.write(self._ours, typed_before)
        self.tty = Tty(self.theirs, self.theirs)
        self.written = ""
        self._table, self._graphics = table, graphics
        self._delay_s, self._typed, self._pieces, self._then = delay_s, typed, pieces, then
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()
        os.close(self._ours)
        os.close(self.theirs)

    def _run(self):
        at = 0
        while not self._stop.is_set():
            if select.select([self._ours], [], [], 0.01)[0]:
                self.written += os.read(self._ours, 65536).decode()
            if self._table is not None and FENCE in self.written[at:]:
                asked, at = self.written[at:], len(self.written)
                answers = "".join(reply(query, self._table, self._graphics) for query in QUERY.finditer(asked))
                self._send(self._typed)
                if self._stop.wait(self._delay_s):
                    return
                for start in range(0, len(answers), self._pieces):
                    self._send(answers[start : start + self._pieces].encode())
                for delay_s, more in self._then:
                    if self._stop.wait(delay_s):
                        return
                    self._send(more)

    def _send(self, data):
        with suppress(OSError):
            os.write(self._ours, data)

    def read_rest(self, num_bytes, timeout_s=10):
        """What arrives later, as the app's own driver would read it."""
        tty_modes.setcbreak(self.theirs, termios.TCSANOW)  # what is there already is not lost
        deadline, data = time.monotonic() + timeout_s, b""
        while len(data) < num_bytes and time.monotonic() < deadline:
            if select.select([self.theirs], [], [], 0.05)[0]:
                data += os.read(self.theirs, 4096)
        return data
