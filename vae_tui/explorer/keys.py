"""Every key: what it is bound to, what it does to the state, and the controls that panel and help list."""

from collections.abc import Callable

from textual.binding import Binding

from vae_tui.explorer.controls import Control, Key, Look, Step
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sliders import ORDER_NAMES
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, ordered_views
from vae_tui.points import Point
from vae_tui.shelf.values import Group

LOADING = "the model is still loading"
LARGE = 10
"""How many small steps a large one is."""


def _zoom(by: int) -> Step:
    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        return VIEWS.get(state.view).zoom_at(state, look, by)

    return step


def _zoom_text(state: LatentState, facts: ModelFacts) -> str:
    return VIEWS.get(state.view).zoom_text(state)


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


def _film_text(state: LatentState, facts: ModelFacts) -> str:
    last = VIEWS.get(state.view).num_frames(state) - 1
    if state.frame is None or last < 0:
        return "still" if last > 0 else ""
    return f"{'▶ ' if state.playing else ''}{state.frame % (last + 1)}/{last}"


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


def _epoch_text(state: LatentState, facts: ModelFacts) -> str:
    return "newest" if state.epoch is None else str(state.epoch)


def _on_off(state: LatentState, facts: ModelFacts) -> str:
    return "" if state.cursor is None else f"tile {state.cursor}"


def _current_text(state: LatentState, facts: ModelFacts) -> str:
    return "" if state.point == Point() else str(state.point)


def _dim_text(state: LatentState, facts: ModelFacts) -> str:
    row = VIEWS.get(state.view).sliders(state, facts, None).chosen_row()
    return row.name if row is not None else ""


def _mark(group: Group) -> Step:
    """The image under the cursor, or else the first one of the view, into a group of marked images or out of it."""

    def step(state: LatentState, facts: ModelFacts, look: Look) -> LatentState:
        image = VIEWS.get(state.view).image(state, facts, look)
        return state if image is None else state.mark(image, group)

    return step


def _marks_text(state: LatentState, facts: ModelFacts) -> str:
    groups = [("a", state.marked_a), ("b", state.marked_b)]
    return " · ".join(f"{len(images)} {name}" for name, images in groups if images)


_SOURCES = {"images": "images", "random": "prior", "current": "current"}


def _order_text(state: LatentState, facts: ModelFacts) -> str:
    return ORDER_NAMES[state.order if state.order in facts.orders else "index"]


