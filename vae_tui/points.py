"""A latent by name: where it begins, what moves it, what is held. The same words, the same values, of any model.

Written, a point is its parts with commas between: `image:7,pc1=1.5,z3=-2`. The first part is where it begins:

    centre                       the prior's mean
    mean                         the mean of the set's posterior means
    image:7                      the mean of an image's posterior; image:7:3 is a draw of it, by seed 3
    file:1                       the same of the first image file that was given beside the set; file:1:3 a draw
    draw:12:5                    the prior's draw 12 of seed 5; draw:12:5:0.8 at temperature 0.8
    draw:12:5:0.8:fitted         the same of the Gaussian fitted to the set's aggregate posterior
    umap:3.5:-2                  a place on the set's map by UMAP: what the images about it have in common
    values:0.1:-2:0.5            these values, from dimension 0 on; further dimensions at 0
    between(A;B):0.25            a quarter of the way from A to B; between(A;B):0.25:slerp along the arc

Then what moves it, each with its strength (without one: 1), and the dimensions that are held:

    pc2=1.5                      1.5 standard deviations along the second principal direction of the posterior means
    class:3>5=0.8                0.8 of the way from the mean of class 3 to that of class 5; class:all>5 from the set's
    images:1+4>7=0.5             the same from the mean of images 1 and 4 to that of image 7; f2 is file 2
    z3=-2                        dimension 3 at -2; held dimensions are set last
"""

# Z latent dims

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeVar

import numpy as np

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import (
    FLOAT32_MAX,
    PATHS,
    Edits,
    Latents,
    apply_edits,
    check_edits,
    format_number,
    image_draws,
)
from vae_tui.priors import PRIORS, prior_draws
from vae_tui.survey import Survey
from vae_tui.survey_umap import Points, latent_near

Number = TypeVar("Number", int, float)

HINT = "write where it begins, then what moves it: image:7,pc1=1.5,z3=-2 (docs/points.md has all of them)"

MAX_DRAW = 4096
"""A draw of the prior is found by drawing all before it."""
ALL_CLASSES = -1
"""In place of a class: all images."""
MAX_DEPTH = 16
"""So deep may points lie in points."""


class Space(Protocol):
    """What a point is found in: a model with its images."""

    @property
    def latent_dim(self) -> int: ...
    @property
    def num_images(self) -> int: ...
    @property
    def num_files(self) -> int: ...
    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and standard deviation of the chosen images, each (N, Z)."""
        ...

    def survey(self) -> Survey:
        """The set of images, encoded. Raises VaeTuiError where there are none."""
        ...

    def umap_points(self) -> Points:
        """Those images on a plane, by UMAP: (N, 2). Raises VaeTuiError where umap-learn is absent."""
        ...


class Base(Protocol):
    """Where a point begins."""

    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        ...

    def latent(self, space: Space) -> Latents:
        """(Z,). Raises VaeTuiError where the model has not what is asked for."""
        ...


class Move(Protocol):
    """What moves a point."""

    @property
    def amount(self) -> float: ...
    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        ...

    @property
    def name(self) -> str:
        """What moves it, without the strength."""
        ...

    def offset(self, space: Space) -> Latents:
        """(Z,), at strength 1."""
        ...


@dataclass(frozen=True)
class Centre:
    """The prior's mean."""

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        return "centre"

    def latent(self, space: Space) -> Latents:
        """Zeros."""
        return np.zeros(space.latent_dim, np.float32)


@dataclass(frozen=True)
class SetMean:
    """The mean of the set's posterior means: the origin of the principal directions."""

    needs_survey: ClassVar[bool] = True

    def __str__(self) -> str:
        return "mean"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        return space.survey().principal.mean_Z


@dataclass(frozen=True)
class OnUmap:
    """A place of the set's map by UMAP: the mean of the images about it, the nearest with the most weight."""

    x: float
    y: float

    needs_survey: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"umap:{format_number(self.x)}:{format_number(self.y)}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        return latent_near(space.umap_points(), space.survey().means_NZ, (self.x, self.y))


