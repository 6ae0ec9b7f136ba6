"""One latent under the keyboard: each of its dimensions, and each direction of the set, as a slider."""

from dataclasses import dataclass, replace
from typing import ClassVar

from vae_tui.explorer.controls import Control, Look
from vae_tui.explorer.finding import found_class, found_dim, found_image, found_number
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sliders import Centre, Row, Sliders, dimension_sliders
from vae_tui.explorer.state import CENTRE, LatentState, on_tenths
from vae_tui.explorer.view import VIEWS, View
from vae_tui.latent import Latents
from vae_tui.pictures.contract import Drawing, PictureRequest
from vae_tui.points.bases import Draw, Image
from vae_tui.points.contract import Move
from vae_tui.points.moves import ALL_CLASSES, ClassMove, ImagesMove, PrincipalMove
from vae_tui.points.point import Point

KINDS = ("dimensions", "principal", "classes")
KIND_NAMES = {"dimensions": "single z", "principal": "principal", "classes": "classes"}


@dataclass(frozen=True)
class MixOptions:
    """What this view alone has."""

    kind: str = "dimensions"
    """What the side panel lists (see KINDS)."""
    component: int = 0
    """Place of the chosen principal direction."""
    target: int = 0
    """Place of the chosen direction between classes or groups."""
    start: int = ALL_CLASSES
    """The class that directions begin at."""


def _options(state: LatentState) -> MixOptions:
    return state.own("mix", MixOptions())


def _ends(state: LatentState, facts: ModelFacts) -> tuple[int, ...]:
    """The classes that directions lead to."""
    classes = facts.survey.classes if facts.survey is not None else ()
    return tuple(label for label in classes if label != _options(state).start)


def _has_groups(state: LatentState) -> bool:
    return bool(state.marked_a and state.marked_b)


def _num_moves(state: LatentState, facts: ModelFacts) -> int:
    if _options(state).kind == "principal":
        return len(facts.survey.principal.std_K) if facts.survey is not None else 0
    return _has_groups(state) + len(_ends(state, facts))


def _place(state: LatentState, facts: ModelFacts) -> int:
    """Of the chosen direction in the list."""
    options = _options(state)
    place = options.component if options.kind == "principal" else options.target
    return min(place, max(0, _num_moves(state, facts) - 1))


def _move_at(state: LatentState, facts: ModelFacts, place: int) -> Move:
    """The direction at a place of the list, at strength 1."""
    if _options(state).kind == "principal":
        return PrincipalMove(place + 1)
    if _has_groups(state) and not place:
        return ImagesMove(state.marked_a, state.marked_b)
    return ClassMove(_options(state).start, _ends(state, facts)[place - _has_groups(state)])


def _chosen_move(state: LatentState, facts: ModelFacts) -> Move | None:
    """The chosen direction; None where a dimension is chosen, or nothing."""
    if _options(state).kind == "dimensions" or not _num_moves(state, facts):
        return None
    return _move_at(state, facts, _place(state, facts))


def _row(state: LatentState, facts: ModelFacts, place: int) -> Row:
    """A direction in the side panel."""
    move = _move_at(state, facts, place)
    amount = state.point.amount(move.name)
    if isinstance(move, ImagesMove):
        return Row("a → b", amount, bool(amount), f"{len(move.start)}→{len(move.end)}")
    assert facts.survey is not None
    if isinstance(move, ClassMove):
        return Row(f"→ {facts.survey.class_name(move.end)}", amount, bool(amount))
    explained_K = facts.survey.principal.explained_K
    share, most = float(explained_K[place]), max(float(explained_K[0]), 1e-9)
    return Row(move.name, amount, bool(amount), f"{100 * share:4.{int(share < 0.9995)}f}%", share / most)


def _chosen_name(state: LatentState, facts: ModelFacts) -> str:
    row = VIEWS.get("mix").sliders(state, facts, None).chosen_row()
    return row.name if row is not None else ""


