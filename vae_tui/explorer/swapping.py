"""Other models in the place of those that are open: the next checkpoint of a run, or the images of another split."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.reactive import reactive

from vae_tui.errors import VaeTuiError, printable
from vae_tui.explorer.across import AcrossApp
from vae_tui.explorer.model import ModelFacts, OpenModel
from vae_tui.explorer.picturing import PicturingApp
from vae_tui.explorer.sides import Other, first_facts, swapped_in, turned, with_epochs
from vae_tui.explorer.splits import (
    STILL_LOADING,
    TurnedModels,
    absence_text,
    is_turning,
    loading_text,
    opened_on,
    with_loading,
    with_training_facts,
)
from vae_tui.explorer.watching import Opened, Sighting, carried_over
from vae_tui.summary import Weights

if TYPE_CHECKING:
    from vae_tui.datasets.contract import LoadProgress
    from vae_tui.surveying import Images


class SwappingApp(AcrossApp, PicturingApp):
    """An app whose models may change under it: the state stays, as far as they can show it."""

    run_status: reactive[str] = reactive("", repaint=False)

    class Sighted(Message):
        """The run that is watched has news."""

        def __init__(self, sighting: Sighting) -> None:
            super().__init__()
            self.sighting = sighting

    # The run

    def on_swapping_app_sighted(self, message: Sighted) -> None:
        """The run's status is said; a checkpoint of it takes the place of the one that was shown."""
        seen = message.sighting
        if self._run.is_followed:
            self.run_status = seen.status.words()
        if seen.error:
            self.message = seen.error
        if seen.epochs != self.facts.epochs:
            self.facts = with_epochs(self.facts, seen.epochs)
        if seen.opened is not None and self._models.are_open:
            self._swap_in_split(self._models.like_the_first(seen.opened))

    def _swap_in_split(self, opened: Opened) -> None:
        if is_turning(self.state, opened.facts):
            self._turn_opened(opened, self.state.split)
        else:
            self._swap(opened)

    @work(thread=True)
    def _turn_opened(self, opened: Opened, split: str) -> None:
        with self._models.lock:
            turned_one = opened_on(opened, split)
        self.call_later(self._swap_in_split, turned_one)

    def _swap(self, opened: Opened) -> None:
        """Another checkpoint of the same run: the state stays, and with it latents and images."""
        self.message = self._models.swap(opened.models, opened.path) or self.message
        self._traffic.swap(opened.models)
        self._fit_state(opened.facts)
        is_second = self.state.second_in_front
        facts = turned(self.facts) if is_second else self.facts
        self.open_shelf()
        facts = swapped_in(opened.facts, facts, self._models.other)
        self.facts = turned(facts) if is_second else facts
        self.study()
        self._traffic.ask_anew()
        self.ask()

    def _fit_state(self, after: ModelFacts) -> None:
        """What the next checkpoint has not is let go, and that is said."""
        state, said = carried_over(self.state, first_facts(self.state, self.facts), after)
        if state != self.state:
            self._traffic.ask_anew()
            self.state = state
            self.message = said or self.message

    # The training images, where the checkpoint carries test images

    def action_step(self, key_id: str) -> None:
        """The key of the other split has its images loaded first."""
        if key_id != "split" or not self.facts.training_data:
            super().action_step(key_id)
        elif self.facts.loading:
            self.message = STILL_LOADING
        else:
            self.message = ""
            self.facts = with_loading(self.facts, "loading the training images")
            model = next(iter(self._models.kinds.values()))
            # a daemon: leaving waits for no reading
            threading.Thread(target=self._load, args=(model,), name="vaetui-load", daemon=True).start()

    def _load(self, model: OpenModel) -> None:
        def report(progress: "LoadProgress") -> None:
            self.call_later(self._say_loading, loading_text(progress))

        try:
            images = model.load_training_images(report)
        except VaeTuiError as error:
            opened_as = self._run.opened_as(self._models.origin.checkpoint)
            self.call_later(self._not_loaded, absence_text(error, model.training_data, opened_as))
        except Exception as error:  # a file may hold anything; the explorer lives on and says what it was
            self.call_later(self._not_loaded, printable(f"{type(error).__name__}: {error}", 200))
        else:
            self.call_later(self._take_training_images, images, model.training_data)

    def _say_loading(self, words: str) -> None:
        if self.facts.loading:
            self.facts = with_loading(self.facts, words)

    def _not_loaded(self, said: str) -> None:
        self.facts = with_loading(self.facts, "")
        self.say(said)

    def _take_training_images(self, images: "Images", data: str) -> None:
        """They are there: the other split from now on, and looked at."""
        self._models.take_training_images(images, data)
        kinds = self._models.kinds
        self._traffic.swap(kinds)
        self.facts = with_training_facts(self.facts, next(iter(kinds.values())).splits)
        carried = partial(replace, split=self.facts.split)
        self._history.amend(carried)
        self.rewrite(carried(self.state), halts=False)
        self.state = self.state.turn_split(self.facts)

    # The split

    def turn_split(self) -> None:
        """The images of the split that the state looks at, where those of the models are another's."""
        if self._models.are_open and is_turning(self.state, self.facts):
            self._fetch_split(self._models.kinds, self._models.other, self.state.split)

    @work(thread=True)
    def _fetch_split(self, kinds: Mapping[Weights, OpenModel], other: Other | None, split: str) -> None:
        with self._models.lock:
            after = TurnedModels.of(kinds, other, split)
        self.call_later(self._take_split, after)

    def _take_split(self, after: TurnedModels) -> None:
        if after.before is not self._models.kinds or after.split != self.state.split:
            self.turn_split()  # meanwhile another checkpoint came, or another split was asked for
            return
        self._models.take_split(after)
        self._traffic.swap(after.kinds)
        self.facts = after.facts_after(self.state, self.facts)
        self.rewrite(self.state.within(first_facts(self.state, self.facts).num_images))
        self.study()
        self._traffic.ask_anew()
        self.ask()
