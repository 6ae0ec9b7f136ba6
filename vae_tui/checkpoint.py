"""One file that alone rebuilds a model: plain values and tensors, checked before anything is believed.

Files are read with weights_only=True and never otherwise: nothing in them is executed. `format` is a number that
rises when the layout changes; older ones open for ever, newer ones are refused with a word. docs/checkpoint.md
lists the keys.
"""

# N images, C channels, H height, W width, Z latent dims, Q quantile levels

import dataclasses
import hashlib
import io
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_tui.config import MAX_CHANNELS, MAX_LATENT_DIM, RunConfig, build_options, check_option_keys
from vae_tui.errors import VaeTuiError, kind_of, printable
from vae_tui.files import replace_file
from vae_tui.latent import LatentStatistics
from vae_tui.models.contract import VAE, ModelSpec, recognise
from vae_tui.objectives.contract import OBJECTIVES
from vae_tui.summary import EpochMetrics, ModelSummary
from vae_tui.untrusted import Reader, read_tensors

FORMAT = 2
"""The layout that this program writes, and the newest that it reads. 2 has ema_weights and more keys in config."""

GALLERY_SIZE = 64
"""How many images a checkpoint carries to look at."""

_MAX_SIDE = 4096
_NOT_A_CHECKPOINT = "a checkpoint is a .pt file that vaetui train wrote, or a state dict of one of its models"


@dataclass(frozen=True, eq=False)
class Gallery:
    """The images that a checkpoint carries, so that it can be looked into with no data set at hand."""

    images_NCHW: Tensor
    """uint8, at most 64."""
    labels_N: Tensor | None
    """int64 indices into the data set's class names."""
    split: str
    """"test", or "train" where nothing was held out."""


@dataclass(frozen=True)
class DataFacts:
    """What a checkpoint remembers of its data set."""

    name: str
    class_names: tuple[str, ...]
    num_train: int
    num_test: int


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model and what is known of it. Of a plain state dict only `spec` and `weights` are known."""

    spec: ModelSpec
    weights: Mapping[str, Tensor]
    """As the optimizer left them."""
    ema_weights: Mapping[str, Tensor] | None = None
    """Their moving average, where the run kept one: what its figures are measured with."""
    config: RunConfig | None = None
    data: DataFacts | None = None
    gallery: Gallery | None = None
    statistics: LatentStatistics | None = None
    history: tuple[EpochMetrics, ...] = ()
    training: Mapping[str, Any] | None = None
    """What going on needs (training/state.py); only last.pt has it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    """One line from whoever made it."""
    format: int = FORMAT
    """Of the file; 0 for a plain state dict."""
    path: Path = Path()
    file_hash: str = ""
    """SHA-256 of the file's bytes, in hex."""
    file_bytes: int = 0

    def build_model(self, *, raw: bool = False) -> VAE:
        """The model on the CPU, ready to evaluate: with the average of its weights where there is one and not `raw`."""
        with torch.device("meta"):
            model = self.spec.build()
        weights = self.weights if raw or self.ema_weights is None else self.ema_weights
        model.load_state_dict(dict(weights), assign=True)
        return model.requires_grad_(False).eval()

    def _model_on_paper(self) -> VAE:
        """The model for what can be counted of it; its weights need not lie anywhere."""
        with torch.device("meta"):
            return self.spec.build()

    def summary(self) -> ModelSummary:
        """All of it that is worth a line, in plain values."""
        model = self._model_on_paper()
        return ModelSummary(
            path=str(self.path),
            checkpoint_hash=self.file_hash,
            model=self.spec.name,
            num_parameters=model.num_parameters,
            image_shape=self.spec.image_shape,
            latent_dim=self.spec.latent_dim,
            scaling=model.scaling.name,
            dataset=self.data.name if self.data else "",
            num_train=self.data.num_train if self.data else 0,
            num_test=self.data.num_test if self.data else 0,
            epoch=self.history[-1].epoch if self.history else 0,
            objective=self.config.objective if self.config else "",
            formula=_formula(self.config) if self.config else "",
            beta=self.config.beta if self.config else 1.0,
            has_ema=self.ema_weights is not None,
            note=self.note,
            history=self.history,
        )


