"""The side panel's list, row by row: what the arrows choose and move, in plain values."""

from collections.abc import Callable
from dataclasses import dataclass

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState

Centre = tuple[float, ...] | None
"""Where each dimension stands when it is not held; None where the tiles differ in it."""

ORDER_NAMES = {"kl": "by KL", "change": "by change", "index": "by index"}


@dataclass(frozen=True)
class Row:
    """One thing that can be moved."""

    name: str
    value: float | None
    """Where it stands; None where each tile has its own."""
    is_held: bool = False
    """Whether it stands there by hand."""
    note: str = ""
    """A figure of it, five cells at most."""
    share: float | None = None
    """Length of the bar before the figure, from 0 to 1; None: there is none."""
    remarks: tuple[str, ...] = ()
    """What stands in the bar's place, and shorter and shorter forms of it; such a row is dim."""


@dataclass(frozen=True)
class Sliders:
    """The list. Rows are made as they are asked for: there may be thousands."""

    headings: tuple[str, ...]
    """What is listed and in which order, and shorter forms."""
    heads: tuple[str, str]
    """Over the names, and over the figures."""
    name_width: int
    num: int
    chosen: int
    row: Callable[[int], Row]
    empty: str = ""
    """What is said where there is no row."""
    value_head: str = "value"
    """Over the values."""

    def chosen_row(self) -> Row | None:
        """The chosen one; None where there is none."""
        return self.row(self.chosen) if self.num else None


def dimension_sliders(state: LatentState, facts: ModelFacts, centre: Centre) -> Sliders:
    """The latent dimensions, with their KL."""
    order = ORDER_NAMES[state.order if state.order in facts.orders else "index"]
    ranked = state.ranked(facts)
    kl_Z = facts.kl_Z
    most = max(float(kl_Z.max()), 1e-6) if kl_Z is not None else 1.0

    def row(place: int) -> Row:
        dim = ranked[place]
        held = state.value(dim)
        free = centre[dim] if centre is not None and dim < len(centre) else None
        value = held if held is not None else free
        if kl_Z is None:
            return Row(f"z{dim}", value, held is not None)
        remarks = () if facts.is_active(dim) else ("inactive", "off", "·")
        kl = float(kl_Z[dim])
        return Row(f"z{dim}", value, held is not None, figure(kl), kl / most, remarks)

    return Sliders(
        (f"dimensions {order}", order),
        ("z", "KL in nats" if kl_Z is not None else ""),
        len(str(max(0, facts.latent_dim - 1))) + 1,
        len(ranked),
        min(state.rank, max(0, len(ranked) - 1)),
        row,
    )


def figure(number: float) -> str:
    """Five cells, with as many places as they leave."""
    return next((text for form in ("5.2f", "5.1f", "5.0f") if len(text := f"{number:{form}}") == 5), f"{number:.0e}")
