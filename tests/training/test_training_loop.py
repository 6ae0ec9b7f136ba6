"""What a run computes, says and keeps."""

import dataclasses
import errno
import itertools
import json
import math
import pathlib
import signal

import pytest
import torch

from vae_tui import files
from vae_tui.checkpoint import read_checkpoint
from vae_tui.config import resolve
from vae_tui.datasets.contract import Data
from vae_tui.errors import TrainingFailedError, VaeTuiError
from vae_tui.evaluation import evaluate
from vae_tui.models.contract import ModelSpec
from vae_tui.models.scaling import SCALINGS
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions
from vae_tui.training import loop, measuring, parts
from vae_tui.training.events import (
    CompilingStarted,
    EpochDone,
    EvaluationStarted,
    Notice,
    RunDone,
    RunStarted,
    RunStopped,
    StepsDone,
)
from vae_tui.training.loop import Trainer
from vae_tui.training.state import derive_seed, epoch_noise, epoch_order
from vae_tui.training.stopping import StopRequest

OBJECTIVE = SquaredError(SquaredErrorOptions())


def lines_of(run):
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def stop_after(num_steps: int, monkeypatch) -> StopRequest:
    """A request that comes with the given step."""
    stop, taken, step = StopRequest(), [0], Trainer.take_step

    def counted(trainer, images_BCHW):
        taken[0] += 1
        if taken[0] == num_steps:
            stop.signal_number = signal.SIGTERM
        return step(trainer, images_BCHW)

    monkeypatch.setattr(Trainer, "take_step", counted)
    return stop


def same_weights(one, other) -> bool:
    return all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights)


def test_one_epoch_by_hand(run_training, data, config):
    """The loss is the sum over the epoch's batches / size of the set, dropped images counted."""
    run, _ = run_training(dataclasses.replace(config, epochs=1))
    model = ModelSpec("fc", (3, 8, 8), 4, {"hidden": 16}).build(seed=derive_seed(0, "weights"))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    noise, total, reconstruction = epoch_noise(0, 1, torch.device("cpu")), 0.0, 0.0
    order = epoch_order(0, 1, 50)
    assert sorted(order.tolist()) == list(range(50))
    for start in range(0, 48, 8):
        x = data.train.images_NCHW[order[start : start + 8]].float() / 255
        output, posterior = model(x, noise)
        error = ((output - x) ** 2).sum()
        kl = -0.5 * (1 + posterior.logvar_BZ - posterior.mean_BZ**2 - posterior.logvar_BZ.exp()).sum()
        optimizer.zero_grad()
        (error + kl).backward()
        optimizer.step()
        total, reconstruction = total + (error + kl).item(), reconstruction + error.item()
    line = lines_of(run)[0]
    assert line["loss"] == pytest.approx(total / 50, rel=1e-6)
    assert line["reconstruction"] == pytest.approx(reconstruction / 50, rel=1e-6)
    assert line["kl"] == pytest.approx((total - reconstruction) / 50, rel=1e-4)
    held_out = evaluate(model, OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    assert line["test_loss"] == pytest.approx(held_out.loss, rel=1e-6)
    assert line["active_units"] == held_out.statistics.num_active


def test_the_kl_weighs_beta(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=1, beta=3.0))
    line = lines_of(run)[0]
    assert line["loss"] == pytest.approx(line["reconstruction"] + 3 * line["kl"])
    assert line["test_loss"] == pytest.approx(line["test_reconstruction"] + 3 * line["test_kl"])


def test_events_come_in_order(run_training, config):
    _, events = run_training(config)
    kinds = [type(event) for event in events if not isinstance(event, StepsDone | Notice)]
    assert kinds == [RunStarted, *[EvaluationStarted, EpochDone] * 3, RunDone]
    assert [event.metrics.epoch for event in events if isinstance(event, EpochDone)] == [1, 2, 3]
    assert events[0].steps_per_epoch == 6


