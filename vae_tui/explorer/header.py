"""The top of the screen: what is open, and which view of it is shown."""

from textual.reactive import reactive

from vae_tui.errors import printable
from vae_tui.explorer.lines import Line, Lines, Run, cut, line_width, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import ordered_views
from vae_tui.latent import format_number
from vae_tui.summary import ModelSummary


def loss_unit(summary: ModelSummary) -> str:
    """What a loss is made of: "squared error + KL, an image"."""
    beta = "" if summary.beta == 1 else f"{format_number(summary.beta)} × "
    return f"{printable(summary.objective).replace('-', ' ')} + {beta}KL, an image"


def loss_text(summary: ModelSummary) -> str:
    """The checkpoint's loss on what was held out, else in training, with its unit."""
    if not summary.history:
        return "loss not known"
    last = summary.history[-1]
    split, loss = ("train", last.loss) if last.test_loss is None else ("test", last.test_loss)
    return f"{split} loss {loss:.2f} ({loss_unit(summary)})"


def header_line(facts: ModelFacts, loading: str, width: int) -> Line:
    """Model, data, epoch and loss; a narrow screen leaves the program's name out."""
    name = Run("vaetui  ", "accent")
    if facts.summary is None:
        return (name, Run(loading, "dim"))
    summary = facts.summary
    data = printable(summary.dataset, 40).rstrip("/").rsplit("/", 1)[-1] or "data not known"
    epoch = f"epoch {summary.epoch}" if summary.epoch else "epoch not known"
    trained = Run(f" · {data} · {epoch} · {loss_text(summary)}", "dim")
    line = (name, Run(printable(summary.model, 40), "strong"), trained)
    return line if line_width(line) <= width else cut(line[1:], width)


def tab_line(view: str) -> Line:
    """The views with their digits; the one that is shown stands in brackets."""
    runs: list[Run] = []
    for name, known in ordered_views():
        shown = name == view
        text = f"[{known.key} {known.title}]" if shown else f" {known.key} {known.title} "
        runs += [Run(text, "mark" if shown else "dim", f"view('{name}')"), Run(" ")]
    return tuple(runs)


class Header(Lines):
    """Two lines that stay where they are in every view."""

    state: reactive[LatentState] = reactive(LatentState)
    facts: reactive[ModelFacts] = reactive(ModelFacts)

    def __init__(self, loading: str, graphics: str) -> None:
        super().__init__(id="header")
        self._loading = loading
        self._graphics = graphics

    def lines(self, width: int, height: int) -> list[Line]:
        """What is open; which view."""
        top = header_line(self.facts, self._loading, width)
        tabs = spread(tab_line(self.state.view), (Run(self._graphics, "dim"),), width)
        return [top, (), tabs] if height > 2 else [top, tabs]
