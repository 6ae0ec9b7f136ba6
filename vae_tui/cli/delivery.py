"""A picture that a command asked for: saved to a file, or shown on this terminal with its command."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vae_tui.cli.history import deliver_history
from vae_tui.cli.options import Beside, GraphicsChoice, History, Output, SidesChoice
from vae_tui.cli.report import print_chart, print_result, stdout_is_terminal, terminal_size, waiting
from vae_tui.cli.source import Place, open_session, origin_of
from vae_tui.errors import VaeTuiError
from vae_tui.runs import find_checkpoint
from vae_tui.terminal import Graphics

if TYPE_CHECKING:
    from vae_tui.pictures.contract import Drawing, PictureRequest
    from vae_tui.pictures.origin import Origin
    from vae_tui.session import Session


@dataclass(frozen=True)
class Delivery:
    """Of which checkpoints besides a picture is, and where it goes. A command that takes one has these options."""

    beside: Beside = None
    sides: SidesChoice = None
    history: History = False
    output: Output = None
    graphics: GraphicsChoice = "auto"

    def deliver(self, request: "PictureRequest", place: Place) -> None:
        """The picture: saved to a file, whose path is printed, or shown on this terminal with its command."""
        from vae_tui.pictures.origin import command_line
        from vae_tui.pictures.saving import check_target, save_picture
        from vae_tui.pictures.showing import shown_by

        if self.beside is None and self.sides is not None:
            raise VaeTuiError("--sides needs --beside", "name the second checkpoint: --beside OTHER")
        place, request = replace(place, is_of_two=self.beside is not None), shown_by(request)
        if self.history:
            deliver_history(request, place, self.output, self.with_other)
            return
        output = self.output
        if output is not None:
            check_target(output)
        elif not stdout_is_terminal():
            raise VaeTuiError("there is no terminal to show the picture on", "save it: -o FILE.png, or -o FILE.gif")
        session = open_session(place)
        request, origin, session = self.with_other(request, origin_of(place, session), session, place)
        if output is not None:
            with waiting(f"drawing {output}"):
                save_picture(request, session, origin, session.summary.checkpoint_hash, output)
            print_result(str(output))
            return
        with waiting("drawing"):
            drawing = request.draw(session)
        show_inline(drawing, self.graphics, origin.caption(drawing))
        print_result(command_line(request, origin))

    def with_other(
        self, request: "PictureRequest", origin: "Origin", session: "Session", place: Place
    ) -> "tuple[PictureRequest, Origin, Session]":
        """The same picture of a second checkpoint too, where both come from, and the first one as it is beside it.

        Without a second one, all as it is.
        """
        from vae_tui.pictures.beside import BesidePicture, side_names
        from vae_tui.pictures.origin import Beside

        if self.beside is None:
            return request, origin, session
        path = find_checkpoint(self.beside)
        with waiting(f"opening {path}"):
            session, other, whose = place.source.open_beside(session, path, place.files)
        names = side_names(origin.checkpoint, str(path))
        both = BesidePicture(request, other, names, self.sides or "both", whose)
        is_raw = origin.raw_weights or (place.source.weights == "raw" and other.summary.has_ema)
        second = Beside(str(path), other.summary.checkpoint_hash)
        return both, replace(origin, beside=second, raw_weights=is_raw), session


def show_inline(drawing: "Drawing", graphics: Graphics, caption: str) -> None:
    """The drawing as large as this terminal allows, and below it the caption and what its rows are."""
    from vae_tui.imaging import PAPER, compose, fit
    from vae_tui.terminal.inline import open_room, show

    columns, rows = terminal_size()
    if drawing.chart is not None:
        print_chart(drawing.chart, columns, max(8, rows // 2 if len(drawing.tiles_NHWC) else rows - 3))
    if not len(drawing.tiles_NHWC):
        print_result(caption)
        return
    room = open_room(graphics, columns, rows)
    grid = (drawing.tile_shape, drawing.rows, drawing.columns)
    layout = fit(*grid, room.height, room.width, room.gutter, drawing.lead)
    if layout is None:
        raise VaeTuiError("the terminal is too small for the picture", "make it larger, or save it: -o FILE.png")
    show(compose(drawing.tiles_NHWC, layout, PAPER, drawing.shown_N), room)
    print_result(caption)
    if drawing.row_labels:
        print_result("rows: " + " · ".join(dict.fromkeys(" ".join(label.split()) for label in drawing.row_labels)))
    for name, texts in drawing.foot:
        print_result(f"{name}: {' · '.join(texts)}")
