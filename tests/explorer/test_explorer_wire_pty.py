"""Frames on their way to slow, late and mute terminals: the explorer itself, on a pretend terminal that keeps time."""

import sys
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from pty_terminal import KINDS, QUESTION, Answers, Link, PtyTerminal  # noqa: E402  # no package: a folder of programs

from vae_tui.explorer.wire import MAX_FRAMES  # noqa: E402

DEADLINE_S = 60
EXPLORER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:4]
from explorer_fakes import ORIGIN, FakeModel
from vae_tui.explorer.app import ExplorerApp
from vae_tui.terminal.halfblock import HalfblockPainter

class Explorer(ExplorerApp):
    def on_key(self, event):
        with open(sys.argv[4], "a") as file:
            print(event.key, file=file)

Explorer(FakeModel, ORIGIN, HalfblockPainter()).run()
"""
"""The explorer on a fake model, so that no torch is loaded; it notes the keys that reach it."""


class Explorer(PtyTerminal):
    def __init__(self, folder, **options):
        self._keys = folder / "keys.txt"
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)
        self._num_drawn = 0
        paths = (ROOT, ROOT / "tests", ROOT / "tests" / "explorer")
        super().__init__([sys.executable, "-c", EXPLORER, *paths, self._keys], cwd=folder, **options)
        self.see_seed(0)

    def see(self, text):
        """Waits until the text was shown, or fails."""
        assert self.wait(lambda: text.encode() in self.shown, DEADLINE_S), f"never came: {text}"

    def see_seed(self, seed):
        """Waits for the caption of that seed's frame, which is written with it: of it, what has changed."""
        caption = f"N(0, I) · seed {seed} "
        assert self.wait(lambda: caption in self._text(), DEADLINE_S), f"never came: {caption}"

    def _text(self):
        """What is on the screen."""
        new, self._num_drawn = self.pieces[self._num_drawn :], len(self.pieces)
        self._stream.feed(b"".join(piece.data for piece in new))
        return "\n".join(self._screen.display)

    @property
    def keys(self):
        """Every key that the program has taken something for."""
        return self._keys.read_text().split() if self._keys.is_file() else []


@pytest.fixture
def explore(tmp_path):
    terminals = []

    def start(**options):
        terminals.append(Explorer(tmp_path, **options))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def test_frames_are_skipped_on_a_slow_link_and_the_last_key_is_shown(explore):
    terminal = explore(kind=KINDS["kitty-ssh"], link=Link(bits_per_s=1e6, buffer_bytes=10**6, round_trip_s=0.05))
    num_keys = 40
    for _ in range(num_keys):  # faster than frames can pass: a key for each kilobyte or so that was shown
        num_shown = len(terminal.pieces)
        terminal.press("r")
        terminal.wait(lambda: len(terminal.pieces) > num_shown, 0.02)  # noqa: B023  # it waits here
    terminal.see_seed(num_keys)
    num_frames = len(terminal.reached_s)
    assert num_frames < num_keys
    assert 1 <= terminal.most_behind() <= MAX_FRAMES
    terminal.press("?")
    terminal.see("Esc closes")
    assert terminal.keys == ["r"] * num_keys + ["question_mark"]


def test_a_mute_terminal_gets_its_frames_too(explore):
    terminal = explore(kind=KINDS["mute"])
    for seed in range(1, 6):
        terminal.press("r")
        terminal.see_seed(seed)
    assert len(terminal.reached_s) == MAX_FRAMES  # after those it was not asked any more
    assert terminal.sent == []
    assert terminal.keys == ["r"] * 5


def test_late_answers_are_no_keys(explore):
    terminal = explore(kind=KINDS["xterm"], answer_delay_s=0.15)
    for seed in range(1, 4):
        terminal.press("r")
        terminal.see_seed(seed)
    assert terminal.wait(lambda: len(terminal.sent) >= len(terminal.reached_s) >= 4, DEADLINE_S)
    terminal.press("r")
    terminal.see_seed(4)
    assert terminal.keys == ["r"] * 4


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_pretend_terminal_reads_queries_in_any_pieces(step):
    written = (
        b"\x1b[38;2;1;2;3mtext\x1b[0m\x1b[>q\x1b[c" + QUESTION + b"\x1b[16t\x1b[?2026$p\x1bPq#0~~\x1b\\"
        b"\x1b_Gi=7,a=T,f=24,s=1,v=1,m=1;AA\x1b\\\x1b_Gm=0;AA\x1b\\\x1b_Ga=q,i=9,q=2;AAAA\x1b\\"
        b"\x1b_Ga=d,d=I,i=7\x1b\\" + QUESTION
    )
    answers = Answers(KINDS["kitty"], 120, 40, 1200, 800)
    read = [answers.read(written[start : start + step]) for start in range(0, len(written), step)]
    assert b"".join(answer for found, _ in read for answer in found) == (
        b"\x1bP>|kitty(0.32.2)\x1b\\\x1b[?62;c\x1b[40;1R\x1b[6;20;10t\x1b[?2026;2$y\x1b_Gi=7;OK\x1b\\\x1b[40;1R"
    )
    assert sum(num for _, num in read) == 2
