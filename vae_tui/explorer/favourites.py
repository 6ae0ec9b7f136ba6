"""The list of favourites, in front of the picture."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.keymap import Keymap
from vae_tui.explorer.lines import fit_text
from vae_tui.explorer.prompt import FilePrompt, Prompt, named_path
from vae_tui.shelf.values import Favourite, Shelf, check_name

EMPTY = "no favourites yet: {favourite} keeps the current latent as one"
_FILES = "a .json of all that is kept, or an .npz of the latents"


class FavouritesDialog(ModalScreen[None]):
    """Shows a shelf and says what is asked for; whoever has the shelf changes it, and gives it back as `shelf`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Down", id="favourites.down", tooltip="The favourite below"),
        Binding("k", "move(-1)", "Up", id="favourites.up", tooltip="The favourite above"),
        Binding("n", "rename", "Rename", id="favourites.rename", tooltip="Another name for it"),
        Binding("d,delete", "remove", "Delete", id="favourites.remove", tooltip="It is no favourite any more"),
        Binding("y", "gather", "Gather", id="favourites.gather", tooltip="As the next stop of a path"),
        Binding("e", "export", "Export", id="favourites.export", tooltip="All to a .json or .npz"),
        Binding("i", "import", "Import", id="favourites.import", tooltip="Those of a .json, .npz or picture"),
        Binding("escape,q,F", "dismiss", "Close", id="favourites.close", tooltip="Back to the picture"),
    ]

    shelf: reactive[Shelf] = reactive(lambda: Shelf(""), init=False)
    said: reactive[str] = reactive("", init=False)

    @dataclass
    class Taken(Message):
        """One as the current latent."""

        favourite: Favourite

    @dataclass
    class Gathered(Message):
        """One as the next stop of a path."""

        favourite: Favourite

    @dataclass
    class Renamed(Message):
        """Another name for one."""

        old: str
        new: str

    @dataclass
    class Removed(Message):
        """One less."""

        name: str

    @dataclass
    class Exported(Message):
        """All, to a file."""

        path: Path

    @dataclass
    class Imported(Message):
        """What a file has, too."""

        path: Path

    def __init__(self, keymap: Keymap, shelf: Shelf) -> None:
        super().__init__()
        self._keymap = keymap
        self.set_reactive(FavouritesDialog.shelf, shelf)

    def compose(self) -> ComposeResult:
        """The list, what there is to say, and the keys."""
        key = self._keymap.short
        with Vertical(classes="dialog") as box:
            box.border_title = "Favourites"
            box.border_subtitle = f"Enter takes it · {key('favourites.close')} closes"
            yield OptionList(markup=False, compact=True)
            yield Static("", classes="dialog--note", markup=False)
            known = ("rename", "remove", "gather", "export", "import")
            words = ("rename", "delete", "stop of a path", "export", "import")
            shown = [(key(f"favourites.{each}"), word) for each, word in zip(known, words, strict=True)]
            yield Static(
                "   ".join(f"{keys} {word}" for keys, word in shown if keys), classes="dialog--text", markup=False
            )

    def on_mount(self) -> None:
        """The shelf as it is."""
        self._fill(0)
        self.query_one(OptionList).focus()

    def watch_shelf(self) -> None:
        """What has changed; the choice stays where it was."""
        if self.is_mounted:
            self._fill(self.query_one(OptionList).highlighted or 0)

    def watch_said(self) -> None:
        """In one line, below the list."""
        for note in self.query(".dialog--note").results(Static):  # none before it is composed
            note.update(self.said)

    def _fill(self, chosen: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(favourite_lines(self.shelf))
        options.highlighted = min(chosen, len(self.shelf.favourites) - 1) if self.shelf.favourites else None
        self.said = "" if self.shelf.favourites else self._keymap.fill(EMPTY)

    @property
    def _chosen(self) -> Favourite | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None or at >= len(self.shelf.favourites) else self.shelf.favourites[at]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        if self._chosen is not None and self.is_active:  # a key that is pressed twice closes it once
            self.post_message(self.Taken(self._chosen))
            self.dismiss()

    def action_move(self, by: int) -> None:
        """Down the list, or up."""
        options = self.query_one(OptionList)
        options.action_cursor_down() if by > 0 else options.action_cursor_up()

    def action_gather(self) -> None:
        """The list stays, for the next stop."""
        if self._chosen is not None:
            self.post_message(self.Gathered(self._chosen))

    def action_remove(self) -> None:
        """At once: an import brings back what was exported."""
        if self._chosen is not None:
            self.post_message(self.Removed(self._chosen.name))

    def action_rename(self) -> None:
        """Asks for the name."""
        chosen = self._chosen
        if chosen is None:
            return

        def rename(name: str) -> str:
            try:
                check_name(name)
            except VaeTuiError as error:
                return error.message
            if name != chosen.name and name in self.shelf.names:
                return f"there is a favourite {name!r} already"
            self.post_message(self.Renamed(chosen.name, name))
            return ""

        self.app.push_screen(Prompt(self._keymap, f"Rename {chosen.name}", rename, text=chosen.name))

    def action_export(self) -> None:
        """Asks for the file."""

        def export(path: Path) -> str:
            if path.suffix.lower() not in (".json", ".npz"):
                return "end the name in .json or .npz"
            self.post_message(self.Exported(path))
            return ""

        title, text = "Export favourites", "favourites.json"
        self.app.push_screen(FilePrompt(self._keymap, title, export, about=_FILES, text=text))

    def action_import(self) -> None:
        """Asks for the file."""

        def take(name: str) -> str:
            path = named_path(name)
            if not os.path.isfile(path):
                return "no such file" if name else "give the name of a file"
            self.post_message(self.Imported(path))
            return ""

        about = "a .json or .npz that was exported, any .npz of latents, or a picture that was saved"
        self.app.push_screen(Prompt(self._keymap, "Import favourites", take, about=about))


def favourite_lines(shelf: Shelf) -> list[str]:
    """A name and the latent in words, one a line."""
    width = min(24, max((cell_len(name) for name in shelf.names), default=0))
    return [f"{fit_text(each.name, width)}  {printable(each.point) or 'values'}" for each in shelf.favourites]
