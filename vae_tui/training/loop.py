"""One training run, read top to bottom: batch, noise, step, maybe tell, maybe save; then measure, save, tell."""

# B batch over all processes, S steps, N images, C channels, H height, W width, Z latent dims

import dataclasses
import math
import time
from collections.abc import Generator, Iterator

import torch
from torch import Tensor

from vae_tui.checkpoint import Checkpoint
from vae_tui.config import RunConfig
from vae_tui.datasets.contract import Data
from vae_tui.errors import LostProcessError, TrainingFailedError, VaeTuiError
from vae_tui.evaluation import Evaluation, EvaluationStopped
from vae_tui.runs import RunDir
from vae_tui.summary import EpochMetrics
from vae_tui.training.batches import ResidentImages, StreamedImages
from vae_tui.training.checks import check_batch, check_range, check_size
from vae_tui.training.compiling import settle_compile
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    EvaluationStarted,
    Event,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)
from vae_tui.training.measuring import Measure
from vae_tui.training.optimizers import plain_state, restore_state
from vae_tui.training.parts import Parts, model_spec
from vae_tui.training.processes import Processes, is_lost_peer
from vae_tui.training.saving import Saves, versions
from vae_tui.training.settled import settle, settled_before
from vae_tui.training.state import Position, epoch_order
from vae_tui.training.step import Knobs
from vae_tui.training.stopping import StoppedAtOnceError, StopRequest
from vae_tui.training.trial import StepTrial
from vae_tui.training.watch import NEVER, Latest, Watch

