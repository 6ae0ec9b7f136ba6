"""One line of text, asked for at the foot of the screen."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from vae_tui.errors import printable
from vae_tui.explorer.keymap import Keymap

Accept = Callable[[str], str]
"""Does what a text asks for; why it can't, in one line, or "" where it is done."""


def named_path(name: str) -> Path:
    """The path of a name that was typed, `~` written out where there is such a person."""
    return Path(os.path.expanduser(name))


class Prompt(ModalScreen[None]):
    """Stays until its text is accepted, or the person leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="prompt.close", tooltip="Leave the line as it is"),
    ]

    def __init__(self, keymap: Keymap, title: str, accept: Accept, *, about: str = "", text: str = "") -> None:
        """`about` stands below the line until there is something else to say; `text` is in it to begin with."""
        super().__init__()
        self._keymap = keymap
        self._title = title
        self._accept = accept
        self._about = about
        self._text = text

    def compose(self) -> ComposeResult:
        """The line, and what there is to say of it."""
        with Vertical(classes="prompt") as box:
            box.border_title = self._title
            box.border_subtitle = f"Enter goes on · {self._keymap.short('prompt.close')} closes"
            yield Input(self._text, compact=True, select_on_focus=False)
            yield Static(self._about, classes="prompt--said", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Done, or why not. What is pressed twice is done once."""
        event.stop()
        if not self.is_active:
            return
        said = self._accept(event.value.strip())
        if said:
            self.query_one(Static).update(printable(said))
        else:
            self.dismiss()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another text: what was said is not of it."""
        event.stop()
        self.query_one(Static).update(self._about)


class FilePrompt(Prompt):
    """Asks for a file's name, and once more where there is such a file."""

    def __init__(
        self,
        keymap: Keymap,
        title: str,
        write: Callable[[Path], str],
        *,
        about: str,
        text: str,
    ) -> None:
        """`write` gets the path and gives what Accept gives."""
        super().__init__(keymap, title, self._write_or_ask, about=about, text=text)
        self._write = write
        self._asked = ""

    def _write_or_ask(self, name: str) -> str:
        if not name:
            return "give the name of a file"
        path = named_path(name)
        if os.path.isfile(path) and self._asked != name:
            self._asked = name
            return f"{printable(name, 60)} is there already: Enter again writes over it"
        return self._write(path)
