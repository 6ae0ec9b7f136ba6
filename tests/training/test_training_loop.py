"""What a run computes, says and keeps."""

import dataclasses
import itertools

import pytest
import torch
from training_helpers import lines_of, stop_after

from vae_tui.checkpoint import read_checkpoint
from vae_tui.datasets.contract import Data
from vae_tui.errors import VaeTuiError
from vae_tui.evaluation import evaluate
from vae_tui.models.contract import ModelSpec
from vae_tui.objectives.squared_error import SquaredError, SquaredErrorOptions
from vae_tui.training import loop, measuring, parts
from vae_tui.training.events import (
    EpochDone,
    EvaluationStarted,
    Notice,
    RunDone,
    RunStarted,
    StepsDone,
)
from vae_tui.training.loop import Trainer
from vae_tui.training.state import derive_seed, epoch_noise, epoch_order

OBJECTIVE = SquaredError(SquaredErrorOptions())


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


def test_figures_are_of_the_averaged_weights(run_training, config, data):
    run, events = run_training(dataclasses.replace(config, options={**config.options, "optimizer.ema": 0.9}))
    last = read_checkpoint(run.last)
    averaged = evaluate(last.build_model(), OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    raw = evaluate(last.build_model(raw=True), OBJECTIVE, data.test.images_NCHW, weight=1.0, split="test")
    assert events[-1].history[-1].test_loss == pytest.approx(averaged.loss, rel=1e-9)
    assert raw.loss != pytest.approx(averaged.loss, rel=1e-6)


def test_a_stop_in_mid_epoch_can_be_looked_into(run_training, config, monkeypatch):
    run, _ = run_training(config, stop=stop_after(3, monkeypatch))
    checkpoint = read_checkpoint(run.last)
    assert checkpoint.history == ()
    assert checkpoint.statistics.num_images == 20
    assert not run.best.exists()


def test_parts_are_checked_before_any_data_are_loaded(config):
    parts.check_parts(config)
    for change in ({"model": "cnv"}, {"objective": "x"}, {"options": {"model.hidden": 0}}, {"options": {"model.x": 1}}):
        with pytest.raises(VaeTuiError):
            parts.check_parts(dataclasses.replace(config, **change))


@pytest.mark.parametrize(
    ("key", "change", "said", "hint"),
    [
        ("objective.nats", {}, "objective squared-error has no option 'nats'", "of capacity and free-bits: --obj"),
        ("schedule.floor", {}, "schedule constant has no option 'floor'", "an option of cosine: --schedule cosine"),
        ("model.hidden", {"model": "conv"}, "model conv has no option 'hidden'", "an option of fc: --model fc"),
    ],
)
def test_an_option_of_another_part_names_the_part_that_has_it(config, key, change, said, hint):
    with pytest.raises(VaeTuiError, match=said) as error:
        parts.check_parts(dataclasses.replace(config, **change, options={key: 1}))
    assert hint in error.value.hint


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
    monkeypatch.setattr(measuring, "FIRST_GLANCE", 4)
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
