"""What keys are made of: a key with its step from one state to the next, and a control with the value that it shows."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing


@dataclass(frozen=True, eq=False)
class Look:
    """What is on the screen as a key comes."""

    drawing: Drawing | None = None
    """The present view's picture; None while there is none of it."""
    centre_Z: Latents | None = None
    """The one latent (Z,) that all its tiles vary; None where there is none."""

    def value(self, dim: int | None) -> float | None:
        """Where a dimension stands that is not held."""
        if dim is None or self.centre_Z is None or dim >= len(self.centre_Z):
            return None
        return float(self.centre_Z[dim])


Step = Callable[[LatentState, ModelFacts, Look], LatentState]
"""From one state to the next."""


@dataclass(frozen=True)
class Key:
    """One or more keys with one meaning, the same in each view."""

    id: str
    keys: str
    """As Textual names them, with commas between."""
    description: str
    tooltip: str
    control: str
    """The control that it changes; a view that does not use it says so."""
    step: Step
    goes_first: bool = False
    """Whether it comes before what Textual does at that key by itself."""

    def binding(self) -> Binding:
        """For Textual."""
        return Binding(
            self.keys,
            f"step('{self.id}')",
            self.description,
            show=False,
            id=self.id,
            tooltip=self.tooltip,
            priority=self.goes_first,
        )


@dataclass(frozen=True)
class Control:
    """What a picture depends on: a line of the side panel and of the help."""

    label: str
    key_ids: tuple[str, ...]
    """The keys of its small steps by their ids, down before up: ("seed.back", "seed.next")."""
    help: str
    """What they do; {seed.next} in it stands for that key as it is bound (see keymap.Keymap.fill)."""
    value: Callable[[LatentState, ModelFacts], str]
