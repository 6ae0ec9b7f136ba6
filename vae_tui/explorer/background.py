"""What is found out of a model in a thread of its own, a little at a time, while its pictures are drawn."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.model import OpenModel
from vae_tui.pictures.changes import DimensionChanges
from vae_tui.pictures.images import split_word
from vae_tui.survey import Survey


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of a model so far."""

    model: OpenModel
    changes_Z: NDArray[np.float32] | None = None
    """How much each dimension changes the picture (see pictures.changes)."""
    survey: Survey | None = None
    progress: str = ""
    """How far the survey is, in words; why there is none, where it failed."""
    has_failed: bool = False
    has_umap: bool = False
    """Whether the set's map by UMAP is at hand."""
    umap_progress: str = ""
    """What is said while it is not."""
    umap_failed: bool = False
    """Whether there will be none."""


class Background:
    """Measures one model: first how much its dimensions change the picture, then all of its images.

    The model's lock is held for one small step at a time, so that a picture waits for no more than that. `report` is
    called in the thread.
    """

    def __init__(self, model: OpenModel, model_lock: threading.Lock, report: Callable[[Found], object]) -> None:
        self._model = model
        self._lock = model_lock
        self._report = report
        self._is_stopped = threading.Event()
        self._wants_map = threading.Event()
        threading.Thread(target=self._run, name="vaetui-survey", daemon=True).start()

    def stop(self) -> None:
        """Ends the thread after the step that runs; nothing is reported any more."""
        self._is_stopped.set()
        self._wants_map.set()

    def want_map(self) -> None:
        """Has the images mapped by UMAP too, once they are encoded."""
        self._wants_map.set()

    def _run(self) -> None:
        changes_Z: NDArray[np.float32] | None = None
        try:
            changes = DimensionChanges(self._model)
            while not changes.is_done and not self._is_stopped.is_set():
                with self._lock:
                    changes.step()
            if self._is_stopped.is_set():
                return
            changes_Z = changes.finish()
            self._tell(Found(self._model, changes_Z))
            if self._model.num_images:
                self._survey(changes_Z)
        except VaeTuiError as error:
            self._tell(Found(self._model, changes_Z, progress=printable(error.message), has_failed=True))
        except Exception as error:  # a model may raise anything; the explorer lives on and says what it was
            reason = printable(f"{type(error).__name__}: {error}", 200)
            self._tell(Found(self._model, changes_Z, progress=reason, has_failed=True))

    def _survey(self, changes_Z: NDArray[np.float32]) -> None:
        builder = self._model.survey_builder()
        said = -1
        while not builder.is_done and not self._is_stopped.is_set():
            share = 100 * builder.done // builder.total
            if share != said:
                said = share
                of_split = split_word(self._model)
                words = f"encoding {builder.done:,} of {builder.total:,} {of_split}images"
                self._tell(Found(self._model, changes_Z, progress=words))
            with self._lock:
                builder.step()
        if self._is_stopped.is_set():
            return
        survey = builder.finish()
        _ = survey.principal, survey.statistics  # they take a while too, the first time
        found = Found(self._model, changes_Z, survey)
        self._tell(found)
        self._wants_map.wait()
        if not self._is_stopped.is_set():
            self._tell(replace(found, umap_progress=f"{_umap_of(survey)}: about a minute for 10,000"))
            self._tell(self._mapped(found, survey))

    def _mapped(self, found: Found, survey: Survey) -> Found:
        """The map is made without the model, so that its lock is not held."""

        def tell(done: int, total: int) -> None:
            self._tell(replace(found, umap_progress=f"{_umap_of(survey)}: epoch {done:,} of {total:,}"))

        try:
            self._model.umap_points(tell)
        except VaeTuiError as error:
            reason = ": ".join(filter(None, (error.message, error.hint)))
            return replace(found, umap_progress=printable(reason), umap_failed=True)
        except Exception as error:  # umap-learn may raise anything
            reason = printable(f"no UMAP: {type(error).__name__}: {error}", 200)
            return replace(found, umap_progress=reason, umap_failed=True)
        return replace(found, has_umap=True)

    def _tell(self, found: Found) -> None:
        if not self._is_stopped.is_set():
            self._report(found)


def _umap_of(survey: Survey) -> str:
    return f"UMAP of {survey.describe()}"
