"""What the mouse does: clicks and the wheel on the picture, and what the side panel makes of them."""

from textual.events import Click, MouseEvent, MouseScrollDown, MouseScrollUp

from vae_tui.explorer.controls import Look
from vae_tui.explorer.panel import DimensionPanel
from vae_tui.explorer.stepping import SteppingApp
from vae_tui.explorer.view import VIEWS


class PointingApp(SteppingApp):
    """An app whose state the mouse changes too."""

    def on_click(self, event: Click) -> None:
        """The cursor onto the tile that is clicked; twice: the tile as the current latent."""
        index = self._picture.tile_at(event.screen_x, event.screen_y)
        if event.widget is not self._picture or self._look.drawing is None:
            return
        cell = self._picture.chart_at(event.screen_x, event.screen_y)
        found = self._drawing.chart_cell(*cell) if self._drawing is not None and cell is not None else None
        if found is not None:
            look = Look(found.drawing)  # of two, the one that is clicked
            self.state = VIEWS.get(self.state.view).click(self.state, look, *found[1:])
        tile = self._drawing.tile_of(index) if self._drawing is not None and index is not None else None
        if tile is None:
            return
        # Of two clicks, the first says which: the cursor may have laid the picture out anew.
        is_second = event.chain > 1 and self.state.cursor is not None
        pointed = self.state if is_second else self.state.point_at(tile)
        view = VIEWS.get(self.state.view)
        if view.point(pointed, self.facts, self._look) is not None:
            self.state = pointed
            if event.chain > 1:
                self.action_step("current.take")

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel zooms."""
        self._scroll(event, "zoom.out")

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel zooms."""
        self._scroll(event, "zoom.in")

    def _scroll(self, event: MouseEvent, key_id: str) -> None:
        # A terminal's event does not say over which widget it came.
        if self._picture.region.contains(event.screen_x, event.screen_y) and self.screen is self.screen_stack[0]:
            self.action_step(key_id)

    def on_dimension_panel_chosen(self, message: DimensionPanel.Chosen) -> None:
        """A row of the side panel is clicked."""
        self.state = VIEWS.get(self.state.view).choose_at(self.state.point_at(None), self.facts, message.place)

    def on_dimension_panel_slid(self, message: DimensionPanel.Slid) -> None:
        """The chosen slider is drawn along its bar."""
        self.state = VIEWS.get(self.state.view).slide(self.state, self.facts, message.value)

    def on_dimension_panel_nudged(self, message: DimensionPanel.Nudged) -> None:
        """The chosen slider is drawn without a bar."""
        self.state = VIEWS.get(self.state.view).nudge(self.state, self.facts, self._look, message.steps)

    def on_dimension_panel_scrolled(self, message: DimensionPanel.Scrolled) -> None:
        """The wheel turns over the side panel."""
        self.state = VIEWS.get(self.state.view).choose(self.state, self.facts, message.by)