def test_the_device_is_read_no_more_often_than_ten_times_a_second(run_training, config, monkeypatch):
    now = [0.0]
    step = Trainer.take_step

    def slow_step(trainer, images_BCHW):
        now[0] += 0.03
        return step(trainer, images_BCHW)

    monkeypatch.setattr(Trainer, "take_step", slow_step)
    monkeypatch.setattr(loop.time, "perf_counter", lambda: now[0])
    _, events = run_training(dataclasses.replace(config, batch_size=1, epochs=1))
    told = [event.step for event in events if isinstance(event, StepsDone)]
    assert told[0] == 1
    assert all(later - earlier >= 4 for earlier, later in itertools.pairwise(told))
    assert len(told) >= 10


def test_the_files_of_a_run(run_training, config):
    run, events = run_training(config)
    assert sorted(path.name for path in run.path.iterdir()) == ["best.pt", "config.toml", "last.pt", "metrics.jsonl"]
    last, best = read_checkpoint(run.last), read_checkpoint(run.best)
    history = events[-1].history
    assert last.history == history
    assert [line["epoch"] for line in lines_of(run)] == [1, 2, 3]
    assert lines_of(run) == [metrics.to_plain() for metrics in history]
    lowest = min(history, key=lambda metrics: metrics.test_loss)
    assert best.history[-1] == lowest
    assert best.training is None
    assert last.config == config
    assert last.data.class_names == ("dark", "light")
    assert (last.gallery.split, len(last.gallery.images_NCHW)) == ("test", 20)


def test_the_last_save_has_the_model_that_was_measured(run_training, config, data):
    run, events = run_training(config)
    last = read_checkpoint(run.last)
    again = evaluate(last.build_model(), OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    assert again.loss == pytest.approx(events[-1].history[-1].test_loss, rel=1e-9)
    assert last.statistics.kl_Z.tolist() == again.statistics.kl_Z.tolist()


def test_same_seed_same_run_other_seed_another(run_training, config):
    _, first = run_training(config, "a")
    torch.rand(5)
    _, again = run_training(config, "b")
    _, other = run_training(dataclasses.replace(config, seed=1), "c")
    losses = [[metrics.loss for metrics in events[-1].history] for events in (first, again, other)]
    assert losses[0] == losses[1] != losses[2]


def test_without_a_test_split_there_are_no_test_fields(run_training, config, data):
    run, _ = run_training(config, data=Data("small", data.train, None))
    assert not any(key.startswith("test_") for key in lines_of(run)[0])
    last, best = read_checkpoint(run.last), read_checkpoint(run.best)
    assert last.gallery.split == last.statistics.split == "train"
    assert best.history[-1].loss == min(line["loss"] for line in lines_of(run))


@pytest.mark.parametrize("model", ["fc", "conv"])
@pytest.mark.parametrize("steps", [1, 6, 8, 13])
def test_a_stopped_run_goes_on_bit_for_bit(run_training, config, monkeypatch, model, steps):
    options = {"model.hidden": 16} if model == "fc" else {}
    config = dataclasses.replace(config, model=model, options=options)
    whole, _ = run_training(config, "whole")
    with monkeypatch.context() as patch:
        stop = stop_after(steps, patch)
        part, events = run_training(config, "part", stop=stop)
    assert isinstance(events[-1], RunStopped)
    assert (events[-1].epoch - 1) * 6 + events[-1].step == steps
    assert stop.exit_code == 143
    assert (len(lines_of(part)) if part.metrics.exists() else 0) == steps // 6
    run_training(config, "part", resume_from=read_checkpoint(part.last))
    one, other = read_checkpoint(whole.last), read_checkpoint(part.last)
    assert [m.loss for m in one.history] == [m.loss for m in other.history]
    assert [m.test_loss for m in one.history] == [m.test_loss for m in other.history]
    assert same_weights(one, other)
    assert same_weights(read_checkpoint(whole.best), read_checkpoint(part.best))


STEERED = [
    {"objective": "kl-warmup", "options": {"objective.epochs": 2.5}},
    {"objective": "cyclical", "options": {"objective.cycles": 2}},
    {"objective": "free-bits", "optimizer": "adamw", "options": {"optimizer.clip": 0.5, "optimizer.ema": 0.9}},
    {"objective": "capacity", "schedule": "cosine", "options": {"schedule.warmup": 0.5, "optimizer.ema": 0.99}},
    {"schedule": "one-cycle", "precision": "bf16", "save_every": 4},
]


@pytest.mark.parametrize("model", ["fc", "conv"])
@pytest.mark.parametrize("changes", STEERED, ids=lambda changes: "-".join(map(str, list(changes.values())[:2])))
def test_a_steered_run_goes_on_bit_for_bit(run_training, config, monkeypatch, model, changes):
    """Schedules, averages and precision go on where they were: in mid-epoch, and after the end of one."""
    options = ({"model.hidden": 16} if model == "fc" else {}) | changes.get("options", {})
    config = dataclasses.replace(config, model=model, **{**changes, "options": options})
    whole, _ = run_training(config, "whole")
    for steps in (8, 6):
        with monkeypatch.context() as patch:
            part, events = run_training(config, f"part-{steps}", stop=stop_after(steps, patch))
        assert isinstance(events[-1], RunStopped)
        run_training(config, f"part-{steps}", resume_from=read_checkpoint(part.last))
        one, other = read_checkpoint(whole.last), read_checkpoint(part.last)
        assert [m.loss for m in one.history] == [m.loss for m in other.history]
        assert [m.test_loss for m in one.history] == [m.test_loss for m in other.history]
        assert same_weights(one, other)
        if one.ema_weights is not None:
            assert all(torch.equal(one.ema_weights[key], other.ema_weights[key]) for key in one.ema_weights)


def test_streamed_images_give_the_same_run(run_training, config, data):
    resident, _ = run_training(config, "resident")
    packed = Data("small", *(dataclasses.replace(split, packed=True) for split in (data.train, data.test)))
    streamed, events = run_training(config, "streamed", data=packed)
    assert events[0].streamed
    assert same_weights(read_checkpoint(resident.last), read_checkpoint(streamed.last))
    assert [line["test_loss"] for line in lines_of(resident)] == [line["test_loss"] for line in lines_of(streamed)]


def test_a_streamed_run_goes_on_bit_for_bit(run_training, config, data, monkeypatch):
    packed = Data("small", *(dataclasses.replace(split, packed=True) for split in (data.train, data.test)))
    whole, _ = run_training(config, "whole")
    with monkeypatch.context() as patch:
        part, _ = run_training(config, "part", data=packed, stop=stop_after(8, patch))
    run_training(config, "part", data=packed, resume_from=read_checkpoint(part.last))
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))


