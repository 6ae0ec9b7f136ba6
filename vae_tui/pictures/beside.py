"""One picture of two models: the same request of each, fitted to what each of them has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Generic, Literal, TypeVar

from vae_tui.errors import VaeTuiError, printable
from vae_tui.pictures.checks import check_animation
from vae_tui.pictures.contract import Animation, Drawing, PictureRequest, Subject
from vae_tui.pictures.fitting import fitted, listed_dims
from vae_tui.pictures.joining import join
from vae_tui.pictures.refusal import refusal

Sides = Literal["both", "swapped", "first", "other"]
"""CKPT at the left and OTHER at the right, the other way round, CKPT alone (as it is beside OTHER), or OTHER alone."""

Whose = Literal["shared", "first", "second", "own", "first alone", "second alone"]
"""Whose images both look at: those of the first or of --data; those of the one that has some, lent to the other; each
its own, as they are of other shapes; of one alone, whose images do not fit the other."""

_WHOSE_WORDS: dict[Whose, str] = {
    "shared": "",
    "first": "images of {0}",
    "second": "images of {1}",
    "own": "each model's own images",
    "first alone": "the images of {0} do not fit {1}",
    "second alone": "the images of {1} do not fit {0}",
}

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class BesidePicture:
    """A picture of the subject that it is drawn of and of a second one, `other`.

    Dimensions that only one of the two has are left out of the other, and the caption says so. Where only one of them
    can be drawn, it is said in the place of the other why.
    """

    request: PictureRequest
    other: Subject
    names: tuple[str, str]
    """Of the two models, fit to print."""
    sides: Sides = "both"
    images: Whose = "shared"

    @property
    def command_name(self) -> str:
        """That of the picture itself."""
        return self.request.command_name

    def draw(self, subject: Subject) -> Drawing:
        """Both drawings in one. Raises VaeTuiError where neither can be drawn, with the model's name."""
        sides = self._ask(subject, lambda request, model: request.draw(model))
        return self._joined([_drawn(side) for side in sides], sides)

    def animate(self, subject: Subject) -> Animation:
        """Both moving at once; the shorter one begins again where they are not of one length. Raises what draw does."""
        sides = self._ask(subject, lambda request, model: request.animate(model))
        answers = [(side, side.answer) for side in sides]
        frames = [
            (refusal(side.name, known),) if isinstance(known, VaeTuiError) else known.frames for side, known in answers
        ]
        length = max(map(len, frames))
        check_animation(sum(len(known[0].tiles_NHWC) for known in frames), length)
        joined = [self._joined([known[at % len(known)] for known in frames], sides) for at in range(length)]
        return Animation(tuple(joined), next(known.frame_ms for _, known in answers if isinstance(known, Animation)))

    def arguments(self) -> list[str]:
        """Those of the picture itself and, where CKPT is not at the left, what is shown."""
        return self.request.arguments() + (["--sides", self.sides] if self.sides != "both" else [])

    def _ask(self, subject: Subject, ask: Callable[[PictureRequest, Subject], Answer]) -> "list[_Side[Answer]]":
        """What each that is shown answers, from the left. Raises VaeTuiError where none of them can."""
        models = [(subject, self.names[0]), (self.other, self.names[1])]
        shown = {"both": models, "swapped": models[::-1], "first": models[:1], "other": models[1:]}[self.sides]
        most = max(subject.latent_dim, self.other.latent_dim)
        sides: list[_Side[Answer]] = []
        for model, name in shown:
            try:
                request, left_out = fitted(self.request, model.latent_dim, most)
                note = f"{name} has no {listed_dims(left_out)}" if left_out else ""
                sides.append(_Side(name, ask(request, model), note))
            except VaeTuiError as error:
                sides.append(_Side(name, error))
        errors = [(side.name, side.answer) for side in sides if isinstance(side.answer, VaeTuiError)]
        if len(errors) < len(sides):
            return sides
        if len({error.message for _, error in errors}) == 1 < len(errors):
            raise errors[0][1]
        raise VaeTuiError("; ".join(f"{name}: {error.message}" for name, error in errors), errors[0][1].hint)

    def _joined(self, drawings: Sequence[Drawing], sides: "Sequence[_Side[Answer]]") -> Drawing:
        """The drawings side by side, or the one that is shown."""
        said = [side.note for side in sides if side.note]
        said += [words] if (words := _WHOSE_WORDS[self.images].format(*self.names)) else []
        if len(drawings) == 1:
            return replace(drawings[0], caption=" · ".join([drawings[0].caption, sides[0].name, *said]))
        left, right = drawings
        drawing = join(left, right, (sides[0].name, sides[1].name))
        # A long caption may be cut at its end.
        parts = [drawing.caption, *said] if left.caption == right.caption else [*said, drawing.caption]
        return replace(drawing, caption=" · ".join(parts))


@dataclass(frozen=True)
class _Side(Generic[Answer]):
    """What one of the models answers to the request, or why it can't."""

    name: str
    answer: Answer | VaeTuiError
    note: str = ""
    """What was left out of the request."""


def _drawn(side: _Side[Drawing]) -> Drawing:
    return refusal(side.name, side.answer) if isinstance(side.answer, VaeTuiError) else side.answer


def side_names(first: str, second: str) -> tuple[str, str]:
    """Two checkpoints' file names, fit to print; where they are the same, with their folders' names."""
    one, two = PurePath(first), PurePath(second)
    if one.name != two.name:
        return printable(one.name, 40), printable(two.name, 40)
    one_name, two_name = f"{one.parent.name}/{one.name}", f"{two.parent.name}/{two.name}"
    if one_name == two_name:
        return printable(f"first {one.name}", 40), printable(f"second {two.name}", 40)
    return printable(one_name, 40), printable(two_name, 40)
