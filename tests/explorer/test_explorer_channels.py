"""Images of other than 1 or 3 channels in every view, and the key that shows their channels one after another."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from explorer_fakes import ORIGIN, SUMMARY, FakeModel, fake_app, press, screen_text, settle

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.controls import Look
from vae_tui.explorer.finding import found_channels
from vae_tui.explorer.footer import caption_lines
from vae_tui.explorer.keys import every_control, every_key, known_controls, refusal
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.open_models import FirstOpened, OpenModels
from vae_tui.explorer.sides import Second, Two
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS, asked_picture, ordered_views
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes

SIZE = (120, 40)
HELD = tuple(enumerate((1.0, 2.0, -1.0, 0.5, -2.0)))
WITH_IMAGES = [(name, view.key) for name, view in ordered_views() if view.has_images]
every_view_with_images = pytest.mark.parametrize(("name", "digit"), WITH_IMAGES)


class SomeChannels(FakeModel):
    """A fake model whose summary says how many channels its images have."""

    def __init__(self, channels, **options):
        super().__init__(channels=channels, **options)
        self.summary = replace(SUMMARY, image_shape=(channels, 8, 8))


def few(name):
    """The view with few tiles, in which no two channels are the same."""
    return LatentState(view=name, steps=3, samples=2, pairs=2, dims=2, images=2, edits=HELD)


def turned(state, facts):
    return every_key()["channels"].step(state, facts, Look())


@every_view_with_images
@pytest.mark.parametrize("channels", [2, 5])
def test_every_view_draws_each_choice_and_its_command_draws_the_same(name, digit, channels, monkeypatch):
    handed_over = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: handed_over.append(request))
    model = SomeChannels(channels)
    facts = ModelFacts.of(model)
    state, pictures = few(name), []
    for _ in range(channels + 1):
        request = asked_picture(state, facts)
        command = command_line(request, ORIGIN)
        assert ("--channels" in command) == bool(state.channels)
        assert run(shlex.split(command)[1:]) == 0
        again = handed_over.pop()
        shown, again = (file_bytes(each, model, ORIGIN, "ab", moving=False) for each in (request, again))
        assert shown == again
        drawing = request.draw(model)
        assert drawing.tiles_NHWC.shape[3] == 3
        assert "channel" in drawing.caption
        pictures.append(drawing.tiles_NHWC.tobytes())
        state = turned(state, facts)
    assert state == few(name)
    assert len(set(pictures)) == channels + 1


@every_view_with_images
def test_the_key_shows_each_channel_alone_and_then_the_colours(name, digit):
    facts = ModelFacts.of(SomeChannels(4))
    states = [few(name)]
    for _ in range(5):
        states.append(turned(states[-1], facts))
    assert [state.channels for state in states] == [(), (0,), (1,), (2,), (3,), ()]
    chosen = few(name).show_channels((3, 1, 0))
    back = chosen
    for _ in range(5):
        back = turned(back, facts)
    assert back == chosen


@pytest.mark.parametrize("key", [key for _, key in WITH_IMAGES])
async def test_it_works_in_every_view_and_is_taken_back(key):
    app = fake_app(SomeChannels(5))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        app.state = replace(app.state, edits=HELD)
        await settle(pilot)
        assert "channels 0 1 2 of 5" in app.caption
        assert "channels 0,1,2 of 5" in " ".join(screen_text(app).split())
        before = app._drawing.tiles_NHWC
        await press(pilot, "I", "I")
        assert app.state.channels == (1,)
        assert "channel 1 of 5" in app.caption
        assert (app._drawing.tiles_NHWC != before).any()
        await press(pilot, "u", "u")
        assert app.state.channels == ()
        np.testing.assert_array_equal(app._drawing.tiles_NHWC, before)


async def test_the_channels_that_are_given_come_first():
    app = fake_app(SomeChannels(5), channels=(4, 2, 1))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "channels 4 2 1 of 5 as red, green, blue" in app.caption
        assert command_line(app.request(), app.origin("raw")).endswith("--channels 4,2,1")
        await press(pilot, "u")
        assert app.message == "there is nothing to undo"


async def test_channels_are_found_by_their_numbers():
    app = fake_app(SomeChannels(5))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("slash")
        assert "channels 4,1,0" in screen_text(app)
        await press(pilot, *"channels", "space", "3", "comma", "1", "comma", "0", "enter")
        assert app.state.channels == (3, 1, 0)


def test_what_is_found_as_channels():
    facts = ModelFacts.of(SomeChannels(5))
    texts = ("channel 4", "channel:4", " Channels 4, 2,1", "channel 5", "channel", "4,2,1", "channels 1,2")
    assert [found_channels(text, facts) for text in texts] == [(4,), (4,), (4, 2, 1), None, None, None, None]


def test_where_it_has_no_use_it_says_why():
    grey, colour = ModelFacts.of(SomeChannels(1)), ModelFacts.of(FakeModel())
    for name, view in ordered_views():
        assert "one channel" in refusal("channels", view, grey) if view.has_images else True, name
        assert bool(refusal("channels", view, colour)) != view.has_images
        assert "channels" not in known_controls(view, grey)
    assert refusal("channels", VIEWS.get("model"), colour) == "Model has no channels"
    assert "loading" in refusal("channels", VIEWS.get("samples"), ModelFacts())


def test_the_panel_says_nothing_of_the_colours_of_a_colour_image():
    value = every_control(VIEWS.get("samples"))["channels"].value
    colour, five = ModelFacts.of(FakeModel()), ModelFacts.of(SomeChannels(5))
    assert value(LatentState(), colour) == ""
    assert value(LatentState(channel=1), colour) == "1 of 3, grey"
    assert value(LatentState(), five) == "0,1,2 of 5"
    assert value(LatentState(channel=4), five) == "4 of 5, grey"
    assert value(LatentState(composite=(7, 1, 0)), five) == "7,1,0 of 5"


@pytest.mark.parametrize("key", [view.key for _, view in ordered_views()])
async def test_two_checkpoints_of_other_channels_stand_beside_each_other(key):
    five, two = SomeChannels(5), SomeChannels(2)
    app = fake_app(five, second=Second("b.pt", lambda first: Two(first, two, "own")))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        said = []
        for _ in range(6):
            assert not app.has_failed
            said.append(app.caption)
            await press(pilot, "I")
        has_images = VIEWS.get(app.state.view).has_images
        assert app.state.channels == ()
        assert ("channels 0 1 2 of 5 as red, green, blue" in said[0]) == has_images
        assert ("channel 1 of 5" in said[2] and "channel 1 of 2" in said[2]) == has_images
        assert ("b.pt has no such picture: the images have no channel 4" in said[5]) == has_images
        await press(pilot, "backslash", "I", "I")
        assert not app.has_failed
        assert app.state.channels == ((1,) if has_images else ())
        await press(pilot, "I")
        assert app.state.channels == ()


def test_a_file_that_is_opened_is_not_given_to_a_model_that_can_not_read_it(tmp_path):
    (tmp_path / "cat.png").touch()
    colour, five = SomeChannels(3), SomeChannels(5)
    second = Second("b.pt", lambda first: Two(first, five, "own"))
    models = OpenModels(ORIGIN)
    models.start(FirstOpened.open(lambda: colour, second, "a.pt"))
    assert models.add_file(tmp_path / "cat.png") == -1
    assert (colour.num_files, five.num_files) == (1, 0)


def test_a_narrow_caption_keeps_the_channels():
    caption = "Reconstruct · test images 0 to 11 · error 96.5 on average · PSNR 17.1 dB · channel 3 of 5"
    assert caption_lines(caption, 60, 1) == ["Reconstruct · test images 0–11 · channel 3 of 5 · …"]
    unit = "A · b · error: squared, summed over pixels in [0, 1] and all 5 channels · channel 3 of 5"
    assert caption_lines(unit, 60, 1) == ["A · b · error over all 5 channels · channel 3 of 5"]
