"""The key that switches between averaged and raw weights, under a pilot."""

import asyncio
import dataclasses
import threading

import pytest
from explorer_fakes import ORIGIN, AveragedModel, FakeModel, fake_app, press, screen_text, settle
from textual.widgets import Static

from vae_tui.explorer.dialogs import HelpDialog
from vae_tui.explorer.picture import PictureArea
from vae_tui.imaging import read_provenance
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes

SIZE = (100, 32)
TIMEOUT_S = 30


def shown_tiles(app):
    return app.query_one(PictureArea)._frame.drawing.tiles_NHWC


@pytest.fixture
def model():
    return AveragedModel()


@pytest.fixture
async def pilot(model):
    async with fake_app(model).run_test(size=SIZE) as pilot:
        await settle(pilot)
        yield pilot


async def test_it_begins_with_the_averaged_weights_and_the_key_switches(pilot):
    assert "conv, averaged weights · cifar10" in screen_text(pilot.app)
    assert "raw weights" not in screen_text(pilot.app)
    averaged = shown_tiles(pilot.app)
    await press(pilot, "v")
    assert "conv, raw weights · cifar10" in screen_text(pilot.app)
    assert "test loss 79.20 of the average" in screen_text(pilot.app)
    assert "KL of averaged weights" in screen_text(pilot.app)
    assert pilot.app.caption == "Samples · 64 samples of N(0, I) · seed 0 · temperature 1 · raw weights"
    assert (shown_tiles(pilot.app) == 255 - averaged).all()
    await press(pilot, "v")
    assert (shown_tiles(pilot.app) == averaged).all()
    assert "KL of averaged weights" not in screen_text(pilot.app)


async def test_all_else_stays_as_it_is(pilot):
    await press(pilot, "3", "down", "down", "L", "n", "n", "m", "r", "comma")
    before = pilot.app.state
    await press(pilot, "v")
    assert pilot.app.state == dataclasses.replace(before, raw=True)
    await press(pilot, "2", "v", "3")
    assert pilot.app.state == before


async def test_a_switch_is_one_redraw(pilot, model):
    frames = pilot.app.frames_shown
    await press(pilot, "v")
    assert pilot.app.frames_shown == frames + 1
    assert (model.decoded_batches, model.other.decoded_batches) == ([64], [64])


async def test_a_traversal_says_whose_its_kl_is(pilot):
    await press(pilot, "3", "v")
    assert pilot.app.caption.endswith(" · raw weights (statistics: of the averaged ones)")
    assert pilot.app.centre[0] == 0.0


async def test_values_are_of_the_weights_that_are_shown(pilot):
    await press(pilot, "4", "n", "n")
    assert pilot.app.centre[0] == pytest.approx(0.2)  # the fake's image 2
    await press(pilot, "v")
    assert pilot.app.centre[0] == pytest.approx(0.1)


@pytest.mark.parametrize("keys", [(), ("v",), ("v", "v")], ids=["averaged", "raw", "back"])
async def test_a_saved_picture_is_what_its_command_draws(pilot, model, tmp_path, monkeypatch, keys):
    monkeypatch.chdir(tmp_path)
    await press(pilot, "3", "right", *keys)
    await pilot.press("s")
    while pilot.app.message in ("", "saving …"):
        await pilot.pause()
    is_raw = len(keys) == 1
    origin = dataclasses.replace(ORIGIN, raw_weights=is_raw)
    drawn = model.with_weights("raw" if is_raw else "ema")
    path = tmp_path / "traverse-1.png"
    expected = file_bytes(pilot.app.request(), drawn, origin, model.summary.checkpoint_hash, moving=False)
    assert path.read_bytes() == expected
    assert read_provenance(path).command.endswith(" --weights raw") == is_raw
    await press(pilot, "c")
    assert pilot.app.clipboard == command_line(pilot.app.request(), origin)
    assert ("--weights raw" in pilot.app.clipboard) == is_raw


async def test_it_may_begin_with_the_raw_weights():
    model = AveragedModel("raw")
    async with fake_app(model).run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "conv, raw weights" in screen_text(pilot.app)
        assert model.decoded_batches == [64]
        assert model.other.decoded_batches == []
        assert pilot.app.facts.example.mean == 0.0
        await press(pilot, "v")
        assert "conv, averaged weights" in screen_text(pilot.app)


async def test_without_an_average_the_key_says_so_and_changes_nothing():
    model = FakeModel()
    async with fake_app(model).run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = pilot.app.state
        await press(pilot, "v")
        assert pilot.app.state == before
        assert model.decoded_batches == [64]
        assert "no averaged weights: train with --set optimizer.ema=0.999" in screen_text(pilot.app)


async def test_while_the_model_is_loading_the_key_says_so(model):
    let_on = threading.Event()

    def open_late():
        assert let_on.wait(TIMEOUT_S)
        return model

    app = fake_app(open_model=open_late)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("v")
        await pilot.pause()
        assert app.message == "the model is still loading"
        let_on.set()
        await settle(pilot)
        assert "conv, averaged weights" in screen_text(app)


async def test_a_late_frame_of_other_weights_is_not_shown(model):
    entered, let_on = threading.Event(), threading.Event()
    decode = model.decode

    def decode_late(latents_NZ):
        entered.set()
        assert let_on.wait(TIMEOUT_S)
        return decode(latents_NZ)

    model.decode = decode_late
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        assert await asyncio.to_thread(entered.wait, TIMEOUT_S)
        await pilot.press("v")  # while the first picture, of the averaged weights, is being decoded
        let_on.set()
        await settle(pilot)
        assert app.frames_shown == 1
        assert app.caption.endswith("· raw weights")


@pytest.mark.parametrize("kind", [AveragedModel, FakeModel])
async def test_help_and_palette_have_the_key_where_it_has_a_meaning(kind):
    async with fake_app(kind()).run_test(size=SIZE) as pilot:
        await settle(pilot)
        commands = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        await press(pilot, "v", "question_mark")
        assert isinstance(pilot.app.screen, HelpDialog)
        text = "\n".join(str(part.visual) for part in pilot.app.screen.query(Static))
    has_average = kind is AveragedModel
    assert ("Averaged or raw weights" in commands) == has_average
    assert ("The averaged weights, or those of the last step (raw)" in text) == has_average
    assert ("The numbers are of the averaged weights; the picture is of the raw ones." in text) == has_average


async def test_a_click_on_the_footer_switches(pilot):
    footer = pilot.app.screen._compositor.render_strips()[SIZE[1] - 1].text
    await pilot.click(offset=(footer.index("v weights") + 3, SIZE[1] - 1))
    await settle(pilot)
    assert pilot.app.state.raw
