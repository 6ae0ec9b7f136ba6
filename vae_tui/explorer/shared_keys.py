"""The keys that every view has, each with its step from one state to the next."""

from collections.abc import Callable

from vae_tui.explorer.controls import Key, Look, Step
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.shelf.values import Group

LARGE = 10
"""How many small steps a large one is."""


def _zoom(by: int) -> Step:
    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        return VIEWS.get(state.view).zoom_at(state, look, by)

    return step


def _first(by: int) -> Step:
    return lambda state, facts, look: VIEWS.get(state.view).turn(state, facts, by)


def _seed(by: int) -> Step:
    return lambda state, facts, look: VIEWS.get(state.view).reseed(state, by)


def _second(by: int) -> Step:
    return lambda state, facts, look: state.turn_second(by, facts)


def _down(by: int) -> Step:
    """Down the panel's list or, with the cursor on the picture, down its tiles."""

    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        view = VIEWS.get(state.view)
        return view.choose(state, facts, by) if state.cursor is None else view.move(state, look, 0, by)

    return step


def _right(by: int) -> Step:
    """The chosen value up or, with the cursor on the picture, along its tiles."""

    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        view = VIEWS.get(state.view)
        return view.nudge(state, facts, look, by) if state.cursor is None else view.move(state, look, by, 0)

    return step


