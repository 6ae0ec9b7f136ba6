"""How a frame reaches the terminal: at once, and in one write with the text that has changed around it."""

from rich.console import Console, ConsoleOptions, RenderResult
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.events import Event, Key
from textual.widget import Widget

from vae_tui.explorer.arrival import ArrivalWatch
from vae_tui.explorer.driver import GatheringDriver
from vae_tui.explorer.lines import Lines
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.wire import Wire


class FrameApp(App[None]):
    """An app with one picture, whose frames are counted on the wire."""

    def __init__(self, picture: PictureArea, wire: Wire) -> None:
        super().__init__()
        self._picture = picture
        self._wire = wire
        self._arrival = ArrivalWatch(wire, self.send_again)
        self._painted: set[Widget] = set()

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
        self._painted = self._painted or {self._picture, *screen.query(Lines)}
        compositor = screen._compositor
        compositor.update_widgets(self._painted)
        for widget in self._painted:
            widget._repaint_required = False
        self._display(screen, compositor.render_update(screen_stack=self._background_screens) or _NOTHING)

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


class _Nothing(CompositorUpdate):
    """An update of no cells: a frame may have nothing but its sequence."""

    def render_segments(self, console: Console) -> str:
        """No text."""
        return ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """No segments."""
        return iter(())


_NOTHING = _Nothing()
