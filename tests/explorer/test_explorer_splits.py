"""The key that goes from the test images to the training images, in every view."""

import shlex
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explorer_fakes import (
    SUMMARY,
    TRAINING_IMAGES,
    CarryingModel,
    FakeModel,
    SplitModel,
    fake_app,
    press,
    screen_text,
    settle,
)

from vae_tui.checkpoint import Checkpoint, DataFacts, Gallery, read_checkpoint, write_checkpoint
from vae_tui.cli.app import run
from vae_tui.config import resolve
from vae_tui.datasets.contract import LoadProgress
from vae_tui.errors import AbsentDataError, VaeTuiError
from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.open_models import FirstOpened, OpenModels
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, ordered_views
from vae_tui.explorer.watching import Opened
from vae_tui.models.contract import ModelSpec
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point
from vae_tui.session import Session
from vae_tui.session_images import images_of
from vae_tui.shelf.store import load_shelf
from vae_tui.terminal.halfblock import HalfblockPainter

SIZE = (120, 40)
FACTS = ModelFacts.of(SplitModel())
START = LatentState(view="reconstruct", split="test")


def turned(state, facts=FACTS):
    return every_key()["split"].step(state, facts, Look())


@pytest.mark.parametrize("key", [view.key for _, view in ordered_views()])
async def test_every_view_turns_to_the_other_split_and_back(key):
    model = SplitModel()
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        before, command = app.caption, command_line(app.request(), app.origin(app.weights))
        await press(pilot, "T")
        assert (app.facts.split, app.facts.num_images, app.state.split) == ("train", 100, "train")
        assert command_line(app.request(), app.origin(app.weights)) == f"{command} --split train"
        assert key == "7" or "test image" not in app.caption  # the figures of Model are the checkpoint's
        await press(pilot, "T")
        assert (app.facts.split, app.caption) == ("test", before)
        assert command_line(app.request(), app.origin(app.weights)) == command


async def test_what_is_shown_is_what_the_command_of_that_split_draws():
    app = fake_app(SplitModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "T", "n")
        assert app.caption.startswith("Reconstruct · train images 1 to 12")
        drawn = app.request().draw(SplitModel("train"))
        np.testing.assert_array_equal(app._drawing.tiles_NHWC, drawn.tiles_NHWC)
        assert not np.array_equal(drawn.tiles_NHWC, app.request().draw(SplitModel()).tiles_NHWC)


async def test_undo_takes_the_split_back_and_redo_brings_it_again():
    app = fake_app(SplitModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "T", "N", "u")
        assert app.caption.startswith("Reconstruct · train images 0 to 11")
        await press(pilot, "u")
        assert app.caption.startswith("Reconstruct · test images 0 to 11")
        await press(pilot, "U")
        assert app.caption.startswith("Reconstruct · train images 0 to 11")


async def test_keys_go_on_while_it_turns():
    app = fake_app(SplitModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        await pilot.press("T", "n", "n", "T", "T")
        await settle(pilot)
        assert app.caption.startswith("Reconstruct · train images 2 to 13")


async def test_the_worst_of_the_other_split_are_found_anew():
    app = fake_app(SplitModel(), studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "O", "T")
        assert "worst train images (places 1 to 12 of 100)" in app.caption
        await press(pilot, "P", "T")
        assert "worst test images (places 27 to 38 of 64)" in app.caption  # place 91 of 100: as far around


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (ModelFacts(), "still loading"),
        (ModelFacts.of(FakeModel()), "the checkpoint has test images alone: --data cifar10 opens both splits"),
        (ModelFacts.of(FakeModel(num_images=0)), "there are no images: name some with --data"),
        (replace(FACTS, splits={"train": 64}, split="train"), "the data have train images alone"),
        (replace(FACTS, splits={"": 64}, split=""), "the data have no splits of their own"),
        (FACTS, ""),
    ],
)
def test_where_there_is_no_other_split_the_key_says_why(facts, words):
    for _, view in ordered_views():
        said = refusal("split", view, facts)
        assert words in said
        assert bool(said) == bool(words)


