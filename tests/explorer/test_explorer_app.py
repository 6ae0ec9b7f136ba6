"""The app under a pilot's keys, on a fake model: what the state becomes, what is drawn, what is said."""

import asyncio
import dataclasses
import threading

import pytest
from explorer_fakes import FakeModel, fake_app, press, screen_text, settle
from textual.command import CommandPalette
from textual.widgets import OptionList, Static

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.dialogs import HelpDialog
from vae_tui.explorer.footer import Footer
from vae_tui.explorer.key_contexts import shipped_keymap
from vae_tui.explorer.palette import ActionsProvider
from vae_tui.explorer.picture import PictureArea
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import ordered_views

SIZE = (100, 32)
TIMEOUT_S = 30


@pytest.fixture
def model():
    return FakeModel()


@pytest.fixture
async def pilot(model):
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        yield pilot


async def test_it_begins_with_eight_by_eight_samples(pilot, model):
    assert pilot.app.state == LatentState()
    assert model.decoded_batches == [64]
    assert "[1 Samples]" in screen_text(pilot.app)
    assert "Samples · 64 samples of N(0, I) · seed 0 · temperature 1" in screen_text(pilot.app)


@pytest.mark.parametrize(("name", "view"), ordered_views(), ids=[name for name, _ in ordered_views()])
async def test_each_digit_shows_its_view(pilot, name, view):
    await press(pilot, view.key)
    assert pilot.app.state.view == name
    assert f"[{view.key} {view.title}]" in screen_text(pilot.app)
    assert pilot.app.caption.startswith(f"{view.title} · ")
    assert pilot.app.has_class(f"-{name}")


async def test_a_new_seed_is_one_redraw(pilot, model):
    frames = pilot.app.frames_shown
    await press(pilot, "r")
    assert pilot.app.state.seed == 1
    assert pilot.app.frames_shown == frames + 1
    assert model.decoded_batches == [64, 64]


async def test_the_seed_goes_back(pilot):
    await press(pilot, "r", "r", "b")
    assert pilot.app.state.seed == 1


async def test_keys_change_the_state_and_the_state_the_picture(pilot):
    await press(pilot, "down", "right", "right", "L", "right_square_bracket", "plus")
    state = pilot.app.state
    assert (state.rank, state.edits) == (1, ((6, 1.2),))
    assert (state.temperature, state.samples) == (1.1, 7)
    assert "49 samples" in pilot.app.caption
    assert "z 6=1.2" in pilot.app.caption


async def test_letters_and_arrows_are_the_same_keys(pilot):
    await press(pilot, "j", "l", "H")
    held = pilot.app.state
    await press(pilot, "X", "k", "down", "right", "shift+left")
    assert dataclasses.replace(pilot.app.state, recent=()) == dataclasses.replace(held, recent=())


async def test_what_is_held_is_held_in_every_view(pilot):
    await press(pilot, "right")
    for _, view in ordered_views():
        await press(pilot, view.key)
        if "value" in view.always:  # else its picture is of no latent
            assert "z7=0.1" in pilot.app.caption.replace("z 7", "z7")


async def test_around_an_image_a_value_starts_at_the_posterior_mean(pilot):
    await press(pilot, "4", "n", "n", "n", *["down"] * 7)
    assert pilot.app.state.chosen_dim(pilot.app.facts) == 0
    assert pilot.app.centre[0] == pytest.approx(0.3)  # the fake's image 3
    await press(pilot, "right")
    assert pilot.app.state.edits == ((0, 0.4),)
    await press(pilot, "x")
    assert pilot.app.state.edits == ()
    assert pilot.app.centre[0] == pytest.approx(0.3)


async def test_every_control_of_interpolate(pilot):
    await press(pilot, "2", "n", "e", "a", "comma", "m", "r", "minus")
    assert pilot.app.request().arguments() == [
        *("-n", "7", "--steps", "8", "--path", "slerp", "--from", "1", "--to", "2"),
        *("--posterior", "sample", "--seed", "1"),
    ]
    await press(pilot, "i")
    assert "--random" in pilot.app.request().arguments()


async def test_a_key_that_a_view_does_not_use_says_so_and_changes_nothing(pilot):
    before = pilot.app.state
    await press(pilot, "a")
    assert pilot.app.state == before
    assert "Samples has no path" in screen_text(pilot.app)
    await press(pilot, "down")
    assert "Samples has no path" not in screen_text(pilot.app)


