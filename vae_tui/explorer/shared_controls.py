"""The controls that views share: what panel and help list, each with its keys and the value that it has."""

from vae_tui.channels import channel_name, shown_channels
from vae_tui.explorer.controls import Control
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sides import shown_words
from vae_tui.explorer.sliders import ORDER_NAMES
from vae_tui.explorer.splits import split_text
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.points.point import Point


def _zoom_text(state: LatentState, facts: ModelFacts) -> str:
    return VIEWS.get(state.view).zoom_text(state)


def _film_text(state: LatentState, facts: ModelFacts) -> str:
    last = VIEWS.get(state.view).num_frames(state) - 1
    if state.frame is None or last < 0:
        return "still" if last > 0 else ""
    return f"{'▶ ' if state.playing else ''}{state.frame % (last + 1)}/{last}"


def _epoch_text(state: LatentState, facts: ModelFacts) -> str:
    return "newest" if state.epoch is None else str(state.epoch)


def _on_off(state: LatentState, facts: ModelFacts) -> str:
    return "" if state.cursor is None else f"tile {state.cursor}"


def _current_text(state: LatentState, facts: ModelFacts) -> str:
    return "" if state.point == Point() else str(state.point)


def _dim_text(state: LatentState, facts: ModelFacts) -> str:
    row = VIEWS.get(state.view).sliders(state, facts, None).chosen_row()
    return row.name if row is not None else ""


def _marks_text(state: LatentState, facts: ModelFacts) -> str:
    groups = [("a", state.marked_a), ("b", state.marked_b)]
    return " · ".join(f"{len(images)} {name}" for name, images in groups if images)


def _channels_text(state: LatentState, facts: ModelFacts) -> str:
    """Which are shown; "" where they are the colours of a colour image."""
    num = facts.num_channels
    if any(channel >= num for channel in state.channels):
        return f"{channel_name(state.channels)} of {num}"
    chosen = shown_channels(state.channels, num)
    is_plain = num == 3 and chosen == (0, 1, 2)
    return "" if is_plain else f"{channel_name(chosen)} of {num}{', grey' if len(chosen) == 1 else ''}"


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
    "split": Control("split", ("split",), "The images of the data's other split: train for test, and back", split_text),
    "channels": Control(
        "channels",
        ("channels",),
        "Each channel of the images alone, one after another, and then the colours again",
        _channels_text,
    ),
    "epoch": Control(
        "epoch",
        ("epoch.earlier", "epoch.later"),
        "An earlier epoch of the run that was kept, or a later one",
        _epoch_text,
    ),
    "sides": Control(
        "shown",
        ("sides.swap", "sides.turn", "sides.blink"),
        "Swap the two checkpoints; both, the left (upper) or the right (lower) one; blink from one to the other",
        shown_words,
    ),
    "weights": Control(
        "weights",
        ("weights",),
        "The averaged weights, or those of the last step (raw)",
        lambda s, f: "averaged" if s.weights(f) == "ema" else "raw",
    ),
}