@dataclass(frozen=True)
class Image:
    """The posterior of an image: its mean or, with a seed, a draw."""

    index: int
    """In the set; -1, -2, … are the image files that were given beside it."""
    seed: int | None = None

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        name = f"image:{self.index}" if self.index >= 0 else f"file:{-self.index}"
        return name if self.seed is None else f"{name}:{self.seed}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        check_image(space, self.index)
        mean_1Z, std_1Z = space.encode([self.index])
        latents_1Z = mean_1Z if self.seed is None else image_draws(mean_1Z, std_1Z, [self.index], self.seed)
        latent_Z: Latents = latents_1Z[0]
        return latent_Z


@dataclass(frozen=True)
class Draw:
    """A draw of the prior: the same as tile `index` of the samples of `seed`."""

    index: int
    seed: int
    temperature: float = 1.0
    prior: str = "normal"
    """One of priors.PRIORS."""

    @property
    def needs_survey(self) -> bool:
        """Where the prior is fitted to the set."""
        return self.prior != "normal"

    def __str__(self) -> str:
        prior = "" if self.prior == "normal" else f":{self.prior}"
        warmth = "" if self.temperature == 1 and not prior else f":{format_number(self.temperature)}"
        return f"draw:{self.index}:{self.seed}{warmth}{prior}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        draws_NZ = prior_draws(space, self.prior, self.index + 1, self.seed, self.temperature)
        latent_Z: Latents = draws_NZ[self.index]
        return latent_Z


@dataclass(frozen=True)
class Values:
    """A latent that has no other name, by the value of each dimension."""

    edits: Edits
    """The dimensions from 0 on."""

    needs_survey: ClassVar[bool] = False

    def __str__(self) -> str:
        return ":".join(["values", *(format_number(value) for _, value in self.edits)])

    def latent(self, space: Space) -> Latents:
        """(Z,). Raises VaeTuiError where there are more values than dimensions."""
        check_edits(self.edits, space.latent_dim)
        latent_Z: Latents = apply_edits(np.zeros((1, space.latent_dim), np.float32), self.edits)[0]
        return latent_Z


@dataclass(frozen=True)
class Between:
    """A place on the path from one point to another."""

    start: "Point"
    end: "Point"
    t: float
    path: str = "lerp"

    @property
    def needs_survey(self) -> bool:
        """Where one of its ends does."""
        return self.start.needs_survey or self.end.needs_survey

    def __str__(self) -> str:
        path = "" if self.path == "lerp" else f":{self.path}"
        return f"between({self.start};{self.end}):{format_number(self.t)}{path}"

    def latent(self, space: Space) -> Latents:
        """(Z,)."""
        ends = self.start.latent(space), self.end.latent(space)
        latent_Z: Latents = PATHS[self.path](*ends, np.array([self.t]))[0]
        return latent_Z


@dataclass(frozen=True)
class PrincipalMove:
    """Along a principal direction of the posterior means, in its standard deviations; counted from 1."""

    number: int
    amount: float = 1.0
    needs_survey: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """pc2."""
        return f"pc{self.number}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        principal = space.survey().principal
        if not 1 <= self.number <= len(principal.std_K):
            hint = f"there are pc1 to pc{len(principal.std_K)}"
            raise VaeTuiError(f"there is no principal direction {self.number}", hint)
        offset_Z: Latents = principal.components_KZ[self.number - 1] * principal.std_K[self.number - 1]
        return offset_Z


@dataclass(frozen=True)
class ClassMove:
    """From the mean of one class to that of another; ALL_CLASSES is the mean of the whole set."""

    start: int
    end: int
    amount: float = 1.0
    needs_survey: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """class:3>5."""
        start, end = ("all" if label == ALL_CLASSES else str(label) for label in (self.start, self.end))
        return f"class:{start}>{end}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        survey = space.survey()
        start_Z, end_Z = (
            survey.principal.mean_Z if label == ALL_CLASSES else survey.class_mean_Z(label)
            for label in (self.start, self.end)
        )
        return end_Z - start_Z


@dataclass(frozen=True)
class ImagesMove:
    """From the mean of some images to that of others."""

    start: tuple[int, ...]
    end: tuple[int, ...]
    amount: float = 1.0
    needs_survey: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """images:1+4>7."""
        start, end = ("+".join(map(image_word, indices)) for indices in (self.start, self.end))
        return f"images:{start}>{end}"

    def offset(self, space: Space) -> Latents:
        """(Z,)."""
        offset_Z: Latents = _mean_of(space, self.end) - _mean_of(space, self.start)
        return offset_Z


