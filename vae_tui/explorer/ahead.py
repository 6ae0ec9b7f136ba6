"""Lines of a state that are drawn up ahead, while the picture that belongs to them is decoded."""

import asyncio

from textual.reactive import reactive

from vae_tui.explorer.lines import Line, Lines
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState

AHEAD_S = 0.004
"""From a key to the lines that are drawn up ahead: the thread that decodes goes first."""


class LinesAhead(Lines):
    """Shows `state`, and knows with `asked` what that will be once its picture is there."""

    state: reactive[LatentState] = reactive(LatentState, repaint=False)
    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    asked: reactive[LatentState] = reactive(LatentState, repaint=False)
    watch_state = watch_facts = Lines.show_changes

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._last: tuple[tuple[object, ...], list[Line]] | None = None
        """What lines were drawn up last, and of what."""

    def lines_of(self, state: LatentState, width: int, height: int) -> list[Line]:
        """What the widget shows of a state in so many cells."""
        raise NotImplementedError

    def depends_on(self) -> tuple[object, ...]:
        """What the lines are made of beside the state and their room."""
        return (self.facts,)

    def lines(self, width: int, height: int) -> list[Line]:
        """Those of the state; they may have been drawn up already."""
        return self._drawn_up(self.state, width, height)

    def watch_asked(self) -> None:
        """Draws up what is asked for, in a moment."""
        asyncio.get_running_loop().call_later(AHEAD_S, self._draw_up)

    def _draw_up(self) -> None:
        if self.is_attached and self.asked != self.state:
            self.draw_up(self._drawn_up(self.asked, *self.content_size))

    def _drawn_up(self, state: LatentState, width: int, height: int) -> list[Line]:
        values = (state, width, height, *self.depends_on())
        if self._last is None or self._last[0] != values:
            self._last = values, self.lines_of(state, width, height)
        return self._last[1]
