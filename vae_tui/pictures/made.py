"""Values of the tiles of a grid that are made where they are asked for: mostly that of the tile under the cursor."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item", covariant=True)


class Made(Sequence[Item]):
    """So many values, each what `make` gives for its place."""

    def __init__(self, num: int, make: Callable[[int], Item]) -> None:
        self._places = range(num)
        self._make = make

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Item: ...
    @overload
    def __getitem__(self, at: slice) -> list[Item]: ...
    def __getitem__(self, at: int | slice) -> Item | list[Item]:
        if isinstance(at, int):
            return self._make(self._places[at])
        return [self._make(place) for place in self._places[at]]
