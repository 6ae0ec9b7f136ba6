"""The contract of a view: a name on a digit key, and the picture that it asks for. One file a view, in views/."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import ClassVar

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.registry import Registry


@dataclass(frozen=True)
class Zoom:
    """What + and - change in a view."""

    field: str
    """The count's name in LatentState."""
    label: str
    """What the side panel calls it."""
    least: int
    most: int
    square: bool = False
    """Whether the count is of rows and of columns."""


class View(ABC):
    """One question about the latent space. It holds nothing: what is looked at is in the state."""

    key: ClassVar[str]
    """The digit that shows it."""
    title: ClassVar[str]
    """Its name on the screen; the registered name is the lower-case form."""
    question: ClassVar[str]
    """What it answers, in one line."""
    help: ClassVar[str]
    """What one sees in it and what to look for: a paragraph or two."""
    controls: ClassVar[tuple[str, ...]]
    """The controls of the side panel that change its picture, in their order (see keys.CONTROLS)."""
    zoom: ClassVar[Zoom]

    @abstractmethod
    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The picture of this state."""

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """Those of its controls that change nothing just now, such as the seed where nothing is drawn."""
        return frozenset()

    def centre(self, drawing: Drawing) -> Latents | None:
        """The one latent (Z,) that all tiles vary, read from what was drawn; None where there is no such latent."""
        return None

    def marked_row(self, state: LatentState, facts: ModelFacts) -> int | None:
        """The row of the picture that the chosen dimension moves; None where it is all of them."""
        return None


VIEWS: Registry[View] = Registry("view", "vae_tui.explorer.views")


def ordered_views() -> list[tuple[str, View]]:
    """Names and views in the order of their keys."""
    return sorted(((name, VIEWS.get(name)) for name in VIEWS.names()), key=lambda item: item[1].key)


def style_paths() -> list[str | PurePath]:
    """The style sheet of each view, beside it."""
    return [Path(__file__).parent / "views" / f"{name}.tcss" for name, _ in ordered_views()]