def _image_text(state: LatentState, facts: ModelFacts) -> str:
    base = state.point.base
    if not facts.num_images and not facts.files:
        return ""
    return facts.image_name(base.index) if isinstance(base, Image) else "none"


def _draw_text(state: LatentState, facts: ModelFacts) -> str:
    base = state.point.base
    return f"seed {base.seed}" if isinstance(base, Draw) else "none"


def _start_text(state: LatentState, facts: ModelFacts) -> str:
    from vae_tui.pictures.mix import class_word

    if _options(state).kind != "classes" or facts.survey is None or not facts.survey.classes:
        return ""
    return class_word(_options(state).start, facts.survey)


def _direction_sliders(state: LatentState, facts: ModelFacts) -> Sliders:
    is_principal = _options(state).kind == "principal"
    num = _num_moves(state, facts)
    if facts.survey is not None:
        empty = (
            "The images have no classes. Mark some of them into the groups a and b: the direction leads from a to b."
        )
        empty = "One image has no directions." if is_principal else empty
    elif facts.num_images:
        empty = facts.survey_progress or "The images are not encoded yet."
    else:
        empty = "There are no images: dimensions alone can be moved."
    if is_principal:
        headings, heads, width = ("principal directions", "principal"), ("pc", "of variance"), 2 + len(str(num))
    else:
        start = _start_text(state, facts)
        headings = (f"directions from {start}", f"from {start}") if start else ("directions of groups", "directions")
        heads, width = ("to", ""), 26
    value_head = "sd" if is_principal else "of way"
    return Sliders(
        (*headings, "directions"),
        heads,
        width,
        num,
        _place(state, facts),
        lambda place: _row(state, facts, place),
        empty,
        value_head,
    )