def image_word(index: int) -> str:
    """An image in a command: 7, or f1 for the first of the given files."""
    return str(index) if index >= 0 else f"f{-index}"


def read_image_word(text: str) -> int | None:
    """What image_word wrote; None where it is nothing of the kind."""
    found = re.fullmatch(r"(f?)(\d{1,18})", text)
    if found is None or (found[1] and not int(found[2])):
        return None
    return -int(found[2]) if found[1] else int(found[2])


def image_name(index: int) -> str:
    """An image in a sentence: image 7, file 1."""
    return f"image {index}" if index >= 0 else f"file {-index}"


def check_image(space: Space, index: int) -> None:
    """Raises VaeTuiError where there is no such image."""
    if index < 0 and -index > space.num_files:
        raise VaeTuiError(f"there is no {image_name(index)}", "give image files with --file FILE.png, once for each")
    if index >= space.num_images:
        count = space.num_images
        hint = f"there are 0 to {count - 1}" if count else "name some with --data DATASET|FOLDER|FILE.npz"
        raise VaeTuiError(f"there is no {image_name(index)}", hint)


def _mean_of(space: Space, indices: tuple[int, ...]) -> Latents:
    mean_Z: Latents = np.mean([Image(index).latent(space) for index in indices], axis=0, dtype=np.float32)
    return mean_Z


@dataclass(frozen=True)
class Point:
    """A latent: where it begins, what moves it, which dimensions are held."""

    base: Base = Centre()
    moves: tuple[Move, ...] = ()
    edits: Edits = ()

    def __str__(self) -> str:
        moves = [f"{move.name}={format_number(move.amount)}" for move in self.moves]
        held = [f"z{dim}={format_number(value)}" for dim, value in self.edits]
        return ",".join([str(self.base), *moves, *held])

    @property
    def needs_survey(self) -> bool:
        """Whether the whole set is to be encoded for it."""
        return self.base.needs_survey or any(move.needs_survey for move in self.moves)

    @property
    def depth(self) -> int:
        """How deep points lie in it."""
        return 1 + max(self.base.start.depth, self.base.end.depth) if isinstance(self.base, Between) else 0

    @property
    def needs_umap(self) -> bool:
        """Whether the set's map by UMAP is to be made for it."""
        if isinstance(self.base, Between):
            return self.base.start.needs_umap or self.base.end.needs_umap
        return isinstance(self.base, OnUmap)

    def latent(self, space: Space) -> Latents:
        """(Z,), float32. Raises VaeTuiError where the model has not what is asked for."""
        check_edits(self.edits, space.latent_dim)
        return self.assembled(self.base.latent(space), lambda move: move.offset(space))

    def assembled(self, base_Z: Latents, offset: Callable[[Move], Latents]) -> Latents:
        """(Z,), float32, of where it begins and of what each of its moves is at strength 1."""
        latent_Z = base_Z.astype(np.float32)
        for move in self.moves:
            if move.amount:
                latent_Z = latent_Z + np.float32(move.amount) * offset(move)
        edited_Z: Latents = apply_edits(latent_Z[None], self.edits)[0]
        return edited_Z

    def held(self, edits: Edits) -> "Point":
        """The same with these dimensions held too."""
        return replace(self, edits=tuple(sorted({**dict(self.edits), **dict(edits)}.items())))

    def moved(self, move: Move) -> "Point":
        """The same with a move of that name in place of the one it has; of strength 0, without it."""
        others = tuple(known for known in self.moves if known.name != move.name)
        place = next((at for at, known in enumerate(self.moves) if known.name == move.name), len(others))
        return replace(self, moves=(*others[:place], *((move,) if move.amount else ()), *others[place:]))

    def amount(self, name: str) -> float:
        """The strength of the move of that name; 0 where there is none."""
        return next((move.amount for move in self.moves if move.name == name), 0.0)

    @classmethod
    def of(cls, latent_Z: Latents) -> "Point":
        """A latent that has no other name: it begins at its values."""
        return cls(Values(tuple((dim, float(value)) for dim, value in enumerate(latent_Z))))

    @classmethod
    def parse(cls, text: str) -> "Point":
        """What str() wrote, or a person. Raises VaeTuiError where it can't be read."""
        return _parse(text, text, 0)


