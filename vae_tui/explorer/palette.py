"""The palette: every action, found by its name or by the words that say what it does."""

from collections.abc import Callable
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

BY_WORDS = 0.5
"""What a match in an action's description counts beside one in its name."""


class ActionsProvider(Provider):
    """The app's own commands. One palette runs one, once: Enter may come twice before it is closed."""

    _has_run = False

    async def discover(self) -> Hits:
        """All of them, by name."""
        for command in sorted(self.app.get_system_commands(self.screen), key=lambda command: command.title):
            yield DiscoveryHit(command.title, self._once(command.callback), help=command.help)

    async def search(self, query: str) -> Hits:
        """Those whose name matches, and those whose description has the words."""
        matcher, wanted = self.matcher(query), query.casefold()
        for title, words, callback, _ in self.app.get_system_commands(self.screen):
            score = matcher.match(title) or BY_WORDS * (wanted in words.casefold())
            if score > 0:
                yield Hit(score, matcher.highlight(title), self._once(callback), help=words)

    def _once(self, callback: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            if not self._has_run:
                self._has_run = True
                return callback()
            return None

        return run
