"""How a frame reaches the terminal: at once, and in one write with the text that has changed around it."""

from collections.abc import Mapping

from textual.app import App
from textual.events import Event, Key
from textual.widget import Widget

from vae_tui.explorer.arrival import ArrivalWatch
from vae_tui.explorer.driver import GatheringDriver
from vae_tui.explorer.lines import Lines
from vae_tui.explorer.patches import TextUpdate, patches
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.wire import Wire


class FrameApp(App[None]):
    """An app with one picture, whose frames are counted on the wire."""

    def __init__(self, picture: PictureArea, wire: Wire) -> None:
        super().__init__()
        self._picture = picture
        self._wire = wire
        self._arrival = ArrivalWatch(wire, self.send_again)
        self._painted: tuple[Widget, ...] = ()
        """What a frame is made of, from the top of the screen to its foot."""
        self._visible: Mapping[Widget, object] = {}
        self._lies_bare = False

    def send_again(self) -> None:
        """The picture was lost on its way: it is drawn anew, whole."""
        raise NotImplementedError

    async def on_event(self, event: Event) -> None:
        """A key on the main screen is the app's at once; Textual passes it to the screen and back."""
        if isinstance(event, Key) and self.screen is self.screen_stack[0] and self.focused is None and self.app_focus:
            if await self._check_bindings(event.key, priority=True):
                return
            event._set_forwarded()
        await super().on_event(event)

    def paint_now(self) -> None:
        """Paints what has changed, where Textual would go by its timer. Under a dialog, that has to do."""
        screen = self.screen
        if screen is not self.screen_stack[0] or not self._picture.is_attached:
            return
        if not self._painted:
            self._painted = tuple(part for part in screen.query() if isinstance(part, (Lines, PictureArea)))
        visible = screen._compositor.visible_widgets
        if self._is_plain(visible):
            self._display(screen, patches(self._painted, visible, self.console))
            return
        screen._compositor.update_widgets(set(self._painted))
        for widget in self._painted:
            widget._repaint_required = False
        update = screen._compositor.render_update(screen_stack=self._background_screens)
        self._display(screen, update or TextUpdate())

    def _is_plain(self, visible: Mapping[Widget, object]) -> bool:
        """Whether the painted widgets lie in nothing but what holds them, and nothing of Textual's own over them."""
        if visible is not self._visible:  # made anew where a widget came, went or moved
            holders = {holder for widget in self._painted for holder in widget.ancestors}
            self._visible, self._lies_bare = visible, visible.keys() <= holders.union(self._painted)
        return self._lies_bare

    def _begin_update(self) -> None:
        if isinstance(self._driver, GatheringDriver):
            self._driver.gather()
        super()._begin_update()

    def _end_update(self) -> None:
        """A new frame goes out in one synchronised update with the text around it, and is to be answered for."""
        assert self._driver is not None
        sequence = self._picture.take_sequence()
        if sequence:
            self._write_picture(sequence)
        super()._end_update()
        if sequence is not None:
            self._driver.write(self._wire.send())
        if isinstance(self._driver, GatheringDriver):
            self._driver.release()

    def _write_picture(self, sequence: str) -> None:
        """After the text, or before it where that much text would have tmux drop the picture."""
        assert self._driver is not None
        if self._picture.may_be_lost and isinstance(self._driver, GatheringDriver):
            self._driver.write_first(sequence)
        else:
            self._driver.write(sequence)
        if self._picture.painting is not None:
            self._arrival.written(self._picture.painting)

    def post_display_hook(self) -> None:
        """Where there is no terminal, a frame that was drawn counts as sent."""
        if self.is_headless:
            self._picture.take_sequence()
