import sys

from cli_fakes import run_in_terminal


def test_keys_that_cannot_be_are_said_before_the_explorer_starts(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"is never opened")
    (tmp_path / "keys.toml").write_text('[keys]\n"seed.nxt" = "r"\n')
    words = [sys.executable, "-m", "vae_tui", "explore", str(tmp_path / "model.pt"), "--graphics", "halfblock"]

    done = run_in_terminal(words, columns=400, VAETUI_CONFIG=str(tmp_path))

    assert done.code == 2
    assert f"{tmp_path}/keys.toml, line 2, \"seed.nxt\" = 'r': nothing is called so" in done.out
    assert "did you mean 'seed.next'? vaetui list --keys prints the defaults" in done.out
    assert "\x1b[?1049h" not in done.out
