"""Named parts (models, data sets, objectives, views), each found in a file of its own."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from vae_tui.errors import VaeTuiError, printable

T = TypeVar("T")


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """The known name nearest to a mistyped one where there is one, then all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listing = f"known: {', '.join(names)}" if names else "none is known"
    return f"did you mean {close[0]}? ({listing})" if close else listing


class Registry(Generic[T]):
    """The parts of one kind by name.

    Every module of `package` is imported at the first look-up, so that adding a part is adding a file.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._parts: dict[str, T] = {}
        self._discovered = False

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that files a part under `name`; a name that is taken raises ValueError."""

        def file(part: T) -> T:
            if name in self._parts:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._parts[name] = part
            return part

        return file

    def get(self, name: str) -> T:
        """The part filed under `name`. Raises VaeTuiError naming the nearest known one."""
        self._discover()
        if name not in self._parts:
            hint = nearest_hint(name, self._parts)
            raise VaeTuiError(f"no {self.kind} is called {printable(name)!r}", hint)
        return self._parts[name]

    def names(self) -> list[str]:
        """All names, sorted."""
        self._discover()
        return sorted(self._parts)

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._parts

    def _discover(self) -> None:
        if self._discovered:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        self._discovered = True