def _formula(config: RunConfig) -> str:
    """The loss in words; of an objective or options that are not known here, the name alone."""
    if config.objective not in OBJECTIVES:
        return config.objective
    kind = OBJECTIVES.get(config.objective)
    try:
        objective = kind(build_options(kind.Options, config.section("objective"), "objective"), config.beta)
    except VaeTuiError:
        return config.objective
    return objective.formula.replace("error", kind.reconstruction_name, 1)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """The checkpoint at `path`, whole or not at all; an older one there stays until the new one is complete.

    Raises OSError.
    """
    buffer = io.BytesIO()  # straight to the file, torch would hide a full disk behind a RuntimeError of its own
    torch.save(_to_plain(checkpoint), buffer)
    replace_file(path, lambda file: file.write(buffer.getbuffer()))


def read_checkpoint(path: Path) -> Checkpoint:
    """What the file holds, on the CPU. Raises VaeTuiError where it is no checkpoint, or one that does not add up."""
    shown = printable(str(path))
    try:
        raw, digest = load_plain(path)
        checkpoint = _from_plain(raw) if "format" in raw else _from_state_dict(raw)
        for weights in (checkpoint.weights, checkpoint.ema_weights):
            if weights is not None:
                _check_weights(checkpoint.spec, weights, path.stat().st_size)
    except VaeTuiError as error:
        raise VaeTuiError(f"{shown}: {error.message}", error.hint or _NOT_A_CHECKPOINT) from None
    size = path.stat().st_size
    return dataclasses.replace(checkpoint, path=path, file_hash=digest, file_bytes=size)


def load_plain(path: Path, *, legacy: bool = False) -> tuple[dict[str, Any], str]:
    """The dict of plain values and tensors that torch.save wrote, and the SHA-256 of the file in hex.

    `legacy`: the layout from before torch 1.6 too, through the same reader that executes nothing. Raises VaeTuiError.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            if not zipfile.is_zipfile(file) and not (legacy and _is_pickle(path)):
                raise VaeTuiError(_kind_of_file(path), _NOT_A_CHECKPOINT)
            file.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what is refused below, such as sparse tensors
                raw = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise VaeTuiError(f"can't be read: {error.strerror or error}") from None
    except pickle.UnpicklingError:
        hint = "only plain values and tensors are read; save the model's state_dict() instead of the model"
        raise VaeTuiError("holds Python objects or code, which are never executed", hint) from None
    except (
        RuntimeError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        EOFError,
        AssertionError,
    ) as error:
        first_line = printable(str(error).partition("\n")[0], 120)
        raise VaeTuiError(f"is damaged or no checkpoint ({first_line})", _NOT_A_CHECKPOINT) from None
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise VaeTuiError(f"holds {kind_of(raw)}, not a checkpoint", _NOT_A_CHECKPOINT)
    return raw, digest


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1) == b"\x80"


def _kind_of_file(path: Path) -> str:
    """Why a file that is no zip archive can't be a checkpoint."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        return "is empty"
    if head[:2] == b"PK":
        return "is cut short"
    if head[:1] == b"\x80":
        return "is a pickle (as torch.save wrote before 1.6), which could hold code and is never executed"
    return "is not a checkpoint"


