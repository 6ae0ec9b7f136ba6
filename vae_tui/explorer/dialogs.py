"""What stands in front of the picture: the help of a view, and the command that draws it."""

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from vae_tui.explorer.ideas import four_ideas
from vae_tui.explorer.keymap import MAX_SHOWN, Keymap
from vae_tui.explorer.keys import COMMON, every_control, known_controls
from vae_tui.explorer.lines import fit_text
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.view import View
from vae_tui.summary import Weights


class Dialog(ModalScreen[None]):
    """A box of text that scrolls, over the dimmed screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,f1,q,c,enter", "dismiss", "Close", id="dialog.close", tooltip="Back to the picture"
        ),
    ]

    def __init__(self, keymap: Keymap, title: str) -> None:
        super().__init__()
        self._keymap = keymap
        self._title = title

    def compose(self) -> ComposeResult:
        """The title above, the body, and how to leave below."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = f"{self._keymap.short('dialog.close')} closes · ↑ ↓ scroll"
            yield from self.body()

    def body(self) -> ComposeResult:
        """The text of the box."""
        raise NotImplementedError

    @staticmethod
    def text(text: str, look: str = "text") -> Static:
        """A paragraph; brackets in it are brackets."""
        return Static(text, classes=f"dialog--{look}", markup=False)


class HelpDialog(Dialog):
    """What a view shows, its keys, and the four ideas beside the model's numbers."""

    def __init__(self, keymap: Keymap, view: View, facts: ModelFacts, left_out: str, weights: Weights) -> None:
        super().__init__(keymap, f"{view.key} {view.title}")
        self._weights = weights
        self._view = view
        self._facts = facts
        self._left_out = left_out

    def body(self) -> ComposeResult:
        """View, keys, ideas."""
        yield self.text(self._view.question, "title")
        yield self.text(self._keymap.fill(self._view.help))
        yield self.text("Keys", "title")
        yield self.text("\n".join(self._key_rows()))
        if self._left_out:
            yield self.text(self._left_out, "note")
        yield self.text("Four ideas, and this model", "title")
        if self._facts.has_average:
            shown = "" if self._weights == "ema" else "; the picture is of the raw ones"
            yield self.text(f"The numbers are of the averaged weights{shown}.", "note")
        for idea in four_ideas(self._facts):
            yield self.text(idea.title, "idea")
            yield self.text(idea.text)
            if idea.numbers:
                yield self.text(f"here  {idea.numbers}", "numbers")

    def _key_rows(self) -> list[str]:
        rows = [("1 to 9", "The views, also while the model is loading")]
        keymap, controls = self._keymap, every_control(self._view)
        known = [controls[name] for name in known_controls(self._view, self._facts)]
        rows += [(keymap.short(*control.key_ids, width=MAX_SHOWN), keymap.fill(control.help)) for control in known]
        if keymap.has_shift:
            rows.append(("Shift", "With an arrow: a large step"))
        rows += [(keymap.all_keys(binding.id or ""), binding.tooltip) for binding in COMMON]
        return [f"{fit_text(keys, 7)} {words}" if cell_len(keys) <= 7 else f"{keys} {words}" for keys, words in rows]


_COPIED = "to the clipboard of your terminal, where it takes OSC 52."
_IN_TMUX = "to tmux, whose prefix ] pastes it, and to the clipboard of your terminal, where it takes OSC 52."


class CommandDialog(Dialog):
    """The command that draws the present picture."""

    def __init__(self, keymap: Keymap, command: str, caption: str, *, in_tmux: bool = False) -> None:
        super().__init__(keymap, "The command that draws this picture")
        self._command = command
        self._caption = caption
        self._in_tmux = in_tmux

    def body(self) -> ComposeResult:
        """The command in full, wrapped and never cut."""
        yield self.text(self._command, "command")
        if self._caption:
            yield self.text(self._caption, "note")
        yield self.text(
            f"Copied, all {len(self._command):,} characters: {_IN_TMUX if self._in_tmux else _COPIED} "
            "Add -o picture.png or -o picture.gif to save what it draws.",
            "note",
        )