async def test_a_refused_key_changes_nothing():
    app = fake_app(FakeModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = app.state
        await press(pilot, "T")
        assert app.state == before
        assert "test images alone" in app.message


def test_marks_are_of_their_split():
    marked = START.mark(3, "a").mark(5, "b")
    there = turned(marked)
    assert (there.marked_a, there.marked_b) == ((), ())
    back = turned(there.mark(90, "a"))
    assert (back.marked_a, back.marked_b) == ((3,), (5,))
    assert turned(back).marked_a == (90,)


def test_what_names_an_image_that_the_split_has_not_is_let_go():
    stops = tuple(parse_point(text) for text in ("image:63", "image:64", "draw:3:0", "centre,images:1>70=2"))
    state = replace(
        START, split="train", first=80, second=70, stops=stops, point=parse_point("between(image:7;image:99):0.5")
    )
    after = turned(state, replace(FACTS, split="train"))
    assert (after.split, after.first, after.second, after.point) == ("test", 0, 1, Point())
    assert after.stops == (stops[0], stops[2])
    assert turned(replace(START, first=9, point=parse_point("image:9"))).point == parse_point("image:9")


async def test_both_of_two_checkpoints_turn():
    second = Second("run/other.pt", lambda first: Two(first, SplitModel(latent_dim=6)))
    app = fake_app(SplitModel(), second=second)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "backslash", "T")
        assert (app.facts.split, app.facts.beside.split) == ("train", "train")
        assert (app.facts.latent_dim, app.facts.beside.latent_dim) == (6, 8)
        assert "train images 0 to 11" in app.caption
        assert "test image" not in app.caption
        await press(pilot, "u")
        assert (app.facts.split, app.facts.beside.split) == ("test", "test")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A random model's path, and an .npz of 5 training and 3 test images."""
    spec = ModelSpec("fc", (3, 8, 8), 8, {"hidden": 16})
    config = resolve("shapes", {"model": "fc", "epochs": 2, "latent_dim": 8, "options": {"model.hidden": 16}})
    checkpoint = Checkpoint(
        spec=spec,
        weights=spec.build(seed=0).state_dict(),
        config=config,
        data=None,
        gallery=None,
        statistics=None,
        history=(),
        versions={"vaetui": "0.1.0", "torch": "2"},
        note="",
    )
    write_checkpoint(tmp_path / "model.pt", checkpoint)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), np.uint8)
    np.savez(tmp_path / "both.npz", images=images[:5], test_images=images[5:])
    monkeypatch.chdir(tmp_path)
    return Path("model.pt"), "both.npz"


@pytest.mark.parametrize("name", ["reconstruct", "traverse", "interpolate", "mix", "map", "samples"])
async def test_the_shown_command_of_the_other_split_draws_the_same_bytes(name, opened):
    path, data = opened

    def open_model():
        return Session.open(path, data=data, device="cpu")

    app = ExplorerApp(open_model, Origin(str(path), data), HalfblockPainter())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, VIEWS.get(name).key, "T")
        while app.facts.survey is None:
            await pilot.pause()
        await settle(pilot)
        request, origin = app.request(), app.origin(app.weights)
        model = app._models.first(app.state, app.facts)
    command = command_line(request, origin)
    assert command.endswith("--data both.npz --split train")
    assert run([*shlex.split(command)[1:], "--device", "cpu", "-o", "by-command.png"]) == 0
    shown = file_bytes(request, model, origin, model.summary.checkpoint_hash, moving=False)
    assert Path("by-command.png").read_bytes() == shown


# The training images of a checkpoint that carries test images alone


async def loaded(pilot):
    """Waits for the training images and their picture."""
    while not pilot.app.facts.splits:
        await pilot.pause()
    await settle(pilot)


def gated():
    """A load that waits for its gate to be opened, and the gate."""
    gate = threading.Event()

    def load(report):
        report(LoadProgress("reading images", 1000, 50_000, "images"))
        gate.wait()
        return TRAINING_IMAGES

    return load, gate


@pytest.mark.parametrize("key", [view.key for _, view in ordered_views()])
async def test_every_view_has_the_training_images_loaded_and_goes_back_to_those_carried(key):
    app = fake_app(CarryingModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        before, command = app.caption, command_line(app.request(), app.origin(app.weights))
        await pilot.press("T")
        await loaded(pilot)
        assert (app.facts.split, app.facts.num_images, app.state.split) == ("train", 100, "train")
        shown = command_line(app.request(), app.origin(app.weights))
        assert shown == f"{command} --data cifar10 --split train"
        await press(pilot, "T")
        assert (app.facts.split, app.caption) == ("test", before)
        assert command_line(app.request(), app.origin(app.weights)) == command
        await press(pilot, "T")
        assert command_line(app.request(), app.origin(app.weights)) == shown


async def test_undo_goes_back_to_the_carried_images_and_further():
    app = fake_app(CarryingModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "n")
        await pilot.press("T")
        await loaded(pilot)
        assert app.caption.startswith("Reconstruct · train images 1 to 12")
        await press(pilot, "u")
        assert app.caption.startswith("Reconstruct · test images 1 to 12")
        await press(pilot, "u")
        assert app.caption.startswith("Reconstruct · test images 0 to 11")
        assert "--data" not in command_line(app.request(), app.origin(app.weights))
        await press(pilot, "U", "U")
        assert app.caption.startswith("Reconstruct · train images 1 to 12")


async def test_keys_go_on_while_training_images_are_loaded_and_the_last_line_says_how_far_they_are():
    load, gate = gated()
    app = fake_app(CarryingModel(load))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "T")
        while "1,000" not in app.facts.loading:
            await pilot.pause()
        await press(pilot, "n")
        assert app.caption.startswith("Reconstruct · test images 1 to 12")
        assert "reading images: 1,000 of 50,000" in screen_text(app)
        await press(pilot, "T")
        assert app.message == "the training images are still on their way in"
        gate.set()
        await loaded(pilot)
        assert app.caption.startswith("Reconstruct · train images 1 to 12")
        assert "reading images" not in screen_text(app)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            AbsentDataError("cifar.tar.gz is not in data", can_download=True),
            "cifar10 is not on this machine; to download it: {} cifar10",
        ),
        (
            AbsentDataError("no such file or folder: /there/faces", "or give a name"),
            "no such file or folder: /there/faces; to name it: {} DATASET|FOLDER|FILE.npz",
        ),
        (VaeTuiError("the images are 1x28x28", "other data must fit"), "the images are 1x28x28: other data must fit"),
        (RuntimeError("odd\x1bfile"), "RuntimeError: odd\N{REPLACEMENT CHARACTER}file"),
    ],
)
async def test_where_training_images_are_not_to_be_had_it_is_said_and_all_stays(error, said):
    def load(report):
        raise error

    app = fake_app(CarryingModel(load))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        before = app.state
        await pilot.press("T")
        while not app.message:
            await pilot.pause()
        command = "vaetui explore best.pt --data"
        assert app.message == said.format(command) + (" --split train" if "{}" in said else "")
        assert (app.state, app.facts.loading) == (before, "")
        await press(pilot, "n")
        assert app.caption.startswith("Reconstruct · test images 1 to 12")