CONTROLS: dict[str, Control] = {
    "dimension": Control(
        "dimension",
        ("dimension.up", "dimension.down"),
        "Choose a dimension; ten places on with {dimension.ten-up dimension.ten-down}",
        _dim_text,
    ),
    "value": Control(
        "value",
        ("value.less", "value.more"),
        "Hold it 0.1 lower or higher; 1 with {value.much-less value.much-more}",
        lambda s, f: "",
    ),
    "release": Control(
        "reset", ("release.one", "release.all"), "Let the chosen dimension go; let all go", lambda s, f: ""
    ),
    "order": Control(
        "order", ("order",), "Dimensions by KL, by how much they change the picture, or by index", _order_text
    ),
    "cursor": Control(
        "cursor",
        ("cursor.on",),
        "Onto the picture: arrows go from tile to tile; {current.take} takes one as the current latent",
        _on_off,
    ),
    "current": Control("current", ("current.take",), "The current latent: the tile that was taken", _current_text),
    "stops": Control(
        "stops",
        ("stops.add", "stops.drop"),
        "Gather the current latent for a path; drop the last one",
        lambda s, f: str(len(s.stops) or ""),
    ),
    "marks": Control(
        "marked",
        ("mark.a", "mark.b"),
        "Mark the image under the cursor, or the first one, for group a or b; again: not",
        _marks_text,
    ),
    "source": Control(
        "from",
        ("source",),
        "Start from images, from the prior, or from the current latent",
        lambda s, f: _SOURCES[s.source],
    ),
    "first": Control(
        "image",
        ("first.previous", "first.next"),
        "The image before or after; ten places with {first.ten-back first.ten-on}",
        lambda s, f: f.image_name(s.first),
    ),
    "second": Control(
        "to",
        ("second.previous", "second.next"),
        "The same for the image at the end of the path; {second.ten-back second.ten-on}",
        lambda s, f: f.image_name(s.second),
    ),
    "path": Control("path", ("path",), "The straight path (lerp), or the arc (slerp)", lambda s, f: s.path),
    "steps": Control(
        "steps", ("steps.fewer", "steps.more"), "Fewer or more steps in each row", lambda s, f: str(s.steps)
    ),
    "posterior": Control(
        "posterior",
        ("posterior",),
        "The mean of an image's posterior, or one draw of it",
        lambda s, f: "mean" if s.posterior == "mean" else "a draw",
    ),
    "seed": Control("seed", ("seed.back", "seed.next"), "The seed before; a new seed", lambda s, f: str(s.seed)),
    "temperature": Control(
        "temperature",
        ("temperature.cooler", "temperature.warmer"),
        "Draw nearer to the centre of the prior, or further",
        lambda s, f: f"{s.temperature:.1f}",
    ),
    "film": Control(
        "film",
        ("film.back", "film.on"),
        "{film.play} plays the film and halts it; a frame back, a frame on; {current.take} takes the frame's latent, "
        "{cursor.off} goes back to the still picture",
        _film_text,
    ),
    "zoom": Control("zoom", ("zoom.out", "zoom.in"), "More and smaller tiles, or fewer and larger", _zoom_text),
    "class": Control("class", ("class.next",), "The next class of the images", lambda s, f: ""),
    "kind": Control("kind", ("kind",), "The next kind of directions, or of planes", lambda s, f: ""),
    "epoch": Control(
        "epoch",
        ("epoch.earlier", "epoch.later"),
        "An earlier epoch of the run that was kept, or a later one",
        _epoch_text,
    ),
    "sides": Control(
        "shown",
        ("sides.swap", "sides.turn", "sides.blink"),
        "Swap left and right; both, the left or the right checkpoint; blink from one to the other",
        lambda s, f: f"both, {f.name} left" if s.beside == "both" else f"{f.name} alone",
    ),
    "weights": Control(
        "weights",
        ("weights",),
        "The averaged weights, or those of the last step (raw)",
        lambda s, f: "averaged" if s.weights(f) == "ema" else "raw",
    ),
}


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
    Key("epoch.earlier", "left_parenthesis", "Earlier", "The kept epoch before", "epoch", _travel(-1)),
    Key("epoch.later", "right_parenthesis", "Later", "The kept epoch after, or the newest", "epoch", _travel(1)),
    Key(
        "sides.swap",
        "backslash",
        "Swap",
        "The left checkpoint for the right one",
        "sides",
        lambda s, f, _: s.swap(f),
    ),
    Key(
        "sides.turn",
        "vertical_line",
        "Both or one",
        "Both checkpoints, the left one alone, the right one alone",
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


def every_key() -> dict[str, Key]:
    """All keys by their ids: the shared ones, and those that a view alone has."""
    own = [key for _, view in ordered_views() for key in view.keys]
    return {key.id: key for key in (*KEYS, *own)}


def every_control(view: View) -> dict[str, Control]:
    """All controls by name, the view's own among them."""
    return {**CONTROLS, **view.own_controls}


def known_controls(view: View, facts: ModelFacts) -> tuple[str, ...]:
    """The controls that change the view's picture of this model."""
    epoch = ("epoch",) if facts.epochs else ()
    sides = ("sides",) if facts.beside is not None else ()
    return (*view.always, *view.controls, *epoch, *sides, *(("weights",) if facts.has_average else ()))


def refusal(control: str, view: View, facts: ModelFacts) -> str:
    """Why a control changes nothing here, in one line; "" where it does."""
    if control in known_controls(view, facts):
        return view.refuses(control, facts)
    if control == "epoch":
        return "no epochs were kept: train with --keep-every 1"
    if control == "sides":
        return "one checkpoint is open: vaetui explore A.pt B.pt shows two"
    if control != "weights":
        return f"{view.title} has no {control_label(control, view)}"
    if facts.summary is None:
        return LOADING
    return "no averaged weights: train with --set optimizer.ema=0.999"


def control_label(name: str, view: View) -> str:
    """What the side panel calls a control in this view."""
    if name == "zoom":
        return view.zoom.label if view.zoom else "zoom"
    owners = [known.own_controls for _, known in ordered_views()]
    return next(known[name].label for known in (view.own_controls, CONTROLS, *owners) if name in known)


def view_bindings() -> list[Binding]:
    """The digits."""
    return [
        Binding(view.key, f"view('{name}')", view.title, show=False, id=f"view.{name}", tooltip=view.question)
        for name, view in ordered_views()
    ]


COMMON: tuple[Binding, ...] = (
    Binding("slash", "find", "Find", id="find", tooltip="Go to a dimension, an image or a class by its name"),
    Binding(
        "f", "favourite", "Favourite", id="favourite", tooltip="Keep the current latent as a favourite, or drop it"
    ),
    Binding("F", "favourites", "Open favourites", id="favourites", tooltip="The latents that were kept, by name"),
    Binding("u", "undo", "Undo", id="undo", tooltip="Take back the last change"),
    Binding("U,ctrl+r", "redo", "Redo", id="redo", tooltip="Make it again"),
    Binding("s", "save(False)", "Save PNG", id="save.png", tooltip="Save the picture as a PNG in the current folder"),
    Binding("g", "save(True)", "Save GIF", id="save.gif", tooltip="Save it moving, as a GIF in the current folder"),
    Binding(
        "ctrl+e",
        "export",
        "Export latents…",
        id="export",
        tooltip="The picture's latents as an .npz, or the weights as a .pth",
    ),
    Binding(
        "ctrl+g", "save_history", "Save history GIF", id="save.history", tooltip="Save it of each kept epoch, as a GIF"
    ),
    Binding("c", "command", "Command", id="command", tooltip="Show and copy the command that draws this picture"),
    Binding("t", "theme", "Theme", id="theme", tooltip="Light or dark"),
    Binding("question_mark,f1", "help", "Help", id="help", tooltip="What this view shows, and every key"),
    Binding("ctrl+p", "command_palette", "Palette", id="palette", tooltip="Find any action by its name"),
    Binding("q", "quit", "Quit", id="quit", tooltip="Leave the explorer"),
    Binding(
        "ctrl+z", "suspend_process", "Suspend", id="suspend", tooltip="Back to the shell; fg returns", priority=True
    ),
    Binding("ctrl+c,ctrl+q", "quit", "Quit at once", id="quit.now", tooltip="Leave from anywhere", priority=True),
)


def main_bindings() -> tuple[Binding, ...]:
    """Every key of the main screen."""
    return (*view_bindings(), *(key.binding() for key in every_key().values()), *COMMON)
