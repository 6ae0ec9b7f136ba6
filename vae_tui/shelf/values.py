"""Favourite latents and marked images of one checkpoint, as values that each change makes anew."""

# Z latent dims

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import FLOAT32_MAX, Edits

Group = Literal["a", "b"]
"""Of marked images: a direction leads from the mean of group a to that of group b."""

MAX_FAVOURITES = 1000
MAX_NAME = 60
"""Characters."""
MAX_POINT = 20_000
"""Characters."""
MAX_DIMS = 2**16
MAX_IMAGE = 2**31 - 1


@dataclass(frozen=True)
class Favourite:
    """A latent that is worth coming back to. Two are the same favourite where their latents are."""

    name: str
    """Printable, without spaces around it; "" where the shelf is to find one."""
    point: str
    """The latent in words, as whoever added it writes points; "" where there are none for it."""
    edits: Edits
    """The dimensions of it that are held."""
    latent: tuple[float, ...]
    """The Z values themselves, held ones included: what any checkpoint of as many dimensions can draw."""

    def check(self) -> None:
        """Raises VaeTuiError where a part can't be kept."""
        check_name(self.name)
        if len(self.point) > MAX_POINT or not self.point.isprintable():
            raise VaeTuiError(f"the words of favourite {self.name!r} are too long, or can't be printed")
        if not 0 < len(self.latent) <= MAX_DIMS or not _are_finite(self.latent):
            raise VaeTuiError(f"favourite {self.name!r} has no latent of finite numbers")
        dims = [dim for dim, _ in self.edits]
        if dims != sorted(set(dims)) or not all(0 <= dim < len(self.latent) for dim in dims):
            raise VaeTuiError(f"favourite {self.name!r} holds dimensions that it has not, or not in their order")
        if not _are_finite(value for _, value in self.edits):
            raise VaeTuiError(f"favourite {self.name!r} holds dimensions at values that are not finite")


def _are_finite(values: Iterable[float]) -> bool:
    return all(abs(value) <= FLOAT32_MAX for value in values)


def check_name(name: str) -> None:
    """Raises VaeTuiError for what no favourite can be called."""
    if not name or name != name.strip() or len(name) > MAX_NAME or not name.isprintable():
        hint = f"up to {MAX_NAME} printable characters, without spaces around them"
        raise VaeTuiError(f"{printable(name, MAX_NAME)!r} is no name for a favourite", hint)


