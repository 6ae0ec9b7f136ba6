"""What a schedule is: the factor on `--lr` at any moment of a run."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from vae_tui.registry import Registry


class Schedule(ABC):
    """A registered schedule: pure, built from its options."""

    Options: ClassVar[type[Any]]
    """Frozen dataclass of what `--set schedule.KEY=VALUE` reaches; each field made by config.option."""
    summary: ClassVar[str]
    """One line for `vaetui list`."""
    has_horizon: ClassVar[bool]
    """Whether `factor` depends on how many epochs the run has in all."""

    def __init__(self, options: Any) -> None:
        """Raises VaeTuiError for options that make no sense."""
        self.options = options

    @abstractmethod
    def factor(self, at: float, epochs: int) -> float:
        """The learning rate of a step that begins `at` epochs into a run of `epochs`, as a multiple of `--lr`.

        From 0 to 1.
        """


SCHEDULES: Registry[type[Schedule]] = Registry("schedule", "vae_tui.schedules")
