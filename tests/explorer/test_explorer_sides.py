"""Two checkpoints in the explorer."""

import dataclasses
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from explorer_fakes import SUMMARY, AveragedModel, FakeModel, fake_app, fake_facts, press, screen_text, settle
from fakes import fake_statistics

from vae_tui.checkpoint import Checkpoint, DataFacts, Gallery, write_checkpoint
from vae_tui.cli.app import run
from vae_tui.config import resolve
from vae_tui.errors import VaeTuiError
from vae_tui.explorer.differences import difference_lines, left_and_right, side_lines
from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.frame.placing import place_best
from vae_tui.explorer.keys import every_key, refusal
from vae_tui.explorer.lines import line_width
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.panel import panel_lines
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.sides import (
    Other,
    Second,
    Two,
    first_facts,
    paired,
    second_facts,
    shown_words,
    turned,
    with_epochs,
)
from vae_tui.explorer.state import SHOWN, LatentState
from vae_tui.explorer.view import VIEWS, ordered_views
from vae_tui.explorer.watching import Opened
from vae_tui.imaging import read_provenance
from vae_tui.models.contract import ModelSpec
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.joining import JoinedDrawing
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.refusal import Refusal
from vae_tui.pictures.rendering import file_bytes
from vae_tui.pictures.sample import SamplePicture
from vae_tui.session import Session

SIZE = (120, 40)
FEWER = 4
"""Latent dimensions of the second fake."""


class OtherModel(FakeModel):
    """A fake of another checkpoint, with fewer latent dimensions and a lower loss."""

    summary = dataclasses.replace(
        SUMMARY,
        model="fc",
        checkpoint_hash="cd" * 32,
        latent_dim=FEWER,
        history=(dataclasses.replace(SUMMARY.history[0], test_loss=77.0),),
    )

    def __init__(self, **options):
        super().__init__(**({"latent_dim": FEWER} | options))


def second(model, whose="shared"):
    return Second("run/other.pt", lambda first: Two(first, model, whose))


def two_app(first=None, other=None, **options):
    return fake_app(first or FakeModel(), second=second(other or OtherModel()), **options)


def shown(app):
    return app.query_one(PictureArea)._frame.drawing


@pytest.fixture
async def pilot():
    async with two_app().run_test(size=SIZE) as pilot:
        await settle(pilot)
        yield pilot


def facts_of_both():
    other = replace(ModelFacts.of(OtherModel()), name="other.pt")
    return paired(fake_facts(), other, "best.pt")


# State


def test_keys_turn_the_sides():
    facts = facts_of_both()
    state = LatentState()
    seen = [state.beside]
    for _ in range(3):
        state = every_key()["sides.turn"].step(state, facts, None)
        seen.append(state.beside)
    assert seen == ["both", "left", "right", "both"]
    blinked = state.blink(facts)
    assert [blinked.beside, blinked.blink(facts).beside, blinked.blink(facts).blink(facts).beside] == [
        "left",
        "right",
        "left",
    ]
    assert state.swap(facts).swapped
    third = LatentState(rank=4)  # z3, which both have
    assert third.swap(facts).swap(turned(facts)) == third


@pytest.mark.parametrize("beside", SHOWN)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_one_in_front_is_at_the_left_or_alone(beside, swapped):
    state = LatentState(beside=beside, swapped=swapped)
    assert state.second_in_front == ((beside == "right") != swapped)
    facts = facts_of_both()
    front = turned(facts) if state.second_in_front else facts
    assert first_facts(state, front).name == "best.pt"
    assert second_facts(state, front).name == "other.pt"
    names = [side.name for side in left_and_right(state, front)]
    assert names == (["other.pt", "best.pt"] if swapped else ["best.pt", "other.pt"])


