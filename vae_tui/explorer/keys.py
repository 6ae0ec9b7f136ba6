"""Every key of the main screen: those that views share, each view's own, and the app's; which of them does nothing."""

from collections.abc import Mapping
from functools import cache

from textual.binding import Binding

from vae_tui.explorer.controls import Control, Key
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.shared_controls import CONTROLS
from vae_tui.explorer.shared_keys import KEYS
from vae_tui.explorer.splits import no_other_split
from vae_tui.explorer.view import View, ordered_views

LOADING = "the model is still loading"


@cache
def every_key() -> Mapping[str, Key]:
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
    split = ("split",) if len(facts.splits) > 1 or facts.training_data else ()
    channels = ("channels",) if view.has_images and facts.num_channels > 1 else ()
    weights = ("weights",) if facts.has_average else ()
    return (*view.always, *view.controls, *channels, *split, *epoch, *sides, *weights)


def refusal(control: str, view: View, facts: ModelFacts) -> str:
    """Why a control changes nothing here, in one line; "" where it does."""
    if control in known_controls(view, facts):
        return view.refuses(control, facts)
    if control == "epoch":
        return "no epochs were kept: train with --keep-every 1"
    if control == "sides":
        return "one checkpoint is open: vaetui explore A.pt B.pt shows two"
    if control not in ("weights", "split", "channels") or (control == "channels" and not view.has_images):
        return f"{view.title} has no {control_label(control, view)}"
    if facts.summary is None:
        return LOADING
    if control == "split":
        return no_other_split(facts)
    if control == "channels":
        return "the images have one channel, which is shown"
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
