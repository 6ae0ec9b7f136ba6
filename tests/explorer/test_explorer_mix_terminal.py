"""Mix on a pseudo-terminal, with the real checkpoint that comes with the program."""

import os
import shlex
import subprocess
import sys

import pytest
from test_explorer_terminal import ROOT, Terminal

from vae_tui.imaging import read_provenance

DEMO = ROOT / "assets" / "demo.pt"


@pytest.fixture
def terminal(tmp_path):
    running = Terminal("explore", DEMO, "--graphics", "halfblock", "--device", "cpu", cwd=tmp_path)
    yield running
    running.close()


def test_a_real_latent_is_mixed_and_saved_as_its_command_draws_it(terminal, tmp_path):
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("\t\r5")
    terminal.read_until(lambda text: "Mix · draw 0 of the prior · seed 0" in text)
    terminal.press("l")
    terminal.read_until(lambda text: "beside it 1 recent one" in text or "beside it 2 recent ones" in text)
    terminal.press("M")
    terminal.read_until(lambda text: "of variance" in text)
    terminal.press("L")
    terminal.read_until(lambda text: "pc1 +1.00" in text)
    terminal.press("MC")
    terminal.read_until(lambda text: "directions from airplane" in text)
    terminal.press("l")
    terminal.read_until(lambda text: "airplane → automobile +0.10" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved mix-1.png" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    saved = tmp_path / "mix-1.png"
    words = shlex.split(read_provenance(saved).command)
    assert words[:5] == ["vaetui", "mix", "demo.pt", "--at", "draw:0:0,pc1=1,class:0>1=0.1"]
    again = [sys.executable, "-m", "vae_tui", "mix", str(DEMO), *words[3:], "--device", "cpu", "-o", "again.png"]
    subprocess.run(again, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    assert (tmp_path / "again.png").read_bytes() == saved.read_bytes()
