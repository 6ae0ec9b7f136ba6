"""A trained model, opened: plain values in, uint8 images and floats out; the one door to torch for all that looks.

Same arguments, same answer. Everything runs under inference_mode; nothing here is changed by a call (a survey is
remembered), so that one session serves any thread, one call at a time.
"""

# N images or latents, C channels, H height, W width, Z latent dims

import io
import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from vae_tui.array_cache import ArrayCache
from vae_tui.channels import to_rgb
from vae_tui.checkpoint import Checkpoint, read_checkpoint
from vae_tui.datasets.contract import Report
from vae_tui.datasets.downloads import default_root
from vae_tui.devices import resolve_device
from vae_tui.errors import VaeTuiError, printable
from vae_tui.foreign_model import ForeignModel
from vae_tui.imaging import Tiles
from vae_tui.latent import Latents, LatentStatistics
from vae_tui.models.contract import MODELS
from vae_tui.pictures.contract import Reconstructed
from vae_tui.runs import find_checkpoint
from vae_tui.session_images import (
    Splits,
    carried_images,
    images_of,
    read_image,
    training_data,
    training_images,
)
from vae_tui.summary import ModelSummary, Weights
from vae_tui.survey import Survey
from vae_tui.survey_building import SurveyBuilder
from vae_tui.survey_umap import OnProgress, Points
from vae_tui.surveying import Images, Surveys, behaviour

BATCH_SIZE = 256
"""Latents or images that go through the model at once."""


