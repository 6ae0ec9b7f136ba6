"""A run that is looked at while it trains: new checkpoints, kept epochs, its status, leaving it."""

import dataclasses
from pathlib import Path

import pytest
from explorer_fakes import SUMMARY, FakeModel, fake_app, press, settle

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.leaving import LeaveDialog
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.watching import MAX_OPEN, Opened, RunStatus, RunWatch, Watched
from vae_tui.run_news import (
    NewCheckpoint,
    NewEpoch,
    NewSteps,
    NowDoing,
    RunEnded,
    RunTakenUp,
    TrainingBegan,
)
from vae_tui.runs import kept_name

SIZE = (120, 40)


class FakeSource:
    """News that a test hands out, and pins that it can count."""

    def __init__(self, run_dir):
        self.run_dir = run_dir
        self.waiting = []
        self.pinned = []
        self.num_pins = 0

    def poll(self):
        news, self.waiting = tuple(self.waiting), []
        return news

    def pin(self):
        self.num_pins += 1
        path = self.run_dir / f".followed-1-{self.num_pins}.part"
        self.pinned.append(path)
        return path

    def release(self, path):
        self.pinned.remove(path)

    def close(self):
        self.pinned.clear()


class FakeChild:
    """A training that a test says to be running."""

    is_running = True
    asked = False

    def ask_to_stop(self):
        self.asked = True


def model_of_epoch(epoch):
    model = FakeModel()
    model.summary = dataclasses.replace(SUMMARY, epoch=epoch, checkpoint_hash=f"{epoch:02x}" * 32)
    return model


class Run:
    """A run folder whose checkpoints open as fakes: the newest is of `epoch`."""

    def __init__(self, path):
        self.path = path
        self.epoch = 1
        self.opened = []
        self.source = FakeSource(path)
        self.seen = []

    def open_path(self, path):
        self.opened.append(path)
        kept = path.parent.name == "epochs"
        return model_of_epoch(int(path.stem.split("-")[1]) if kept else self.epoch)

    def keep(self, *epochs):
        for epoch in epochs:
            path = self.path / "epochs" / kept_name(epoch)
            path.parent.mkdir(exist_ok=True)
            path.touch()

    def watched(self, **options):
        return Watched(self.path, self.open_path, **{"source": self.source} | options)

    def watch(self):
        return RunWatch(self.watched(), self.seen.append)

    def save(self, epoch):
        self.epoch = epoch
        self.source.waiting.append(NewCheckpoint(self.path / "last.pt", epoch))


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_a_new_checkpoint_is_opened_under_a_name_that_it_keeps(run):
    watch = run.watch()
    run.save(1)
    watch.look()
    run.save(2)
    watch.look()
    assert [seen.opened.epoch for seen in run.seen] == [1, 2]
    assert run.source.pinned == [run.seen[1].opened.path]  # that before was let go


def test_nothing_stays_pinned_when_the_explorer_ends(run):
    watch = run.watch()
    run.save(1)
    watch.look()
    watch.stop()
    assert run.source.pinned == []


def test_nothing_new_is_nothing_said(run):
    watch = run.watch()
    watch.look()
    assert run.seen == []


def test_a_checkpoint_that_can_not_be_opened_is_said_and_let_go(run):
    def fail(path):
        raise VaeTuiError("no checkpoint\x1b[2J")

    watch = RunWatch(Watched(run.path, fail, run.source), run.seen.append)
    run.save(1)
    watch.look()
    assert run.seen[0].opened is None
    assert "no checkpoint" in run.seen[0].error
    assert "\x1b" not in run.seen[0].error
    assert run.source.pinned == []


def test_a_checkpoint_that_is_damaged_is_called_by_its_own_name(run):
    def fail(path):
        raise VaeTuiError(f"{path} is not a checkpoint")

    watch = RunWatch(Watched(run.path, fail, run.source), run.seen.append)
    run.save(1)
    watch.look()
    assert run.seen[0].error == f"not shown: {run.path / 'last.pt'} is not a checkpoint"


def test_an_earlier_epoch_stays_until_the_newest_is_asked_for(run):
    run.keep(1, 2)
    watch = run.watch()
    run.save(3)
    watch.look()
    watch.answer(1)
    run.save(4)
    watch.look()
    watch.answer(None)
    epochs = [seen.opened.epoch if seen.opened else None for seen in run.seen]
    assert epochs == [3, 1, None, 4]
    assert run.seen[1].epochs == (1, 2)
    assert [seen.opened.is_newest for seen in run.seen if seen.opened] == [True, False, True]


def test_epochs_stay_open_but_not_all_of_them(run):
    run.keep(*range(1, MAX_OPEN + 2))
    watch = run.watch()
    for epoch in (*range(1, MAX_OPEN + 1), 1, MAX_OPEN + 1, 1, 2):
        watch.answer(epoch)
    opened = [int(path.stem.split("-")[1]) for path in run.opened]
    assert opened == [*range(1, MAX_OPEN + 1), MAX_OPEN + 1, 2]  # the second went for the last


def test_an_epoch_that_is_gone_is_said(run):
    watch = run.watch()
    watch.answer(7)
    assert "epoch 7" in run.seen[0].error


