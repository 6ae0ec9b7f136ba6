"""The foot of the screen: what the picture shows, in words, and the keys that work everywhere."""

import re
from functools import cache

from rich.cells import cell_len
from textual.reactive import reactive

from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.keymap import MAX_SHOWN, Keymap
from vae_tui.explorer.keys import main_bindings
from vae_tui.explorer.lines import Line, Lines, Run, fit_text, line_width, spread, wrap_text
from vae_tui.explorer.model import ModelFacts

_WORDS = {
    "help": "help",
    "quit": "quit",
    "seed.next": "new seed",
    "save.png": "save",
    "command": "command",
    "weights": "weights",
    "theme": "theme",
    "palette": "palette",
    "save.gif": "save GIF",
    "release.one": "reset",
    "release.all": "reset all",
}
"""Keys by their ids, the most needed first: a narrow screen leaves out the last, and the help has them all."""
_SHORTER = (
    (r" of the aggregate posterior\b", ""),
    (r"\bstandard deviations\b", "sd"),
    (r"\bdimensions (by|evenly)\b", r"\1"),
    (r"\b(image \d+)'s posterior\b", r"\1"),
    (r" of each posterior\b", ""),
    (r" on average\b", ""),
    (r"\bimages (\d+) to (\d+)\b", r"images \1–\2"),
    (r"\b(principal plane|map) (\(PCA\)|by UMAP) of the posterior means of\b", r"\2 of"),
    (r"\((PCA)\) of\b|\bby (UMAP) of\b", r"\1\2 of"),
    (r" · above (its|their) reconstructions?(?= ·)", ""),
    (r" · from the mean(?= ·|$)", ""),
    (r" · error: squared, summed over pixels in \[0, 1\] and (all \d+ channels)", r" · error over \1"),
    (r" · error: squared, summed over pixels in \[0, 1\]", ""),
    (r"\b(PCA|UMAP) of all [\d,]+ [a-z ]*images?\b", r"\1"),
    (r"\bcursor at\b", "at"),
    (r" · (PCA|UMAP)$", ""),
)
"""What a caption says in fewer words where it is too long, one after the other; last, what panel and help say."""


def key_line(width: int, facts: ModelFacts, keymap: Keymap | None = None) -> Line:
    """As many keys as fit; that of the weights where the model has two kinds of them."""
    keymap = keymap or shipped_keymap()
    known = [binding_id for binding_id in _WORDS if binding_id != "weights" or facts.has_average]
    entries = [(keymap.short(each, width=MAX_SHOWN), _WORDS[each], _actions()[each]) for each in known]
    if keymap.has_shift:
        entries.append(("Shift", "large steps", ""))
    runs: list[Run] = []
    for key, words, action in entries:
        added = [Run(key, "accent", action), Run(f" {words}   ", "dim", action)]
        if not key:
            continue
        if line_width((*runs, *added)) - 3 > width:
            break
        runs += added
    return tuple(runs)


@cache
def _actions() -> dict[str, str]:
    """What each key does, by its id."""
    return {binding.id or "": binding.action for binding in main_bindings()}


def caption_lines(caption: str, width: int, most: int) -> list[str]:
    """The caption in at most so many lines. Where it is longer, it is said shorter, then parts are left out; … says so.

    What stays longest: the view, what comes next (the tile under the cursor, where there is one), the seed, and which
    channels are shown.
    """
    if most < 1:
        return []
    for long, short in _SHORTER:
        if not _fits(caption, width, most):
            caption = re.sub(long, short, caption)
    parts = caption.split(" · ")
    kept = [at for at, part in enumerate(parts) if part.startswith(("seed ", "channel"))]
    dropped = [at for at in range(len(parts) - 1, 1, -1) if at not in kept] + kept[::-1]
    while not _fits(" · ".join(parts), width, most) and dropped:
        parts[dropped.pop(0)] = ""
        text = " · ".join([*filter(None, parts), "…"])
        if _fits(text, width, most):
            return wrap_text(text, width)
    return wrap_text(" · ".join(filter(None, parts)), width, most)


def _fits(text: str, width: int, most: int) -> bool:
    """Whether so many lines are enough. Mostly the length says so: wrapping takes a good part of a frame's text."""
    cells = cell_len(text)
    if cells <= width or cells > most * (width + 1):
        return cells <= width
    return len(wrap_text(text, width)) <= most


def message_lines(message: str, width: int, last_width: int, most: int) -> list[Line]:
    """The message in one line of at most `last_width` cells or, where it is longer, in several of `width`; or none."""
    texts, room = [message] if message else [], max(8, width - 2)
    if cell_len(message) + 2 > last_width:
        wrapped = wrap_text(message, room, at_hyphens=False)
        last = [fit_text(" ".join(wrapped[most - 1 : most + 1]), room).rstrip()] if len(wrapped) >= most else []
        texts = wrapped[: most - 1] + last
    return [(Run("  " if line else "▸ ", "accent"), Run(text, "strong")) for line, text in enumerate(texts)]


class Footer(Lines):
    """A caption of one or two lines, and a line of keys in whose place a message stands until the next key.

    A message that is longer takes the caption's lines too, the last one first.
    """

    facts: reactive[ModelFacts] = reactive(ModelFacts, repaint=False)
    caption: reactive[str] = reactive("", repaint=False)
    message: reactive[str] = reactive("", repaint=False)
    run_status: reactive[str] = reactive("", repaint=False)
    """Where the run is that is followed."""
    watch_facts = watch_caption = watch_message = watch_run_status = Lines.show_changes

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="footer")
        self._keymap = keymap
        self._key_lines: dict[tuple[int, bool], Line] = {}
        """By their width, and whether there are two kinds of weights."""

    def lines(self, width: int, height: int) -> list[Line]:
        """The caption, then keys or message."""
        room = height - 1
        captions: list[Line] = [(Run(text),) for text in caption_lines(self.caption, width, room)]
        captions += [()] * (room - len(captions))
        progress = self.facts.loading or self.facts.survey_progress or self.run_status
        keys_width = width - cell_len(progress) - 2 if progress else width
        last = self._key_line(max(20, keys_width))
        said = message_lines(self.message, width, keys_width, height)
        if len(said) > 1:
            return [*captions[: height - len(said)], *said]
        last = said[0] if said else last
        if said and line_width(last) > keys_width:
            return [*captions, last]  # where the run is stands there again with the next key
        return [*captions, spread(last, (Run(progress, "dim"),), width) if progress else last]

    def _key_line(self, width: int) -> Line:
        values = width, self.facts.has_average
        if values not in self._key_lines:
            self._key_lines[values] = key_line(width, self.facts, self._keymap)
        return self._key_lines[values]
