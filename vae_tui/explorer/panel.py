"""The side panel: what the picture depends on, and the latent dimensions with their KL and value."""

from textual.reactive import reactive

from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.keymap import MAX_SHOWN, Keymap
from vae_tui.explorer.keys import CONTROLS, control_label, every_control, known_controls
from vae_tui.explorer.lines import Line, Lines, Run, fit_text, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS

VALUE_RANGE = 3.0
"""A value's bar ends at three sigma of the prior; what lies further fills it."""
VALUE_BARS = ((46, 17), (34, 9), (0, 0))
"""From which width of the panel on a value has a bar of how many cells, with 0 in the middle."""

UNLISTED = ("release", "order")
"""Controls that take no line of the panel: the head of the list says the order."""
STANDING = ("dimension", "value")
"""Controls that keep their line when they have nothing to say."""

Centre = tuple[float, ...] | None
"""Where each dimension stands when it is not held; None where the tiles differ in it."""


def panel_lines(
    state: LatentState, facts: ModelFacts, centre: Centre, width: int, height: int, keymap: Keymap | None = None
) -> list[Line]:
    """The panel in so many cells: controls first, then as many dimensions about the chosen one as there is room for."""
    keymap = keymap or shipped_keymap()
    lines = [*_control_lines(state, facts, centre, width, keymap), _whose_kl(state, facts)]
    rows = height - len(lines) - 2
    if rows < 1:
        return lines
    count = f"{state.rank + 1} of {facts.latent_dim}" if facts.latent_dim else ""
    ranked = state.ranked(facts)
    order = CONTROLS["order"].value(state, facts)
    whole = f"dimensions {order}"
    order = whole if len(whole) + 1 + len(count) <= width else order
    lines += [spread((Run(order, "strong"),), (Run(count, "dim"),), width), _column_heads(facts, width)]
    first = max(0, min(state.rank - rows // 2, len(ranked) - rows))
    for rank, dim in enumerate(ranked[first : first + rows], first):
        lines.append(dim_line(dim, rank == state.rank, state, facts, centre, width))
    return lines


def _control_lines(state: LatentState, facts: ModelFacts, centre: Centre, width: int, keymap: Keymap) -> list[Line]:
    view = VIEWS.get(state.view)
    dim = state.chosen_dim(facts)
    value = _value_text(dim, state, centre) if dim is not None else ""
    idle = view.idle_controls(state)
    controls = every_control(view)
    lines = []
    for name in known_controls(view, facts):
        control = controls[name]
        text = value if name == "value" else control.value(state, facts)
        if name in UNLISTED or not (text or name in STANDING):
            continue
        keys = keymap.short(*control.key_ids, width=MAX_SHOWN)
        lines.append(_control_line(keys, control_label(name, view), text, name in idle, width))
    return lines


def _control_line(keys: str, label: str, value: str, idle: bool, width: int) -> Line:
    label_width = 12
    text = fit_text(value, max(0, width - 4 - label_width)).rstrip()
    left = (
        Run(f"{keys:<3} ", "dim" if idle else "accent"),
        Run(f"{label:<{label_width}}", "dim"),
    )
    return spread(left, (Run(f"({text})" if idle and len(text) + 2 + 17 <= width else text, _idle_look(idle)),), width)


def _idle_look(idle: bool) -> str:
    return "dim" if idle else "plain"


def _whose_kl(state: LatentState, facts: ModelFacts) -> Line:
    """An empty line; with the raw weights, that the figures below it are not theirs."""
    if facts.statistics is None or not facts.has_average or state.weights(facts) == "ema":
        return ()
    return (Run("KL of averaged weights", "dim"),)


def _column_heads(facts: ModelFacts, width: int) -> Line:
    name_width = _name_width(facts)
    kl = "KL in nats" if facts.statistics else ""
    return spread((Run(f" {'z':<{name_width}} {kl}", "dim"),), (Run("value ", "dim"),), width)


def _name_width(facts: ModelFacts) -> int:
    return len(str(max(0, facts.latent_dim - 1))) + 1


def dim_line(dim: int, chosen: bool, state: LatentState, facts: ModelFacts, centre: Centre, width: int) -> Line:
    """`▸z17  ━━━╸  2.31  +0.50•`: chosen, index, KL, value, and a dot where the value is held by hand."""
    held = state.value(dim) is not None
    name = Run(f"{'▸' if chosen else ' '}{f'z{dim}':<{_name_width(facts)}} ", "mark" if chosen else "plain")
    value_bar = _value_bar(dim, state, centre, next(cells for least, cells in VALUE_BARS if width >= least))
    known = _value(dim, state, centre) is not None
    text = _value_text(dim, state, centre) if known else "·"
    value = Run(f" {text:>5}{'•' if held else ' '}", "accent" if held else "plain" if known else "dim")
    room = width - len(name.text) - len(value.text) - (len(value_bar) + 2 if value_bar else 0)
    bar = Run(f"  {value_bar}" if value_bar else "", "accent" if held else "dim")
    return (name, *_kl_runs(dim, facts, room), bar, value)


def _kl_runs(dim: int, facts: ModelFacts, room: int) -> tuple[Run, ...]:
    kl_Z = facts.kl_Z
    if kl_Z is None:
        return (Run(" " * room),)
    number = _kl_text(float(kl_Z[dim]))
    cells = max(0, room - len(number) - 1)
    most = max(float(kl_Z.max()), 1e-6)
    if not facts.is_active(dim):
        word = next((word for word in ("inactive", "off", "·") if len(word) <= cells), "")
        return Run(f"{word:<{cells}} ", "dim"), Run(number, "dim")
    return Run(f"{_bar(float(kl_Z[dim]) / most, cells)} ", "plain"), Run(number, "plain")


def _kl_text(kl: float) -> str:
    """Five cells, with as many places as they leave."""
    return next((text for form in ("5.2f", "5.1f", "5.0f") if len(text := f"{kl:{form}}") == 5), f"{kl:.0e}")


def _bar(share: float, cells: int) -> str:
    full, rest = divmod(round(max(0.0, min(1.0, share)) * cells * 2), 2)
    return f"{'━' * full}{'╸' * rest}".ljust(cells)


def _value_bar(dim: int, state: LatentState, centre: Centre, cells: int) -> str:
    if not cells:
        return ""
    middle = cells // 2
    value = _value(dim, state, centre) or 0.0
    filled = min(middle, round(abs(value) / VALUE_RANGE * middle))
    below, above = ("━" * filled, "") if value < 0 else ("", "━" * filled)
    return f"{below:>{middle}}│{above:<{middle}}"


def _value(dim: int, state: LatentState, centre: Centre) -> float | None:
    held = state.value(dim)
    if held is not None:
        return held
    return centre[dim] if centre is not None and dim < len(centre) else None


def _value_text(dim: int, state: LatentState, centre: Centre) -> str:
    value = _value(dim, state, centre)
    if value is None:
        return "free"
    places = 2 if abs(value) < 9.995 else 1  # five cells, whatever the value
    return f"{round(value, places) + 0.0:+.{places}f}"  # + 0.0: no -0.00


class DimensionPanel(Lines):
    """Draws what is bound to it."""

    state: reactive[LatentState] = reactive(LatentState, repaint=False)
    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    centre: reactive[Centre] = reactive(None, repaint=False)
    watch_state = watch_facts = watch_centre = Lines.show_changes

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="panel")
        self._keymap = keymap

    def lines(self, width: int, height: int) -> list[Line]:
        """Controls and dimensions."""
        return panel_lines(self.state, self.facts, self.centre, width, height, self._keymap)