def _reorder(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return state.reorder(facts, VIEWS.get(state.view).orders(facts))


def _to_picture(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    """The cursor onto the picture, or off it."""
    if state.cursor is not None:
        return state.point_at(None)
    return VIEWS.get(state.view).enter(state, look)


def _wind(by: int) -> Step:
    return lambda state, facts, look: state.wind(by, VIEWS.get(state.view).num_frames(state))


def _take(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    """The tile under the cursor as the current latent."""
    point = VIEWS.get(state.view).point(state, facts, look)
    return state if point is None else state.take(point)


def _release(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return VIEWS.get(state.view).release(state, facts)


def _release_all(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return VIEWS.get(state.view).release_all(state)


def _next_class(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return VIEWS.get(state.view).next_class(state, facts)


def _turn_kind(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
    return VIEWS.get(state.view).turn_kind(state, facts, look)


def _travel(by: int) -> Step:
    return lambda state, facts, look: state.travel(by, facts)


def _plain(change: Callable[[LatentState], LatentState]) -> Step:
    return lambda state, facts, look: change(state)


def _mark(group: Group) -> Step:
    """The image under the cursor, or else the first one of the view, into a group of marked images or out of it."""

    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        image = VIEWS.get(state.view).image(state, facts, look)
        return state if image is None else state.mark(image, group)

    return step


KEYS: tuple[Key, ...] = (
    Key("dimension.up", "up,k", "Up", "The dimension above; the tile above", "dimension", _down(-1)),
    Key("dimension.down", "down,j", "Down", "The dimension below; the tile below", "dimension", _down(1)),
    Key("dimension.ten-up", "shift+up,K,pageup", "Ten up", "Ten above", "dimension", _down(-LARGE)),
    Key("dimension.ten-down", "shift+down,J,pagedown", "Ten down", "Ten below", "dimension", _down(LARGE)),
    Key("value.less", "left,h", "Left", "The chosen dimension 0.1 lower; the tile to the left", "value", _right(-1)),
    Key("value.more", "right,l", "Right", "The chosen dimension 0.1 higher; the tile to the right", "value", _right(1)),
    Key("value.much-less", "shift+left,H", "Far left", "Hold it 1 lower; ten tiles back", "value", _right(-LARGE)),
    Key("value.much-more", "shift+right,L", "Far right", "Hold it 1 higher; ten tiles on", "value", _right(LARGE)),
    Key("order", "o", "Order", "The next order of the dimensions", "order", _reorder),
    Key(
        "cursor.on", "tab", "Cursor", "The cursor onto the picture, and off it", "cursor", _to_picture, goes_first=True
    ),
    Key(
        "cursor.off",
        "escape",
        "Cursor off",
        "Back to the dimensions; from a film, to the still picture",
        "cursor",
        _plain(LatentState.leave_picture),
    ),
    Key("current.take", "enter", "Take", "The tile under the cursor as the current latent", "current", _take),
    Key(
        "stops.add", "y", "Gather", "The current latent as the next stop of a path", "stops", _plain(LatentState.gather)
    ),
    Key("stops.drop", "Y", "Drop", "The path without its last stop", "stops", _plain(LatentState.drop_stop)),
    Key("mark.a", "A", "Mark for a", "The image under the cursor into group a, or out of it", "marks", _mark("a")),
    Key("mark.b", "B", "Mark for b", "The image under the cursor into group b, or out of it", "marks", _mark("b")),
    Key("release.one", "x,0", "Reset", "Let the chosen dimension go", "release", _release),
    Key("release.all", "X", "Reset all", "Let all dimensions go", "release", _release_all),
    Key("seed.next", "r", "New seed", "Draw anew, with the next seed", "seed", _seed(1)),
    Key("seed.back", "b", "Seed back", "Back to the seed before", "seed", _seed(-1)),
    Key(
        "temperature.cooler",
        "left_square_bracket",
        "Cooler",
        "Draw 0.1 nearer to the centre of the prior",
        "temperature",
        _plain(lambda s: s.warm(-1)),
    ),
    Key(
        "temperature.warmer",
        "right_square_bracket",
        "Warmer",
        "Draw 0.1 further from the centre of the prior",
        "temperature",
        _plain(lambda s: s.warm(1)),
    ),
    Key("steps.fewer", "comma", "Fewer steps", "One step fewer in each row", "steps", _plain(lambda s: s.lengthen(-1))),
    Key("steps.more", "full_stop", "More steps", "One step more in each row", "steps", _plain(lambda s: s.lengthen(1))),
    Key("film.play", "space", "Play", "Play the film, or halt it", "film", _plain(LatentState.play)),
    Key("film.back", "less_than_sign", "Frame back", "The film's frame before", "film", _wind(-1)),
    Key("film.on", "greater_than_sign", "Frame on", "The film's next frame", "film", _wind(1)),
    Key("path", "a", "Straight or arc", "lerp for slerp, and back", "path", _plain(LatentState.bend)),
    Key(
        "posterior",
        "m",
        "Mean or draw",
        "The posterior's mean for one draw of it, and back",
        "posterior",
        _plain(LatentState.redraw_posterior),
    ),
    Key(
        "source",
        "i",
        "Where from",
        "Start from images, from the prior, or from the current latent",
        "source",
        lambda s, f, _: s.switch_source(f),
    ),
    Key("first.next", "n", "Next image", "The image after", "first", _first(1)),
    Key("first.previous", "p", "Previous image", "The image before", "first", _first(-1)),
    Key("first.ten-on", "N", "Ten images on", "The image ten places on", "first", _first(LARGE)),
    Key("first.ten-back", "P", "Ten images back", "The image ten places back", "first", _first(-LARGE)),
    Key("second.next", "e", "Next end", "The image after, at the end of the path", "second", _second(1)),
    Key("second.previous", "w", "Previous end", "The image before, at the end of the path", "second", _second(-1)),
    Key("second.ten-on", "E", "End ten on", "The end image ten places on", "second", _second(LARGE)),
    Key("second.ten-back", "W", "End ten back", "The end image ten places back", "second", _second(-LARGE)),
    Key("zoom.in", "plus,equals_sign", "Zoom in", "Fewer and larger tiles", "zoom", _zoom(-1)),
    Key("zoom.out", "minus", "Zoom out", "More and smaller tiles", "zoom", _zoom(1)),
    Key("class.next", "C", "Next class", "The next class of the images", "class", _next_class),
    Key("kind", "M", "Next kind", "The next kind of directions (Mix), of planes (Map)", "kind", _turn_kind),
    Key(
        "split",
        "T",
        "Train or test",
        "The images of the data's other split: train for test, and back",
        "split",
        lambda s, f, _: s.turn_split(f),
    ),
    Key(
        "channels",
        "I",
        "Next channel",
        "Each channel of the images alone, one after another, and then all colours again",
        "channels",
        lambda s, f, _: s.turn_channel(f),
    ),
    Key("epoch.earlier", "left_parenthesis", "Earlier", "The kept epoch before", "epoch", _travel(-1)),
    Key("epoch.later", "right_parenthesis", "Later", "The kept epoch after, or the newest", "epoch", _travel(1)),
    Key(
        "sides.swap",
        "backslash",
        "Swap",
        "Each checkpoint in the place of the other",
        "sides",
        lambda s, f, _: s.swap(f),
    ),
    Key(
        "sides.turn",
        "vertical_line",
        "Both or one",
        "Both checkpoints, the left or upper one alone, the other alone",
        "sides",
        lambda s, f, _: s.turn_sides(f),
    ),
    Key(
        "sides.blink",
        "z",
        "Blink",
        "The other checkpoint in the same place",
        "sides",
        lambda s, f, _: s.blink(f),
    ),
    Key(
        "weights",
        "v",
        "Averaged or raw weights",
        "The raw weights for the averaged ones, and back",
        "weights",
        _plain(LatentState.switch_weights),
    ),
)
