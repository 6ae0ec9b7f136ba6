"""Mix, Map and Model on a pseudo-terminal, with the real checkpoint that comes with the program."""

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


def drawn_again(saved, folder):
    """The bytes that the command in a saved picture writes."""
    words = shlex.split(read_provenance(saved).command)
    assert words[2] == "demo.pt"
    again = [sys.executable, "-m", "vae_tui", words[1], str(DEMO), *words[3:], "--device", "cpu", "-o", "again.png"]
    subprocess.run(again, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return (folder / "again.png").read_bytes()


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
    assert drawn_again(saved, tmp_path) == saved.read_bytes()


def test_a_real_model_is_mapped_and_saved_as_its_command_draws_it(terminal, tmp_path):
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("6")
    terminal.read_until(lambda text: "cursor at mean · nearest: image" in text)
    assert "╋" in terminal.text
    terminal.press("lK")
    terminal.read_until(lambda text: "cursor at mean,pc1=0.1,pc2=" in text)
    terminal.press("+")
    terminal.read_until(lambda text: "1.5 ×" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved map-1.png" in text)
    terminal.press("G")
    terminal.read_until(lambda text: "9 × 9 places" in text)
    terminal.press("\r1")
    terminal.read_until(lambda text: "64 samples" in text and "mean,pc1=" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    saved = tmp_path / "map-1.png"
    assert drawn_again(saved, tmp_path) == saved.read_bytes()


def test_a_real_model_is_shown_in_charts_and_saved_as_its_command_draws_it(terminal, tmp_path):
    terminal.read_until(lambda text: "64 samples of N(0, I) · seed 0" in text)
    terminal.press("7")
    terminal.read_until(lambda text: "z64: KL 2.22 nats, 1 of 128 by KL" in text)
    assert "loss: squared error + KL, an image" in terminal.text
    terminal.press("j")
    terminal.read_until(lambda text: "z101: KL" in text)
    terminal.press("s")
    terminal.read_until(lambda text: "saved model-1.png" in text)
    terminal.press("q")
    assert terminal.read_to_the_end() == 0
    saved = tmp_path / "model-1.png"
    assert drawn_again(saved, tmp_path) == saved.read_bytes()
