"""The key that goes from the test images to the training images, in every view."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explorer_fakes import FakeModel, SplitModel, fake_app, press, settle

from vae_tui.checkpoint import Checkpoint, write_checkpoint
from vae_tui.cli.app import run
from vae_tui.config import resolve
from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.controls import Look
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, ordered_views
from vae_tui.models.contract import ModelSpec
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.rendering import file_bytes
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point
from vae_tui.session import Session
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
