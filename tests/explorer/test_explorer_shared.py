"""What is left of the pixels that a terminal was to read for itself: nothing, however the explorer ends."""

import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from pty_terminal import KINDS, PtyTerminal  # noqa: E402  # no package: a folder of programs

DEADLINE_S = 60
EXPLORER = """
import sys
sys.path[:0] = sys.argv[1:4]
from explorer_fakes import ORIGIN, FakeModel
from vae_tui.explorer import run_explorer
from vae_tui.explorer.app import ExplorerApp
from vae_tui.terminal import detection, kitty_live, kitty_shared

put = kitty_shared.SharedPixels.put

def noted(self, pixels):
    name = put(self, pixels)
    with open(sys.argv[4], "a") as file:
        print(name, file=file)
    return name

kitty_shared.SharedPixels.put = noted
abilities = kitty_live.KittyAbilities(medium=sys.argv[5])
detection.live_painter = lambda found, confirmed: kitty_live.PlaceholderPainter((10, 20), abilities, confirmed=True)
ExplorerApp.action_theme = lambda self: 1 / 0
sys.exit(run_explorer(FakeModel, ORIGIN, "auto"))
"""


@pytest.mark.parametrize("end", ["q", "crash", "SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize("medium", ["shared", "file"])
def test_pixels_that_no_terminal_read_are_removed(tmp_path, medium, end):
    if medium == "shared" and not os.path.isdir("/dev/shm"):
        pytest.skip("no /dev/shm")
    names_path = tmp_path / "names.txt"
    paths = (ROOT, ROOT / "tests", ROOT / "tests" / "explorer")
    words = [sys.executable, "-c", EXPLORER, *paths, names_path, medium]
    with PtyTerminal(words, cwd=tmp_path, kind=KINDS["plain"]) as terminal:  # which reads no pixels
        for seed in range(3):
            assert terminal.wait(lambda: len(terminal.reached_s) > seed, DEADLINE_S)  # noqa: B023  # waits here
            terminal.press("r")
        files = [Path("/dev/shm" + name if medium == "shared" else name) for name in names_path.read_text().split()]
        assert any(file.exists() for file in files)
        if end.startswith("SIG"):
            terminal.process.send_signal(signal.Signals[end])
        else:
            terminal.press("t" if end == "crash" else end)
        terminal.process.wait(DEADLINE_S)
    files = [Path("/dev/shm" + name if medium == "shared" else name) for name in names_path.read_text().split()]
    assert not [file for file in files if file.exists()]
