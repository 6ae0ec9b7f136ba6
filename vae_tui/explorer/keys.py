"""Every key: what it is bound to, what it does to the state, and the controls that panel and help list."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, ordered_views

Step = Callable[[LatentState, ModelFacts, float | None], LatentState]
"""From one state to the next; the number is where the chosen dimension stands when it is not held."""

LARGE = 10
"""How many small steps a large one is."""


@dataclass(frozen=True)
class Key:
    """One or more keys with one meaning, the same in each view."""

    id: str
    keys: str
    """As Textual names them, with commas between."""
    description: str
    tooltip: str
    control: str
    """The control that it changes; a view that does not use it says so."""
    step: Step

    def binding(self) -> Binding:
        """For Textual."""
        return Binding(self.keys, f"step('{self.id}')", self.description, show=False, id=self.id, tooltip=self.tooltip)


@dataclass(frozen=True)
class Control:
    """What a picture depends on: a line of the side panel and of the help."""

    label: str
    keys: str
    """As people read them: "b r"."""
    help: str
    value: Callable[[LatentState, ModelFacts], str]


def _zoom(by: int) -> Step:
    def step(state: LatentState, facts: ModelFacts, start: float | None) -> LatentState:
        zoom = VIEWS.get(state.view).zoom
        return state.resize(zoom.field, by, zoom.least, zoom.most)

    return step


def _zoom_text(state: LatentState, facts: ModelFacts) -> str:
    zoom = VIEWS.get(state.view).zoom
    count = getattr(state, zoom.field)
    return f"{count} × {count}" if zoom.square else str(count)


def _first(by: int) -> Step:
    return lambda state, facts, start: state.turn_first(by, facts)


def _second(by: int) -> Step:
    return lambda state, facts, start: state.turn_second(by, facts)


def _choose(by: int) -> Step:
    return lambda state, facts, start: state.choose(by, facts)


def _nudge(by: int) -> Step:
    return lambda state, facts, start: state.nudge(by, facts, start)


def _plain(change: Callable[[LatentState], LatentState]) -> Step:
    return lambda state, facts, start: change(state)


def _dim_text(state: LatentState, facts: ModelFacts) -> str:
    dim = state.chosen_dim(facts)
    return "" if dim is None else f"z{dim}"


CONTROLS: dict[str, Control] = {
    "dimension": Control("dimension", "↑ ↓", "Choose a dimension; ten places on with Shift or K J", _dim_text),
    "value": Control("value", "← →", "Hold it 0.1 lower or higher; 1 with Shift or H L", lambda s, f: ""),
    "release": Control("reset", "x X", "Let the chosen dimension go; let all go", lambda s, f: ""),
    "source": Control(
        "from", "i", "Start from images, or from the prior", lambda s, f: s.source if s.source == "images" else "prior"
    ),
    "first": Control(
        "image", "p n", "The image before or after; ten places with P N", lambda s, f: f.image_name(s.first)
    ),
    "second": Control(
        "to", "w e", "The same for the image at the end of the path; W E", lambda s, f: f.image_name(s.second)
    ),
    "path": Control("path", "a", "The straight path (lerp), or the arc (slerp)", lambda s, f: s.path),
    "steps": Control("steps", ", .", "Fewer or more steps in each row", lambda s, f: str(s.steps)),
    "posterior": Control(
        "posterior",
        "m",
        "The mean of an image's posterior, or one draw of it",
        lambda s, f: "mean" if s.posterior == "mean" else "a draw",
    ),
    "seed": Control("seed", "b r", "The seed before; a new seed", lambda s, f: str(s.seed)),
    "temperature": Control(
        "temperature", "[ ]", "Draw nearer to the centre of the prior, or further", lambda s, f: f"{s.temperature:.1f}"
    ),
    "zoom": Control("zoom", "- +", "More and smaller tiles, or fewer and larger", _zoom_text),
    "weights": Control(
        "weights",
        "v",
        "The averaged weights, or those of the last step (raw)",
        lambda s, f: "averaged" if s.weights(f) == "ema" else "raw",
    ),
}

ALWAYS = ("dimension", "value", "release")
"""The controls that every view has."""

KEYS: tuple[Key, ...] = (
    Key("dimension.up", "up,k", "Dimension up", "Choose the one above", "dimension", _choose(-1)),
    Key("dimension.down", "down,j", "Dimension down", "Choose the one below", "dimension", _choose(1)),
    Key("dimension.ten-up", "shift+up,K,pageup", "Ten dimensions up", "Ten above", "dimension", _choose(-LARGE)),
    Key("dimension.ten-down", "shift+down,J,pagedown", "Ten dimensions down", "Ten below", "dimension", _choose(LARGE)),
    Key("value.less", "left,h", "Value down", "Hold the chosen dimension 0.1 lower", "value", _nudge(-1)),
    Key("value.more", "right,l", "Value up", "Hold the chosen dimension 0.1 higher", "value", _nudge(1)),
    Key("value.much-less", "shift+left,H", "Value far down", "Hold it 1 lower", "value", _nudge(-LARGE)),
    Key("value.much-more", "shift+right,L", "Value far up", "Hold it 1 higher", "value", _nudge(LARGE)),
    Key("release.one", "x,0", "Reset", "Let the chosen dimension go", "release", lambda s, f, _: s.release(f)),
    Key("release.all", "X", "Reset all", "Let all dimensions go", "release", _plain(LatentState.release_all)),
    Key("seed.next", "r", "New seed", "Draw anew, with the next seed", "seed", _plain(lambda s: s.reseed(1))),
    Key("seed.back", "b", "Seed back", "Back to the seed before", "seed", _plain(lambda s: s.reseed(-1))),
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
        "Images or prior",
        "Start from images or from the prior",
        "source",
        _plain(LatentState.switch_source),
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
    Key(
        "weights",
        "v",
        "Averaged or raw weights",
        "The raw weights for the averaged ones, and back",
        "weights",
        _plain(LatentState.switch_weights),
    ),
)

KEYS_BY_ID = {key.id: key for key in KEYS}


def known_controls(view: View, facts: ModelFacts) -> tuple[str, ...]:
    """The controls that change the view's picture of this model."""
    return (*ALWAYS, *view.controls, *(("weights",) if facts.has_average else ()))


def refusal(control: str, view: View, facts: ModelFacts) -> str:
    """Why a control changes nothing here, in one line; "" where it does."""
    if control in known_controls(view, facts):
        return ""
    if control != "weights":
        return f"{view.title} has no {control_label(control, view)}"
    if facts.summary is None:
        return "the model is still loading"
    return "no averaged weights: train with --set optimizer.ema=0.999"


def control_label(name: str, view: View) -> str:
    """What the side panel calls a control in this view."""
    return view.zoom.label if name == "zoom" else CONTROLS[name].label


def view_bindings() -> list[Binding]:
    """The digits."""
    return [
        Binding(view.key, f"view('{name}')", view.title, show=False, id=f"view.{name}", tooltip=view.question)
        for name, view in ordered_views()
    ]


COMMON: tuple[Binding, ...] = (
    Binding("s", "save(False)", "Save PNG", id="save.png", tooltip="Save the picture as a PNG in the current folder"),
    Binding("g", "save(True)", "Save GIF", id="save.gif", tooltip="Save it moving, as a GIF in the current folder"),
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