def _parse(text: str, whole: str, depth: int) -> Point:
    if depth > MAX_DEPTH:
        raise _unreadable(whole)
    first, *rest = _split(text, ",", whole)
    point = Point(_base(first, whole, depth))
    moves: list[Move] = []
    edits: dict[int, float] = {}
    for part in rest:
        name, equals, amount = part.partition("=")
        held = re.fullmatch(r"z(\d{1,5})", name)
        if held and equals:
            edits[int(held[1])] = _number(amount, whole)
        else:
            moves.append(_move(name, _number(amount, whole) if equals else 1.0, whole))
    for move in moves:
        if move.name in [known.name for known in point.moves]:
            raise VaeTuiError(f"{printable(whole)!r} has {move.name} twice", "leave one of them out")
        point = point.moved(move)
    return replace(point, edits=tuple(sorted(edits.items())))


def _base(text: str, whole: str, depth: int) -> Base:
    if text == "centre":
        return Centre()
    if text == "mean":
        return SetMean()
    if text.startswith("between("):
        return _between(text, whole, depth)
    kind, *values = text.split(":")
    if kind == "values" and values:
        return Values(tuple((dim, _number(value, whole)) for dim, value in enumerate(values)))
    if kind in ("image", "file") and len(values) in (1, 2):
        image, *of_draw = (_count(value, whole) for value in values)
        if kind == "file" and not image:
            raise _unreadable(whole)
        return Image(image if kind == "image" else -image, *of_draw)
    if kind == "umap" and len(values) == 2:
        return OnUmap(*(_number(value, whole) for value in values))
    if kind == "draw" and len(values) in (2, 3, 4):
        index, seed = (_count(value, whole) for value in values[:2])
        temperature = _number(values[2], whole) if len(values) > 2 else 1.0
        prior = values[3] if len(values) == 4 else "normal"
        if index >= MAX_DRAW or temperature < 0 or prior not in PRIORS:
            raise _unreadable(whole)
        return Draw(index, seed, temperature, prior)
    raise _unreadable(whole)


def _between(text: str, whole: str, depth: int) -> Between:
    close = text.rfind(")")
    inner, after = text[len("between(") : close], text[close + 1 :].split(":")
    ends = _split(inner, ";", whole)
    if close < 0 or len(ends) != 2 or len(after) not in (2, 3) or after[0]:
        raise _unreadable(whole)
    path = after[2] if len(after) == 3 else "lerp"
    t = _number(after[1], whole)
    if path not in PATHS or not 0 <= t <= 1:
        raise _unreadable(whole)
    start, end = (_parse(end, whole, depth + 1) for end in ends)
    return Between(start, end, t, path)


def _move(name: str, amount: float, whole: str) -> Move:
    if found := re.fullmatch(r"pc(\d{1,5})", name):
        return PrincipalMove(int(found[1]), amount)
    if found := re.fullmatch(r"class:(all|\d{1,6})>(all|\d{1,6})", name):
        first, last = (ALL_CLASSES if label == "all" else int(label) for label in found.groups())
        return ClassMove(first, last, amount)
    if found := re.fullmatch(r"images:([f\d+]+)>([f\d+]+)", name):
        start, end = (_images(side, whole) for side in found.groups())
        return ImagesMove(start, end, amount)
    raise _unreadable(whole)


def _images(text: str, whole: str) -> tuple[int, ...]:
    indices = []
    for word in text.split("+"):
        index = read_image_word(word)
        if index is None:
            raise _unreadable(whole)
        indices.append(index)
    return tuple(indices)


def _split(text: str, mark: str, whole: str) -> list[str]:
    """The parts between marks that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            raise _unreadable(whole)
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    if depth:
        raise _unreadable(whole)
    return [part.strip() for part in parts]


def _number(text: str, whole: str) -> float:
    return _read(float, text, whole, FLOAT32_MAX)


def _count(text: str, whole: str) -> int:
    if not re.fullmatch(r"\d{1,19}", text):
        raise _unreadable(whole)
    return _read(int, text, whole, 2**63 - 1)


def _read(kind: Callable[[str], Number], text: str, whole: str, most: float) -> Number:
    try:
        value = kind(text)
    except ValueError:
        raise _unreadable(whole) from None
    if not abs(value) <= most:
        raise _unreadable(whole)
    return value


def _unreadable(text: str) -> VaeTuiError:
    return VaeTuiError(f"{printable(text, 200)!r} is no point of a latent space", HINT)
