"""What is looked at, as one immutable value, and every step from one such value to the next."""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

from vae_tui.channels import Channels
from vae_tui.explorer.model import ModelFacts
from vae_tui.latent import Edits
from vae_tui.points.contract import Base, Move
from vae_tui.points.point import Point, last_image
from vae_tui.shelf.values import Group
from vae_tui.summary import Weights

STEP = 0.1
"""Small step of a latent value; values lie on its multiples, so that commands stay short."""
MAX_VALUE = 9.9
"""Furthest value that keys reach: two digits, so that columns keep their width."""
MAX_TEMPERATURE = 3.0
MAX_STEPS = 32
MAX_SEED = 2**31 - 1

CENTRE = Point()
SOURCES = ("images", "random", "current")
"""Where ends and centres come from: images of the set, the prior, or the current latent and what was gathered."""
MAX_STOPS = 15
"""With the current latent after them, as many points as a path goes through."""
MAX_RECENT = 8
TURNING = "start"
"""The slider that images, or draws, are: those that are only passed by are not recent latents."""
SHOWN = ("both", "left", "right")
"""Of two checkpoints: both side by side, or one of them alone."""

Number = TypeVar("Number", int, float)
Options = TypeVar("Options")


@dataclass(frozen=True)
class LatentState:
    """Everything that keys change. Numbers are counts or positions; values are in units of the prior's sigma."""

    view: str = "samples"
    point: Point = CENTRE
    """The current latent, as it was picked and moved; what is held comes on top of it."""
    edits: Edits = ()
    """Dimensions held by hand, in every tile of every view."""
    stops: tuple[Point, ...] = ()
    """Latents gathered for a path."""
    recent: tuple[Point, ...] = ()
    """Latents that were the current one before another was taken, or another slider moved; the last one last."""
    moving: str = ""
    """The slider that was moved last: while it goes on, its steps are no latents of their own; "" after a taking."""
    marked_a: tuple[int, ...] = ()
    """Marked images, rising: a direction leads from the mean of group a to that of group b."""
    marked_b: tuple[int, ...] = ()
    """The same of the other group; no image is in both."""
    split: str = ""
    """Of data that have two, the split whose images are looked at; "" where there are no two, or none is open yet."""
    marked_elsewhere: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """The marked images of both groups in the other split."""
    rank: int = 0
    """Position of the chosen dimension, or direction, in the side panel's order."""
    order: str = "kl"
    """How the side panel, and so Traverse, orders the dimensions: "kl", "change", "index" or, in Traverse, "even"."""
    cursor: int | None = None
    """The tile that the arrows stand on; None: they choose dimensions and values."""
    frame: int | None = None
    """The frame of a film that is shown in place of the still picture; None: the still one."""
    playing: bool = False
    """Whether the film goes on by itself."""
    seed: int = 0
    temperature: float = 1.0
    steps: int = 9
    """Odd: the middle column of a traversal is 0."""
    path: str = "lerp"
    """"lerp" or "slerp"."""
    posterior: str = "mean"
    """"mean" or "sample"."""
    source: str = "images"
    """Where ends and centres come from (see SOURCES)."""
    first: int = 0
    """The image at the start of a path, in the centre of a traversal, at the head of the reconstructions; -1, -2, … are
    the image files beside the set."""
    second: int = 1
    """The image at the end of a path."""
    samples: int = 8
    """Rows and columns of the grid of samples."""
    pairs: int = 6
    """Rows of interpolations."""
    dims: int = 8
    """Rows of a traversal."""
    images: int = 12
    """Images in Reconstruct."""
    epoch: int | None = None
    """The kept epoch of the run that is looked at; None: the checkpoint that was opened, or the newest one."""
    raw: bool = False
    """The raw weights, where the checkpoint holds averaged ones beside them."""
    composite: Channels = ()
    """The channels of the images that are red, green and blue; none: as the images are shown by themselves."""
    channel: int | None = None
    """The one channel that is shown alone; None: those."""
    beside: str = "both"
    """Of two checkpoints, which are shown (see SHOWN)."""
    swapped: bool = False
    """Whether the second of two checkpoints stands at the left."""
    options: tuple[tuple[str, object], ...] = ()
    """By the views' names: what one view alone has, a frozen dataclass of its own."""

    def show(self, view: str) -> "LatentState":
        """Another view of the same latents."""
        return replace(self, view=view, cursor=None, frame=None, playing=False)

    def ranked(self, facts: ModelFacts) -> tuple[int, ...]:
        """The latent dimensions in the side panel's order."""
        return facts.ranked(self.order)

    def chosen_dim(self, facts: ModelFacts) -> int | None:
        """The chosen dimension's index in the model; None while no model is open."""
        ranked = self.ranked(facts)
        return ranked[min(self.rank, len(ranked) - 1)] if ranked else None

    def choose(self, by: int, facts: ModelFacts) -> "LatentState":
        """The dimension so many places further down the panel; the list does not wrap."""
        return replace(self, rank=_clamp(self.rank + by, 0, max(0, facts.latent_dim - 1)))

    def reorder(self, facts: ModelFacts, known: tuple[str, ...]) -> "LatentState":
        """The next of these orders of the dimensions; the chosen one stays chosen."""
        if not known:
            return self
        order = known[(known.index(self.order) + 1) % len(known)] if self.order in known else known[0]
        dim, ranked = self.chosen_dim(facts), facts.ranked(order)
        return replace(self, order=order, rank=ranked.index(dim) if dim is not None else 0)

    def keep_dim(self, before: ModelFacts, after: ModelFacts) -> "LatentState":
        """The chosen dimension where the list has it, once more is known of the model; the first place stays that."""
        dim, ranked = self.chosen_dim(before), self.ranked(after)
        is_chosen = self.rank > 0 or (dim is not None and self.value(dim) is not None)
        return replace(self, rank=ranked.index(dim)) if is_chosen and dim in ranked else self

    def point_at(self, cursor: int | None) -> "LatentState":
        """The cursor on a tile; None: off the picture."""
        return replace(self, cursor=cursor)

    def play(self) -> "LatentState":
        """The film goes on from where it is, or halts there."""
        return replace(self, playing=not self.playing, frame=self.frame or 0)

    def wind(self, by: int, num_frames: int) -> "LatentState":
        """The film so many frames on, around its end, and halted; from the still picture to its first or last frame."""
        start = (-1 if by > 0 else 0) if self.frame is None else self.frame
        return replace(self, playing=False, frame=(start + by) % num_frames)

    def roll(self, num_frames: int) -> "LatentState":
        """The next frame of a film that plays."""
        return replace(self, frame=((self.frame or 0) + 1) % num_frames)

    def leave_picture(self) -> "LatentState":
        """The cursor off the picture; without one, the still picture in place of the film."""
        if self.cursor is not None:
            return self.point_at(None)
        return replace(self, frame=None, playing=False)

    def take(self, point: Point) -> "LatentState":
        """Another current latent. What was held is part of it or gone."""
        return replace(self._leave(""), point=point, edits=())

    def _leave(self, slider: str) -> "LatentState":
        """With the current latent among the recent ones, where another slider than the last one is about to move.

        The prior's mean, where no latent has been taken yet, is left by a slider alone.
        """
        if slider and slider == self.moving:
            return self
        if slider in ("", TURNING) and self.current == CENTRE:
            return replace(self, moving=slider)
        others = tuple(point for point in self.recent if point != self.current)
        return replace(self, moving=slider, recent=(*others, self.current)[-MAX_RECENT:])

    def start_at(self, base: Base) -> "LatentState":
        """The current latent beginning elsewhere: what is held, and what moves it, stays."""
        point = replace(self.point, base=base, edits=())
        return self if point == self.point else replace(self._leave(TURNING), point=point)

    @property
    def current(self) -> Point:
        """The current latent with what is held."""
        return self.point.held(self.edits)

    def move(self, move: Move) -> "LatentState":
        """The current latent with this move in place of that of the same name."""
        return replace(self._leave(move.name), point=self.point.moved(move))

    def gather(self, point: Point | None = None) -> "LatentState":
        """The point, or else the current latent, as the next stop of the path."""
        if len(self.stops) >= MAX_STOPS:
            return self
        return replace(self, stops=(*self.stops, self.current if point is None else point))

    def drop_stop(self) -> "LatentState":
        """The path without its last stop."""
        return replace(self, stops=self.stops[:-1])

    def mark(self, index: int, group: Group) -> "LatentState":
        """The image put into a group of marked images, and out of the other one; out of both where it was there."""
        a, b = ({*marked} - {index} for marked in (self.marked_a, self.marked_b))
        if group == "a" and index not in self.marked_a:
            a.add(index)
        if group == "b" and index not in self.marked_b:
            b.add(index)
        return replace(self, marked_a=tuple(sorted(a)), marked_b=tuple(sorted(b)))

    def own(self, view: str, default: Options) -> Options:
        """The options that a view alone has, as they are now."""
        found = dict(self.options).get(view, default)
        assert isinstance(found, type(default))
        return found

    def with_own(self, view: str, options: object) -> "LatentState":
        """The same with these options of a view."""
        return replace(self, options=tuple(sorted({**dict(self.options), view: options}.items())))

    def value(self, dim: int) -> float | None:
        """The value that a dimension is held at; None where it is not held."""
        return dict(self.edits).get(dim)

    def nudge(self, steps: int, facts: ModelFacts, start: float | None) -> "LatentState":
        """The chosen dimension held so many small steps further, from its own value or else from `start`."""
        dim = self.chosen_dim(facts)
        if dim is None:
            return self
        held = self.value(dim)
        origin = held if held is not None else (start or 0.0)
        if not math.isfinite(origin):  # a model that ran away in training
            origin = 0.0
        return self.hold(dim, on_tenths(origin, steps))

    def hold(self, dim: int, value: float) -> "LatentState":
        """A dimension held at a value."""
        edits = tuple(sorted({**dict(self.edits), dim: value}.items()))
        return replace(self._leave(f"z{dim}"), edits=edits)

    def release(self, facts: ModelFacts) -> "LatentState":
        """The chosen dimension no longer held."""
        dim = self.chosen_dim(facts)
        edits = tuple(edit for edit in self.edits if edit[0] != dim)
        return self if edits == self.edits else replace(self._leave(""), edits=edits)

    def release_all(self) -> "LatentState":
        """No dimension held."""
        return replace(self._leave(""), edits=()) if self.edits else self

    def reseed(self, by: int) -> "LatentState":
        """The next seed, or the one before."""
        return replace(self, seed=_clamp(self.seed + by, 0, MAX_SEED))

    def warm(self, steps: int) -> "LatentState":
        """The temperature so many tenths higher."""
        return replace(self, temperature=round(_clamp(self.temperature + steps * 0.1, 0.0, MAX_TEMPERATURE), 1))

    def lengthen(self, by: int) -> "LatentState":
        """More steps, or fewer."""
        return replace(self, steps=_clamp(self.steps + by, 2, MAX_STEPS))

    def bend(self) -> "LatentState":
        """lerp for slerp, and back."""
        return replace(self, path="slerp" if self.path == "lerp" else "lerp")

    def redraw_posterior(self) -> "LatentState":
        """The posterior's mean for one draw of it, and back."""
        return replace(self, posterior="sample" if self.posterior == "mean" else "mean")

    def switch_source(self, facts: ModelFacts) -> "LatentState":
        """The next of the sources that the model has."""
        known = SOURCES if facts.num_images else SOURCES[1:]
        at = known.index(self.source) if self.source in known else -1
        return replace(self, source=known[(at + 1) % len(known)])

    def turn_first(self, by: int, facts: ModelFacts) -> "LatentState":
        """The image so many places on, around the end of the set."""
        return replace(self, first=facts.image_after(self.first, by))

    def turn_second(self, by: int, facts: ModelFacts) -> "LatentState":
        """The same for the image at the end of a path."""
        return replace(self, second=facts.image_after(self.second, by))

    def turn_split(self, facts: ModelFacts) -> "LatentState":
        """The other split of the data: the same numbers are other images there, and it has marks of its own."""
        split = next(name for name in facts.splits if name != self.split)
        marked, (of_a, of_b) = (self.marked_a, self.marked_b), self.marked_elsewhere
        turned = replace(self, split=split, marked_a=of_a, marked_b=of_b, marked_elsewhere=marked)
        return replace(turned.within(facts.splits[split]), frame=None, playing=False)

    def within(self, num_images: int) -> "LatentState":
        """The same of a set of so many images: what names one that it has not is let go."""
        first = self.first if self.first < num_images else 0
        second = self.second if self.second < num_images else min(1, num_images - 1)
        stops, recent = (
            tuple(point for point in points if last_image(point) < num_images) for points in (self.stops, self.recent)
        )
        point = self.point if last_image(self.point) < num_images else CENTRE
        return replace(self, first=first, second=second, point=point, stops=stops, recent=recent)

    def show_image(self, index: int, facts: ModelFacts) -> "LatentState":
        """Another image at the start of a path, in the centre, at the head; the same where there is no such one."""
        return replace(self, first=index) if -len(facts.files) <= index < facts.num_images else self

    def travel(self, by: int, facts: ModelFacts) -> "LatentState":
        """So many kept epochs later or, where `by` is negative, earlier; past the last lies the newest checkpoint."""
        stops = (*facts.epochs, None)
        at = stops.index(self.epoch) if self.epoch in stops else len(stops) - 1
        return replace(self, epoch=stops[_clamp(at + by, 0, len(stops) - 1)])

    def weights(self, facts: ModelFacts) -> Weights:
        """Which weights draw the picture."""
        return "ema" if facts.has_average and not self.raw else "raw"

    def switch_weights(self) -> "LatentState":
        """The raw weights for the averaged ones, and back; all else stays."""
        return replace(self, raw=not self.raw)

    @property
    def channels(self) -> Channels:
        """The channels that are shown, as --channels names them."""
        return self.composite if self.channel is None else (self.channel,)

    def show_channels(self, channels: Channels) -> "LatentState":
        """These: three as red, green and blue, one alone, or none: as the images are shown by themselves."""
        alone = channels[0] if len(channels) == 1 else None
        return replace(self, composite=self.composite if alone is not None else channels, channel=alone)

    def turn_channel(self, facts: ModelFacts) -> "LatentState":
        """The colours, then each channel alone, and the colours again."""
        after = 0 if self.channel is None else self.channel + 1
        return replace(self, channel=after if after < facts.num_channels else None)

    @property
    def second_in_front(self) -> bool:
        """Whether keys, panel and header are the second checkpoint's: where it is at the left, or shown alone."""
        return self.swapped != (self.beside == "right")

    def swap(self, facts: ModelFacts) -> "LatentState":
        """The left checkpoint for the right one."""
        return replace(self, swapped=not self.swapped)._turned(facts)

    def turn_sides(self, facts: ModelFacts) -> "LatentState":
        """Both checkpoints, the left one alone, the right one alone."""
        return self.show_side(SHOWN[(SHOWN.index(self.beside) + 1) % len(SHOWN)], facts)

    def blink(self, facts: ModelFacts) -> "LatentState":
        """The one that is not shown in place of the one that is; of both, the left one first."""
        return self.show_side("right" if self.beside == "left" else "left", facts)

    def show_side(self, side: str, facts: ModelFacts) -> "LatentState":
        """Which of the two are shown."""
        after = replace(self, beside=side)
        return after._turned(facts) if after.second_in_front != self.second_in_front else after

    def _turned(self, facts: ModelFacts) -> "LatentState":
        """With the other checkpoint in front, the chosen dimension stays chosen where that one has it."""
        dim, ranked = self.chosen_dim(facts), facts.beside.ranked(self.order) if facts.beside else ()
        rank = ranked.index(dim) if dim in ranked else min(self.rank, max(0, len(ranked) - 1))
        return replace(self, rank=rank)

    def resize(self, name: str, by: int, least: int, most: int) -> "LatentState":
        """More or fewer of what `name` counts (samples, pairs, dims or images), from `least` to `most`."""
        return replace(self, **{name: _clamp(getattr(self, name) + by, least, most)})


def on_tenths(origin: float, steps: int) -> float:
    """So many tenths further, on a multiple of them and within what keys reach; from 0 where that is not finite."""
    value = round(round((origin if math.isfinite(origin) else 0.0) / STEP + steps) * STEP, 1)
    return _clamp(value, -MAX_VALUE, MAX_VALUE) + 0.0  # -0.0 becomes 0.0


def _clamp(value: Number, low: Number, high: Number) -> Number:
    return max(low, min(high, value))