def test_the_chosen_dimension_stays_where_the_other_has_it():
    facts = facts_of_both()  # by KL: 7, 6, … 0 and 3, 2, 1, 0
    assert LatentState(rank=5).swap(facts).chosen_dim(turned(facts)) == 2
    assert LatentState(rank=0).swap(facts).chosen_dim(turned(facts)) == 3
    assert LatentState(rank=4).swap(facts).rank == 0
    assert LatentState(rank=1).swap(facts).rank <= FEWER - 1


def test_with_one_checkpoint_the_keys_say_so():
    view = VIEWS.get("samples")
    assert refusal("sides", view, fake_facts()) == "one checkpoint is open: vaetui explore A.pt B.pt shows two"
    assert refusal("sides", view, facts_of_both()) == ""


# Text


def words(lines):
    return ["".join(run.text for run in line) for line in lines]


@pytest.mark.parametrize(
    ("beside", "marks"), [("both", (True, True)), ("left", (True, False)), ("right", (False, True))]
)
def test_the_header_names_both_and_marks_what_is_shown(beside, marks):
    state = LatentState(beside=beside)
    facts = turned(facts_of_both()) if state.second_in_front else facts_of_both()
    left, right = words(side_lines(state, facts, ("conv", "fc"), 200, 2))
    assert (left.startswith("▸ left  best.pt"), right.startswith("▸ right other.pt")) == marks
    assert right.endswith("difference of test loss -2.20 (squared error + KL, an image)")


@pytest.mark.parametrize("state", [LatentState(), LatentState(swapped=True)], ids=["as opened", "swapped"])
def test_above_each_other_they_are_called_so(state):
    facts = turned(facts_of_both()) if state.second_in_front else facts_of_both()
    stacked = replace(facts, is_stacked=True)
    above, below = words(side_lines(state, stacked, ("conv", "fc"), 200, 2))
    assert (above.startswith("▸ above "), below.startswith("▸ below ")) == (True, True)
    assert shown_words(state, stacked) == f"both, {facts.name} above"
    assert turned(stacked).is_stacked


@pytest.mark.parametrize(("beside", "said"), [("both", "both"), ("left", "best.pt alone")])
def test_a_narrow_panel_says_what_is_shown_without_a_cut(beside, said):
    lines = words(panel_lines(LatentState(beside=beside), facts_of_both(), None, 26, 24))
    (shown,) = [line for line in lines if " shown " in line]
    assert shown.endswith(f" {said}")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("height", [1, 2])
def test_the_header_fits(width, height):
    lines = side_lines(LatentState(), facts_of_both(), ("conv · cifar10", "fc · cifar10"), width, height)
    assert len(lines) == height
    assert all(line_width(line) <= width for line in lines)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_difference_stands_in_the_header_however_narrow(width):
    known = ("conv, averaged weights · cifar10 · epoch 10 · test loss 79.20",) * 2
    right = words(side_lines(LatentState(), facts_of_both(), known, width, 2))[1]
    assert ("difference -2.20" in right) != ("difference of test loss -2.20" in right)


@pytest.mark.parametrize("width", [22, 24, 26, 40])
def test_the_panel_has_the_difference_however_narrow(width):
    for line in words(difference_lines(LatentState(), facts_of_both(), 2, width)):
        assert line.endswith(("+0.25", "-2"))


def test_in_one_line_the_header_says_which_is_above():
    (line,) = words(side_lines(LatentState(), replace(facts_of_both(), is_stacked=True), ("", ""), 100, 1))
    assert line.startswith("▸best.pt over ▸other.pt · test loss")


def test_in_one_line_the_header_has_both_losses():
    (line,) = words(side_lines(LatentState(beside="left"), facts_of_both(), ("", ""), 100, 1))
    assert line == "▸best.pt | other.pt · best.pt alone · test loss 79.20 | 77.00 (-2.20)"


