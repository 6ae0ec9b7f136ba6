"""What was looked at before: every change can be taken back, and made again."""

from collections.abc import Callable
from dataclasses import replace

from vae_tui.explorer.state import LatentState


class History:
    """States before the present one, and those that were taken back."""

    def __init__(self) -> None:
        self._past: list[LatentState] = []
        self._future: list[LatentState] = []
        self._was_motion = False

    def record(self, old: LatentState, new: LatentState) -> None:
        """A change from one state to the next. A cursor that only moves on, or a film that plays, is one change.

        Back where it began, it is none: each state that is kept differs from the one before.
        """
        is_motion = _still(old) == _still(new)
        if not (is_motion and self._was_motion):
            self._keep(replace(old, playing=False))
        elif self._past and self._past[-1] == replace(new, playing=False):
            self._past.pop()
            is_motion = False
        self._was_motion = is_motion
        self._future.clear()

    def _keep(self, state: LatentState) -> None:
        if not self._past or self._past[-1] != state:
            self._past.append(state)

    def amend(self, change: Callable[[LatentState], LatentState]) -> None:
        """What was always so and was not known: in all states."""
        self._past = [change(state) for state in self._past]
        self._future = [change(state) for state in self._future]

    def undo(self, present: LatentState) -> LatentState | None:
        """The state before; None where there is none."""
        return self._step(present, self._past, self._future)

    def redo(self, present: LatentState) -> LatentState | None:
        """The state that was taken back last; None where there is none."""
        return self._step(present, self._future, self._past)

    def _step(self, present: LatentState, source: list[LatentState], target: list[LatentState]) -> LatentState | None:
        if not source:
            return None
        target.append(present)
        self._was_motion = False
        return source.pop()


def _still(state: LatentState) -> LatentState:
    return replace(state, cursor=None, frame=None, playing=False)
