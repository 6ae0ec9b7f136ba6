"""The explorer: looks inside a trained model, in a terminal."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from vae_tui import garbage
from vae_tui.channels import Channels
from vae_tui.explorer.model import OpenModel
from vae_tui.explorer.sides import Second
from vae_tui.explorer.watching import Watched
from vae_tui.memory import keep_freed
from vae_tui.pictures.origin import Origin


def run_explorer(
    open_model: Callable[[], OpenModel],
    origin: Origin,
    graphics: str = "auto",
    watched: Watched | None = None,
    second: Second | None = None,
    channels: Channels = (),
) -> int:
    """Runs the explorer until the person leaves, and gives the exit code.

    `open_model` is called in another thread once the first screen is drawn; what it raises is raised here, when the
    terminal is as it was. The terminal is asked what it can show before the app reads its keys. `watched` is the run
    that the model is of, where that is to be followed or has kept epochs; `second` is a checkpoint to be shown beside
    it; `channels` of the images are shown first. Garbage is looked for again once the model is open (see garbage.hold).
    """
    from vae_tui.terminal.detection import live_painter, look, refresh_cell_size
    from vae_tui.terminal.identity import in_screen

    found = look(graphics)
    painter = live_painter(found, confirmed=True)
    has_pixels = found.protocol not in ("halfblock", "halfblock256")
    is_screen = in_screen(os.environ, found.tmux, found.answers)
    _hurry("truecolor" if found.identity.has_true_colour else "256" if has_pixels or is_screen else "")
    from vae_tui.explorer.app import ExplorerApp
    from vae_tui.explorer.driver import driver_class
    from vae_tui.explorer.key_contexts import key_contexts
    from vae_tui.explorer.keymap import keys_path, read_keymap

    keymap = read_keymap(keys_path(), key_contexts())

    measure_cell = (lambda: refresh_cell_size(found)) if has_pixels else None
    app = ExplorerApp(
        partial(_open, open_model),
        origin,
        painter,
        measure_cell,
        watched=watched,
        keymap=keymap,
        second=second,
        channels=channels,
    )
    app.driver_class = driver_class(found.answers.typed, painter.farewell, keymap.alt_keys)
    try:
        app.run(mouse=not is_screen)  # with a mouse, screen 4 keeps Escape to itself until another key comes
    finally:
        with suppress(OSError):  # the terminal may have hung up
            if sys.__stderr__ is not None and painter.farewell():
                sys.__stderr__.write(painter.farewell())
                sys.__stderr__.flush()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _open(open_model: Callable[[], OpenModel]) -> OpenModel:
    from vae_tui.explorer.view import import_pictures

    import_pictures()
    try:
        return open_model()
    finally:
        garbage.resume()  # PyTorch is imported


def _hurry(colours: str) -> None:
    """Settings that a picture waits for; to be made before Textual and torch are imported. What a person set stays.

    `colours` is Textual's name of what text may have, "" to go by TERM, which says 16 in mlterm, and
    by COLORTERM, which says 24 bits in GNU screen.
    """
    # Threads of a decoding that wait by spinning take the cores from the thread that writes the picture.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Textual paints when its timer ticks: a finished frame waits half of that on average.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    if colours:
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", colours)
    keep_freed()
    sys.setswitchinterval(0.0005)  # the render thread takes over ten times as soon
