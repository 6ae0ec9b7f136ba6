"""Every key: what it is bound to, what it does to the state, and the controls that the side panel lists."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, View, ordered_views
from vae_tui.latent import format_number

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
    step: Step
    control: str = ""
    """The control that it changes; a view that does not use it says so."""

    def binding(self) -> Binding:
        """For Textual."""
        return Binding(
            self.keys, f"step('{self.id}')", self.description, show=False, id=self.id, tooltip=self.tooltip
        )


@dataclass(frozen=True)
class Control:
    """One line of the side panel: what a view's picture depends on, its keys and its value."""

    label: str
    keys: str
    """As people read them: "r b"."""
    value: Callable[[LatentState, ModelFacts], str]


def _zoom(state: LatentState, by: int) -> LatentState:
    zoom = VIEWS.get(state.view).zoom
    return state.resize(zoom.field, by, zoom.least, zoom.most)


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


KEYS: tuple[Key, ...] = (
    Key("dim.up", "up,k", "Dimension up", "Choose the dimension above in the panel", _choose(-1)),
    Key("dim.down", "down,j", "Dimension down", "Choose the dimension below in the panel", _choose(1)),
    Key("dim.page-up", "shift+up,K,pageup", "Ten up", "Choose the dimension ten places above", _choose(-LARGE)),
    Key("dim.page-down", "shift+down,J,pagedown", "Ten down", "Choose the dimension ten places below", _choose(LARGE)),
    Key("value.less", "left,h", "Less", "Hold the chosen dimension 0.1 lower in every tile", _nudge(-1)),
    Key("value.more", "right,l", "More", "Hold the chosen dimension 0.1 higher in every tile", _nudge(1)),
    Key("value.much-less", "shift+left,H", "Much less", "Hold the chosen dimension 1 lower", _nudge(-LARGE)),
    Key("value.much-more", "shift+right,L", "Much more", "Hold the chosen dimension 1 higher", _nudge(LARGE)),
    Key("value.release", "x,0", "Reset", "Let the chosen dimension go", lambda s, f, _: s.release(f)),
    Key("value.release-all", "X", "Reset all", "Let all dimensions go", lambda s, f, _: s.release_all()),
    Key("seed.next", "r", "New seed", "Draw anew, with the next seed", lambda s, f, _: s.reseed(1), "seed"),
    Key("seed.back", "b", "Seed back", "Back to the seed before", lambda s, f, _: s.reseed(-1), "seed"),
    Key(
        "temperature.cooler",
        "left_square_bracket",
        "Cooler",
        "Draw 0.1 nearer to the centre of the prior",
        lambda s, f, _: s.warm(-1),
        "temperature",
    ),
    Key(
        "temperature.warmer",
        "right_square_bracket",
        "Warmer",
        "Draw 0.1 further from the centre of the prior",
        lambda s, f, _: s.warm(1),
        "temperature",
    ),
    Key("steps.fewer", "comma", "Fewer steps", "One step fewer in each row", lambda s, f, _: s.lengthen(-1), "steps"),
    Key("steps.more", "full_stop", "More steps", "One step more in each row", lambda s, f, _: s.lengthen(1), "steps"),
    Key("path", "a", "Straight or arc", "The straight path (lerp) or the arc (slerp)", lambda s, f, _: s.bend(), "path"),
    Key(
        "posterior",
        "m",
        "Mean or draw",
        "The mean of each image's posterior, or one draw of it",
        lambda s, f, _: s.redraw_posterior(),
        "posterior",
    ),
    Key(
        "source",
        "i",
        "Images or prior",
        "Start from images, or from the prior",
        lambda s, f, _: s.switch_source(),
        "source",
    ),
    Key("first.next", "n", "Next image", "The next image", _first(1), "first"),
    Key("first.previous", "p", "Previous image", "The image before", _first(-1), "first"),
    Key("first.next-ten", "N", "Ten images on", "The image ten places on", _first(LARGE), "first"),
    Key("first.previous-ten", "P", "Ten images back", "The image ten places back", _first(-LARGE), "first"),
    Key("second.next", "e", "Next end", "The next image at the end of the path", _second(1), "second"),
    Key("second.previous", "w", "Previous end", "The image before at the end of the path", _second(-1), "second"),
    Key("second.next-ten", "E", "End ten on", "The end image ten places on", _second(LARGE), "second"),
    Key("second.previous-ten", "W", "End ten back", "The end image ten places back", _second(-LARGE), "second"),
    Key("zoom.in", "plus,equals_sign", "Zoom in", "Fewer and larger tiles", lambda s, f, _: _zoom(s, -1), "zoom"),
    Key("zoom.out", "minus", "Zoom out", "More and smaller tiles", lambda s, f, _: _zoom(s, 1), "zoom"),
)

KEYS_BY_ID = {key.id: key for key in KEYS}

CONTROLS: dict[str, Control] = {
    "source": Control("from", "i", lambda s, f: s.source if s.source == "images" else "prior"),
    "first": Control("image", "p n", lambda s, f: f.image_name(s.first)),
    "second": Control("to", "w e", lambda s, f: f.image_name(s.second)),
    "path": Control("path", "a", lambda s, f: s.path),
    "steps": Control("steps", ", .", lambda s, f: str(s.steps)),
    "posterior": Control("posterior", "m", lambda s, f: "mean" if s.posterior == "mean" else "a draw"),
    "seed": Control("seed", "b r", lambda s, f: str(s.seed)),
    "temperature": Control("temperature", "[ ]", lambda s, f: format_number(s.temperature)),
    "zoom": Control("zoom", "- +", _zoom_text),
}


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
    Binding("g", "save(True)", "Save GIF", id="save.gif", tooltip="Save the moving picture as a GIF"),
    Binding("c", "command", "Command", id="command", tooltip="Show and copy the command that draws this picture"),
    Binding("t", "theme", "Theme", id="theme", tooltip="Light or dark"),
    Binding("question_mark,f1", "help", "Help", id="help", tooltip="What this view shows, and every key"),
    Binding("ctrl+p", "command_palette", "Palette", id="palette", tooltip="Find any action by its name"),
    Binding("q,ctrl+c,ctrl+q", "quit", "Quit", id="quit", tooltip="Leave the explorer"),
)