async def test_marks_of_carried_images_are_kept_and_those_of_training_images_are_not():
    def kept():
        return load_shelf(SUMMARY.checkpoint_hash).shelf

    app = fake_app(CarryingModel())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        while app._shelf is None:
            await pilot.pause()
        await press(pilot, "4", "A")
        await pilot.press("T")
        await loaded(pilot)
        assert app.state.marked_a == ()
        await press(pilot, "n", "B", "f")
        while not kept().favourites:  # what was to be kept before has been
            await pilot.pause()
        assert (kept().marked_a, kept().marked_b) == ((0,), ())
        await press(pilot, "T")
        assert (app.state.marked_a, app.state.marked_b) == ((0,), ())


async def test_of_two_checkpoints_with_images_of_their_own_there_is_no_other_split():
    second = Second("run/other.pt", lambda first: Two(first, CarryingModel(), "own"))
    app = fake_app(CarryingModel(), second=second)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "T")
        assert app.facts.loading == ""
        assert "test images alone" in app.message


async def test_two_checkpoints_that_share_images_have_both_the_training_images():
    second = Second("run/other.pt", lambda first: Two(first, CarryingModel(latent_dim=6)))
    app = fake_app(CarryingModel(), second=second)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4", "backslash")
        await pilot.press("T")
        await loaded(pilot)
        assert (app.facts.split, app.facts.beside.split) == ("train", "train")
        assert "test image" not in app.caption
        assert "--data cifar10 --split train" in command_line(app.request(), app.origin(app.weights))


@pytest.fixture
def carrying(opened, tmp_path):
    """The same model, which was trained on that .npz, named in full, and carries its three test images."""
    path, data = opened
    checkpoint = read_checkpoint(path)
    config = replace(checkpoint.config, dataset=str(tmp_path / data))
    carried = images_of(str(tmp_path / data), "test", (3, 8, 8), config, None).shown.images_NCHW
    facts = DataFacts(config.dataset, (), 5, 3)
    write_checkpoint(path, replace(checkpoint, config=config, data=facts, gallery=Gallery(carried, None, "test")))
    return path, config.dataset


@pytest.mark.parametrize("name", ["reconstruct", "traverse", "interpolate", "mix", "map", "samples"])
async def test_the_shown_command_of_loaded_training_images_draws_the_same_bytes(name, carrying):
    path, data = carrying
    app = ExplorerApp(lambda: Session.open(path, device="cpu"), Origin(str(path)), HalfblockPainter())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, VIEWS.get(name).key)
        await pilot.press("T")
        await loaded(pilot)
        while app.facts.survey is None:
            await pilot.pause()
        await settle(pilot)
        request, origin = app.request(), app.origin(app.weights)
        model = app._models.first(app.state, app.facts)
        assert model.num_images == 5
    command = command_line(request, origin)
    assert command.endswith(f"--data {data} --split train")
    assert run([*shlex.split(command)[1:], "--device", "cpu", "-o", "by-command.png"]) == 0
    shown = file_bytes(request, model, origin, model.summary.checkpoint_hash, moving=False)
    assert Path("by-command.png").read_bytes() == shown


def test_a_later_checkpoint_of_the_run_has_the_loaded_images_too(carrying):
    path, _ = carrying
    opened = FirstOpened.open(lambda: Session.open(path, device="cpu"), None, str(path))
    models = OpenModels(Origin(str(path)))
    models.start(opened)
    images = opened.kinds["raw"].load_training_images(lambda progress: None)
    models.take_training_images(images, opened.facts.training_data)
    later = Session.open(path, device="cpu")
    swapped = models.like_the_first(Opened({"raw": later}, ModelFacts.of(later), path, 2, is_newest=True))
    assert swapped.facts.splits == {"test": 3, "train": 5}
    assert swapped.models["raw"].with_split("train").num_images == 5
    again = models.like_the_first(Opened({"raw": later}, ModelFacts.of(later), path, 2, is_newest=True))
    assert again.models["raw"] is swapped.models["raw"]  # what was found out of it is not found out anew
