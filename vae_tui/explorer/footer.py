"""The foot of the screen: what the picture shows, in words, and the keys that work everywhere."""

import textwrap

from textual.reactive import reactive

from vae_tui.explorer.lines import Line, Lines, Run, line_width, spread
from vae_tui.explorer.model import ModelFacts

_WEIGHTS = ("v", "weights", "step('weights')")
_KEYS = (
    ("?", "help", "help"),
    ("q", "quit", "quit"),
    ("r", "new seed", "step('seed.next')"),
    ("s", "save", "save(False)"),
    ("c", "command", "command"),
    _WEIGHTS,
    ("t", "theme", "theme"),
    ("^p", "palette", "command_palette"),
    ("g", "save GIF", "save(True)"),
    ("x", "reset", "step('release.one')"),
    ("X", "reset all", "step('release.all')"),
    ("Shift", "large steps", ""),
)
"""Key, words and action, the most needed first: a narrow screen leaves out the last, and ? has them all."""


def key_line(width: int, facts: ModelFacts) -> Line:
    """As many keys as fit; that of the weights where the model has two kinds of them."""
    runs: list[Run] = []
    for key, words, action in (known for known in _KEYS if known != _WEIGHTS or facts.has_average):
        added = [Run(key, "accent", action), Run(f" {words}   ", "dim", action)]
        if line_width((*runs, *added)) - 3 > width:
            break
        runs += added
    return tuple(runs)


class Footer(Lines):
    """A caption of one or two lines, and a line of keys in whose place a message stands until the next key."""

    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    caption: reactive[str] = reactive("", repaint=False)
    message: reactive[str] = reactive("", repaint=False)
    watch_facts = watch_caption = watch_message = Lines.show_changes

    def lines(self, width: int, height: int) -> list[Line]:
        """The caption, then keys or message."""
        room = height - 1
        wrapped = textwrap.wrap(self.caption, width, max_lines=room, placeholder=" …") if room > 0 else []
        captions: list[Line] = [(Run(text),) for text in wrapped]
        captions += [()] * (room - len(captions))
        progress = self.facts.survey_progress
        keys_width = width - len(progress) - 2 if progress else width
        last: Line = key_line(max(20, keys_width), self.facts)
        if self.message:
            last = (Run("▸ ", "accent"), Run(self.message, "strong"))
        return [*captions, spread(last, (Run(progress, "dim"),), width) if progress else last]
