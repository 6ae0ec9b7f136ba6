"""The explorer: looks inside a trained model, in a terminal."""

from collections.abc import Callable

from vae_tui.explorer.model import OpenModel
from vae_tui.pictures.contract import Origin


def run_explorer(open_model: Callable[[], OpenModel], origin: Origin, graphics: str = "auto") -> int:
    """Runs the explorer until the person leaves, and gives the exit code.

    `open_model` is called in another thread once the first screen is drawn; what it raises is raised here, when the
    terminal is as it was. The terminal is asked what it can show before the app reads its keys.
    """
    import sys

    from vae_tui.terminal.detection import live_painter, look, refresh_cell_size

    found = look(graphics)
    painter = live_painter(found, confirmed=True)
    from vae_tui.explorer.app import ExplorerApp
    from vae_tui.explorer.driver import driver_class

    has_pixels = found.protocol not in ("halfblock", "halfblock256")
    app = ExplorerApp(open_model, origin, painter, (lambda: refresh_cell_size(found)) if has_pixels else None)
    app.driver_class = driver_class(found.answers.typed, painter.farewell)
    try:
        app.run()
    finally:
        if sys.__stderr__ is not None and painter.farewell():
            sys.__stderr__.write(painter.farewell())
            sys.__stderr__.flush()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
