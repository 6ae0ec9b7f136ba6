"""Two checkpoints' figures beside each other: lines of the header and of the side panel."""

from collections.abc import Sequence

from rich.cells import cell_len

from vae_tui.comparison import Figure, compared, loss_of, signed
from vae_tui.explorer.lines import Line, Run, cut, fit_text, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sides import side_words
from vae_tui.explorer.state import LatentState


def left_and_right(state: LatentState, facts: ModelFacts) -> tuple[ModelFacts, ModelFacts]:
    """The facts of the two, whichever of them is in front."""
    other = facts.beside or ModelFacts()
    return (other, facts) if state.beside == "right" else (facts, other)


def side_lines(state: LatentState, facts: ModelFacts, known: tuple[str, str], width: int, height: int) -> list[Line]:
    """What is open, left and right, in two lines with what is `known` of each, or in one; the shown ones marked."""
    sides = left_and_right(state, facts)
    shown = {"both": (True, True), "left": (True, False), "right": (False, True)}[state.beside]
    if height < 2:
        names = [f"{'▸' * is_shown}{side.name}" for side, is_shown in zip(sides, shown, strict=True)]
        alone = "" if state.beside == "both" else f" · {facts.name} alone"
        both = f"{names[0]} {'over' if facts.is_stacked else '|'} {names[1]}"
        return [cut((Run(both, "strong"), Run(f"{alone} · {loss_values(*sides)}", "dim")), width)]
    name_width = max(len(side.name) for side in sides)
    lines = []
    for place, side, is_shown, words in zip(side_words(facts), sides, shown, known, strict=True):
        name = f"{'▸' if is_shown else ' '} {place:<5} {side.name:<{name_width}}"
        difference = loss_difference(*sides) if side is sides[1] else ("", "")
        room = width - cell_len(name) - 2
        lines.append(
            cut(
                (Run(name, "strong" if is_shown else "dim"), Run(f"  {_with_end(words, difference, room)}", "dim")),
                width,
            )
        )
    return lines


def loss_values(left: ModelFacts, right: ModelFacts) -> str:
    """`test loss 74.80 | 79.02 (+4.22)`, or why there is no difference."""
    loss = _loss(left, right)
    if loss is None:
        return "losses not known"
    said = signed(loss.difference) if loss.difference is not None else loss.why_not or "no difference"
    return f"{loss.name} {_number(loss.left)} | {_number(loss.right)} ({said})"


def _with_end(words: str, ends: tuple[str, ...], room: int) -> str:
    """The words and the longest end for which there is room; where that is little, less of the words."""
    shortest = f" · {ends[-1]}" if ends[-1] else ""
    whole = next((f"{words} · {end}" for end in ends if end and cell_len(f"{words} · {end}") <= room), None)
    return whole or fit_text(words, max(0, room - cell_len(shortest))).rstrip() + shortest


def loss_difference(left: ModelFacts, right: ModelFacts) -> tuple[str, str]:
    """`difference of test loss +4.22 (squared error + KL, an image)`, or why there is none; the same in short."""
    loss = _loss(left, right)
    if loss is None:
        return "no losses to subtract", "no losses"
    if loss.difference is None:
        return f"no difference of losses: {loss.why_not or 'one is not known'}", "no difference"
    difference = signed(loss.difference)
    return f"difference of {loss.name} {difference} ({loss.unit.replace(' x ', ' × ')})", f"difference {difference}"


def _loss(left: ModelFacts, right: ModelFacts) -> Figure | None:
    if left.summary is None or right.summary is None:
        return None
    loss = loss_of(left.summary, right.summary)
    return None if loss.left is None and loss.right is None else loss


def difference_lines(state: LatentState, facts: ModelFacts, dim: int | None, width: int) -> list[Line]:
    """Left, right and their difference: the KL of a dimension, and the active units."""
    if facts.beside is None:
        return []
    left, right = left_and_right(state, facts)
    lines = []
    if dim is not None:
        names = (f"KL of z{dim}", f"KL z{dim}", "KL")
        lines.append(_line(names, Figure("", _kl(left, dim), _kl(right, dim)), width, 2))
    if left.summary is not None and right.summary is not None:
        figures = compared(left.summary, right.summary, left.statistics, right.statistics)
        active = next(figure for figure in figures if figure.name == "active units")
        lines.append(_line(("active",), active, width, 0))
    return lines


def _line(labels: Sequence[str], figure: Figure, width: int, places: int) -> Line:
    """Both and their difference, under the longest of the labels for which there is room."""
    difference = "" if figure.difference is None else signed(figure.difference, places)
    values = f"{_number(figure.left, places)} | {_number(figure.right, places)}"
    wide, close = (f"{values}{gap}{difference}".rstrip() for gap in ("  ", " "))
    fitting = ((label, text) for label in labels for text in (wide, close) if len(label) + 1 + len(text) <= width)
    label, text = next(fitting, (labels[-1], fit_text(close, max(0, width - len(labels[-1]) - 1)).rstrip()))
    return spread((Run(label, "dim"),), (Run(text),), width)


def _kl(facts: ModelFacts, dim: int) -> float | None:
    kl_Z = facts.kl_Z
    return float(kl_Z[dim]) if kl_Z is not None and dim < len(kl_Z) else None


def _number(value: float | None, places: int = 2) -> str:
    return "·" if value is None else f"{value:,.{places}f}"
