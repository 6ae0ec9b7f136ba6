"""A survey in the making: a set of images encoded step by step, so that whoever waits for the model waits a step."""

# N images of the sample, B images of one step, Z latent dims

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError
from vae_tui.latent import Latents
from vae_tui.survey import Indices, Survey, sample_indices

STEP_IMAGES = 64
STEP_NUMBERS = STEP_IMAGES * 3 * 32 * 32
"""Numbers of the images of one step, at most: larger images go through the model in smaller steps."""


class SurveyStopped(Exception):
    """Whoever had asked for a survey no longer wants it; nothing of it is kept."""


class Measured(NamedTuple):
    """What a model makes of some images."""

    means_BZ: Latents
    logvars_BZ: Latents
    """Minus infinity for a variance of 0."""
    squared_error_B: NDArray[np.float32]
    """Of the decoded posterior mean, summed over pixels and channels, pixels in [0, 1]."""

    def is_sound_B(self) -> NDArray[np.bool_]:
        """Whether an image's numbers are fit to be worked with: finite, but for the log of a variance of 0."""
        means_sound_B = np.isfinite(self.means_BZ).all(1)
        return means_sound_B & (self.logvars_BZ < np.inf).all(1) & np.isfinite(self.squared_error_B)


@dataclass(frozen=True, eq=False)
class SurveyPlan:
    """All of a survey that is known before the model is asked."""

    num_images: int
    split: str
    latent_dim: int
    image_size: int
    """Numbers of one image: C x H x W."""
    labels: Indices | None
    """Of all images of the set, -1 where it is not known."""
    class_names: tuple[str, ...]

    @cached_property
    def indices_N(self) -> Indices:
        """The sample, rising."""
        return sample_indices(self.num_images, self.latent_dim)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The arrays that `survey` takes, all float32, by name."""
        num, dims = len(self.indices_N), self.latent_dim
        return {"means_NZ": (num, dims), "logvars_NZ": (num, dims), "squared_error_N": (num,)}

    def survey(self, arrays: Mapping[str, NDArray[np.float32]], key: str) -> Survey:
        """The survey whose arrays are these, of `shapes`."""
        return Survey(
            indices_N=self.indices_N,
            num_images=self.num_images,
            split=self.split,
            image_size=self.image_size,
            labels_N=None if self.labels is None else self.labels[self.indices_N],
            class_names=self.class_names,
            key=key,
            **{name: arrays[name] for name in self.shapes},
        )


class SurveyBuilder:
    """Encodes the images of a plan. Only `step` uses the model: its lock need not be held for the rest."""

    def __init__(
        self,
        plan: SurveyPlan,
        measure: Callable[[Indices], Measured],
        *,
        key: str = "",
        found: Survey | None = None,
        finished: Callable[[Survey, float], Any] = lambda survey, took_s: None,
    ) -> None:
        """`found` is the survey where it is known already. `finished` is given a new one, and what its steps took."""
        self._plan = plan
        self._measure = measure
        self._key = key
        self._survey = found
        self._finished = finished
        self._step_size = max(1, min(STEP_IMAGES, STEP_NUMBERS // plan.image_size))
        self._done = len(plan.indices_N) if found else 0
        self._took_s = 0.0
        self._arrays = {} if found else {name: np.empty(shape, np.float32) for name, shape in plan.shapes.items()}

    @property
    def total(self) -> int:
        """How many images are encoded in all."""
        return len(self._plan.indices_N)

    @property
    def done(self) -> int:
        """How many of them are."""
        return self._done

    @property
    def is_done(self) -> bool:
        """Whether no step is left."""
        return self._done == self.total

    def step(self) -> None:
        """Encodes the next images, a few. Raises VaeTuiError where the model gives numbers that are not finite."""
        rows = slice(self._done, min(self._done + self._step_size, self.total))
        indices_B = self._plan.indices_N[rows]
        began_s = time.perf_counter()
        measured = self._measure(indices_B)
        self._took_s += time.perf_counter() - began_s
        sound_B = measured.is_sound_B()
        if not sound_B.all():
            raise VaeTuiError(f"the model gives numbers that are not finite for image {indices_B[np.argmin(sound_B)]}")
        for array, values in zip(self._arrays.values(), measured, strict=True):
            array[rows] = values
        self._done = rows.stop

    def finish(self) -> Survey:
        """The survey, once no step is left."""
        if not self.is_done:
            raise ValueError(f"{self.done} of {self.total} images are encoded")
        if self._survey is None:
            self._survey = self._plan.survey(self._arrays, self._key)
            self._arrays = {}
            self._finished(self._survey, self._took_s)
        return self._survey

    def run(
        self, on_progress: Callable[[int, int], Any] | None = None, should_stop: Callable[[], bool] | None = None
    ) -> Survey:
        """All steps. `on_progress` is told done and total after each; `should_stop` is asked before each.

        Raises SurveyStopped where it says so, and VaeTuiError as `step` does.
        """
        while not self.is_done:
            if should_stop is not None and should_stop():
                raise SurveyStopped
            self.step()
            if on_progress is not None:
                on_progress(self.done, self.total)
        return self.finish()