def test_the_panel_has_the_kl_of_the_dimension_in_both():
    lines = words(difference_lines(LatentState(), facts_of_both(), 2, 40))
    assert [" ".join(line.split()) for line in lines] == ["KL of z2 0.25 | 0.50 +0.25", "active 4 | 2 -2"]
    only = words(difference_lines(LatentState(), facts_of_both(), 6, 40))[0]
    assert only.split()[-3:] == ["0.75", "|", "·"]
    assert difference_lines(LatentState(), fake_facts(), 2, 40) == []


# Under a pilot


async def test_both_are_drawn_with_the_same_seed(pilot):
    drawing = shown(pilot.app)
    assert isinstance(drawing, JoinedDrawing)
    left, right = drawing.parts
    np.testing.assert_array_equal(left.tiles_NHWC, SamplePicture(64).draw(FakeModel()).tiles_NHWC)
    np.testing.assert_array_equal(right.tiles_NHWC, SamplePicture(64).draw(OtherModel()).tiles_NHWC)
    text = screen_text(pilot.app)
    assert "▸ left  best.pt" in text
    assert "▸ right other.pt" in text
    assert "both, best.pt left" in text
    assert pilot.app.caption.endswith("left best.pt, right other.pt")


async def test_swapping_turns_picture_and_panel(pilot):
    await press(pilot, "backslash")
    assert shown(pilot.app).front.latents_NZ.shape[1] == FEWER
    assert pilot.app.facts.latent_dim == FEWER
    assert pilot.app.facts.beside.latent_dim == 8
    assert f"of {FEWER}" in screen_text(pilot.app)
    await press(pilot, "u")
    assert pilot.app.facts.latent_dim == 8
    assert shown(pilot.app).front.latents_NZ.shape[1] == 8


async def test_blinking_shows_one_after_the_other_in_the_same_place(pilot):
    await press(pilot, "z")
    first = shown(pilot.app)
    assert (first.columns, first.latents_NZ.shape) == (8, (64, 8))
    assert "▸ left  best.pt" in screen_text(pilot.app)
    assert pilot.app.caption.endswith(" · best.pt")
    assert "▸ right" not in screen_text(pilot.app)
    placement = pilot.app.query_one(PictureArea)._frame.placement
    await press(pilot, "z")
    assert shown(pilot.app).latents_NZ.shape == (64, FEWER)
    assert pilot.app.query_one(PictureArea)._frame.placement == placement
    assert "▸ right other.pt" in screen_text(pilot.app)
    assert pilot.app.caption.endswith(" · other.pt")
    assert pilot.app.facts.name == "other.pt"


async def test_the_cursor_is_on_the_same_tile_of_both(pilot):
    await press(pilot, "tab", "right", "down")
    assert pilot.app.state.cursor == 9
    assert shown(pilot.app).places(9) == (18, 27)
    assert "draw:9:0" in pilot.app.caption
    await press(pilot, "enter")
    assert str(pilot.app.state.point) == "draw:9:0"


@pytest.mark.parametrize("side", [0, 1])
async def test_a_click_on_either_puts_it_there(pilot, side):
    area = pilot.app.query_one(PictureArea)
    place = shown(pilot.app).places(9)[side]
    cells = ((x, y) for y in range(area.size.height) for x in range(area.size.width))
    spot = next(cell for cell in cells if area.tile_at(cell[0] + area.region.x, cell[1] + area.region.y) == place)
    await pilot.click(PictureArea, offset=spot)
    await settle(pilot)
    assert pilot.app.state.cursor == 9