def hold_decoding(model):
    """Every decode of the model says that it has begun, and goes on when it is let."""
    entered, let_on = threading.Semaphore(0), threading.Semaphore(0)
    plain_decode = model.decode

    def slow_decode(latents_NZ):
        entered.release()
        assert let_on.acquire(timeout=TIMEOUT_S)
        return plain_decode(latents_NZ)

    model.decode = slow_decode
    return entered, let_on


async def test_held_keys_do_not_queue_up(model):
    entered, let_on = hold_decoding(model)
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        assert await asyncio.to_thread(entered.acquire, timeout=TIMEOUT_S)
        await pilot.press(*["r"] * 20)  # all while the first picture is being decoded
        let_on.release(2)
        await settle(pilot)
        assert app.state.seed == 20
        assert len(model.decoded_batches) == 2
        assert "seed 20" in app.caption


async def test_a_late_frame_of_another_view_is_not_shown(model):
    entered, let_on = hold_decoding(model)
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        assert await asyncio.to_thread(entered.acquire, timeout=TIMEOUT_S)
        await pilot.press("4")
        let_on.release(2)
        await settle(pilot)
        assert app.frames_shown == 1  # the samples, decoded first, came late
        assert app.caption.startswith("Reconstruct")


async def test_an_error_of_the_model_is_a_line_on_the_screen(pilot, model):
    plain_decode = model.decode

    def broken(latents_NZ):
        raise RuntimeError("out of memory")

    model.decode = broken
    await press(pilot, "r")
    assert "RuntimeError: out of memory" in screen_text(pilot.app)
    model.decode = plain_decode
    await press(pilot, "r")
    assert "out of memory" not in screen_text(pilot.app)
    assert "seed 2" in pilot.app.caption


async def test_without_images_a_view_says_what_would_give_some():
    app = fake_app(FakeModel(num_images=0))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        text = screen_text(app)
        assert "the checkpoint carries no images" in text
        assert "1 2 3 show what needs none" in text
        assert "vaetui explore best.pt --data" in " ".join(text.split())
        await press(pilot, "c")
        assert app.message == "there is no picture to draw again"
        await press(pilot, "s")
        assert app.message == "there is no picture to save"


@pytest.mark.parametrize(("key", "words"), [("2", "between draws of N(0, I)"), ("3", "around the prior's mean")])
async def test_without_images_paths_and_traversals_are_of_the_prior(key, words):
    app = fake_app(FakeModel(num_images=0))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        assert words in app.caption


async def test_keys_work_before_the_model_is_there(model):
    let_on = threading.Event()

    def open_late():
        assert let_on.wait(TIMEOUT_S)
        return model

    app = fake_app(open_model=open_late)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "loading best.pt" in screen_text(app)
        await pilot.press("3")
        await pilot.pause()
        assert "[3 Traverse]" in screen_text(app)
        await pilot.press("right", "r", "n", "s", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpDialog)
        await pilot.press("escape")
        let_on.set()
        await settle(pilot)
        assert app.state == dataclasses.replace(LatentState(), view="traverse", seed=1)
        assert app.caption.startswith("Traverse")


async def test_it_can_be_left_before_the_model_is_there():
    let_on = threading.Event()
    app = fake_app(open_model=lambda: let_on.wait(TIMEOUT_S))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        await pilot.pause()
    let_on.set()
    assert app.return_code == 0


@pytest.mark.parametrize("error", [VaeTuiError("no checkpoint", "name one"), RuntimeError("a bug")])
async def test_a_model_that_does_not_open_ends_the_app(error):
    def fail():
        raise error

    app = fake_app(open_model=fail)
    async with app.run_test(size=SIZE) as pilot:
        while app.failure is None:
            await pilot.pause()
    assert app.failure is error


async def test_a_small_terminal_says_what_it_needs_and_recovers(pilot):
    await pilot.resize_terminal(50, 12)
    await pilot.pause()
    text = screen_text(pilot.app)
    assert "The terminal has 50 × 12 cells" in text
    assert "60 × 16" in text
    assert "Samples" not in text
    await pilot.resize_terminal(*SIZE)
    await settle(pilot)
    text = screen_text(pilot.app)
    assert "needs" not in text
    assert "[1 Samples]" in text


