"""What a run measures itself with: its held-out images, at the end of each epoch and, fewer, in between."""

# N images, C channels, H height, W width

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor

from vae_tui.checkpoint import GALLERY_SIZE, DataFacts, Gallery
from vae_tui.datasets.contract import Data, ImageSet
from vae_tui.evaluation import Evaluation, Share, evaluate
from vae_tui.training.parts import Parts
from vae_tui.training.preview import NUM_TILES, Preview, make_preview
from vae_tui.training.processes import Processes

MAX_TRAIN_EVALUATION = 10_000
"""Where nothing is held out, latent statistics are taken over at most so many training images."""
QUICK_EVALUATION = 1_000
"""A save in mid-epoch takes its latent statistics over at most so many images."""
QUICK_EVALUATION_S = 0.5
"""And over as many as take so long."""
FIRST_GLANCE = 32
"""Images that tell how long others will take."""


class Measure:
    """The split that figures are taken over, and the model as it is measured: with its averaged weights, if any."""

    def __init__(self, data: Data, parts: Parts, processes: Processes, *, epochs: int) -> None:
        held_out = data.test if data.test is not None else data.train
        self.split = "test" if data.test is not None else "train"
        self.facts = DataFacts(
            name=Path(data.name).name,
            class_names=data.train.class_names,
            num_train=len(data.train),
            num_test=len(data.test) if data.test is not None else 0,
        )
        self.gallery = choose_gallery(held_out, self.split)
        self._parts = parts
        self._weight = parts.objective.weight(epochs, epochs)
        self._processes = processes
        self._share = Share(processes.rank, processes.size, processes.add)
        limit = None if data.test is not None else MAX_TRAIN_EVALUATION
        images_NCHW = evenly_spaced(held_out.images_NCHW, limit)
        self._images_NCHW = images_NCHW if held_out.packed else images_NCHW.to(parts.model.device)

    def evaluate(self, is_to_stop: Callable[[], bool] | None = None) -> Evaluation:
        """The figures. Raises EvaluationStopped where `is_to_stop`, which is asked between batches, says so."""
        return self._evaluate(self._images_NCHW, is_to_stop)

    def glance(self) -> Evaluation:
        """Figures over fewer images: as many as take half a second, a thousand at most. All processes take the same."""
        began = time.perf_counter()
        evaluation = self._evaluate(evenly_spaced(self._images_NCHW, FIRST_GLANCE))
        (took_s,) = self._processes.largest(time.perf_counter() - began)
        num = min(QUICK_EVALUATION, int(FIRST_GLANCE * QUICK_EVALUATION_S / max(took_s, 1e-9)))
        if num > FIRST_GLANCE:
            evaluation = self._evaluate(evenly_spaced(self._images_NCHW, num))
        return evaluation

    def _evaluate(self, images_NCHW: Tensor, is_to_stop: Callable[[], bool] | None = None) -> Evaluation:
        with self._averaged():
            return evaluate(
                self._parts.model,
                self._parts.objective,
                images_NCHW,
                weight=self._weight,
                split=self.split,
                share=self._share,
                is_to_stop=is_to_stop,
            )

    def preview(self) -> Preview:
        """The same images and latents at every epoch."""
        with self._averaged():
            return make_preview(self._parts.model, evenly_spaced(self._images_NCHW, NUM_TILES))

    def _averaged(self) -> "nullcontext[None]":
        average = self._parts.average
        return average.in_place() if average else nullcontext()  # type: ignore[return-value]


def evenly_spaced(images_NCHW: Tensor, limit: int | None) -> Tensor:
    """At most `limit` images from all over a set: the first ones of a folder would be of one class alone."""
    num = len(images_NCHW)
    if limit is None or num <= limit:
        return images_NCHW
    return images_NCHW[torch.arange(limit, device=images_NCHW.device) * num // limit]


def choose_gallery(images: ImageSet, split: str) -> Gallery:
    """Images for the checkpoint to carry: drawn without replacement by a fixed seed, so that models compare."""
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:GALLERY_SIZE]
    labels = images.labels_N[chosen] if images.labels_N is not None else None
    return Gallery(images.images_NCHW[chosen], labels, split)