TELL_EVERY_S = 0.1
"""The device is asked, and watchers are told, at most so often."""
TALK_EVERY_S = 0.25
"""Several processes agree on whether to stop about so often."""


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
        processes: Processes | None = None,
        preview: bool = False,
        save_first: bool = False,
    ) -> None:
        """Builds the model and moves the data to the device, unless they are packed; writes nothing yet.

        With `save_first` a new run is saved before its first step too, so that there is something to look at.

        Raises VaeTuiError for a batch that does not fit the data or the processes, for images that the model's scaling
        can't take, and for a checkpoint that can't be gone on from.
        """
        self.config, self.data, self.run = config, data, run
        self.device, self.stop, self.data_dir = device, stop, data_dir
        self.processes, self.preview, self.save_first = processes or Processes(), preview, save_first
        num_train = len(data.train)
        check_batch(config.batch_size, num_train, self.processes.size)
        self.steps_per_epoch = num_train // config.batch_size
        self.spec = model_spec(config, data.train.image_shape)
        check_size(self.spec)
        self.settled = (resume_from and settled_before(resume_from.training or {})) or settle(config, device)
        self.parts = Parts(config, self.spec, self.settled, device, self.processes)
        self.position = Position.at_epoch(1, config.seed, device)
        self.history: tuple[EpochMetrics, ...] = ()
        if resume_from is not None:
            self._restore(resume_from)
        self.watch = Watch(device, self.position.first_loss)
        source = StreamedImages if data.train.packed else ResidentImages
        self.images = source(data.train.images_NCHW, device)
        self.measure = Measure(data, self.parts, self.processes, epochs=config.epochs)
        self.saves = Saves(run, is_owner=self.processes.is_first)
        self._latest = Latest(device)
        self._talk_at = 0
        check_range(self.parts.model.scaling, self._first_batch())

    def events(self) -> Iterator[Event]:
        """Trains, saves, and tells. Raises TrainingFailedError where it can't go on; the last good save stays."""
        try:
            yield from self._run()
        except StoppedAtOnceError:
            yield self._stopped(saved=False)
        except torch.OutOfMemoryError:
            hint = f"{self.saves.kept}give a smaller --batch-size, or --device cpu"
            raise TrainingFailedError(f"the memory of {self.device} is full, {self._where}", hint) from None
        except RuntimeError as error:
            if self.processes.size > 1 and is_lost_peer(error):
                raise self._lost_peer() from error
            raise

    def take_step(self, images_BCHW: Tensor) -> Tensor:
        """One step on this process's share of a batch; the whole batch's loss, reconstruction and KL, summed, (3,)."""
        position, parts, config, size = self.position, self.parts, self.config, self.processes.size
        at = position.epoch - 1 + position.step / self.steps_per_epoch
        taken = (position.epoch - 1) * self.steps_per_epoch + position.step
        knobs = Knobs(
            rate=config.lr * parts.schedule.factor(at, config.epochs),
            weight=parts.objective.weight(at, config.epochs),
            share=parts.average.share(taken + 1) if parts.average else 0.0,
        )
        # the noise of the whole batch, of which each process takes its part: the same for any number of them
        eps_BZ = torch.randn(config.batch_size, config.latent_dim, generator=position.noise, device=self.device)
        return parts.step(images_BCHW, eps_BZ.chunk(size)[self.processes.rank], knobs)

    def _run(self) -> Iterator[Event]:
        position, config = self.position, self.config
        if self.history or position.step:
            self.saves.record(config, self.history)  # cut back to the checkpoint; a new run writes at its first save
        if not position.step:
            self._keep()  # of a run that ended between its last.pt and this
        yield self._started()
        if self.save_first and not (self.history or position.step):
            self.saves.last(self._checkpoint(self._glance()))
            self._record()
        yield from self._compile()
        for epoch in range(position.epoch, config.epochs + 1):
            if not (yield from self._train(epoch)):
                yield self._stopped()
                return
            yield EvaluationStarted(epoch)
            try:
                evaluation = self._evaluate()
            except EvaluationStopped:
                yield self._stopped()
                return
            metrics = self._metrics(evaluation)
            is_best = metrics.figure_of_merit < self.position.best
            self._finish_epoch(metrics, evaluation, is_best)
            preview = self.measure.preview() if self.preview and self.processes.is_first else None
            yield EpochDone(metrics, is_best, evaluation.statistics.kl_Z, preview)
            if config.patience and self.position.stale >= config.patience and epoch < config.epochs:
                yield RunDone(self.history, self._why_early())
                return
        yield RunDone(self.history)

    def _train(self, epoch: int) -> Generator[Event, None, bool]:
        """The steps of an epoch that are left; False where the run is to stop before its end."""
        position, size, rank = self.position, self.processes.size, self.processes.rank
        order = epoch_order(self.config.seed, epoch, len(self.data.train))
        rows_SB = order[: self.steps_per_epoch * self.config.batch_size].view(self.steps_per_epoch, -1)
        clock = time.perf_counter()
        told = clock - TELL_EVERY_S
        self._talk_at = 0
        for images_BCHW in self.images.batches(rows_SB[position.step :].chunk(size, dim=1)[rank]):
            if self._is_to_stop():
                position.seconds += time.perf_counter() - clock
                return False
            noise_before = position.noise.get_state() if size > 1 else None
            try:
                sums = self.take_step(images_BCHW)
            except RuntimeError:
                if noise_before is not None:
                    position.noise.set_state(noise_before)  # the step was not taken
                raise
            position.sums += sums
            position.step += 1
            self.watch.see(sums[0], position.step)
            if time.perf_counter() - told >= TELL_EVERY_S:
                self._latest.ask(position.step, torch.cat([position.sums, self.watch.bad_step.view(1)]))
                told = time.perf_counter()
            if (answer := self._latest.answer()) is not None:
                position.seconds += time.perf_counter() - clock
                yield self._steps_done(*answer)
                clock = time.perf_counter()
            if self._is_save_due():
                position.seconds += time.perf_counter() - clock
                yield from self._save_within()
                clock = time.perf_counter()
        self._latest = Latest(self.device)  # what is still on its way is of this epoch
        self._means(position.sums, position.step, int(self.watch.bad_step))  # waits for the device
        position.seconds += time.perf_counter() - clock
        return True

    def _compile(self) -> Iterator[Event]:
        """Settles whether the step is compiled, and compiles it."""
        wanted = self.settled.compile
        if wanted == "auto" and self.processes.size > 1:
            yield Notice("compile: off, with several processes it is left to --compile on")
            wanted = "off"
        num_steps = (self.config.epochs - self.position.epoch + 1) * self.steps_per_epoch - self.position.step
        pays = yield from settle_compile(wanted, num_steps, self._trial, self.stop.at_once)
        self.settled = dataclasses.replace(self.settled, compile="on" if pays else "off")
        if pays:
            yield CompilingStarted()
            began = time.perf_counter()
            with self.stop.at_once():
                StepTrial(self.parts, self._first_batch(), self.config).compile()
            yield Notice(f"compiled in {time.perf_counter() - began:.0f} s")

    def _trial(self) -> StepTrial:
        parts = Parts(self.config, self.spec, self.settled, self.device, Processes())
        return StepTrial(parts, self._first_batch(), self.config)

    def _first_batch(self) -> Tensor:
        num = self.config.batch_size // self.processes.size
        return self.data.train.images_NCHW[:num].to(self.device)

    def _is_to_stop(self) -> bool:
        """Whether this process, or any other, was asked to stop: several agree on it, at the same step."""
        if self.processes.size == 1:
            return self.stop.requested
        position = self.position
        if position.step < self._talk_at:
            return False
        a_step_s = (time.perf_counter() - position.since) / max(position.step, 1)
        gap = max(1, int(TALK_EVERY_S / max(a_step_s, 1e-6))) if self.processes.is_first else 1
        number, gap = map(int, self.processes.largest(self.stop.signal_number or 0, gap))
        self._talk_at = position.step + gap
        if number:
            self.stop.signal_number = number
        return bool(number)

    def _is_save_due(self) -> bool:
        every, position = self.config.save_every, self.position
        if not every or position.step == self.steps_per_epoch:
            return False
        return ((position.epoch - 1) * self.steps_per_epoch + position.step) % every == 0

    def _save_within(self) -> Iterator[Event]:
        """A save in mid-epoch; one that fails is tried again at the end of the epoch."""
        checkpoint = self._checkpoint(self._glance())
        try:
            self.saves.last(checkpoint)
        except TrainingFailedError as error:
            yield Notice(f"{error.message}; tried again at the next save")

    def _finish_epoch(self, metrics: EpochMetrics, evaluation: Evaluation, is_best: bool) -> None:
        """Moves on to the next epoch, and saves."""
        before = self.position
        self.history = (*self.history, metrics)
        self.position = Position.at_epoch(metrics.epoch + 1, self.config.seed, self.device)
        self.position.best = min(before.best, metrics.figure_of_merit)
        self.position.stale = 0 if is_best else before.stale + 1
        self.watch = Watch(self.device, self.watch.first_loss)
        checkpoint = self._checkpoint(evaluation)
        if is_best:  # first: a run that ends between the two goes on from the epoch before, and writes both again
            self.saves.best(dataclasses.replace(checkpoint, training=None))
        self.saves.last(checkpoint)
        self._record()
        self._keep()

    def _keep(self) -> None:
        """An epoch's last.pt stays where it is to."""
        done, every = len(self.history), self.config.keep_every
        if every and done and done % every == 0:
            self.saves.keep(done)

    def _record(self) -> None:
        """config.toml has what was settled in place of auto: it runs again to the same losses."""
        settled = dataclasses.replace(self.config, precision=self.settled.precision, compile=self.settled.compile)
        self.saves.record(settled, self.history)

    def _started(self) -> RunStarted:
        return RunStarted(
            config=self.config,
            run_dir=self.run.path,
            device=str(self.device),
            num_parameters=self.parts.model.num_parameters,
            num_train=len(self.data.train),
            num_test=len(self.data.test) if self.data.test is not None else 0,
            image_shape=self.spec.image_shape,
            steps_per_epoch=self.steps_per_epoch,
            epoch=self.position.epoch,
            step=self.position.step,
            reconstruction_name=self.parts.objective.reconstruction_name,
            history=self.history,
            formula=self.parts.objective.formula,
            num_processes=self.processes.size,
            precision=self.settled.precision,
            streamed=self.data.train.packed,
        )

    @property
    def _where(self) -> str:
        return f"in epoch {self.position.epoch}, at step {self.position.step}"

    def _means(self, sums: Tensor, step: int, bad_step: int) -> list[float]:
        """Loss, reconstruction and KL of the epoch so far, an image; TrainingFailedError where a step was bad."""
        num_images = step * self.config.batch_size if step < self.steps_per_epoch else len(self.data.train)
        means: list[float] = (sums / num_images).tolist()
        if bad_step < NEVER or not all(map(math.isfinite, means)):
            how = "grew a thousandfold" if all(map(math.isfinite, means)) else "is no longer finite"
            step = min(bad_step, step)
            raise self._ran_away(f"the loss {how} in epoch {self.position.epoch}, at step {step}")
        return means

    def _ran_away(self, what: str) -> TrainingFailedError:
        hint = "try a lower --lr, --schedule cosine with a warm-up, or --set optimizer.clip=100"
        if not self.history and self.position.step <= 1:
            hint = "no step had been taken: look at --beta and the options of the objective"
        return TrainingFailedError(what, f"{self.saves.kept}{hint}")

    def _steps_done(self, step: int, numbers: Tensor) -> StepsDone:
        loss, reconstruction, kl = self._means(numbers[:3], step, int(numbers[3]))
        rate = step * self.config.batch_size / max(self.position.seconds, 1e-9)
        return StepsDone(self.position.epoch, step, loss, reconstruction, kl, rate)

    def _evaluate(self) -> Evaluation:
        """The figures of an epoch; as `_glance`. Raises EvaluationStopped where the run is asked to stop meanwhile."""
        is_alone = self.processes.size == 1  # several would have to agree at every batch
        return self._checked(self.measure.evaluate((lambda: self.stop.requested) if is_alone else None))

    def _glance(self) -> Evaluation:
        """Figures over a few images. Raises TrainingFailedError where they aren't finite: no such save would open."""
        return self._checked(self.measure.glance())

    def _checked(self, evaluation: Evaluation) -> Evaluation:
        if not math.isfinite(evaluation.loss):
            where = f"in epoch {self.position.epoch}, by step {self.position.step}"
            raise self._ran_away(f"the {self.measure.split} loss is no longer finite {where}")
        return evaluation

    def _metrics(self, evaluation: Evaluation) -> EpochMetrics:
        position, held_out = self.position, self.data.test is not None
        loss, reconstruction, kl = (position.sums / len(self.data.train)).tolist()
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
            images_per_s=self.steps_per_epoch * self.config.batch_size / max(position.seconds, 1e-9),
            epoch_seconds=position.epoch_s,
        )

    def _stopped(self, *, saved: bool = True) -> RunStopped:
        """Saves in mid-epoch; the latent statistics are over fewer images, so that it takes no time."""
        position = self.position
        if saved:
            self.saves.last(self._checkpoint(self._glance()))
            self._record()
            self.processes.wait()  # a launcher ends all when one ends
        return RunStopped(position.epoch, position.step, self.steps_per_epoch, saved)

    def _lost_peer(self) -> LostProcessError:
        """What to say where another process is gone; what this one has is whole, and the first process saves it."""
        if self.processes.is_first and (self.position.step or self.history):
            self.measure = Measure(self.data, self.parts, Processes(), epochs=self.config.epochs)
            self.saves.last(self._checkpoint(self._glance()))
            self._record()
        message = f"another process of the run is gone, {self._where}"
        return LostProcessError(message, f"{self.saves.kept}go on with --resume {self.run.path}")

    def _why_early(self) -> str:
        which = "test" if self.data.test is not None else "training"
        best = min(self.history, key=lambda metrics: metrics.figure_of_merit)
        epochs = self.position.stale
        return f"stopped early: no lower {which} loss for {epochs} epochs; the best is of epoch {best.epoch}"

    def _checkpoint(self, evaluation: Evaluation) -> Checkpoint:
        average = self.parts.average
        self.position.first_loss = self.watch.first_loss
        return Checkpoint(
            spec=self.spec,
            weights=self.parts.model.state_dict(),
            ema_weights=average.state_dict() if average else None,
            config=self.config,
            data=self.measure.facts,
            gallery=self.measure.gallery,
            statistics=evaluation.statistics,
            history=self.history,
            training=self.position.to_plain()
            | {
                "optimizer": plain_state(self.parts.optimizer),
                "resolved": self.settled.to_plain(),
                "data_dir": self.data_dir,
            },
            versions=versions(),
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
        self.parts.model.load_state_dict(dict(checkpoint.weights))
        if self.parts.average is not None:
            self.parts.average.load_state_dict(checkpoint.ema_weights or checkpoint.weights)
        self.history = checkpoint.history
        self.position = Position.from_plain(training, self.config.seed, self.device)
        if self.position.step > self.steps_per_epoch or self.position.epoch != len(self.history) + 1:
            raise VaeTuiError("the checkpoint's training state is damaged", "train anew to go on")
        restore_state(
            self.parts.optimizer, training.get("optimizer"), is_fresh=not self.history and not self.position.step
        )
