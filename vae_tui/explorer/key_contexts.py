"""Where keys are bound: the main screen, and the dialogs in front of it."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from vae_tui.explorer.app import BINDINGS
from vae_tui.explorer.dialogs import Dialog
from vae_tui.explorer.keymap import Context


def key_contexts() -> tuple[Context, ...]:
    """Every binding that a person can give other keys."""
    of_screens = _keys(Screen.BINDINGS)
    dialogs = tuple(binding for binding in Dialog.BINDINGS if isinstance(binding, Binding))
    return Context(BINDINGS, of_screens), Context(dialogs, of_screens | _keys(VerticalScroll.BINDINGS))


def _keys(bindings: Iterable[BindingType]) -> frozenset[str]:
    return frozenset(binding.key for binding in Binding.make_bindings(bindings))
