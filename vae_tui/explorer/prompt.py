"""One line of text, asked for at the foot of the screen."""

from collections.abc import Callable
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
        """Done, or why not."""
        event.stop()
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
        write: Callable[[str], str],
        exists: Callable[[str], bool],
        *,
        about: str,
        text: str,
    ) -> None:
        """`write` gets the name and gives what Accept gives; `exists` says whether it would be written over."""
        super().__init__(keymap, title, self._write_or_ask, about=about, text=text)
        self._write = write
        self._exists = exists
        self._asked = ""

    def _write_or_ask(self, name: str) -> str:
        if not name:
            return "give the name of a file"
        if self._exists(name) and self._asked != name:
            self._asked = name
            return f"{printable(name, 60)} is there already: Enter again writes over it"
        return self._write(name)
