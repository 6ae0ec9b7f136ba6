"""The survey of a model's images, and their map by UMAP: known, kept from an earlier time, or made now."""

# B images of one step, N images of the sample

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_tui.array_cache import ArrayCache
from vae_tui.models.contract import VAE
from vae_tui.survey import Indices, Survey
from vae_tui.survey_building import Measured, SurveyBuilder, SurveyPlan
from vae_tui.survey_umap import OnProgress, Points, umap_points

FORMAT = 1
"""Raised whenever the same model and images would give other arrays: what was kept before is then not found."""
KEEP_FROM_S = 0.5
"""What took less to make is made again each time: the 64 images that a checkpoint carries need no file."""
HASHED_BYTES = 1 << 28
"""Of a sample's images at most so much is read to recognise it: all 10,000 where they are of 94 x 94 or smaller."""
MIN_HASHED = 64
"""And at least so many images."""


@dataclass(frozen=True, eq=False)
class Images:
    """Images to look at, at least one, and what they are."""

    images_NCHW: Tensor
    """uint8, on the CPU or mapped."""
    labels_N: Tensor | None
    class_names: tuple[str, ...]
    split: str
    """"test" or "train"; "" for all images of data without splits."""


class Surveys:
    """One model and one set of images. In `cache`, where there is one, lies what was slow to make."""

    def __init__(self, model: VAE, model_key: str, images: Images, cache: ArrayCache | None) -> None:
        """`model_key` stands for the model's numbers: the checkpoint's hash, which of its weights, by what code."""
        self._model = model
        self._model_key = model_key
        self._images = images
        self._cache = cache
        self._points: Points | None = None
        self.known: Survey | None = None
        """The survey, where it has been made or read already."""

    def builder(self) -> SurveyBuilder:
        """What makes the survey; has nothing left to do where it is known, or kept from an earlier time."""
        plan = self._plan()
        key = self.known.key if self.known else self._key(plan.indices_N)
        if self.known is None and self._cache is not None:
            arrays = self._cache.read("survey", key, plan.shapes)
            if arrays is not None and Measured(*arrays.values()).is_sound_B().all():
                self.known = plan.survey(arrays, key)
        return SurveyBuilder(plan, self._measure, key=key, found=self.known, finished=self._keep)

    def points(self, survey: Survey, on_progress: OnProgress | None = None) -> Points:
        """Its images on a plane, by UMAP: (N, 2). Raises what survey_umap.umap_points does."""
        if self._points is None:
            self._points = self._kept_points(survey)
        if self._points is None:
            self._points = umap_points(survey.means_NZ, on_progress)
            if self._cache is not None:
                self._cache.write("umap", survey.key, {"points_N2": self._points})
        return self._points

    def _kept_points(self, survey: Survey) -> Points | None:
        arrays = self._cache.read("umap", survey.key, {"points_N2": (len(survey), 2)}) if self._cache else None
        return arrays["points_N2"] if arrays and np.isfinite(arrays["points_N2"]).all() else None

    def _plan(self) -> SurveyPlan:
        images = self._images
        return SurveyPlan(
            num_images=len(images.images_NCHW),
            split=images.split,
            latent_dim=self._model.latent_dim,
            image_size=images.images_NCHW[0].numel(),
            labels=None if images.labels_N is None else images.labels_N.numpy(),
            class_names=images.class_names,
        )

    def _key(self, indices: Indices) -> str:
        images = self._images
        parts = [
            FORMAT,
            torch.__version__,
            self._model.device.type,
            self._model_key,
            images.split,
            fingerprint(images.images_NCHW, images.labels_N, indices),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _measure(self, indices_B: Indices) -> Measured:
        return measure(self._model, self._images.images_NCHW[torch.from_numpy(indices_B)])

    def _keep(self, survey: Survey, took_s: float) -> None:
        self.known = survey
        if self._cache is not None and took_s >= KEEP_FROM_S:
            arrays = {name: getattr(survey, name) for name in self._plan().shapes}
            self._cache.write("survey", survey.key, arrays)


def measure(model: VAE, images_BCHW: Tensor) -> Measured:
    """Posteriors of uint8 images, and the error of what their means decode to."""
    scaling = model.scaling
    with torch.inference_mode():
        inputs_BCHW = scaling.to_model(images_BCHW.to(model.device))
        posterior = model.encode(inputs_BCHW).float()
        error_BCHW = (model.decode(posterior.mean_BZ).float() - inputs_BCHW) / (scaling.high - scaling.low)
        parts = (posterior.mean_BZ, posterior.logvar_BZ, error_BCHW.square().flatten(1).sum(1))
        return Measured(*(part.cpu().numpy() for part in parts))


def behaviour(model: VAE, images_BCHW: Tensor) -> str:
    """A hash of what the model makes of a few images: tells two versions of somebody's own code apart."""
    digest = hashlib.sha256()
    for values in measure(model, images_BCHW):
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def fingerprint(images_NCHW: Tensor, labels_N: Tensor | None, indices: Indices) -> str:
    """A hash of a set: its shape, all labels, and the images at `indices`, of which large ones are hashed in part.

    Those that are left out are spread evenly, so that memory and time stay the same for a million mapped images.
    """
    num, channels, height, width = map(int, images_NCHW.shape)
    digest = hashlib.sha256(json.dumps([num, channels, height, width]).encode())
    if labels_N is not None:
        digest.update(np.ascontiguousarray(labels_N.numpy(), "<i8").data)
    limit = max(MIN_HASHED, HASHED_BYTES // (channels * height * width))
    chosen = indices if len(indices) <= limit else indices[np.arange(limit) * len(indices) // limit]
    for index in chosen.tolist():
        digest.update(images_NCHW[index].contiguous().numpy().data)
    return digest.hexdigest()