def test_a_compiled_run_goes_on_bit_for_bit(run_training, config, monkeypatch):
    config = dataclasses.replace(config, compile="on", objective="kl-warmup")
    whole, events = run_training(config, "whole")
    assert any(isinstance(event, CompilingStarted) for event in events)
    with monkeypatch.context() as patch:
        part, _ = run_training(config, "part", stop=stop_after(8, patch))
    checkpoint = read_checkpoint(part.last)
    assert checkpoint.training["resolved"]["compile"] == "on"
    run_training(config, "part", resume_from=checkpoint)
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))
    plain, _ = run_training(dataclasses.replace(config, compile="off"), "plain")
    assert [line["loss"] for line in lines_of(plain)] == pytest.approx(
        [line["loss"] for line in lines_of(whole)], rel=1e-3
    )


def test_a_signal_while_compiling_leaves_the_last_save(run_training, config, monkeypatch):
    part, _ = run_training(dataclasses.replace(config, epochs=1, compile="on"), "part")
    kept = part.last.read_bytes()
    stop = StopRequest()

    def interrupted(trial):
        stop.ask(signal.SIGTERM)
        pytest.fail("it went on compiling")

    monkeypatch.setattr(loop.StepTrial, "compile", interrupted)
    _, events = run_training(config, "part", resume_from=read_checkpoint(part.last), stop=stop)
    assert events[-1] == RunStopped(2, 0, 6, saved=False)
    assert stop.exit_code == 143
    assert part.last.read_bytes() == kept


def test_what_was_settled_is_kept_and_written_down(run_training, config):
    run, _ = run_training(dataclasses.replace(config, epochs=1))
    checkpoint = read_checkpoint(run.last)
    assert checkpoint.config.precision == checkpoint.config.compile == "auto"
    assert checkpoint.training["resolved"] == {
        "device": "cpu", "precision": "fp32", "compile": "off", "threads": torch.get_num_threads()
    }  # fmt: skip
    again = resolve(None, {}, run.config)
    assert (again.precision, again.compile) == ("fp32", "off")


