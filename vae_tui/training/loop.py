"""One training run, read top to bottom: batch, forward, loss, backward, step, maybe tell, maybe save."""

# B batch, N images, C channels, H height, W width, Z latent dims

import dataclasses
import math
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

import vae_tui
from vae_tui.checkpoint import GALLERY_SIZE, Checkpoint, DataFacts, Gallery, write_checkpoint
from vae_tui.config import RunConfig, build_options
from vae_tui.datasets.contract import Data, ImageSet
from vae_tui.errors import TrainingFailedError, VaeTuiError
from vae_tui.evaluation import Evaluation, evaluate
from vae_tui.models.contract import VAE, ImageShape, ModelSpec
from vae_tui.objectives.contract import OBJECTIVES, Objective
from vae_tui.runs import RunDir
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import (
    EpochDone,
    EvaluationStarted,
    Event,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)
from vae_tui.training.state import Position, derive_seed, epoch_order
from vae_tui.training.stopping import StopRequest

TELL_EVERY_S = 0.1
"""The device is read, and watchers are told, at most so often."""
MAX_TRAIN_EVALUATION = 10_000
"""Where nothing is held out, latent statistics are taken over at most so many training images."""
QUICK_EVALUATION = 1_000
"""A run that is asked to stop in mid-epoch takes its latent statistics over so many images."""


def train_step(
    model: VAE,
    objective: Objective,
    optimizer: torch.optim.Optimizer,
    images_BCHW: Tensor,
    noise: torch.Generator,
    weight: float,
) -> Tensor:
    """One step on a batch of uint8 images: loss, reconstruction and KL summed over the batch, (3,), on the device."""
    scaled_BCHW = model.scaling.to_model(images_BCHW)
    output_BCHW, posterior = model(scaled_BCHW, noise)
    terms = objective(scaled_BCHW, output_BCHW, posterior)
    loss = objective.loss_B(terms, weight).sum()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return torch.stack([loss.detach(), terms.reconstruction_B.detach().sum(), terms.kl_BZ.detach().sum()])


def build_optimizer(model: VAE, lr: float) -> torch.optim.Optimizer:
    """Adam with torch's defaults.

    On the CPU the fused update is left alone: it rounds otherwise, and Adam makes that visible within 200 steps
    (5e-3 of a step's loss for the convolutional model; docs/reproduction.md compares with the plain loop step by step).
    """
    return torch.optim.Adam(model.parameters(), lr=lr, fused=True if _is_cuda(model) else None)


def _is_cuda(model: VAE) -> bool:
    return next(model.parameters()).device.type == "cuda"


def model_spec(config: RunConfig, image_shape: ImageShape) -> ModelSpec:
    """The model that a config names, for images of this shape."""
    return ModelSpec(config.model, image_shape, config.latent_dim, config.section("model"))


def build_objective(config: RunConfig) -> Objective:
    """The objective that a config names. Raises VaeTuiError for an unknown name or option."""
    kind = OBJECTIVES.get(config.objective)
    return kind(build_options(kind.Options, config.section("objective"), "objective"), config.beta)


def check_parts(config: RunConfig) -> None:
    """Raises VaeTuiError where a config names a part or an option that is not there, before any data are loaded."""
    build_objective(config)
    with torch.device("meta"):
        model_spec(config, (3, 32, 32)).build()


