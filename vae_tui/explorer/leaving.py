"""What is asked before leaving while our own training runs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from vae_tui.explorer.keymap import Keymap


class LeaveDialog(ModalScreen[str]):
    """Gives "leave", "stop" or, where the person stays, ""."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g,enter", "dismiss('leave')", "Goes on", id="leave.on", tooltip="Leave; the training goes on"),
        Binding("s", "dismiss('stop')", "Stop", id="leave.stop", tooltip="Leave; the training saves and stops"),
        Binding("escape,q,n", "dismiss('')", "Stay", id="leave.stay", tooltip="Back to the picture"),
    ]

    def __init__(self, keymap: Keymap, status: str) -> None:
        super().__init__()
        self._keymap = keymap
        self._status = status

    def compose(self) -> ComposeResult:
        """The question, and what each key does."""
        with Vertical(classes="dialog") as box:
            box.border_title = "The training is running"
            box.border_subtitle = self._keymap.fill("{leave.stay} stays")
            yield Static(self._status, classes="dialog--note", markup=False)
            for words in (
                "{leave.on}  leave; the training goes on without this screen",
                "{leave.stop}  leave; the training saves and stops",
                "{leave.stay}  stay",
            ):
                yield Static(self._keymap.fill(words), classes="dialog--text", markup=False)