def _to_plain(checkpoint: Checkpoint) -> dict[str, Any]:
    spec, data, gallery = checkpoint.spec, checkpoint.data, checkpoint.gallery
    plain: dict[str, Any] = {
        "format": FORMAT,
        "model": {
            "name": spec.name,
            "image_shape": list(spec.image_shape),
            "latent_dim": spec.latent_dim,
            "options": dict(spec.options),
        },
        "weights": {key: value.detach().cpu() for key, value in checkpoint.weights.items()},
        "history": [metrics.to_plain() for metrics in checkpoint.history],
        "versions": {key: str(value) for key, value in checkpoint.versions.items()},
        "note": checkpoint.note,
    }
    if checkpoint.ema_weights is not None:
        plain["ema_weights"] = {key: value.detach().cpu() for key, value in checkpoint.ema_weights.items()}
    if checkpoint.config:
        plain["config"] = checkpoint.config.to_plain()
    if data:
        plain["data"] = dataclasses.asdict(data) | {"class_names": list(data.class_names)}
    if gallery:
        plain["gallery"] = {"images": gallery.images_NCHW, "labels": gallery.labels_N, "split": gallery.split}
    if checkpoint.statistics:
        plain["statistics"] = {
            f.name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
            for f in dataclasses.fields(checkpoint.statistics)
            for value in [getattr(checkpoint.statistics, f.name)]
        }
    if checkpoint.training is not None:
        plain["training"] = dict(checkpoint.training)
    return plain