class Session:
    """A checkpoint's model on a device, and images to encode: a `Subject` for pictures."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        splits: Splits | None,
        device: torch.device,
        weights: Weights | None = None,
        cache: ArrayCache | None = None,
    ) -> None:
        """`splits` are the images; None: it has none. `weights` None: the averaged ones where there are any. `cache` is
        where surveys are kept; None: nowhere.

        Raises VaeTuiError where the checkpoint does not hold those that are asked for.
        """
        self.summary: ModelSummary = checkpoint.summary()
        if weights == "ema" and not self.summary.has_ema:
            shown = printable(str(checkpoint.path))
            hint = "leave --weights out; training keeps an average where it is given --set optimizer.ema=0.999"
            raise VaeTuiError(f"{shown} has no averaged weights", hint)
        self.weights: Weights = weights or ("ema" if self.summary.has_ema else "raw")
        self._checkpoint = checkpoint
        self._splits = splits
        self._images = splits.shown if splits else None
        self._device = device
        self._model = checkpoint.build_model(raw=self.weights == "raw").to(device)
        self._cache = cache
        self._files: list[tuple[str, Tensor]] = []
        """Image files beside the set, name and uint8 (C, H, W): shared with other weights, and only ever added to."""
        self._surveys = self._unsurveyed()
        self._turned: dict[str, Session] = {self.split: self}
        """The same on each split that was looked at, by name."""
        self._with_training: Session | None = None
        """The same with training images beside those that its checkpoint carries."""
        self._data_dir: Path | None = None
        """Where downloads are kept; None: the default root."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        device: str = "auto",
        data: str | None = None,
        split: str | None = None,
        data_dir: Path | None = None,
        weights: Literal["auto", "ema", "raw"] = "auto",
        model: ForeignModel | None = None,
    ) -> "Session":
        """The model of a checkpoint or run folder, with the images of `data`, else those that it carries.

        Of its `weights`, "auto" takes the averaged ones where there are any. With a `model`, the file holds the weights
        of somebody's own module, whose code is imported and run then and only then. Raises VaeTuiError for a file that
        is no checkpoint, weights that it does not hold, an absent device, or images that do not fit the model.
        """
        target = resolve_device(device)
        wanted = None if weights == "auto" else weights
        if data is None and split is not None:
            raise VaeTuiError("--split needs --data", "the images that a checkpoint carries are of one split")
        if model is not None:
            foreign = _open_foreign(find_checkpoint(path), model, data, split, data_dir)
            return cls(*foreign, target, wanted, _cache(data_dir))
        checkpoint = read_checkpoint(find_checkpoint(path))
        if data is None:
            session = cls(checkpoint, carried_images(checkpoint), target, wanted, _cache(data_dir))
            session._data_dir = data_dir
            return session
        images = images_of(data, split, checkpoint.spec.image_shape, checkpoint.config, data_dir)
        return cls(checkpoint, images, target, wanted, _cache(data_dir))

    def with_weights(self, weights: Weights) -> "Session":
        """The same images and device, with those weights; on the CPU they are the checkpoint's own, not a copy.

        Raises VaeTuiError where the checkpoint does not hold them.
        """
        if weights == self.weights:
            return self
        session = Session(self._checkpoint, self._splits, self._device, weights, self._cache)
        session._files, session._data_dir = self._files, self._data_dir
        return session

    @property
    def training_data(self) -> str:
        """What the images that it was trained on can be loaded from; "" where it looks at others than test images that
        its checkpoint carries.
        """
        return training_data(self._splits, self._checkpoint.config)

    def load_training_images(self, report: Report) -> Images:
        """The images of `training_data`, as --data and --split train open them; the model is not used.

        Raises AbsentDataError where they would have to be downloaded, VaeTuiError where they do not fit the model.
        """
        held = self._checkpoint
        assert held.config is not None
        return training_images(held.config, held.spec.image_shape, self._data_dir, report)

    def with_training_images(self, images: Images) -> "Session":
        """The same with these images as a second split beside those that its checkpoint carries. At once, and once."""
        if self._with_training is None:
            assert self._splits is not None
            session = self._with_training = copy(self)
            session._splits = self._splits.beside(images)
            session._turned = {session.split: session}
        return self._with_training

    def with_split(self, split: str) -> "Session":
        """The same model, weights and image files with the images of another split of its data: one of `splits`.

        At once, and for the same split the same session.
        """
        if split not in self._turned:
            assert self._splits is not None
            session = copy(self)
            session._splits = self._splits.turned_to(split)
            session._images = session._splits.shown
            session._surveys = session._unsurveyed()
            self._turned[split] = session
        return self._turned[split]

    def add_file(self, path: Path) -> int:
        """An image file beside the set, brought to the model's shape as a folder's are; its index: -1, -2, …

        Those that are there keep theirs. Raises VaeTuiError where it can't be read.
        """
        self._files.append((printable(path.name), read_image(path, self._checkpoint.spec.image_shape)))
        return -len(self._files)

    def with_images_of(self, other: "Session") -> "Session":
        """The same model and weights with the other one's images and image files, where both are of one shape.

        It keeps its own images where the other one has none, and all of its own where the shapes differ; shares_images
        tells.
        """
        if self._checkpoint.spec.image_shape != other._checkpoint.spec.image_shape:
            return self
        splits = self._splits if other._splits is None else other._splits
        session = Session(self._checkpoint, splits, self._device, self.weights, self._cache)
        session._files, session._data_dir = other._files, other._data_dir
        return session

    def shares_images(self, other: "Session") -> bool:
        """Whether both look at the same images, or at none."""
        return self._images is other._images

    def open_beside(
        self,
        path: Path,
        *,
        device: str = "auto",
        data: str | None = None,
        split: str | None = None,
        data_dir: Path | None = None,
        weights: Literal["auto", "ema", "raw"] = "auto",
        model: ForeignModel | None = None,
    ) -> "Session":
        """Another checkpoint to be compared with this one: on this one's images where its model takes them.

        Else on those of `data`, brought to its shape, or on those that it carries. Raises what open does; raw weights
        stand for averaged ones that it does not hold.
        """
        if model is not None:
            return Session.open(
                path, device=device, data=data, split=split, data_dir=data_dir, weights=weights, model=model
            ).with_images_of(self)
        plain = Session.open(path, device=device, data_dir=data_dir, weights="auto" if weights == "ema" else weights)
        fitted = plain.with_images_of(self)
        if data is None or fitted.shares_images(self):
            return fitted
        images = images_of(data, split, plain.checkpoint.spec.image_shape, plain.checkpoint.config, data_dir)
        return Session(plain.checkpoint, images, plain._device, plain.weights, plain._cache)

    def weights_bytes(self) -> bytes:
        """Its weights as torch.save writes a plain state dict, on the CPU."""
        held = self._checkpoint
        weights = held.ema_weights if self.weights == "ema" and held.ema_weights is not None else held.weights
        buffer = io.BytesIO()
        torch.save({name: value.detach().cpu() for name, value in weights.items()}, buffer)
        return buffer.getvalue()

    @property
    def checkpoint(self) -> Checkpoint:
        """What was read."""
        return self._checkpoint

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self._checkpoint.spec.latent_dim

    @property
    def num_images(self) -> int:
        """How many images there are to choose from."""
        return len(self._images.images_NCHW) if self._images else 0

    @property
    def num_files(self) -> int:
        """How many image files stand beside them."""
        return len(self._files)

    @property
    def split(self) -> str:
        """Which split the images are of, "test" or "train"; empty: data without splits, or no images."""
        return self._images.split if self._images else ""

    @property
    def splits(self) -> Mapping[str, int]:
        """How many images each split of the data has, by name; none where the images are the checkpoint's."""
        known = self._splits.known if self._splits else {}
        return {name: len(images.images_NCHW) for name, images in known.items()}

    @property
    def statistics(self) -> LatentStatistics | None:
        """The latent dimensions over the data, as the checkpoint has them: of the averaged weights where it has any."""
        return self._checkpoint.statistics

    def label(self, index: int) -> str | None:
        """The name of an image's class, fit to print, or of a file; None where it has none."""
        if index < 0:
            return self._files[-1 - index][0]
        images = self._images
        if images is None or images.labels_N is None:
            return None
        return images.class_names[int(images.labels_N[index])]

    def images(self, indices: Sequence[int]) -> Tiles:
        """The chosen images as they are shown, uint8 RGB (N, H, W, 3)."""
        return to_rgb(self.images_all(indices))

    def images_all(self, indices: Sequence[int]) -> Tiles:
        """The chosen images with all their channels, uint8 (N, H, W, C)."""
        return _channels_last(self._chosen(indices))

    def decode(self, latents_NZ: Latents) -> Tiles:
        """The decoder's images as they are shown, uint8 RGB (N, H, W, 3). Raises what decode_all does."""
        return to_rgb(self.decode_all(latents_NZ))

    def decode_all(self, latents_NZ: Latents) -> Tiles:
        """The decoder's images, uint8 (N, H, W, C). Raises ValueError for latents of a wrong shape."""
        if latents_NZ.ndim != 2 or latents_NZ.shape[1] != self.latent_dim:
            raise ValueError(f"latents must be N x {self.latent_dim}, not {latents_NZ.shape}")
        with torch.inference_mode():
            latents = torch.from_numpy(np.ascontiguousarray(latents_NZ, dtype=np.float32))
            batches = [
                self._model.scaling.to_uint8(self._model.decode(batch.to(self._device))).cpu()
                for batch in latents.split(BATCH_SIZE)
            ]
        return _channels_last(torch.cat(batches))

    def encode(self, indices: Sequence[int]) -> tuple[Latents, Latents]:
        """Posterior mean and standard deviation of the chosen images, each (N, Z)."""
        means, stds = [], []
        with torch.inference_mode():
            for batch in self._chosen(indices).split(BATCH_SIZE):
                posterior = self._model.encode(self._model.scaling.to_model(batch.to(self._device)))
                means.append(posterior.mean_BZ.cpu())
                stds.append(posterior.std_BZ.cpu())
        return torch.cat(means).numpy(), torch.cat(stds).numpy()

    def reconstruct(self, indices: Sequence[int]) -> Reconstructed:
        """The chosen images, encoded and decoded again, with the error as the survey has it."""
        scaling = self._model.scaling
        means, logvars, tiles, errors = [], [], [], []
        with torch.inference_mode():
            for batch in self._chosen(indices).split(BATCH_SIZE):
                inputs_BCHW = scaling.to_model(batch.to(self._device))
                posterior = self._model.encode(inputs_BCHW).float()
                decoded_BCHW = self._model.decode(posterior.mean_BZ)
                error_BCHW = (decoded_BCHW.float() - inputs_BCHW) / (scaling.high - scaling.low)
                means.append(posterior.mean_BZ.cpu())
                logvars.append(posterior.logvar_BZ.cpu())
                tiles.append(scaling.to_uint8(decoded_BCHW).cpu())
                errors.append(error_BCHW.square().flatten(1).sum(1).cpu())
        return Reconstructed(
            torch.cat(means).numpy(),
            torch.cat(logvars).numpy(),
            _channels_last(torch.cat(tiles)),
            torch.cat(errors).numpy(),
            image_size=math.prod(self._checkpoint.spec.image_shape),
        )

    def survey(
        self, on_progress: Callable[[int, int], Any] | None = None, should_stop: Callable[[], bool] | None = None
    ) -> Survey:
        """All images encoded, or a fixed sample of a large set. It is made once, in small steps, and remembered.

        `on_progress` is told done and total after each step; `should_stop` is asked before each. Raises SurveyStopped
        where it says so, VaeTuiError where there are no images or the model's numbers are not finite.
        """
        known = self.known_survey
        return known if known is not None else self.survey_builder().run(on_progress, should_stop)

    def survey_builder(self) -> SurveyBuilder:
        """The survey to be made step by step, so that the model's lock is held for one at a time.

        The call itself and `finish` do not use the model. Raises VaeTuiError where there are no images.
        """
        return self._surveyed().builder()

    @property
    def known_survey(self) -> Survey | None:
        """The survey where it is at hand; None where it would have to be made."""
        return self._surveys.known if self._surveys else None

    def umap_points(self, on_progress: OnProgress | None = None) -> Points:
        """The survey's images on a plane, by UMAP: (N, 2). The first call may take a minute, and needs no model.

        `on_progress` is told its epochs, done and in all. Raises VaeTuiError where there are no images, or fewer than
        8, or umap-learn is absent.
        """
        return self._surveyed().points(self.survey(), on_progress)

    def _unsurveyed(self) -> Surveys | None:
        return Surveys(self._model, self._model_key, self._images, self._cache) if self._images else None

    def _surveyed(self) -> Surveys:
        if self._surveys is None:
            raise VaeTuiError("there are no images to encode", "name some with --data DATASET|FOLDER|FILE.npz")
        return self._surveys

    @property
    def _model_key(self) -> str:
        """What its numbers depend on; of somebody's own module, whose code no hash covers, two images' own numbers."""
        key = f"{self.summary.checkpoint_hash} {self.summary.model} {self.weights}"
        if self._images is None or self.summary.model in MODELS:
            return key
        return f"{key} {behaviour(self._model, self._images.images_NCHW[:2])}"

    def _chosen(self, indices: Sequence[int]) -> Tensor:
        if min(indices, default=0) < 0:
            return torch.stack([self._files[-1 - index][1] if index < 0 else self._image(index) for index in indices])
        if self._images is None:
            raise ValueError("the session has no images")
        return self._images.images_NCHW[list(indices)]

    def _image(self, index: int) -> Tensor:
        return self._chosen([index])[0]


def _channels_last(images_NCHW: Tensor) -> Tiles:
    return np.ascontiguousarray(images_NCHW.permute(0, 2, 3, 1).numpy())


def _cache(root_dir: Path | None) -> ArrayCache | None:
    """Beside the downloads; None where no folder for them is known."""
    try:
        return ArrayCache((root_dir or default_root()) / "surveys")
    except VaeTuiError:
        return None


def _open_foreign(
    path: Path, model: ForeignModel, data: str | None, split: str | None, data_dir: Path | None
) -> tuple[Checkpoint, Splits | None]:
    """Somebody's own module with the weights of the file, and the images of `data`, which may tell their shape."""
    from vae_tui.foreign.opening import load_foreign

    loaded = load_foreign(path, model)
    images = None if data is None else images_of(data, split, loaded.shape, None, data_dir)
    return loaded.settle(None if images is None else images.shown.images_NCHW), images
