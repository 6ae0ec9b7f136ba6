"""The real program on a pseudo-terminal with a real checkpoint; and what it says where it can't run."""

import base64
import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pyte
import pytest
import torch
from fakes import fake_statistics
from PIL import Image

from vae_tui.checkpoint import Checkpoint, DataFacts, Gallery, write_checkpoint
from vae_tui.config import resolve
from vae_tui.errors import VaeTuiError
from vae_tui.imaging import read_provenance
from vae_tui.models.contract import ModelSpec

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "assets" / "demo.pt"
COLUMNS, ROWS = 100, 32
DEADLINE_S = 120


@pytest.fixture(scope="module")
def checkpoint_path(tmp_path_factory):
    """A random model of 3x8x8 images that carries 12 of them."""
    spec = ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16})
    images = np.random.default_rng(0).integers(0, 256, (12, 3, 8, 8), np.uint8)
    path = tmp_path_factory.mktemp("run") / "best.pt"
    checkpoint = Checkpoint(
        spec=spec,
        weights=spec.build(seed=0).state_dict(),
        config=resolve("shapes", {"model": "fc", "epochs": 2, "latent_dim": 8, "options": {"model.hidden": 16}}),
        data=DataFacts("shapes", ("square", "heart"), 100, 12),
        gallery=Gallery(torch.from_numpy(images), torch.arange(12) % 2, "test"),
        statistics=fake_statistics(8, 12),
        history=(),
        versions={"vaetui": "0.1.0", "torch": "2"},
        note="",
    )
    write_checkpoint(path, checkpoint)
    return path


class Terminal:
    """A program on a pseudo-terminal, and what its screen shows."""

    def __init__(self, *arguments, cwd):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * 10, ROWS * 20))
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "LINES", "COLUMNS")}
        environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        words = [sys.executable, "-m", "vae_tui", *map(str, arguments)]
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.process = subprocess.Popen(words, cwd=cwd, env=environment, start_new_session=True, **streams)
        os.close(theirs)
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""

    @property
    def text(self):
        return "\n".join(self._screen.display)

    def press(self, keys):
        os.write(self._ours, keys.encode())

    def read_until(self, is_there):
        """Feeds the screen until `is_there` holds, or fails showing it."""
        deadline = time.monotonic() + DEADLINE_S
        while not is_there(self.text):
            ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"never came:\n{self.text}"
            self._feed()

    def read_to_the_end(self):
        with contextlib.suppress(OSError):  # Linux reports a closed pseudo-terminal as an error
            while True:
                self._feed()
        return self.process.wait(DEADLINE_S)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def colours(self):
        """How many background colours stand in the picture's cells."""
        cells = (self._screen.buffer[y][x] for y in range(4, ROWS - 4) for x in range(60))
        return len({cell.bg for cell in cells})

    def _feed(self):
        read = os.read(self._ours, 65536)
        if not read:
            raise OSError
        self.written += read
        # pyte knows no private "report" sequences and would print them: none of them shows anything.
        self._stream.feed(read.replace(b"\x1b[>1u", b"").replace(b"\x1b[<u", b"").replace(b"\x1b[?2048$p", b""))


@pytest.fixture
def explore(checkpoint_path, tmp_path):
    terminals = []

    def start(*arguments):
        terminals.append(Terminal("explore", *arguments, cwd=tmp_path))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def vaetui_bytes(tmp_path):
    """What a command with the demo's checkpoint saves."""

    def save(command, *options):
        path = tmp_path / "by-command.png"
        words = [sys.executable, "-m", "vae_tui", command, str(DEMO), *options, "--device", "cpu", "-o", str(path)]
        subprocess.run(words, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True)
        return path.read_bytes()

    return save


