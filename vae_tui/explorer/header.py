"""The top of the screen: what is open, and which view of it is shown."""

from functools import lru_cache

from rich.cells import cell_len

from vae_tui.errors import printable
from vae_tui.explorer.ahead import LinesAhead
from vae_tui.explorer.differences import left_and_right, side_lines
from vae_tui.explorer.lines import Line, Run, cut, line_width, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import ordered_views
from vae_tui.pictures.ideas import loss_unit
from vae_tui.summary import ModelSummary, Weights


def loss_text(summary: ModelSummary, weights: Weights | None = None, *, unit: str | None = None) -> str:
    """The checkpoint's loss on what was held out, else in training, with its `unit` (None: in full).

    Beside the raw `weights` of a checkpoint that holds averaged ones too, it says that the test loss is of the average.
    """
    if not summary.history:
        return "loss not known"
    last = summary.history[-1]
    unit = loss_unit(summary) if unit is None else unit
    shown = f" ({unit})" if unit else ""
    if last.test_loss is None:
        return f"train loss {last.loss:.2f}{shown}"
    whose = " of the average" if summary.has_ema and weights == "raw" else ""
    return f"test loss {last.test_loss:.2f}{whose}{shown}"


@lru_cache(maxsize=8)
def header_line(facts: ModelFacts, loading: str, width: int, state: LatentState) -> Line:
    """Model, weights, data, epoch and loss, with as much of the rest as fits.

    A narrow screen leaves out the program's name, then the loss's unit, then the data. The weights are said where there
    are two kinds of them.
    """
    name = Run("vaetui  ", "accent")
    if facts.summary is None:
        return (name, Run(loading, "dim"))
    lines = [(Run(model, "strong"), Run(f" · {known}", "dim")) for model, known in _known(facts, state)]
    whole = (name, *lines[0])
    return next((line for line in (whole, *lines) if line_width(line) <= width), cut(lines[-1], width))


def model_words(facts: ModelFacts, state: LatentState, *, with_unit: bool = True) -> tuple[str, str]:
    """A model with its weights; its data, epoch and loss."""
    known = _known(facts, state)
    return known[0] if with_unit else known[max(0, len(known) - 2)]


def _known(facts: ModelFacts, state: LatentState) -> list[tuple[str, str]]:
    """A model with its weights; all that is known of its training, then less and less: no unit, no data."""
    summary, weights = facts.summary, state.weights(facts)
    if summary is None:
        return [("", "")]
    kind = {"ema": ", averaged weights", "raw": ", raw weights"}[weights] if facts.has_average else ""
    model = f"{printable(summary.model, 40)}{kind}"
    if summary.note and not summary.history:  # somebody's own module: what was found of it is all that is known
        return [(model, printable(summary.note))]
    data = printable(summary.dataset, 40).rstrip("/").rsplit("/", 1)[-1] or "data not known"
    epoch = f"epoch {summary.epoch}" if summary.epoch else "epoch not known"
    units = dict.fromkeys((loss_unit(summary), loss_unit(summary).removesuffix(", an image"), ""))
    losses = [loss_text(summary, weights, unit=unit) for unit in units]
    return [*((model, f"{data} · {epoch} · {loss}") for loss in losses), (model, f"{epoch} · {losses[-1]}")]


@lru_cache(maxsize=16)
def tab_line(view: str, width: int | None = None) -> Line:
    """The views with their digits; the one that is shown stands in brackets.

    In less than they take, they stand closer; in still less, the others have no names.
    """
    lines = [_tabs(view, " ", " "), _tabs(view, "", " "), _tabs(view, "", " ", with_names=False)]
    return next((line for line in lines if width is None or line_width(line) <= width), lines[-1])


def _tabs(view: str, pad: str, gap: str, *, with_names: bool = True) -> Line:
    runs: list[Run] = []
    for name, known in ordered_views():
        shown = name == view
        words = f"{known.key} {known.title}" if shown or with_names else known.key
        text = f"[{words}]" if shown else f"{pad}{words}{pad}"
        runs += [Run(text, "mark" if shown else "dim", f"view('{name}')"), Run(gap)]
    return tuple(runs)


class Header(LinesAhead):
    """Two lines that stay where they are in every view."""

    def __init__(self, loading: str, graphics: str) -> None:
        super().__init__(id="header")
        self._loading = loading
        self._graphics = graphics

    def lines_of(self, state: LatentState, width: int, height: int) -> list[Line]:
        """What is open; which view."""
        tabs = tab_line(state.view, width)
        if line_width(tabs) + 1 + cell_len(self._graphics) <= width:
            tabs = spread(tabs, (Run(self._graphics, "dim"),), width)
        if self.facts.beside is not None:
            left, right = (
                " · ".join(model_words(facts, state, with_unit=False)) for facts in left_and_right(state, self.facts)
            )
            return [*side_lines(state, self.facts, (left, right), width, height - 1), tabs]
        top = header_line(self.facts, self._loading, width, state)
        return [top, (), tabs] if height > 2 else [top, tabs]
