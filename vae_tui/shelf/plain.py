"""A shelf as the bytes of a JSON file, which nobody vouches for when they are read."""

import json
from typing import Any

from vae_tui.errors import VaeTuiError
from vae_tui.shelf.values import MAX_IMAGE, Favourite, Shelf

FORMAT = 1
MAX_BYTES = 64 * 2**20
_FIELDS = {"format", "checkpoint", "favourites", "marks"}
_FAVOURITE_FIELDS = {"name", "point", "edits", "latent"}


class NewerShelfError(VaeTuiError):
    """A file of a later version of the program, which is left as it is."""


def shelf_to_plain(shelf: Shelf) -> dict[str, Any]:
    """What JSON can hold."""
    return {
        "format": FORMAT,
        "checkpoint": shelf.checkpoint_hash,
        "favourites": [
            {
                "name": favourite.name,
                "point": favourite.point,
                "edits": [list(edit) for edit in favourite.edits],
                "latent": list(favourite.latent),
            }
            for favourite in shelf.favourites
        ],
        "marks": {"a": list(shelf.marked_a), "b": list(shelf.marked_b)},
    }


def shelf_bytes(shelf: Shelf) -> bytes:
    """The file, a line for each favourite. Raises VaeTuiError where it would be too large to be read again."""
    plain = shelf_to_plain(shelf)
    favourites = ",\n  ".join(json.dumps(favourite, allow_nan=False) for favourite in plain.pop("favourites"))
    fields = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items()]
    content = "{\n" + ",\n".join([*fields, f' "favourites": [\n  {favourites}\n ]']) + "\n}\n"
    if len(content) > MAX_BYTES:
        raise VaeTuiError("the favourites are too large to be kept", "remove some")
    return content.encode()


def parse_shelf(content: bytes) -> Shelf:
    """The shelf. Raises NewerShelfError for a later format, VaeTuiError for anything else that is none."""
    plain = _table(_load(content), "the file")
    version = plain.get("format")
    if type(version) is int and version > FORMAT:
        raise NewerShelfError(f"favourites of format {version}: this version reads {FORMAT}", "update vaetui")
    if version != FORMAT or type(version) is not int or plain.keys() != _FIELDS:
        raise VaeTuiError("it has not the fields of favourites")
    marks = _table(plain["marks"], "marks")
    if marks.keys() != {"a", "b"}:
        raise VaeTuiError("marks are of the groups a and b")
    shelf = Shelf(_text(plain["checkpoint"]), (), _images(marks["a"]), _images(marks["b"]))
    if set(shelf.marked_a) & set(shelf.marked_b):
        raise VaeTuiError("an image is marked for both groups")
    favourites = tuple(_favourite(each) for each in _list(plain["favourites"], "favourites"))
    if any(len({key(each) for each in favourites}) < len(favourites) for key in (_name_of, _latent_of)):
        raise VaeTuiError("a favourite is there twice")
    if len({len(each.latent) for each in favourites}) > 1:
        raise VaeTuiError("its latents are of several lengths")
    return Shelf(shelf.checkpoint_hash, favourites, shelf.marked_a, shelf.marked_b)


def _load(content: bytes) -> object:
    if len(content) > MAX_BYTES:
        raise VaeTuiError("it is too large to be favourites")
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError):  # ValueError: of the encoding, of JSON, of a number of too many digits
        raise VaeTuiError("it is no JSON") from None


def _favourite(value: object) -> Favourite:
    plain = _table(value, "a favourite")
    if plain.keys() != _FAVOURITE_FIELDS:
        raise VaeTuiError("a favourite has not the fields of one")
    edits = []
    for edit in _list(plain["edits"], "edits"):
        pair = _list(edit, "an edit")
        if len(pair) != 2 or type(pair[0]) is not int:
            raise VaeTuiError("an edit is a dimension and a value")
        edits.append((pair[0], _number(pair[1])))
    latent = tuple(_number(number) for number in _list(plain["latent"], "a latent"))
    favourite = Favourite(_text(plain["name"]), _text(plain["point"]), tuple(edits), latent)
    favourite.check()
    return favourite


def _images(value: object) -> tuple[int, ...]:
    images = _list(value, "marks")
    if not all(type(image) is int and 0 <= image <= MAX_IMAGE for image in images):
        raise VaeTuiError("a mark is the index of an image")
    return tuple(sorted(set(images)))


def _table(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise VaeTuiError(f"{what}: no table")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise VaeTuiError(f"{what}: no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise VaeTuiError("a name is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise VaeTuiError("a value is no number")
    try:
        return float(value)
    except OverflowError:
        raise VaeTuiError("a value is not finite") from None


def _name_of(favourite: Favourite) -> object:
    return favourite.name


def _latent_of(favourite: Favourite) -> object:
    return favourite.latent