def test_the_config_of_a_run_runs_again_to_the_same_losses(run_training, config):
    changes = {"objective": "capacity", "schedule": "cosine", "optimizer": "adamw", "lr": 3e-3}
    first, _ = run_training(dataclasses.replace(config, **changes), "first")
    again, _ = run_training(resolve(None, {}, first.config), "again")
    assert [line["loss"] for line in lines_of(first)] == [line["loss"] for line in lines_of(again)]


def test_a_run_of_format_1_goes_on(run_training, config):
    old = read_checkpoint(pathlib.Path(__file__).parent.parent / "checkpoints" / "format-1.pt")
    run, _ = run_training(dataclasses.replace(old.config, epochs=5), resume_from=old)
    last = read_checkpoint(run.last)
    assert [metrics.epoch for metrics in last.history] == [1, 2, 3, 4, 5]
    assert last.format == 2
    assert last.training["resolved"]["compile"] == "off"


def test_figures_are_of_the_averaged_weights(run_training, config, data):
    run, events = run_training(dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9}))
    last = read_checkpoint(run.last)
    averaged = evaluate(last.build_model(), OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    raw = evaluate(last.build_model(raw=True), OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    assert events[-1].history[-1].test_loss == pytest.approx(averaged.loss, rel=1e-9)
    assert raw.loss != pytest.approx(averaged.loss, rel=1e-6)


def test_the_average_leaves_the_run_as_it_is(run_training, config):
    plain, _ = run_training(config, "plain")
    averaged, _ = run_training(dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9}), "ema")
    assert same_weights(read_checkpoint(plain.last), read_checkpoint(averaged.last))


def test_a_preview_leaves_the_run_as_it_is(run_training, config):
    plain, _ = run_training(config, "plain")
    shown, events = run_training(config, "shown", preview=True)
    assert same_weights(read_checkpoint(plain.last), read_checkpoint(shown.last))
    previews = [event.preview for event in events if isinstance(event, EpochDone)]
    assert len(previews) == 3
    assert all((preview.originals == previews[0].originals).all() for preview in previews)


def test_a_run_ends_early_by_its_patience(run_training, config, monkeypatch):
    losses = iter([5.0, 4.0, 4.5, 4.2, 3.0, 9.0])
    evaluate_all = loop.Measure.evaluate
    monkeypatch.setattr(
        loop.Measure,
        "evaluate",
        lambda measure, **more: dataclasses.replace(evaluate_all(measure, **more), loss=next(losses)),
    )
    run, events = run_training(dataclasses.replace(config, epochs=6, patience=2))
    assert len(lines_of(run)) == 4
    assert events[-1].reason == "stopped early: no lower test loss for 2 epochs; the best is of epoch 2"
    assert read_checkpoint(run.best).history[-1].epoch == 2
    assert read_checkpoint(run.last).training["stale"] == 2


def test_saves_within_an_epoch(run_training, config, monkeypatch):
    """Every fourth step of six an epoch: 4, (8) 2, 12 is the end of an epoch, (16) 4."""
    saved = []
    write = loop.Saves.last
    monkeypatch.setattr(
        loop.Saves,
        "last",
        lambda saves, checkpoint: (
            saved.append((checkpoint.training["epoch"], checkpoint.training["step"])) or write(saves, checkpoint)
        ),
    )
    run_training(dataclasses.replace(config, save_every=4))
    assert saved == [(1, 4), (2, 0), (2, 2), (3, 0), (3, 4), (4, 0)]


def test_a_save_within_an_epoch_that_fails_is_tried_again_at_its_end(run_training, config, monkeypatch):
    replaced, replace = [0], files.os.replace

    def full_once(source, target):
        replaced[0] += 1
        if replaced[0] == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full_once)
    run, events = run_training(dataclasses.replace(config, save_every=3))
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert any("No space left" in text and "tried again at the end of the epoch" in text for text in notices)
    assert len(read_checkpoint(run.last).history) == 3