class Mix(View):
    """The current latent, large, and those before it in a strip."""

    key = "5"
    title = "Mix"
    question = "What becomes of one image as it is moved?"
    help = (
        "The current latent, decoded: the tile that was taken in another view ({cursor.on}, then {current.take}), "
        "or here an image ({first.previous first.next}) or a draw of the prior ({seed.back seed.next}), with what "
        "is held. Every row of the side panel is a slider: {value.less value.more} move the chosen one by 0.1, the "
        "mouse draws it along its bar. {kind} goes from the dimensions to the principal directions of the posterior "
        "means, in standard deviations, each with its share of their variance; then to directions between classes: "
        "1 is the whole way from the mean of one to the mean of the other. {class.next} says where they begin. "
        "Where images are marked into both groups, a direction leads from a to b.\n\n"
        "A direction moves many dimensions at once, and adds to where the latent began: a frog with the direction "
        "from cat to dog is no dog. What is held by hand stays where it is. Beside it stand the latents that were "
        "left as another slider was moved or another tile taken, the last one first: {cursor.on} and {current.take} "
        "go back to one. {film.play} moves the chosen slider to 3, to -3 and back to where it stands. {find} chooses a "
        "slider by its name: z17, pc3, a class; image:7 takes that image."
    )
    controls = ("kind", "class", "first", "seed", "film")
    own_controls: ClassVar[dict[str, Control]] = {
        "dimension": Control(
            "slider",
            ("dimension.up", "dimension.down"),
            "Choose a slider; ten places on with {dimension.ten-up dimension.ten-down}",
            _chosen_name,
        ),
        "value": Control(
            "value",
            ("value.less", "value.more"),
            "Move it 0.1 down or up; 1 with {value.much-less value.much-more}",
            lambda state, facts: "",
        ),
        "release": Control(
            "reset",
            ("release.one", "release.all"),
            "The chosen slider back; the latent as it was taken",
            lambda state, facts: "",
        ),
        "kind": Control(
            "sliders",
            ("kind",),
            "Dimensions, principal directions, or directions between classes and marked groups",
            lambda state, facts: KIND_NAMES[_options(state).kind],
        ),
        "class": Control(
            "from", ("class.next",), "The class that directions begin at; all: the set's mean", _start_text
        ),
        "first": Control(
            "image",
            ("first.previous", "first.next"),
            "The image before or after as the current latent; ten places with {first.ten-back first.ten-on}",
            _image_text,
        ),
        "seed": Control(
            "draw",
            ("seed.back", "seed.next"),
            "A draw of the prior as the current latent: by the seed before, by a new one",
            _draw_text,
        ),
    }
    finds = "a slider: z17, pc3, a class; image:7; centre"

    def request(self, state: LatentState, facts: ModelFacts) -> PictureRequest:
        """The current latent, and those that it was before."""
        from vae_tui.pictures.mix import NUM_FRAMES, MixPicture

        return MixPicture(
            state.point,
            state.edits,
            tuple(point for point in state.recent if point != state.current),
            self._sweep(state, facts),
            frame=None if state.frame is None else state.frame % NUM_FRAMES,
        )

    def arrive(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """Where nothing was looked at yet, the first image: the prior's mean is a blur."""
        is_fresh = state.point == CENTRE and all(point.base == CENTRE.base for point in state.recent)
        has_image = -len(facts.files) <= state.first < facts.num_images
        return replace(state, point=Point(Image(state.first))) if is_fresh and has_image else state

    def idle_controls(self, state: LatentState) -> frozenset[str]:
        """Classes are of their own directions alone."""
        return frozenset(() if _options(state).kind == "classes" else {"class"})

    def refuses(self, control: str, facts: ModelFacts) -> str:
        """There are images or none."""
        has_none = control == "first" and facts.summary is not None and not (facts.num_images or facts.files)
        return "there are no images: name some with --data" if has_none else ""

    def num_frames(self, state: LatentState) -> int:
        """To both ends of the chosen slider, and back."""
        from vae_tui.pictures.mix import NUM_FRAMES

        return NUM_FRAMES

    def centre(self, drawing: Drawing) -> Latents | None:
        """The latent itself."""
        return drawing.centre_Z

    def needs_survey(self, state: LatentState) -> bool:
        """Where a direction is in one of the latents."""
        return any(point.needs_survey for point in (state.point, *state.recent))

    def sliders(self, state: LatentState, facts: ModelFacts, centre: Centre) -> Sliders:
        """Dimensions or directions."""
        if _options(state).kind == "dimensions":
            return dimension_sliders(state, facts, centre)
        return _direction_sliders(state, facts)

    def choose(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """So many rows down."""
        options = _options(state)
        if options.kind == "dimensions":
            return state.choose(by, facts)
        place = max(0, min(_place(state, facts) + by, _num_moves(state, facts) - 1))
        return state.with_own("mix", _at_place(options, place))

    def turn(self, state: LatentState, facts: ModelFacts, by: int) -> LatentState:
        """The image so many places on as the current latent, moved as this one is; first that of the other views."""
        base = state.point.base
        index = facts.image_after(base.index, by) if isinstance(base, Image) else state.first
        return self.show_image(state, facts, index)

    def show_image(self, state: LatentState, facts: ModelFacts, index: int) -> LatentState:
        """An image as the current latent."""
        return state.show_image(index, facts).start_at(Image(index))

    def reseed(self, state: LatentState, by: int) -> LatentState:
        """The first draw of the prior by another seed as the current latent, moved as this one is."""
        after = state.reseed(by)
        return after.start_at(Draw(0, after.seed, after.temperature))

    def image(self, state: LatentState, facts: ModelFacts, look: Look) -> int | None:
        """The image under the cursor or, without one, that at which the current latent begins."""
        point = state.point if state.cursor is None else self.point(state, facts, look)
        return (
            point.base.index if point is not None and isinstance(point.base, Image) and point.base.index >= 0 else None
        )

    def point(self, state: LatentState, facts: ModelFacts, look: Look) -> Point | None:
        """The latent under the cursor; of a film without a cursor, the frame's."""
        if state.cursor is None and state.frame is not None and look.drawing is not None:
            return next(iter(look.drawing.points), None)
        return super().point(state, facts, look)

    def nudge(self, state: LatentState, facts: ModelFacts, look: Look, by: int) -> LatentState:
        """The chosen slider so many tenths up."""
        if _options(state).kind == "dimensions":
            return super().nudge(state, facts, look, by)
        move = _chosen_move(state, facts)
        return state if move is None else _moved(state, move, on_tenths(state.point.amount(move.name), by))

    def slide(self, state: LatentState, facts: ModelFacts, value: float) -> LatentState:
        """The chosen slider at a value."""
        if _options(state).kind == "dimensions":
            return super().slide(state, facts, value)
        move = _chosen_move(state, facts)
        return state if move is None else _moved(state, move, value)

    def release(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """A dimension let go, a direction at 0."""
        if _options(state).kind == "dimensions":
            return state.release(facts)
        move = _chosen_move(state, facts)
        return state if move is None else _moved(state, move, 0.0)

    def release_all(self, state: LatentState) -> LatentState:
        """The latent as it was taken: no direction, no dimension held."""
        still = replace(state.point, moves=())
        return state if still == state.current else state.take(still)

    def turn_kind(self, state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        """Dimensions, principal directions, classes."""
        options = _options(state)
        kind = KINDS[(KINDS.index(options.kind) + 1) % len(KINDS)]
        return state.with_own("mix", replace(options, kind=kind))

    def next_class(self, state: LatentState, facts: ModelFacts) -> LatentState:
        """Directions begin at the next class, or at the mean of all."""
        options = _options(state)
        if options.kind != "classes" or facts.survey is None:
            return state
        starts = (ALL_CLASSES, *facts.survey.classes)
        start = starts[(starts.index(options.start) + 1) % len(starts)] if options.start in starts else ALL_CLASSES
        return state.with_own("mix", replace(options, start=start))

    def find(self, state: LatentState, facts: ModelFacts, text: str) -> LatentState | None:
        """A slider of any kind chosen by its name; an image, or the centre, taken as the current latent."""
        options = _options(state)
        number = found_number(text, "pc")
        is_component = number is not None and (options.kind == "principal" or "pc" in text.lower())
        if is_component and facts.survey is not None and 1 <= (number or 0) <= len(facts.survey.principal.std_K):
            return state.with_own("mix", replace(options, kind="principal", component=(number or 0) - 1))
        dim = found_dim(text, facts)
        if dim is not None:
            shown = state.with_own("mix", replace(options, kind="dimensions"))
            return replace(shown, rank=state.ranked(facts).index(dim))
        if text.strip().lower() == str(CENTRE):
            return state.take(CENTRE)
        if ":" in text:
            image = found_image(text, state, facts)
            return None if image is None else state.take(Point(Image(image)))
        return self._find_class(state, facts, text)

    @staticmethod
    def _find_class(state: LatentState, facts: ModelFacts, text: str) -> LatentState | None:
        if facts.survey is None:
            return None
        names = {facts.survey.class_name(label): label for label in facts.survey.classes}
        name = found_class(text, tuple(names))
        if name is None:
            return None
        options = replace(_options(state), kind="classes")
        if options.start == names[name]:
            options = replace(options, start=ALL_CLASSES)
        shown = state.with_own("mix", options)
        target = _has_groups(state) + _ends(shown, facts).index(names[name])
        return state.with_own("mix", replace(options, target=target))

    @staticmethod
    def _sweep(state: LatentState, facts: ModelFacts) -> str:
        """What a GIF moves: the chosen slider."""
        if _options(state).kind == "dimensions":
            dim = state.chosen_dim(facts)
            return "" if dim is None else f"z{dim}"
        move = _chosen_move(state, facts)
        return "" if move is None else move.name


def _at_place(options: MixOptions, place: int) -> MixOptions:
    is_principal = options.kind == "principal"
    return replace(options, component=place) if is_principal else replace(options, target=place)


def _moved(state: LatentState, move: Move, amount: float) -> LatentState:
    from vae_tui.pictures.mix import with_amount

    return state if amount == state.point.amount(move.name) else state.move(with_amount(move, amount))


VIEWS.register("mix")(Mix())
