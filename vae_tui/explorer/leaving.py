"""What is asked before leaving while our own training runs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static


class LeaveDialog(ModalScreen[str]):
    """Gives "leave", "stop" or, where the person stays, ""."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g,enter", "dismiss('leave')", "Goes on", id="leave.on", tooltip="Leave; the training goes on"),
        Binding("s", "dismiss('stop')", "Stop", id="leave.stop", tooltip="Leave; the training saves and stops"),
        Binding("escape,q,n", "dismiss('')", "Stay", id="leave.stay", tooltip="Back to the picture"),
    ]

    def __init__(self, status: str) -> None:
        super().__init__()
        self._status = status

    def compose(self) -> ComposeResult:
        """The question, and what each key does."""
        with Vertical(classes="dialog") as box:
            box.border_title = "The training is running"
            box.border_subtitle = "Esc stays"
            yield Static(self._status, classes="dialog--note", markup=False)
            yield Static("g  leave; the training goes on without this screen", classes="dialog--text", markup=False)
            yield Static("s  leave; the training saves and stops", classes="dialog--text", markup=False)
            yield Static("Esc  stay", classes="dialog--text", markup=False)