@dataclass(frozen=True)
class Shelf:
    """What is kept of one checkpoint. Each method gives another shelf, or this one where nothing changes."""

    checkpoint_hash: str
    """SHA-256 of the checkpoint's bytes, in hex."""
    favourites: tuple[Favourite, ...] = ()
    """In the order in which they were added; names and latents are there once."""
    marked_a: tuple[int, ...] = ()
    """Images by their index in the checkpoint, rising."""
    marked_b: tuple[int, ...] = ()
    """The same of the other group; no image is in both."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the favourites, in their order."""
        return tuple(favourite.name for favourite in self.favourites)

    def named(self, name: str) -> Favourite:
        """Raises VaeTuiError where there is none of that name."""
        for favourite in self.favourites:
            if favourite.name == name:
                return favourite
        raise VaeTuiError(f"there is no favourite {printable(name, MAX_NAME)!r}")

    def find(self, latent: tuple[float, ...]) -> Favourite | None:
        """The favourite of exactly these values."""
        return next((favourite for favourite in self.favourites if favourite.latent == latent), None)

    def add(self, favourite: Favourite) -> "Shelf":
        """With the favourite last, under its name or else the first free favourite-N.

        Without change where its latent is there already. Raises VaeTuiError where the name is taken, or the latent of
        another length than the others.
        """
        if self.find(favourite.latent):
            return self
        named = favourite if favourite.name else replace(favourite, name=next_name("favourite", self.names))
        named.check()
        if named.name in self.names:
            raise VaeTuiError(f"there is a favourite {named.name!r} already", "give it another name")
        if self.favourites and len(self.favourites[0].latent) != len(named.latent):
            have, has = len(self.favourites[0].latent), len(named.latent)
            raise VaeTuiError(f"favourite {named.name!r} has {has} dimensions, and the others have {have}")
        if len(self.favourites) >= MAX_FAVOURITES:
            raise VaeTuiError(f"there are {MAX_FAVOURITES:,} favourites, and no more can be kept", "remove some first")
        return replace(self, favourites=(*self.favourites, named))

    def rename(self, old: str, new: str) -> "Shelf":
        """Raises VaeTuiError where there is no such favourite, or the new name is taken or can't be one."""
        known = self.named(old)
        if old == new:
            return self
        check_name(new)
        if new in self.names:
            raise VaeTuiError(f"there is a favourite {new!r} already", "give it another name")
        renamed = replace(known, name=new)
        return replace(self, favourites=tuple(renamed if each == known else each for each in self.favourites))

    def remove(self, name: str) -> "Shelf":
        """Raises VaeTuiError where there is no such favourite."""
        known = self.named(name)
        return replace(self, favourites=tuple(each for each in self.favourites if each != known))

    def marked(self, group: Group) -> tuple[int, ...]:
        """The images of a group, rising."""
        return self.marked_a if group == "a" else self.marked_b

    def toggle_mark(self, image: int, group: Group) -> "Shelf":
        """The image into the group, out of the other; or out of the group where it is in it."""
        if not 0 <= image <= MAX_IMAGE:
            raise ValueError(image)
        marks = self._marks()
        if marks.pop(image, None) != group:
            marks[image] = group
        return self._with_marks(marks)

    def take(self, other: "Shelf") -> "Shelf":
        """With another's favourites and marks too: of what is in both as it is here, under free names.

        Raises VaeTuiError where the other's latents are of another length.
        """
        taken = self
        for favourite in other.favourites:
            if taken.find(favourite.latent) is None:
                taken = taken.add(replace(favourite, name=free_name(favourite.name, taken.names)))
        return taken._with_marks({**other._marks(), **taken._marks()})

    def _marks(self) -> dict[int, Group]:
        marks: dict[int, Group] = dict.fromkeys(self.marked_a, "a")
        return {**marks, **dict.fromkeys(self.marked_b, "b")}

    def _with_marks(self, marks: Mapping[int, Group | None]) -> "Shelf":
        of_a, of_b = (tuple(sorted(image for image, group in marks.items() if group == each)) for each in "ab")
        return self if (of_a, of_b) == (self.marked_a, self.marked_b) else replace(self, marked_a=of_a, marked_b=of_b)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name or, where it is taken, the next: favourite-2 where favourite-1 is taken, cat-1 where cat is."""
    return next_name(re.sub(r"-\d+$", "", name), taken) if name in taken else name


def next_name(stem: str, taken: Collection[str]) -> str:
    """The first free one of stem-1, stem-2, …"""
    number = 1
    while (numbered := f"{stem[: MAX_NAME - 1 - len(str(number))].rstrip()}-{number}") in taken:
        number += 1
    return numbered


def merge(base: Shelf, mine: Shelf, theirs: Shelf) -> Shelf:
    """What two have made of `base`, each without knowing of the other.

    What one of them changed is taken; of what both changed, mine, but for a favourite that one removed and the other
    renamed, which stays. Two favourites that came to the same name are both kept: mine under a free one.
    """
    before, here, there = ({each.latent: each for each in shelf.favourites} for shelf in (base, mine, theirs))
    kept: list[Favourite] = []
    for latent in dict.fromkeys((*there, *here)):
        was, ours, other = before.get(latent), here.get(latent), there.get(latent)
        chosen = other if ours == was else ours if other == was else ours or other
        if chosen is not None:
            kept.append(chosen)
    merged = replace(theirs, favourites=_named_apart(kept, there))
    return merged._with_marks(_merged_marks(base._marks(), mine._marks(), theirs._marks()))


def _named_apart(kept: list[Favourite], there: Mapping[tuple[float, ...], Favourite]) -> tuple[Favourite, ...]:
    """Under names that are there once: those that stand in `there` keep theirs."""
    settled = {each.name for each in kept if each.latent in there and there[each.latent].name == each.name}
    names = {each.name for each in kept}
    apart: list[Favourite] = []
    for each in kept:
        stays = each.latent in there and there[each.latent].name == each.name
        name = free_name(each.name, names) if not stays and each.name in settled else each.name
        settled.add(name)
        names.add(name)
        apart.append(replace(each, name=name))
    return tuple(apart)


def _merged_marks(
    base: Mapping[int, Group], mine: Mapping[int, Group], theirs: Mapping[int, Group]
) -> dict[int, Group | None]:
    images = base.keys() | mine.keys() | theirs.keys()
    return {
        image: theirs.get(image) if mine.get(image) == base.get(image) else mine.get(image) for image in sorted(images)
    }
