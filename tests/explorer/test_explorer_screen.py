"""The explorer in GNU screen, which keeps Escape to itself while it reports a mouse, and shows 256 colours."""

import os

import pytest

from vae_tui.explorer import run_explorer
from vae_tui.explorer.app import ExplorerApp
from vae_tui.pictures.origin import Origin
from vae_tui.terminal import detection


@pytest.mark.parametrize(("session", "mouse", "colours"), [("1.pts-0.host", False, "256"), ("", True, "truecolor")])
def test_screen_gets_no_mouse_and_256_colours(monkeypatch, session, mouse, colours):
    runs = []
    monkeypatch.setattr(detection, "find_tty", lambda: None)
    monkeypatch.setattr(ExplorerApp, "run", lambda self, *, mouse: runs.append(mouse))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("STY", session)
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr("vae_tui.explorer.keep_freed", lambda: None)
    for name in ("OMP_WAIT_POLICY", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM"):  # which it sets: they are put back after it
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("TEXTUAL_COLOR_SYSTEM")

    run_explorer(lambda: None, Origin("model.pt"))

    assert runs == [mouse]
    assert os.environ["TEXTUAL_COLOR_SYSTEM"] == colours