class Trainer:
    """A run from its config to its last epoch; `events` does the work."""

    def __init__(
        self,
        config: RunConfig,
        data: Data,
        run: RunDir,
        *,
        device: torch.device,
        stop: StopRequest,
        resume_from: Checkpoint | None = None,
        data_dir: str | None = None,
    ) -> None:
        """Builds the model and moves the data to the device; writes nothing yet.

        Raises VaeTuiError for a batch larger than the data, and for a checkpoint that can't be gone on from.
        """
        self.config, self.data, self.run = config, data, run
        self.device, self.stop, self.data_dir = device, stop, data_dir
        num_train = len(data.train)
        if config.batch_size > num_train:
            raise VaeTuiError(
                f"the batch of {config.batch_size} is larger than the {num_train} training images",
                f"give --batch-size {num_train} or less",
            )
        self.steps_per_epoch = num_train // config.batch_size
        self.spec = model_spec(config, data.train.image_shape)
        self.model = self.spec.build(seed=derive_seed(config.seed, "weights")).to(device)
        self.objective = build_objective(config)
        self.optimizer = build_optimizer(self.model, config.lr)
        self.position = Position.at_epoch(1, config.seed, device, best=math.inf)
        self.history: tuple[EpochMetrics, ...] = ()
        if resume_from is not None:
            self._restore(resume_from)
        self.train_NCHW = data.train.images_NCHW.to(device)
        self.held_out = data.test if data.test is not None else data.train
        self.held_out_split = "test" if data.test is not None else "train"
        limit = None if data.test is not None else MAX_TRAIN_EVALUATION
        self.held_out_NCHW = evenly_spaced(self.held_out.images_NCHW, limit).to(device)

    def events(self) -> Iterator[Event]:
        """Trains, saves, and tells. Raises TrainingFailedError where it can't go on; the last good save stays."""
        position, config = self.position, self.config
        if self.history or position.step:
            self._save_record()  # cut back to the checkpoint; a new run writes nothing before its first save
        yield self._started()
        for epoch in range(position.epoch, config.epochs + 1):
            order = epoch_order(config.seed, epoch, len(self.train_NCHW)).to(self.device)
            clock = time.perf_counter()
            told = clock - TELL_EVERY_S
            for step in range(position.step, self.steps_per_epoch):
                if self.stop.requested:
                    position.seconds += time.perf_counter() - clock
                    yield self._stopped()
                    return
                batch = order[step * config.batch_size : (step + 1) * config.batch_size]
                images_BCHW = self.train_NCHW[batch]
                position.sums += train_step(
                    self.model, self.objective, self.optimizer, images_BCHW, position.noise, config.beta
                )
                position.step = step + 1
                if time.perf_counter() - told >= TELL_EVERY_S:
                    done = self._steps_done(time.perf_counter() - clock)
                    told = time.perf_counter()
                    position.seconds += told - clock
                    yield done
                    clock = time.perf_counter()
            loss, reconstruction, kl = self._means(len(self.train_NCHW))  # waits for the device
            position.seconds += time.perf_counter() - clock
            yield EvaluationStarted(epoch)
            evaluation = self._evaluate(self.held_out_NCHW)
            metrics = self._metrics(loss, reconstruction, kl, evaluation)
            self.history = (*self.history, metrics)
            is_best = metrics.figure_of_merit < position.best
            position = self.position = Position.at_epoch(
                epoch + 1, config.seed, self.device, best=min(position.best, metrics.figure_of_merit)
            )
            self._save_epoch(evaluation, is_best)
            yield EpochDone(metrics, is_best, evaluation.statistics.kl_Z)
        yield RunDone(self.history)

    def _started(self) -> RunStarted:
        return RunStarted(
            config=self.config,
            run_dir=self.run.path,
            device=str(self.device),
            num_parameters=self.model.num_parameters,
            num_train=len(self.data.train),
            num_test=len(self.data.test) if self.data.test is not None else 0,
            image_shape=self.spec.image_shape,
            steps_per_epoch=self.steps_per_epoch,
            epoch=self.position.epoch,
            step=self.position.step,
            reconstruction_name=self.objective.reconstruction_name,
            history=self.history,
        )

    def _means(self, num_images: int) -> list[float]:
        """Loss, reconstruction and KL of the epoch so far, an image. Raises TrainingFailedError where not finite."""
        means: list[float] = (self.position.sums / num_images).tolist()
        if not all(map(math.isfinite, means)):
            raise self._ran_away("the loss")
        return means

    def _ran_away(self, what: str) -> TrainingFailedError:
        return TrainingFailedError(
            f"{what} is no longer finite in epoch {self.position.epoch}, by step {self.position.step}",
            f"{self._what_is_kept()}try a lower --lr",
        )

    def _steps_done(self, since_s: float) -> StepsDone:
        position = self.position
        num_images = position.step * self.config.batch_size
        loss, reconstruction, kl = self._means(num_images)
        seconds = position.seconds + since_s
        return StepsDone(position.epoch, position.step, loss, reconstruction, kl, num_images / max(seconds, 1e-9))

    def _evaluate(self, images_NCHW: Tensor) -> Evaluation:
        """The figures to save. Raises TrainingFailedError where they are not finite: such a save would not open."""
        evaluation = evaluate(
            self.model,
            self.objective,
            images_NCHW,
            weight=self.objective.weight(self.config.epochs, self.config.epochs),
            split=self.held_out_split,
        )
        if not math.isfinite(evaluation.loss):
            raise self._ran_away(f"the {self.held_out_split} loss")
        return evaluation

    def _metrics(self, loss: float, reconstruction: float, kl: float, evaluation: Evaluation) -> EpochMetrics:
        held_out = self.data.test is not None
        position = self.position
        num_images = self.steps_per_epoch * self.config.batch_size
        return EpochMetrics(
            epoch=position.epoch,
            loss=loss,
            reconstruction=reconstruction,
            kl=kl,
            test_loss=evaluation.loss if held_out else None,
            test_reconstruction=evaluation.reconstruction if held_out else None,
            test_kl=evaluation.kl if held_out else None,
            active_units=evaluation.statistics.num_active,
            seconds=position.seconds,
            images_per_s=num_images / max(position.seconds, 1e-9),
            epoch_seconds=position.epoch_s,
        )

    def _stopped(self) -> RunStopped:
        """Saves in mid-epoch; the latent statistics are over fewer images, so that it takes no time."""
        position = self.position
        evaluation = self._evaluate(evenly_spaced(self.held_out_NCHW, QUICK_EVALUATION))
        self._save(lambda: write_checkpoint(self.run.last, self._checkpoint(evaluation, position)))
        self._save_record()
        return RunStopped(position.epoch, position.step, self.steps_per_epoch)

    def _save_epoch(self, evaluation: Evaluation, is_best: bool) -> None:
        checkpoint = self._checkpoint(evaluation, self.position)
        self._save(lambda: write_checkpoint(self.run.last, checkpoint))
        if is_best:
            best = dataclasses.replace(checkpoint, training=None)
            self._save(lambda: write_checkpoint(self.run.best, best))
        self._save_record()

    def _save_record(self) -> None:
        self._save(lambda: self.run.write_config(self.config.to_toml()))
        self._save(lambda: self.run.write_metrics(self.history))

    def _what_is_kept(self) -> str:
        return f"{self.run.last} is the last good save; " if self.run.last.exists() else "nothing was saved yet; "

    def _save(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            go_on = "go on with --resume" if self.run.last.exists() else "start anew"
            raise TrainingFailedError(
                f"{self.run.path} can't be written to: {error.strerror or error}",
                f"{self._what_is_kept()}make room, then {go_on}",
            ) from error

    def _checkpoint(self, evaluation: Evaluation, position: Position) -> Checkpoint:
        return Checkpoint(
            spec=self.spec,
            weights=self.model.state_dict(),
            config=self.config,
            data=DataFacts(
                name=Path(self.data.name).name,
                class_names=self.data.train.class_names,
                num_train=len(self.data.train),
                num_test=len(self.data.test) if self.data.test is not None else 0,
            ),
            gallery=choose_gallery(self.held_out, self.held_out_split),
            statistics=evaluation.statistics,
            history=self.history,
            training=position.to_plain()
            | {
                "optimizer": self.optimizer.state_dict(),
                "device": str(self.device),
                "threads": torch.get_num_threads(),
                "data_dir": self.data_dir,
            },
            versions={
                "vaetui": vae_tui.__version__,
                "torch": str(torch.__version__),  # a class of torch's own, which no checkpoint may hold
                "python": platform.python_version(),
            },
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        facts = checkpoint.data
        now = (len(self.data.train), len(self.data.test) if self.data.test is not None else 0)
        if checkpoint.spec != self.spec or facts is None or (facts.num_train, facts.num_test) != now:
            raise VaeTuiError(
                f"{self.data.name} is not what this run was trained on: its size or shape has changed",
                "put the data set back as it was, or train anew",
            )
        training = checkpoint.training or {}
        self.model.load_state_dict(dict(checkpoint.weights))
        try:
            self.optimizer.load_state_dict(training["optimizer"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise VaeTuiError(f"the checkpoint's optimizer state is damaged ({error})", "train anew to go on") from None
        self.position = Position.from_plain(training, self.config.seed, self.device)
        if self.position.step > self.steps_per_epoch:
            raise VaeTuiError("the checkpoint's training state is damaged", "train anew to go on")
        self.history = checkpoint.history


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
