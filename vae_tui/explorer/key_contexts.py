"""Where keys are bound: the main screen, and the dialogs in front of it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, OptionList

from vae_tui.explorer.dialogs import Dialog
from vae_tui.explorer.favourites import FavouritesDialog
from vae_tui.explorer.keymap import Context, Keymap, default_keymap
from vae_tui.explorer.keys import main_bindings
from vae_tui.explorer.leaving import LeaveDialog
from vae_tui.explorer.prompt import Prompt


def key_contexts() -> tuple[Context, ...]:
    """Every binding that a person can give other keys."""
    of_screens = _keys(Screen.BINDINGS)
    in_front = ((Dialog, VerticalScroll), (FavouritesDialog, OptionList), (Prompt, Input), (LeaveDialog, Screen))
    return (
        Context(main_bindings(), of_screens),
        *(Context(_own(dialog), of_screens | _keys(within.BINDINGS)) for dialog, within in in_front),
    )


@cache
def shipped_keymap() -> Keymap:
    """Every binding as it ships."""
    return default_keymap(key_contexts())


def _own(dialog: type[Screen[Any]]) -> tuple[Binding, ...]:
    return tuple(binding for binding in dialog.BINDINGS if isinstance(binding, Binding))


def _keys(bindings: Iterable[BindingType]) -> frozenset[str]:
    return frozenset(binding.key for binding in Binding.make_bindings(bindings))
