"""Keys out of what a terminal sends, where Textual's own reading of it is another than a person's keymap needs."""

from collections.abc import Collection, Iterable

from textual._keyboard_protocol import MODIFIER_FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import Keys

_ESC = "\x1b"
_LONE = MODIFIER_FUNCTIONAL_KEYS | {"caps_lock", "num_lock", "scroll_lock"}
"""What terminals with Kitty's keyboard protocol report of itself, though it types nothing."""
_BEGINNINGS = "[O"
"""With an ESC before it, how other keys begin: Alt and one of them is known when nothing follows."""


class KeyParser(XTermParser):
    """Textual's parser, which takes ESC f for Ctrl+→, ESC 1 for ¡ and ESC ? for ?: a person's Alt+F stays Alt+F.

    A report of a key that can't be one is passed over; in Textual's parser it ends the thread that reads keys. So is
    that of Shift or another modifier alone: what waits for a key, as a message does, waits for what comes with it.
    """

    def __init__(self, alt_keys: Collection[str] = (), *, debug: bool = False) -> None:
        """`alt_keys` are those with Alt that the keymap uses, as Textual names them."""
        super().__init__(debug)
        self._alt_keys = frozenset(alt_keys)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        pressed = sequence if alt else sequence.removeprefix(_ESC)
        has_alt = alt or (len(sequence) == 2 and pressed not in _BEGINNINGS)
        if has_alt and len(pressed) == 1:
            named = [_with_alt(event.key) for event in super()._sequence_to_key_events(pressed)]
            if self._alt_keys.issuperset(named):
                return [Key(name, None) for name in named]
        try:
            events = list(super()._sequence_to_key_events(sequence, alt))
            return [Key(Keys.Ignore, sequence) if _is_lone(event.key) else event for event in events]
        except (ValueError, OverflowError):
            return [Key(Keys.Ignore, sequence)]


def _is_lone(key: str) -> bool:
    return key.rpartition("+")[2] in _LONE


def _with_alt(key: str) -> str:
    *modifiers, base = key.split("+")
    if len(base) == 1 and base.isupper():
        modifiers, base = [*modifiers, "shift"], base.lower()
    return "+".join([*sorted({"alt", *modifiers}), base])
