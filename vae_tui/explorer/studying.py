"""What is found out in the background of the models that are shown, of each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from vae_tui.explorer.background import Background, Found
from vae_tui.explorer.model import ModelFacts, OpenModel
from vae_tui.explorer.sides import turned


class Studies:
    """One study (background.Background) a model; none at all where they are not `wanted`."""

    def __init__(self, lock: threading.Lock, report: Callable[[Found], object], *, wanted: bool) -> None:
        self.are_wanted = wanted
        self._lock = lock
        self._report = report
        self._running: tuple[Background, ...] = ()

    @property
    def are_due(self) -> bool:
        """Whether they are wanted and have not begun."""
        return self.are_wanted and not self._running

    def begin(self, models: Sequence[OpenModel]) -> None:
        """Of these models, and of no others any more."""
        self.end()
        if self.are_wanted:
            self._running = tuple(Background(model, self._lock, self._report) for model in models)

    def want_maps(self) -> None:
        """Has the images mapped by UMAP too."""
        for study in self._running:
            study.want_map()

    def end(self) -> None:
        """Nothing is reported any more."""
        for study in self._running:
            study.stop()


def with_found(facts: ModelFacts, found: Found, *, in_front: bool) -> ModelFacts:
    """The facts with what was found out of the model in front, or of the other one."""
    known = replace(
        facts if in_front else turned(facts),
        survey=found.survey,
        survey_progress=found.progress,
        survey_failed=found.has_failed,
        changes_Z=found.changes_Z,
        has_umap=found.has_umap,
        umap_progress=found.umap_progress,
        umap_failed=found.umap_failed,
    )
    return known if in_front else turned(known)