def test_the_status_says_where_the_run_is():
    status = RunStatus()
    words = []
    for news in (
        TrainingBegan(10, 1562, 1, 0, 50_000, 10_000, "cpu", "squared error + KL"),
        NewSteps(4, 412, 1562, 81.204, 66.1, 15.1, 930.0),
        NowDoing("measuring the held-out images"),
        RunEnded("all 10 epochs are done", True),
        RunTakenUp(),
        NewSteps(5, 1, 1562, 80.0, 66.0, 14.0, 930.0),
    ):
        status = status.after(news)
        words.append(status.words())
    assert words[1] == "training: epoch 4 of 10 · step 412 of 1,562 · train loss 81.20"
    assert words[2] == "training: epoch 4 of 10 · step 412 of 1,562 · measuring the held-out images"
    assert words[3] == "the training has ended: all 10 epochs are done"
    assert words[5] == "training: epoch 5 of 10 · step 1 of 1,562 · train loss 80.00"


def test_without_steps_the_epochs_tell_where_it_is():
    assert RunStatus().after(NewEpoch(SUMMARY.history[0])).words() == "training: epoch 11"


async def until(pilot, holds):
    while not holds():
        await pilot.pause()
    await settle(pilot)


async def test_the_view_keeps_its_state_when_a_checkpoint_is_swapped_in(run):
    app = fake_app(model_of_epoch(1), watched=run.watched())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "3", "right", "right", "down")
        before = app.state
        run.save(2)
        await until(pilot, lambda: app.facts.summary.epoch == 2)
        assert app.state == before
        assert app.frames_shown
        assert "epoch 2" in app.screen.query_one("#header").lines(120, 2)[0][-1].text
        run.source.waiting.append(NewSteps(3, 5, 100, 70.0, 60.0, 10.0, 900.0))
        await until(pilot, lambda: "step 5 of 100" in app.run_status)


async def test_what_the_next_checkpoint_has_not_is_let_go_and_said(run):
    app = fake_app(model_of_epoch(1), watched=run.watched())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "right", "y", "P")  # holds z7, gathers it, and goes back to the last images
        assert app.state.edits == ((7, 0.1),)
        fewer = FakeModel(latent_dim=4, num_images=3)
        fewer.summary = dataclasses.replace(SUMMARY, latent_dim=4, epoch=2)
        run.open_path = lambda path: fewer
        app._run._watch._open_path = run.open_path
        run.save(2)
        await until(pilot, lambda: app.facts.latent_dim == 4)
        assert app.message == "this checkpoint has no z7: let go"
        assert (app.state.edits, str(app.state.stops[0]), app.state.first) == ((), "centre", 0)
        for key in "1234567":
            await press(pilot, key)
            assert not app.has_failed


async def test_without_images_it_goes_on_with_draws_and_says_how_to_get_images(run):
    app = fake_app(model_of_epoch(1), watched=run.watched())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        bare = FakeModel(num_images=0)
        app._run._watch._open_path = lambda path: bare
        run.save(2)
        await until(pilot, lambda: app.facts.num_images == 0)
        assert app.state.source == "random"
        assert f"vaetui explore {run.path.name} --follow --data" in app.images_hint


async def test_brackets_go_through_the_kept_epochs(run):
    run.keep(1, 2)
    app = fake_app(model_of_epoch(3), watched=run.watched())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        run.save(3)
        await until(pilot, lambda: app.facts.epochs == (1, 2))
        await press(pilot, "left_parenthesis")
        await until(pilot, lambda: app.facts.summary.epoch == 2)
        await press(pilot, "left_parenthesis")
        await until(pilot, lambda: app.facts.summary.epoch == 1)
        assert str(app.origin("raw").checkpoint) == str(Path(run.path, "epochs", "epoch-0001.pt"))
        await press(pilot, "right_parenthesis", "right_parenthesis")
        await until(pilot, lambda: app.facts.summary.epoch == 3)
        assert app.state.epoch is None


async def test_leaving_asks_what_becomes_of_our_own_training(run):
    child = FakeChild()
    app = fake_app(model_of_epoch(1), watched=run.watched(child=child))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, LeaveDialog)
        await pilot.press("escape")
        assert app.is_running
        assert not child.asked
        await pilot.press("q", "s")
    assert child.asked


async def test_it_may_go_on_without_us(run):
    child = FakeChild()
    app = fake_app(model_of_epoch(1), watched=run.watched(child=child))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("q", "g")
    assert not child.asked
    assert app.return_code == 0


async def test_beside_another_a_pinned_checkpoint_goes_by_the_name_that_people_know():
    second = Second("b.pt", lambda first: Two(first, FakeModel(latent_dim=5)))
    app = fake_app(second=second)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        newer, pinned = FakeModel(), Path("run/.followed-1-0.part")
        app._swap(Opened({"raw": newer}, ModelFacts.of(newer), pinned, 11, True))
        await settle(pilot)
        assert app.facts.name == "last.pt"
        app._models.kept_as(pinned, Path("run/epochs/epoch-0003.pt"))
        assert app.request().names == ("epoch-0003.pt", "b.pt")