def map_spot(app, side, x, y):
    """The screen's cell of a place of that side's map."""
    area = app.query_one(PictureArea)
    left, top, width, height = area._frame.placement.chart
    part = app._drawing.parts[side]
    for row in range(height):
        for column in range(width):
            cell = app._drawing.chart_cell(column, row, width, height)
            is_there = cell is not None and cell.drawing is part
            if is_there and part.chart.cell_of(x, y, cell.width, cell.height) == (cell.column, cell.row):
                return left + column, top + row
    raise AssertionError("it is not on the map")


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("keys", [(), ("plus", "plus"), ("backslash",)], ids=["whole", "closer", "swapped"])
async def test_a_click_on_either_map_puts_the_cursor_there(side, keys):
    few = OtherModel(num_images=9)  # another window
    async with two_app(FakeModel(), few).run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "6", *keys)
        windows = [part.chart.window for part in pilot.app._drawing.parts]
        assert windows[0] != windows[1]
        x, y = windows[side].left + 0.7 * windows[side].width, windows[side].bottom + 0.6 * windows[side].height
        await pilot.click(PictureArea, offset=map_spot(pilot.app, side, x, y))
        await settle(pilot)
        cursor = pilot.app._drawing.parts[side].chart.cursor
        assert cursor == pytest.approx((x, y), abs=max(windows[side].width, windows[side].height) / 20)
        assert pilot.app._drawing.parts[1 - side].chart.cursor == cursor


