"""From the words of a point to the point; each part writes its own words, by str()."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from vae_tui.errors import VaeTuiError, printable
from vae_tui.latent import FLOAT32_MAX, PATHS
from vae_tui.points.bases import Centre, Draw, Image, OnUmap, SetMean, Values
from vae_tui.points.contract import Base, Move
from vae_tui.points.images import read_image_word
from vae_tui.points.moves import ALL_CLASSES, ClassMove, ImagesMove, PrincipalMove
from vae_tui.points.point import Between, Point
from vae_tui.priors import PRIORS

Number = TypeVar("Number", int, float)

HINT = "write where it begins, then what moves it: image:7,pc1=1.5,z3=-2 (docs/points.md has all of them)"

MAX_DRAW = 4096
"""A draw of the prior is found by drawing all before it."""
MAX_DEPTH = 16
"""So deep may points lie in points."""


def parse_point(text: str) -> Point:
    """What str() wrote of a point, or a person. Raises VaeTuiError where it can't be read."""
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
