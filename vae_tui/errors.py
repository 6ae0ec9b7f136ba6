"""What goes wrong in words for a person, and text that is safe to print."""

import shlex


class VaeTuiError(Exception):
    """Something that the person at the keyboard got wrong or can mend.

    The command line prints `message` and `hint` once each, without a traceback, and exits with code 2.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AbsentDataError(VaeTuiError):
    """Images that are not on this machine."""

    def __init__(self, message: str, hint: str | None = None, *, can_download: bool = False) -> None:
        super().__init__(message, hint)
        self.can_download = can_download
        """Whether they were published, and --data downloads them."""


class TrainingFailedError(Exception):
    """Training stopped by itself; the last good save is as it was. The command line exits with code 3."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class LostProcessError(TrainingFailedError):
    """Of several processes that train together, another one is gone."""


def kind_of(value: object) -> str:
    """What a value is, in words that are fit to print: `an int`, `a list`, `None`."""
    name = printable(type(value).__name__, 60)
    return "None" if value is None else f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def printable(text: str, limit: int = 500) -> str:
    """The text with every control, format and private character replaced by U+FFFD.

    Names that come from files (classes, paths, configs) pass through here before they are shown, so that
    no file can write escape sequences to the terminal. At most `limit` characters are kept.
    """
    if len(text) <= limit and text.isprintable():
        return text
    safe = "".join(char if char.isprintable() else "\ufffd" for char in text[: limit + 1])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def shell_quoted(word: str) -> str:
    """The word as a shell takes it, fit to print.

    One with characters that no terminal should get is written as $'…' (bash, zsh, ksh), with their bytes in hex.
    """
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(char: str) -> str:
    if char.isprintable() and char not in "\\'":
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