def test_a_loss_that_explodes_ends_the_run_with_the_step(run_training, config, monkeypatch):
    step = Trainer.take_step

    def exploding(trainer, images_BCHW):
        sums = step(trainer, images_BCHW)
        return sums * 1e5 if (trainer.position.epoch, trainer.position.step) == (2, 3) else sums

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match=r"the loss grew a thousandfold in epoch 2, at step 4$") as error:
        run_training(config)
    assert "last.pt is the last good save" in error.value.hint
    assert "--lr" in error.value.hint


def test_images_that_the_decoder_cannot_reach_are_refused_before_the_first_step(run_training, config, monkeypatch):
    wrong = dataclasses.replace(SCALINGS["unit"], low=-1.0)  # to [-1, 1], beside a decoder of [0, 1]
    monkeypatch.setattr(parts.Parts, "__init__", _with_scaling(parts.Parts.__init__, wrong))
    with pytest.raises(VaeTuiError, match="the images reach from"):
        run_training(config)


def _with_scaling(build, scaling):
    def built(self, *args):
        build(self, *args)
        images = scaling.to_model(torch.tensor([0, 255], dtype=torch.uint8))
        kept = dataclasses.replace(SCALINGS["unit"])
        object.__setattr__(kept, "to_model", lambda _: images)
        self.model.scaling = kept

    return built


def test_a_run_that_ended_is_extended_bit_for_bit(run_training, config):
    whole, _ = run_training(dataclasses.replace(config, epochs=5), "whole")
    part, _ = run_training(dataclasses.replace(config, epochs=2), "part")
    run_training(dataclasses.replace(config, epochs=5), "part", resume_from=read_checkpoint(part.last))
    assert same_weights(read_checkpoint(whole.last), read_checkpoint(part.last))
    assert [line["loss"] for line in lines_of(whole)] == [line["loss"] for line in lines_of(part)]


def test_metrics_are_cut_back_to_the_checkpoint(run_training, config, monkeypatch):
    run, _ = run_training(dataclasses.replace(config, epochs=2))
    with run.metrics.open("a") as file:
        file.write('{"epoch": 3, "loss": 1}\n{"epo')
    checkpoint = read_checkpoint(run.last)
    stop = stop_after(1, monkeypatch)
    run_training(dataclasses.replace(config, epochs=4), resume_from=checkpoint, stop=stop)
    assert [line["epoch"] for line in lines_of(run)] == [1, 2]


def test_a_stop_in_mid_epoch_can_be_looked_into(run_training, config, monkeypatch):
    run, _ = run_training(config, stop=stop_after(3, monkeypatch))
    checkpoint = read_checkpoint(run.last)
    assert checkpoint.history == ()
    assert checkpoint.statistics.num_images == 20
    assert not run.best.exists()


def test_the_last_good_save_survives_a_loss_that_is_not_finite(run_training, config, monkeypatch, tmp_path):
    stepped, step = [0], Trainer.take_step

    def exploding(trainer, images_BCHW):
        stepped[0] += 1
        if stepped[0] == 9:
            with torch.no_grad():
                next(trainer.parts.model.parameters()).fill_(math.nan)
        return step(trainer, images_BCHW)

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match=r"no longer finite in epoch 2, at step 3$") as error:
        run_training(config)
    assert "last.pt is the last good save" in error.value.hint
    assert torch.isfinite(read_checkpoint(tmp_path / "run" / "last.pt").weights["fc1.weight"]).all()


@pytest.mark.parametrize("stopped", [False, True])
def test_the_last_good_save_survives_a_last_step_that_runs_away(run_training, config, monkeypatch, tmp_path, stopped):
    """The weights go bad after the step's loss was summed: nothing but the evaluation sees it."""
    stop, stepped, step = StopRequest(), [0], Trainer.take_step

    def exploding(trainer, images_BCHW):
        sums = step(trainer, images_BCHW)
        stepped[0] += 1
        if stepped[0] == (9 if stopped else 12):
            with torch.no_grad():
                next(trainer.parts.model.parameters()).fill_(math.nan)
            stop.signal_number = signal.SIGTERM if stopped else None
        return sums

    monkeypatch.setattr(Trainer, "take_step", exploding)
    with pytest.raises(TrainingFailedError, match="the test loss is no longer finite in epoch 2") as error:
        run_training(config, stop=stop)
    assert "last.pt is the last good save" in error.value.hint
    assert len(read_checkpoint(tmp_path / "run" / "last.pt").history) == 1