def test_a_real_model_is_looked_into(explore, checkpoint_path, tmp_path):
    terminal = explore(checkpoint_path, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "loading best.pt" in text)
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.read_until(lambda text: terminal.colours() > 20)
    assert "half cells" in terminal.text
    terminal.press("r")
    terminal.read_until(lambda text: "seed 1" in text)
    terminal.press("3")
    terminal.read_until(lambda text: "around the mean of test image 0" in text)
    terminal.press("l")
    terminal.read_until(lambda text: "· z 7=" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved traverse-1.png" in text)
    assert (tmp_path / "traverse-1.png").is_file()
    terminal.press("c")
    terminal.read_until(lambda text: "vaetui traverse" in text and "OSC 52" in text)
    copied = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", terminal.written)
    assert base64.b64decode(copied[1]).startswith(f"vaetui traverse {checkpoint_path}".encode())
    terminal.press("\r")
    terminal.read_until(lambda text: "OSC 52" not in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    assert b"\x1b[?1049l" in terminal.written  # the screen that was there before is back


def test_samples_of_the_demo_have_their_nearest_images(explore, tmp_path, vaetui_bytes):
    terminal = explore(DEMO, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("\tl")
    terminal.read_until(lambda text: "draw:1:0 · near tile 1: test images" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved samples-1.png" in text)
    words = ["sample", "-n", "64", "--nearest", "1"]
    assert (tmp_path / "samples-1.png").read_bytes() == vaetui_bytes(*words)
    terminal.press("\rD")
    terminal.read_until(lambda text: "draw:1:0:1:fitted · near tile 1: test images" in text)
    terminal.press("\x1b")
    terminal.read_until(lambda text: "64 samples of fitted: a Gaussian of all 64 test images'" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


def test_a_film_of_the_demo_plays_and_is_halted(explore, tmp_path, vaetui_bytes):
    terminal = explore(DEMO, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("\t\ryl\r2ii")
    terminal.read_until(lambda text: "lerp in 9 steps from draw:0:0 to draw:1:0" in text)
    terminal.press(" ")
    terminal.read_until(lambda text: "frame 3 of 0 to 63" in text)
    terminal.press(" >")
    terminal.read_until(lambda text: "▶" not in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved interpolate-1.png" in text)
    frame = re.search(r"frame (\d+) of", terminal.text)[1]
    words = ["interpolate", "--steps", "9", "--through", "draw:0:0", "--through", "draw:1:0", "--frame", frame]
    assert (tmp_path / "interpolate-1.png").read_bytes() == vaetui_bytes(*words)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


def test_the_demo_is_traversed_in_sigmas_by_change(explore, tmp_path, vaetui_bytes):
    terminal = explore(DEMO, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("3S}oi")
    terminal.read_until(lambda text: "±4 standard deviations" in text and "prior's mean" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved traverse-1.png" in text)
    saved = tmp_path / "traverse-1.png"
    words = shlex.split(read_provenance(saved).command)
    assert words[5:] == ["--steps", "9", "--sigmas", "4", "--centre", "prior"]
    assert saved.read_bytes() == vaetui_bytes("traverse", *words[3:])
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


def test_the_worst_of_the_demo_differ_and_a_file_is_opened(explore, tmp_path, vaetui_bytes):
    path = tmp_path / "my cat.png"
    Image.new("RGB", (48, 32), (200, 100, 50)).save(path)
    terminal = explore(DEMO, "--graphics", "halfblock", "--device", "cpu", "--file", path)
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("4")
    terminal.read_until(lambda text: "file 1 and test images 0 to 10 · error" in " ".join(text.split()))
    terminal.press("s")
    terminal.read_until(lambda text: "saved reconstruct-1.png" in text)
    words = ["-n", "12", "--start", "f1", "--file", str(path)]
    assert (tmp_path / "reconstruct-1.png").read_bytes() == vaetui_bytes("reconstruct", *words)
    terminal.press("dO")
    terminal.read_until(lambda text: "worst test images (places 1 to 12 of 64)" in " ".join(text.split()))
    terminal.press("s")
    terminal.read_until(lambda text: "saved reconstruct-2.png" in text)
    words = ["-n", "12", "--show", "difference", "--order", "worst"]
    assert (tmp_path / "reconstruct-2.png").read_bytes() == vaetui_bytes("reconstruct", *words)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0


def test_what_is_kept_is_there_the_next_time(explore, checkpoint_path, tmp_path):
    terminal = explore(checkpoint_path, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples" in text)
    terminal.press("\t")
    terminal.read_until(lambda text: "draw:0:0" in text)
    terminal.press("\rf")
    terminal.read_until(lambda text: "kept as favourite-1" in text)
    terminal.press("4")
    terminal.read_until(lambda text: "on average" in text)
    terminal.press("A")
    terminal.read_until(lambda text: "marked a: 0" in text)
    terminal.press("/")
    terminal.read_until(lambda text: "Find in Reconstruct" in text)
    terminal.press("#7\r")
    terminal.read_until(lambda text: "marked a" not in text and "Find in" not in text)
    terminal.press("\x05")
    terminal.read_until(lambda text: "reconstruct-latents.npz" in text)
    terminal.press("\r")
    terminal.read_until(lambda text: "written to reconstruct-latents.npz" in text)
    assert (tmp_path / "reconstruct-latents.npz").is_file()
    terminal.press("q")
    assert terminal.read_to_the_end() == 0

    again = explore(checkpoint_path, "--graphics", "halfblock", "--device", "cpu")
    again.read_until(lambda text: "64 samples" in text)
    again.press("F")
    again.read_until(lambda text: "favourite-1  draw:0:0" in text)
    again.press("\r")
    again.read_until(lambda text: "favourite-1 is the current latent" in text)
    again.press("q")
    assert again.read_to_the_end() == 0


def test_a_run_folder_opens_its_best(explore, checkpoint_path):
    terminal = explore(checkpoint_path.parent, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples" in text)
    terminal.press("\x03")
    assert terminal.read_to_the_end() == 0


def test_a_signal_to_end_puts_the_terminal_back(explore, checkpoint_path):
    terminal = explore(checkpoint_path, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "64 samples" in text)
    terminal.process.terminate()
    assert terminal.read_to_the_end() == 143
    assert b"\x1b[?1049l" in terminal.written


def test_it_can_be_left_while_torch_is_being_imported(explore, checkpoint_path):
    terminal = explore(checkpoint_path, "--graphics", "halfblock", "--device", "cpu")
    terminal.read_until(lambda text: "loading best.pt" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    assert b"Traceback" not in terminal.written


def test_a_file_that_is_no_checkpoint_is_said_in_one_line(explore, tmp_path):
    (tmp_path / "notes.pt").write_text("no checkpoint")
    terminal = explore("notes.pt", "--graphics", "halfblock")
    assert terminal.read_to_the_end() == 2
    last = terminal.written.rpartition(b"\x1b[?1049l")[2].decode()
    assert "error: " in last
    assert "Traceback" not in last


def test_a_missing_file_is_said_before_the_app_starts(explore):
    terminal = explore("missing.pt")
    assert terminal.read_to_the_end() == 2
    assert b"no such file: missing.pt" in terminal.written
    assert b"\x1b[?1049h" not in terminal.written


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_no_terminal_is_an_error_that_names_the_picture_commands(monkeypatch, checkpoint_path, stream):
    from vae_tui.cli.explore import open_explorer
    from vae_tui.cli.source import Place

    class Plain:
        def __init__(self, is_terminal):
            self._is_terminal = is_terminal

        def isatty(self):
            return self._is_terminal

    for name in ("stdin", "stderr"):
        monkeypatch.setattr(sys, name, Plain(name != stream))
    with pytest.raises(VaeTuiError) as caught:
        open_explorer(Place(checkpoint_path))
    assert "needs a terminal" in caught.value.message
    assert "-o FILE.png" in caught.value.hint