async def test_where_it_is_higher_than_wide_one_stands_above_the_other():
    async with two_app().run_test(size=(80, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "tab", "right", "down")
        assert shown(pilot.app).places(9) == (9, 9 + 9 * 8)
        assert "above best.pt, below other.pt" in pilot.app.caption
        text = screen_text(pilot.app)
        assert "▸ above best.pt" in text
        assert "▸ below other.pt" in text
        assert "left" not in text
        await press(pilot, "enter")
        assert str(pilot.app.state.point) == "draw:9:0"
        await pilot.press("c")  # the file has them side by side
        assert "left best.pt, right other.pt" in pilot.app.screen._caption


async def test_what_only_one_has_is_left_out_of_the_other_and_said(pilot):
    await press(pilot, "right")  # holds z7
    assert pilot.app.state.edits == ((7, 0.1),)
    assert pilot.app.caption.startswith("Samples · other.pt has no z7 · ")
    await press(pilot, "backslash", "z")
    assert np.isfinite(shown(pilot.app).latents_NZ).all()


@pytest.mark.parametrize("key", [view.key for _, view in ordered_views()])
async def test_every_view_shows_both(key):
    async with two_app(studies=True).run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        await press(pilot, key)
        for keys in ("backslash", "z", "z", "vertical_line", "down", "right", "tab", "plus", "backslash"):
            await press(pilot, keys)
        assert isinstance(shown(pilot.app), JoinedDrawing)
        assert not pilot.app._failed


async def test_what_is_found_out_is_known_of_both():
    async with two_app(studies=True).run_test(size=SIZE) as pilot:
        await settle(pilot)
        while pilot.app.facts.survey is None or pilot.app.facts.beside.survey is None:
            await pilot.pause()
        assert pilot.app.facts.survey.latent_dim == 8
        assert pilot.app.facts.beside.survey.latent_dim == FEWER
        await press(pilot, "backslash")
        assert pilot.app.facts.survey.latent_dim == FEWER
        assert len(pilot.app.facts.changes_Z) == FEWER


async def test_raw_weights_are_those_of_both():
    class Both(AveragedModel):
        pass

    async with two_app(AveragedModel(), Both()).run_test(size=SIZE) as pilot:
        await settle(pilot)
        averaged = shown(pilot.app).tiles_NHWC[shown(pilot.app).shown_N]
        await press(pilot, "v")
        raw = shown(pilot.app).tiles_NHWC[shown(pilot.app).shown_N]
        np.testing.assert_array_equal(raw, 255 - averaged)
        assert pilot.app.caption.endswith("raw weights")
        assert "--weights raw" in command_line(pilot.app.request(), pilot.app.origin("raw"))


@pytest.mark.parametrize("key", [view.key for _, view in ordered_views()])
@pytest.mark.parametrize("swapped", [False, True], ids=["as opened", "swapped"])
async def test_where_one_has_no_images_the_other_is_shown_and_it_is_said_why(key, swapped):
    bare = OtherModel(num_images=0)
    app = two_app(FakeModel(), bare, studies=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key, *(["backslash"] if swapped else []))
        while (drawing := pilot.app._drawing) is None:
            await pilot.pause()
        assert isinstance(drawing, JoinedDrawing)
        refused = [isinstance(part, Refusal) for part in drawing.parts]
        if VIEWS.get(pilot.app.state.view).title in ("Reconstruct", "Map"):
            assert refused == ([True, False] if swapped else [False, True])
            assert "other.pt has no such picture: " in pilot.app.caption
            assert "other.pt has no such picture" in screen_text(pilot.app)
        for step in ("down", "right", "tab", "right", "enter", "plus", "z", "z", "u"):
            await pilot.press(step)
        assert pilot.app._exception is None


@pytest.mark.parametrize("size", [(60, 18), (90, 34), (150, 52)], ids=str)
def test_the_reason_stands_clear_of_the_lines_under_the_tiles(size):
    picture = BesidePicture(ReconstructPicture(num=4), FakeModel(num_images=0), ("a.pt", "b.pt"))
    drawing, canvas = picture.draw(FakeModel()), Canvas(*size, 8, 16, (0, 0, 0))
    _, placed = place_best(drawing, canvas)
    assert placed.chart is not None
    texts = [label.y for label in placed.labels if label.look is None]
    reasons = [label.y for label in placed.labels if label.look is not None and label.text.strip()]
    assert max(texts) < min(reasons) <= max(reasons) < size[1]


async def test_of_two_that_lack_it_nothing_is_shown():
    bare = OtherModel(num_images=0)
    async with two_app(FakeModel(num_images=0), bare, studies=True).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await pilot.pause()
        assert "no images to encode" in screen_text(pilot.app)


async def test_the_first_is_looked_at_with_the_images_of_the_second():
    lent = FakeModel()
    two = Second("run/other.pt", lambda first: Two(lent, OtherModel(), "second"))
    async with fake_app(FakeModel(num_images=0), second=two).run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        assert pilot.app.facts.num_images == 64
        assert "images of other.pt · " in pilot.app.caption
        await press(pilot, "A")  # a mark of them is none of the first one's own images
        assert pilot.app.state.marked_a == (0,)
        assert not pilot.app._has_own_images
        await press(pilot, "vertical_line")
        request = pilot.app.request()  # alone, it has them still: by a command that names the second one too
        assert (request.sides, pilot.app.facts.name) == ("first", "best.pt")
        assert "--sides first --beside" in command_line(request, pilot.app.origin("raw", request))
        assert pilot.app.caption.endswith("best.pt · images of other.pt")


async def test_history_is_refused_with_what_to_do(pilot):
    await pilot.press("ctrl+g")
    assert pilot.app.message.startswith("best.pt is of no run with kept epochs: train with --keep-every 1")
    pilot.app.facts = with_epochs(pilot.app.facts, (1, 2))
    await press(pilot, "vertical_line", "vertical_line")
    await pilot.press("ctrl+g")
    assert pilot.app.message == "the epochs are those of best.pt, which is not shown: | shows both, or it alone"


async def test_epochs_are_the_firsts_whichever_is_in_front(pilot):
    pilot.app.facts = with_epochs(pilot.app.facts, (1, 2))
    await press(pilot, "left_parenthesis")
    assert pilot.app.state.epoch == 2
    await press(pilot, "backslash", "left_parenthesis")
    assert pilot.app.state.epoch == 1


async def test_images_of_its_own_are_said():
    async with fake_app(second=second(OtherModel(), "own")).run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert pilot.app.caption.endswith("each model's own images")


async def test_a_newer_checkpoint_of_the_first_keeps_the_second(pilot):
    await press(pilot, "backslash")
    newer = FakeModel(latent_dim=8)
    facts = ModelFacts.of(newer)
    pilot.app._swap(Opened({"raw": newer}, facts, Path("run/newer.pt"), 11, True))
    await settle(pilot)
    assert (pilot.app.facts.name, pilot.app.facts.beside.name) == ("other.pt", "newer.pt")
    assert newer.decoded_batches == [64]


async def test_a_second_that_does_not_open_ends_it_with_the_reason():
    def fail(first):
        raise VaeTuiError("other.pt is no checkpoint")

    app = fake_app(second=Second("run/other.pt", fail))
    async with app.run_test(size=SIZE) as pilot:
        while app.failure is None:
            await pilot.pause()
    assert str(app.failure) == "other.pt is no checkpoint"


@pytest.mark.parametrize("keys", [(), ("backslash",), ("z",), ("z", "z")], ids=["both", "swapped", "left", "right"])
async def test_a_saved_picture_is_what_its_command_draws(pilot, tmp_path, monkeypatch, keys):
    monkeypatch.chdir(tmp_path)
    await press(pilot, "3", "right", *keys)
    await pilot.press("s")
    while pilot.app.message in ("", "saving …"):
        await pilot.pause()
    request, origin = pilot.app.request(), pilot.app.origin("raw")
    path = tmp_path / "traverse-1.png"
    assert path.read_bytes() == file_bytes(request, FakeModel(), origin, SUMMARY.checkpoint_hash, moving=False)
    said = read_provenance(path)
    assert said.beside == ("" if keys == ("z",) else "cd" * 32)
    assert ("--beside other.pt" in said.command) == (keys != ("z",))


# With real checkpoints


def write(path, latent_dim, seed):
    """A random model of 3x8x8 images that carries 12 of them."""
    spec = ModelSpec("fc", (3, 8, 8), latent_dim, {"hidden": 16})
    images = np.random.default_rng(seed).integers(0, 256, (12, 3, 8, 8), np.uint8)
    flags = {"model": "fc", "epochs": 2, "latent_dim": latent_dim, "options": {"model.hidden": 16}}
    checkpoint = Checkpoint(
        spec=spec,
        weights=spec.build(seed=seed).state_dict(),
        config=resolve("shapes", flags),
        data=DataFacts("shapes", ("square", "heart"), 100, 12),
        gallery=Gallery(torch.from_numpy(images), torch.arange(12) % 2, "test"),
        statistics=fake_statistics(latent_dim, 12),
        history=(),
        versions={"vaetui": "0.1.0", "torch": "2"},
        note="",
    )
    write_checkpoint(path, checkpoint)
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    return write(folder / "a.pt", 8, 0), write(folder / "b.pt", FEWER, 1)


@pytest.mark.parametrize("sides", [("both", False), ("both", True), ("right", False), ("left", False)], ids=str)
@pytest.mark.parametrize("name", VIEWS.names())
def test_the_shown_command_draws_the_same_bytes(paths, tmp_path, name, sides):
    first = Session.open(paths[0], device="cpu")
    model = first.open_beside(paths[1], device="cpu")
    other = Other.open(Second(str(paths[1]), lambda session: Two(session, model)), first, str(paths[0]))
    facts = replace(paired(ModelFacts.of(first), other.facts, "a.pt"), survey=first.survey())
    state = LatentState(view=name, beside=sides[0], swapped=sides[1], edits=((5, 1.5),), first=2, samples=2)
    front = replace(turned(facts), survey=model.survey()) if state.second_in_front else facts
    request = other.picture(VIEWS.get(name).request(state, front), state, front)
    assert isinstance(request, BesidePicture) == (sides[0] != "left")
    origin = other.origin(Origin(str(paths[0])), request, state, front)
    expected = file_bytes(request, first, origin, first.summary.checkpoint_hash, moving=False)
    command = [*shlex.split(command_line(request, origin))[1:], "--device", "cpu", "-o", str(tmp_path / "a.png")]
    assert run(command) == 0
    assert (tmp_path / "a.png").read_bytes() == expected
