"""When Python looks for garbage: not while it imports, which makes none, and never among what was imported."""

import gc


def hold() -> None:
    """Nothing is looked for until `resume`: a tenth of the time that importing takes."""
    gc.disable()


def resume() -> None:
    """It is looked for again, and passes over all that is there now."""
    gc.freeze()
    gc.enable()
