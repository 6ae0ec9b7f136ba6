"""Two checkpoints on a pseudo-terminal: the one that comes with the program, and another."""

import os
import shlex
import subprocess
import sys

import pytest
from test_explorer_sides import write
from test_explorer_terminal import ROOT, Terminal

from vae_tui.imaging import read_provenance

DEMO = ROOT / "assets" / "demo.pt"


@pytest.fixture
def terminal(tmp_path):
    other = write(tmp_path / "other.pt", 6, 2)
    running = Terminal("explore", DEMO, other, "--graphics", "halfblock", "--device", "cpu", cwd=tmp_path)
    yield running
    running.close()


def test_two_real_models_are_compared_and_saved_as_their_command_draws_them(terminal, tmp_path):
    terminal.read_until(lambda text: "left demo.pt, right other.pt" in text)
    assert "▸ left  demo.pt" in terminal.text
    assert "▸ right other.pt" in terminal.text
    terminal.press("4")
    terminal.read_until(lambda text: "each model's own images · above demo.pt: test images 0" in text)
    terminal.press("3\\")
    terminal.read_until(lambda text: "▸ left  other.pt" in text)
    terminal.press("zz")
    terminal.read_until(lambda text: "demo.pt alone" in text)
    terminal.press("||")
    terminal.read_until(lambda text: "other.pt alone" in text)
    terminal.press("z\\")
    terminal.read_until(lambda text: "other.pt alone" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved traverse-1.png" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    saved = tmp_path / "traverse-1.png"
    words = shlex.split(read_provenance(saved).command)
    assert words[:3] == ["vaetui", "traverse", "demo.pt"]
    assert words[-4:] == ["--sides", "other", "--beside", "other.pt"]
    again = [sys.executable, "-m", "vae_tui", "traverse", str(DEMO), *words[3:], "--device", "cpu", "-o", "again.png"]
    subprocess.run(again, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    assert (tmp_path / "again.png").read_bytes() == saved.read_bytes()