def test_a_run_that_fails_before_its_first_save_leaves_no_run_behind(run_training, config, tmp_path):
    with pytest.raises(TrainingFailedError, match="no longer finite") as error:
        run_training(dataclasses.replace(config, lr=1e30))
    assert "nothing was saved yet" in error.value.hint
    assert not any((tmp_path / "run").iterdir())
    run_training(config)


def test_parts_are_checked_before_any_data_are_loaded(config):
    parts.check_parts(config)
    for change in ({"model": "cnv"}, {"objective": "x"}, {"options": {"model.hidden": 0}}, {"options": {"model.x": 1}}):
        with pytest.raises(VaeTuiError):
            parts.check_parts(dataclasses.replace(config, **change))


def test_a_full_disk_leaves_the_last_good_save(run_training, config, monkeypatch, tmp_path):
    replaced, replace = [0], files.os.replace

    def full(source, target):
        replaced[0] += 1
        if replaced[0] == 5:  # last, best, config, metrics, then last again
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(TrainingFailedError, match="No space left"):
        run_training(config)
    run = tmp_path / "run"
    assert len(read_checkpoint(run / "last.pt").history) == 1
    assert sorted(path.name for path in run.iterdir()) == ["best.pt", "config.toml", "last.pt", "metrics.jsonl"]


def test_a_batch_larger_than_the_data_is_refused(run_training, config):
    with pytest.raises(VaeTuiError, match="larger than the 50 training images") as error:
        run_training(dataclasses.replace(config, batch_size=51))
    assert "50 or less" in error.value.hint


def test_a_data_set_that_changed_is_refused_on_resume(run_training, config, data):
    run, _ = run_training(dataclasses.replace(config, epochs=1))
    changed = Data("small", data.test, data.train)
    with pytest.raises(VaeTuiError, match="size or shape has changed"):
        run_training(config, data=changed, resume_from=read_checkpoint(run.last))


def test_a_part_of_a_set_is_taken_from_all_of_it():
    images = torch.arange(10).view(10, 1, 1, 1)
    assert measuring.evenly_spaced(images, 4).flatten().tolist() == [0, 2, 5, 7]
    assert measuring.evenly_spaced(images, 10) is images
    assert measuring.evenly_spaced(images, None) is images


def test_a_quick_evaluation_sees_every_class_of_a_sorted_set(run_training, config, data, monkeypatch):
    order = torch.argsort(data.test.labels_N, stable=True)
    sorted_test = dataclasses.replace(data.test, images_NCHW=data.test.images_NCHW[order], labels_N=None)
    monkeypatch.setattr(measuring, "QUICK_EVALUATION", 4)
    seen, evaluate_all = [], measuring.evaluate

    def watched(model, objective, images_NCHW, **options):
        seen.append(images_NCHW)
        return evaluate_all(model, objective, images_NCHW, **options)

    monkeypatch.setattr(measuring, "evaluate", watched)
    plain_train = dataclasses.replace(data.train, labels_N=None)
    run_training(config, data=Data("small", plain_train, sorted_test), stop=stop_after(2, monkeypatch))
    brightness = seen[-1].float().mean((1, 2, 3))
    assert len(brightness) == 4
    assert (brightness < 128).sum() == (brightness > 128).sum() == 2


def test_gallery_is_the_same_for_every_model_and_covers_the_set(data):
    gallery = measuring.choose_gallery(data.train, "train")
    assert len(gallery.images_NCHW) == 50
    assert torch.equal(gallery.images_NCHW, measuring.choose_gallery(data.train, "train").images_NCHW)
    assert len({tuple(image.flatten().tolist()) for image in gallery.images_NCHW}) == 50
    dark = gallery.images_NCHW[gallery.labels_N == 0]
    assert int(dark.max()) < 128