async def test_a_resized_terminal_has_a_picture_of_its_size(pilot):
    picture = pilot.app.query_one(PictureArea)
    before = picture.canvas()
    await pilot.resize_terminal(140, 50)
    await settle(pilot)
    after = picture.canvas()
    assert after.columns > before.columns
    assert picture._frame.job.canvas == after


@pytest.mark.parametrize(("name", "view"), ordered_views(), ids=[name for name, _ in ordered_views()])
async def test_each_view_has_its_own_help_beside_the_models_numbers(pilot, name, view):
    await press(pilot, view.key, "question_mark")
    assert isinstance(pilot.app.screen, HelpDialog)
    text = "\n".join(str(part.visual) for part in pilot.app.screen.query(Static))
    assert view.question in text
    assert shipped_keymap().fill(view.help) in text
    assert "z7: 0.00 + 0.50 × eps" in text
    assert "KL 14.10" in text
    await pilot.press("question_mark")
    await settle(pilot)
    assert not isinstance(pilot.app.screen, HelpDialog)


async def test_the_theme_changes_and_the_paper_with_it(pilot):
    picture = pilot.app.query_one(PictureArea)
    dark = picture.canvas().paper
    await press(pilot, "t")
    assert pilot.app.theme == "vaetui-light"
    assert picture.canvas().paper != dark
    assert picture._frame.job.canvas.paper == picture.canvas().paper
    await press(pilot, "t")
    assert picture.canvas().paper == dark


async def test_the_palette_has_every_action(pilot):
    commands = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
    assert {"Samples", "Save PNG", "Theme", "New seed", "Command", "Quit"} <= set(commands)
    # Not that of the weights, of which this model has one kind, nor the three of a second checkpoint.
    assert len(commands) == len(pilot.app.BINDINGS) - 4 + len({"Open image file…"})
    await pilot.press("ctrl+p")
    await pilot.pause()
    assert isinstance(pilot.app.screen, CommandPalette)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("light", "Theme"),
        ("favourites", "Open favourites"),
        ("export lat", "Export latents…"),
        ("lerp", "Straight or arc"),
    ],
)
async def test_the_palette_finds_actions_by_name_and_by_what_they_do(pilot, words, title):
    provider = ActionsProvider(pilot.app.screen)
    hits = [hit async for hit in provider.search(words)]
    assert title in [str(hit.text or hit.match_display) for hit in hits]
    assert len(hits) < 10


async def test_the_palette_runs_what_was_found(pilot):
    theme = pilot.app.theme
    await pilot.press("ctrl+p", *"light")
    while not pilot.app.screen.query(OptionList).first().option_count:
        await pilot.pause()
    await pilot.press("enter")
    while len(pilot.app.screen_stack) > 1:
        await pilot.pause()
    await pilot.pause()
    assert pilot.app.theme != theme


async def test_a_click_on_a_key_of_the_footer_presses_it(pilot):
    footer = pilot.app.query_one(Footer)
    line = "".join(run.text for run in footer.lines(*footer.content_size)[-1])
    x, y = footer.content_region.x + line.index("new seed"), footer.content_region.bottom - 1
    await pilot.click(offset=(x, y))
    await settle(pilot)
    assert pilot.app.state.seed == 1


async def test_ctrl_c_leaves_from_a_dialog(pilot):
    await press(pilot, "question_mark", "ctrl+c")
    assert pilot.app.return_code == 0


async def test_a_click_on_a_view_shows_it(pilot):
    header = pilot.app.screen._compositor.render_strips()[2].text
    await pilot.click(offset=(header.index("3 Traverse") + 2, 2))
    await settle(pilot)
    assert pilot.app.state.view == "traverse"


async def test_nothing_moves_when_a_value_changes(pilot):
    await press(pilot, "3")
    before = screen_text(pilot.app).splitlines()
    await press(pilot, "right")
    after = screen_text(pilot.app).splitlines()
    assert [len(line) for line in before] == [len(line) for line in after]
    labels = [line.split("│")[0] for line in before], [line.split("│")[0] for line in after]
    footer = pilot.app.query_one(Footer).region.y
    assert labels[0][:footer] == labels[1][:footer]
