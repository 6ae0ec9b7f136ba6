"""What is copied goes to tmux's own buffer, by a tmux that is played."""

import os
import stat

import pytest

from vae_tui.terminal.tmux import load_buffer


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Puts a program called tmux in the way, which says what it was told."""

    def install(script):
        program = tmp_path / "tmux"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    return install


def test_the_text_is_given_to_tmux(play):
    folder = play('echo "$@" > words; cat > text')
    assert load_buffer("vaetui sample 'ü'", {})
    assert (folder / "words").read_text() == "load-buffer -w -\n"
    assert (folder / "text").read_text() == "vaetui sample 'ü'"


def test_an_older_tmux_gets_it_without_the_clipboard(play):
    folder = play('[ "$2" = -w ] && exit 1; cat > text')
    assert load_buffer("x", {})
    assert (folder / "text").read_text() == "x"


def test_a_tmux_that_refuses_is_no_error(play):
    play("exit 1")
    assert not load_buffer("x", {})
