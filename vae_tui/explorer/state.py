"""What is looked at, as one immutable value, and every step from one such value to the next."""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

from vae_tui.explorer.model import ModelFacts
from vae_tui.latent import Edits
from vae_tui.summary import Weights

STEP = 0.1
"""Small step of a latent value; values lie on its multiples, so that commands stay short."""
MAX_VALUE = 9.9
"""Furthest value that keys reach: two digits, so that columns keep their width."""
MAX_TEMPERATURE = 3.0
MAX_STEPS = 32
MAX_SEED = 2**31 - 1

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class LatentState:
    """Everything that keys change. Numbers are counts or positions; values are in units of the prior's sigma."""

    view: str = "samples"
    rank: int = 0
    """Position of the chosen dimension in the side panel's order."""
    edits: Edits = ()
    """Dimensions held by hand, in every tile of every view."""
    seed: int = 0
    temperature: float = 1.0
    steps: int = 9
    """Odd: the middle column of a traversal is 0."""
    path: str = "lerp"
    """"lerp" or "slerp"."""
    posterior: str = "mean"
    """"mean" or "sample"."""
    source: str = "images"
    """Where ends and centres come from: "images" or "random" (the prior)."""
    first: int = 0
    """The image at the start of a path, in the centre of a traversal, at the head of the reconstructions."""
    second: int = 1
    """The image at the end of a path."""
    samples: int = 8
    """Rows and columns of the grid of samples."""
    pairs: int = 6
    """Rows of interpolations."""
    dims: int = 8
    """Rows of a traversal."""
    images: int = 16
    """Images in Reconstruct."""
    raw: bool = False
    """The raw weights, where the checkpoint holds averaged ones beside them."""

    def show(self, view: str) -> "LatentState":
        """Another view of the same latents."""
        return replace(self, view=view)

    def chosen_dim(self, facts: ModelFacts) -> int | None:
        """The chosen dimension's index in the model; None while no model is open."""
        return facts.ranked[min(self.rank, len(facts.ranked) - 1)] if facts.ranked else None

    def choose(self, by: int, facts: ModelFacts) -> "LatentState":
        """The dimension so many places further down the panel; the list does not wrap."""
        return replace(self, rank=_clamp(self.rank + by, 0, max(0, facts.latent_dim - 1)))

    def value(self, dim: int) -> float | None:
        """The value that a dimension is held at; None where it is not held."""
        return dict(self.edits).get(dim)

    def nudge(self, steps: int, facts: ModelFacts, start: float | None) -> "LatentState":
        """The chosen dimension held so many small steps further, from its own value or else from `start`."""
        dim = self.chosen_dim(facts)
        if dim is None:
            return self
        held = self.value(dim)
        origin = held if held is not None else (start or 0.0)
        if not math.isfinite(origin):  # a model that ran away in training
            origin = 0.0
        value = round(round(origin / STEP + steps) * STEP, 1)
        value = _clamp(value, -MAX_VALUE, MAX_VALUE) + 0.0  # -0.0 becomes 0.0
        return replace(self, edits=tuple(sorted({**dict(self.edits), dim: value}.items())))

    def release(self, facts: ModelFacts) -> "LatentState":
        """The chosen dimension no longer held."""
        dim = self.chosen_dim(facts)
        return replace(self, edits=tuple(edit for edit in self.edits if edit[0] != dim))

    def release_all(self) -> "LatentState":
        """No dimension held."""
        return replace(self, edits=())

    def reseed(self, by: int) -> "LatentState":
        """The next seed, or the one before."""
        return replace(self, seed=_clamp(self.seed + by, 0, MAX_SEED))

    def warm(self, steps: int) -> "LatentState":
        """The temperature so many tenths higher."""
        return replace(self, temperature=round(_clamp(self.temperature + steps * 0.1, 0.0, MAX_TEMPERATURE), 1))

    def lengthen(self, by: int) -> "LatentState":
        """More steps, or fewer."""
        return replace(self, steps=_clamp(self.steps + by, 2, MAX_STEPS))

    def bend(self) -> "LatentState":
        """lerp for slerp, and back."""
        return replace(self, path="slerp" if self.path == "lerp" else "lerp")

    def redraw_posterior(self) -> "LatentState":
        """The posterior's mean for one draw of it, and back."""
        return replace(self, posterior="sample" if self.posterior == "mean" else "mean")

    def switch_source(self) -> "LatentState":
        """Images for the prior, and back."""
        return replace(self, source="random" if self.source == "images" else "images")

    def turn_first(self, by: int, facts: ModelFacts) -> "LatentState":
        """The image so many places on, around the end of the set."""
        return replace(self, first=(self.first + by) % facts.num_images) if facts.num_images else self

    def turn_second(self, by: int, facts: ModelFacts) -> "LatentState":
        """The same for the image at the end of a path."""
        return replace(self, second=(self.second + by) % facts.num_images) if facts.num_images else self

    def weights(self, facts: ModelFacts) -> Weights:
        """Which weights draw the picture."""
        return "ema" if facts.has_average and not self.raw else "raw"

    def switch_weights(self) -> "LatentState":
        """The raw weights for the averaged ones, and back; all else stays."""
        return replace(self, raw=not self.raw)

    def resize(self, name: str, by: int, least: int, most: int) -> "LatentState":
        """More or fewer of what `name` counts (samples, pairs, dims or images), from `least` to `most`."""
        return replace(self, **{name: _clamp(getattr(self, name) + by, least, most)})


def _clamp(value: Number, low: Number, high: Number) -> Number:
    return max(low, min(high, value))
