"""The run that the open checkpoint is of, where it is watched: whether it is followed, its epochs, its training."""

from collections.abc import Callable
from pathlib import Path

from vae_tui.errors import printable
from vae_tui.explorer.watching import RunWatch, Sighting, Watched
from vae_tui.following import keep
from vae_tui.runs import RunDir


class Run:
    """What a screen asks of the run; where none is watched, there is nothing to say. `report`: see RunWatch."""

    def __init__(self, watched: Watched | None, report: Callable[[Sighting], object]) -> None:
        self.watched = watched
        self._watch = RunWatch(watched, report) if watched is not None else None

    def start(self) -> None:
        """From now on its news are reported."""
        if self._watch is not None:
            self._watch.start()

    def stop(self) -> None:
        """Nothing is reported any more."""
        if self._watch is not None:
            self._watch.stop()

    def go_to(self, epoch: int | None) -> None:
        """Has a kept epoch opened, or the newest checkpoint: it is reported."""
        if self._watch is not None:
            self._watch.go_to(epoch)

    @property
    def is_followed(self) -> bool:
        """Whether the run is followed, not only its kept epochs looked at."""
        return self.watched is not None and self.watched.source is not None

    @property
    def is_training(self) -> bool:
        """Whether it is our own training, and goes on."""
        child = self.watched.child if self.watched is not None else None
        return child is not None and child.is_running

    def ask_to_stop(self) -> None:
        """Asks our own training to save and end."""
        if self.watched is not None and self.watched.child is not None:
            self.watched.child.ask_to_stop()

    def opened_as(self, checkpoint: str) -> str:
        """What `vaetui explore` is to be given to open the same again."""
        if self.watched is None or not self.is_followed:
            return printable(Path(checkpoint).name, 60)
        return f"{printable(self.watched.run_dir.name, 60)} --follow"

    def lets_go(self, checkpoint: str) -> bool:
        """Whether the checkpoint makes way for the run's next one: no command could name it."""
        return self.is_followed and Path(checkpoint).parent.name != RunDir.KEPT

    def keep(self, checkpoint: Path, checkpoint_hash: str) -> Path:
        """The checkpoint in the run's folder, under a name that stays; takes a while. Raises VaeTuiError."""
        assert self.watched is not None
        return keep(self.watched.run_dir, checkpoint, checkpoint_hash)
