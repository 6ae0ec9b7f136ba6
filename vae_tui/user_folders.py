"""The folders of a person's own files, as the XDG base directory specification names them, on macOS too."""

import os
from pathlib import Path

from vae_tui.errors import VaeTuiError


def state_dir() -> Path:
    """What the program keeps between runs: VAETUI_STATE, else vaetui in XDG_STATE_HOME, else in ~/.local/state."""
    return _folder("VAETUI_STATE", "XDG_STATE_HOME", ".local/state")


def config_dir() -> Path:
    """What a person writes for the program: VAETUI_CONFIG, else vaetui in XDG_CONFIG_HOME, else in ~/.config."""
    return _folder("VAETUI_CONFIG", "XDG_CONFIG_HOME", ".config")


def _folder(own: str, shared: str, in_home: str) -> Path:
    """Raises VaeTuiError where nothing says where the home folder is."""
    if named := os.environ.get(own):
        return Path(named)
    parent = Path(os.environ.get(shared, ""))
    if not parent.is_absolute():  # the specification: a relative one is to be ignored
        try:
            parent = Path.home() / in_home
        except RuntimeError:
            raise VaeTuiError("there is no home folder", f"name a folder: {own}=DIR") from None
    return parent / "vaetui"
