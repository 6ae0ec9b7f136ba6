"""Where keys are bound: the main screen, and the dialogs in front of it."""

from collections.abc import Iterable
from functools import cache

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from vae_tui.explorer.dialogs import Dialog
from vae_tui.explorer.keymap import Context, Keymap, default_keymap
from vae_tui.explorer.keys import main_bindings


def key_contexts() -> tuple[Context, ...]:
    """Every binding that a person can give other keys."""
    of_screens = _keys(Screen.BINDINGS)
    dialogs = tuple(binding for binding in Dialog.BINDINGS if isinstance(binding, Binding))
    return Context(main_bindings(), of_screens), Context(dialogs, of_screens | _keys(VerticalScroll.BINDINGS))


@cache
def shipped_keymap() -> Keymap:
    """Every binding as it ships."""
    return default_keymap(key_contexts())


def _keys(bindings: Iterable[BindingType]) -> frozenset[str]:
    return frozenset(binding.key for binding in Binding.make_bindings(bindings))