def _from_plain(raw: dict[str, Any]) -> Checkpoint:
    number = raw["format"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise VaeTuiError("has a format that is no number", _NOT_A_CHECKPOINT)
    if number > FORMAT:
        raise VaeTuiError(
            f"was written by a newer vaetui (format {number}; this one reads up to {FORMAT})", "update vaetui"
        )
    top = Reader(raw, "the checkpoint")
    spec = _read_spec(Reader(raw.get("model"), "model"), raw)
    lines = top.items("history")
    if not all(isinstance(line, dict) for line in lines):
        raise VaeTuiError("history must be a list of tables")
    versions = raw.get("versions", {})
    data = _read_data(Reader(raw["data"], "data")) if "data" in raw else None
    training = raw.get("training")
    if training is not None and not isinstance(training, dict):
        raise VaeTuiError("training is no table")
    return Checkpoint(
        spec=spec,
        weights=read_tensors(raw.get("weights"), "weights"),
        ema_weights=read_tensors(raw["ema_weights"], "ema_weights") if "ema_weights" in raw else None,
        config=RunConfig.from_plain(_printable_values(raw["config"])) if "config" in raw else None,
        data=data,
        gallery=_read_gallery(Reader(raw["gallery"], "gallery"), spec, data) if "gallery" in raw else None,
        statistics=_read_statistics(Reader(raw["statistics"], "statistics"), spec) if "statistics" in raw else None,
        history=tuple(EpochMetrics.from_plain(line) for line in lines),
        training=training,
        versions={printable(str(k)): printable(str(v)) for k, v in versions.items()}
        if isinstance(versions, dict)
        else {},
        note=top.text("note"),
        format=number,
    )


def _printable_values(values: object) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise VaeTuiError("config is no table")
    return {key: printable(value, 4096) if isinstance(value, str) else value for key, value in values.items()}


def _from_state_dict(raw: dict[str, Any]) -> Checkpoint:
    if not raw or not all(isinstance(value, Tensor) for value in raw.values()):
        hint = f"{_NOT_A_CHECKPOINT}; --model package.module:factory opens a model of your own"
        raise VaeTuiError("is not a checkpoint of vaetui", hint)
    spec = recognise({key: tuple(value.shape) for key, value in raw.items()})
    if spec is None:
        names = ", ".join(printable(key, 40) for key in list(raw)[:4])
        hint = "if it is a model of your own, name what makes it: --model package.module:factory"
        raise VaeTuiError(f"is a state dict of an unknown model (keys {names} …)", hint)
    if spec.image_shape[0] > MAX_CHANNELS:
        raise VaeTuiError(f"is of images of {spec.image_shape[0]:,} channels; {MAX_CHANNELS} are the most")
    return Checkpoint(spec=spec, weights=read_tensors(raw, "weights"), format=0)


def _read_spec(model: Reader, raw: dict[str, Any]) -> ModelSpec:
    shape = model.items("image_shape")
    sides_ok = len(shape) == 3 and all(isinstance(side, int) and 1 <= side <= _MAX_SIDE for side in shape)
    if not sides_ok or shape[0] > MAX_CHANNELS:
        raise VaeTuiError(f"model.image_shape must be 1 to {MAX_CHANNELS} channels and sides up to {_MAX_SIDE}")
    options = raw["model"].get("options", {})
    if not isinstance(options, dict):
        raise VaeTuiError("model.options is no table")
    check_option_keys({f"model.{key}": value for key, value in options.items()})
    latent_dim = model.whole("latent_dim", 1, MAX_LATENT_DIM)
    return ModelSpec(model.text("name"), (shape[0], shape[1], shape[2]), latent_dim, options)


def _read_data(data: Reader) -> DataFacts:
    names = tuple(printable(str(name), 60) for name in data.items("class_names"))
    limit = 2**62
    return DataFacts(data.text("name"), names, data.whole("num_train", 0, limit), data.whole("num_test", 0, limit))


def _read_gallery(gallery: Reader, spec: ModelSpec, data: DataFacts | None) -> Gallery:
    images = gallery.tensor("images", torch.uint8, None, *spec.image_shape)
    if not 1 <= len(images) <= GALLERY_SIZE:
        raise VaeTuiError(f"gallery.images must be 1 to {GALLERY_SIZE}")
    labels = None
    if gallery.has("labels"):
        labels = gallery.tensor("labels", torch.int64, len(images))
        num_classes = len(data.class_names) if data else 0
        if int(labels.min()) < 0 or int(labels.max()) >= num_classes:
            raise VaeTuiError("gallery.labels name classes that the data set has not")
    return Gallery(images, labels, gallery.text("split"))


def _read_statistics(statistics: Reader, spec: ModelSpec) -> LatentStatistics:
    dims = spec.latent_dim
    levels = statistics.tensor("quantile_levels_Q", torch.float32, None)
    if not 2 <= len(levels) <= 10_001:
        raise VaeTuiError("statistics.quantile_levels_Q must be 2 to 10001 levels")
    per_dim = {
        name: statistics.tensor(name, torch.float32, dims).numpy()
        for name in ("kl_Z", "mean_Z", "std_Z", "mean_variance_Z")
    }
    quantiles = statistics.tensor("quantiles_QZ", torch.float32, len(levels), dims).numpy()
    if not all(np.isfinite(values).all() for values in (*per_dim.values(), quantiles, levels.numpy())):
        raise VaeTuiError("statistics hold numbers that are not finite")
    return LatentStatistics(
        **per_dim,
        quantile_levels_Q=levels.numpy(),
        quantiles_QZ=quantiles,
        num_images=statistics.whole("num_images", 1, 2**62),
        split=statistics.text("split"),
    )


def _check_weights(spec: ModelSpec, weights: Mapping[str, Tensor], file_bytes: int) -> None:
    """Raises VaeTuiError where the weights are not exactly those of the model, or claim more than the file holds."""
    for name, tensor in weights.items():
        if tensor.numel() * tensor.element_size() > file_bytes:
            raise VaeTuiError(f"weight {printable(name, 60)} claims more bytes than the file has")
    with torch.device("meta"):
        model = spec.build()
    wanted = {name: (tuple(value.shape), value.dtype) for name, value in model.state_dict().items()}
    given = {name: (tuple(value.shape), value.dtype) for name, value in weights.items()}
    missing, extra = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
    if missing or extra:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing)
        parts += [f"has unknown {', '.join(printable(name, 60) for name in extra[:6])}"] * bool(extra)
        raise VaeTuiError(f"is no {spec.name} model: {' and '.join(parts)}", _NOT_A_CHECKPOINT)
    for name, (shape, dtype) in wanted.items():
        if given[name] != (shape, dtype):
            got_shape, got_dtype = given[name]
            raise VaeTuiError(
                f"weight {name} is {got_dtype} {got_shape}, the {spec.name} model has {dtype} {shape}",
                "save model.float().state_dict()" if got_shape == shape else _NOT_A_CHECKPOINT,
            )
        if not torch.isfinite(weights[name]).all():
            raise VaeTuiError(f"weight {name} holds numbers that are not finite", "its training ran away: train anew")
