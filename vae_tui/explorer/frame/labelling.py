"""Labels above, beside and under a grid: how short they are, whether they cost too much, where each stands."""

import math

from rich.cells import cell_len

from vae_tui.explorer.frame.canvas import Canvas, Label, Placement
from vae_tui.imaging import Layout
from vae_tui.pictures.contract import Drawing

LABEL_GAP = 2
"""Cells between a row label and its tiles."""
MIN_TILE_SHARE = 0.8
"""Labels may cost at most a fifth of the tiles' size; else the column's are left out, and the rows' shortened."""
MIN_FIGURES_SHARE = 0.66
"""And at most a third for figures under tiles, and for labels that are numbers, where there is room for none otherwise.
"""
MIN_LABELLED = 3
"""Pixels: tiles that stay as wide may lose one for their labels, which can be more than a fifth in half cells."""


def costs_too_much(width: int, bare_width: int, least: float = MIN_TILE_SHARE) -> bool:
    """Whether labels leave tiles so much narrower than they are without any that they are not worth it."""
    is_small_loss = width >= MIN_LABELLED and bare_width - width <= 1
    return width < least * bare_width and not is_small_loss


def label_shares(drawing: Drawing) -> tuple[float, ...]:
    """Of the tiles' size, what labels have to leave; less where with that there are none, and they are numbers."""
    return (MIN_TILE_SHARE, MIN_FIGURES_SHARE) if any(drawing.label_heads) else (MIN_TILE_SHARE,)


def has_numbers(row_labels: tuple[str, ...], drawing: Drawing) -> bool:
    """Whether these labels without a head have the numbers of the drawing's labels, if those have any."""
    return not any(drawing.label_heads) or " ".join(row_labels).split() == " ".join(drawing.row_labels).split()


def shorter_and_shorter(drawing: Drawing) -> dict[tuple[str, ...], str]:
    """The row labels, the same with single spaces, their shorter forms, their first words, nothing: with their heads.

    Of two drawings side by side, first words would be the left one's alone.
    """
    labels = drawing.row_labels
    squeezed = tuple(" ".join(label.split()) for label in labels)
    first_words = tuple(label.partition(" ")[0] for label in squeezed)
    last = [first_words, ()] if drawing.front is drawing else [()]
    heads = drawing.label_heads or ("",) * len(drawing.shorter_labels)
    shorter = dict(zip(drawing.shorter_labels, heads, strict=True))
    return {labels: "", squeezed: "", **shorter, **dict.fromkeys(last, "")}


def head_label(head: str, placed: Placement) -> tuple[Label, ...]:
    """What stands above the row labels, where there is something."""
    return (Label(placed.x - LABEL_GAP - cell_len(head), placed.y - 1, head),) if head else ()


def column_labels(texts: tuple[str, ...], canvas: Canvas, layout: Layout, x: int, y: int) -> list[Label]:
    """The labels over the middle of their columns; every second, third, … where all would touch."""
    pitch = (layout.tile_width + layout.gutter) / canvas.cell_width
    every = _every(texts, canvas, layout)
    labels = []
    for column in range(0, len(texts), every):
        text = texts[column].strip()
        middle = (column * pitch) + layout.tile_width / canvas.cell_width / 2
        start = x + math.floor(middle - cell_len(text) / 2 + 0.5)
        start = min(max(0, start), canvas.columns - cell_len(text))
        if start >= 0:
            labels.append(Label(start, y, text))
    return labels


def _every(texts: tuple[str, ...], canvas: Canvas, layout: Layout) -> int:
    """The second, third, … of column labels that has room beside the one before."""
    pitch = (layout.tile_width + layout.gutter) / canvas.cell_width
    return math.ceil((max((cell_len(text.strip()) for text in texts), default=0) + 1) / pitch)


def foot_labels(drawing: Drawing, canvas: Canvas, layout: Layout, x: int, y: int, label_width: int) -> list[Label]:
    """The lines under the grid, as many as the rows there take; none where a name or a column has no room.

    Names stand at the left or, where there is no room beside the tiles, in each column.
    """
    name_width = max((cell_len(name) for name, _ in drawing.foot), default=0)
    is_beside = label_width >= name_width + LABEL_GAP
    lines = [(name, line) if is_beside else ("", _named(name, line)) for name, line in drawing.foot]
    texts = tuple(text for _, line in lines for text in line)
    if not texts or _every(texts, canvas, layout) > 1:
        return []
    labels = []
    for row, (name, line) in enumerate(lines[: max(0, canvas.rows - y)]):
        labels += [Label(x - LABEL_GAP - name_width, y + row, name)] if name else []
        labels += column_labels(line, canvas, layout, x, y + row)
    return labels


def _named(name: str, line: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} {text}" if text else "" for text in line)
