"""A picture's command, the picture as a file, its latents and the weights, under a pilot's keys."""

import dataclasses
import threading

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_app, press, screen_text, settle
from PIL import Image
from textual.widgets import Input, Static

from vae_tui.explorer.dialogs import CommandDialog
from vae_tui.explorer.taking_out import free_file
from vae_tui.explorer.view import ordered_views
from vae_tui.imaging import read_provenance
from vae_tui.pictures.latent_file import read_latents
from vae_tui.pictures.origin import command_line
from vae_tui.pictures.rendering import file_bytes

SIZE = (100, 32)
TIMEOUT_S = 30


@pytest.fixture
def model():
    return FakeModel()


@pytest.fixture
async def pilot(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = fake_app(model)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        yield pilot


async def saved(pilot):
    """Waits until a save is over and gives what is said of it."""
    while pilot.app.message in ("", "saving …"):
        await pilot.pause()
    await pilot.pause()
    return pilot.app.message


async def said(pilot, words):
    """Waits for a message."""
    while words not in pilot.app.message:
        await pilot.pause()


async def write(pilot, text):
    """Another text in the line that is asked for, and Enter."""
    await pilot.pause()
    line = pilot.app.screen.query_one(Input)
    line.value = text
    await pilot.press("enter")
    await pilot.pause()


@pytest.mark.parametrize(("name", "view"), ordered_views(), ids=[name for name, _ in ordered_views()])
async def test_each_view_shows_and_copies_its_command_in_full(pilot, name, view):
    await press(pilot, "right", view.key, "c")
    assert isinstance(pilot.app.screen, CommandDialog)
    shown = str(pilot.app.screen.query(".dialog--command").only_one(Static).visual)
    assert shown == command_line(pilot.app.request(), ORIGIN)
    assert shown == pilot.app.clipboard
    assert shown.startswith(f"vaetui {pilot.app.request().command_name} run/best.pt")
    assert ("7=0.1" in shown) == ("value" in view.always)


async def test_a_command_has_no_other_pictures_caption(pilot, model, monkeypatch):
    let_on, decode = threading.Event(), model.decode

    def decode_late(latents_NZ):
        assert let_on.wait(TIMEOUT_S)
        return decode(latents_NZ)

    monkeypatch.setattr(model, "decode", decode_late)
    await pilot.press("3", "c")
    await pilot.pause()
    said = "\n".join(str(part.visual) for part in pilot.app.screen.query(Static))
    let_on.set()
    assert "vaetui traverse" in said
    assert "Samples" not in said


class HeldModel(FakeModel):
    """A model without images, and without anything else, until its gate is opened."""

    def __init__(self):
        super().__init__(num_images=0)
        self.gate = threading.Event()
        self.gate.set()

    def decode(self, latents_NZ):
        self.gate.wait(TIMEOUT_S)
        return super().decode(latents_NZ)


@pytest.fixture
async def held(tmp_path, monkeypatch):
    """A pilot whose pictures are held, with the model's gate to let them go."""
    monkeypatch.chdir(tmp_path)
    model = HeldModel()
    async with fake_app(model).run_test(size=SIZE) as pilot:
        await settle(pilot)
        model.gate.clear()
        yield pilot, model.gate
        model.gate.set()


async def come(pilot, gate, is_there):
    gate.set()
    while not is_there():
        await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("key", ["c", "s", "g"])
async def test_what_has_no_picture_has_no_command_before_that_is_known_either(held, tmp_path, key):
    pilot, gate = held
    app = pilot.app
    await pilot.press("r")  # the render thread is busy with it
    await pilot.press("4", key)
    assert app.message == "the picture is on its way"
    await come(pilot, gate, lambda: "there is no picture" in app.message)
    assert len(app.screen_stack) == 1
    assert list(tmp_path.iterdir()) == []


async def test_a_command_that_was_asked_for_too_early_comes_with_the_picture(held):
    pilot, gate = held
    app = pilot.app
    await pilot.press("r", "3", "c")
    assert len(app.screen_stack) == 1
    await come(pilot, gate, lambda: len(app.screen_stack) == 2)
    said = "\n".join(str(part.visual) for part in app.screen.query(Static))
    assert "vaetui traverse" in said
    assert "--centre prior" in said
    assert "Traverse · " in said  # its caption: the picture is there
    assert app.message == ""


async def test_what_was_asked_for_too_early_is_forgotten_in_another_view(held, tmp_path):
    pilot, gate = held
    await pilot.press("r", "3", "s", "1")
    gate.set()
    await settle(pilot)
    await press(pilot, "3")
    assert list(tmp_path.iterdir()) == []
    assert pilot.app.message == ""


async def test_a_picture_that_was_to_be_saved_too_early_is_saved_when_it_comes(held, tmp_path):
    pilot, gate = held
    await pilot.press("r", "3", "s")
    await come(pilot, gate, lambda: pilot.app.message.startswith("saved"))
    assert [path.name for path in tmp_path.iterdir()] == ["traverse-1.png"]


async def test_a_current_folder_that_is_gone_is_said(pilot, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    await pilot.press("s")
    await saved(pilot)
    assert pilot.app.message == "not saved: No such file or directory"


async def test_a_saved_picture_is_what_its_command_draws(pilot, model, tmp_path):
    await press(pilot, "3", "right")
    await pilot.press("s")
    assert await saved(pilot) == f"saved traverse-1.png in {tmp_path}"
    path = tmp_path / "traverse-1.png"
    expected = file_bytes(pilot.app.request(), model, ORIGIN, model.summary.checkpoint_hash, moving=False)
    assert path.read_bytes() == expected
    assert read_provenance(path).command == command_line(pilot.app.request(), ORIGIN, canonical=True)
    await pilot.press("s")
    assert "traverse-2.png" in await saved(pilot)
    assert path.read_bytes() == expected


async def test_a_moving_picture_is_saved_as_gif(pilot, tmp_path):
    await press(pilot, "2")
    await pilot.press("g")
    assert "interpolate-1.gif" in await saved(pilot)
    with Image.open(tmp_path / "interpolate-1.gif") as image:
        assert image.n_frames > 1


async def test_a_save_that_fails_says_why(pilot, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    await pilot.press("s")
    assert await saved(pilot) == "not saved: No space left on device"
    assert list(tmp_path.iterdir()) == []


async def test_a_model_that_fails_in_a_save_is_said(pilot, model):
    def broken(latents_NZ):
        raise RuntimeError("out of memory")

    model.decode = broken
    await pilot.press("g")  # what is on the screen is not decoded again
    assert await saved(pilot) == "not saved: RuntimeError: out of memory"


async def test_a_long_command_is_shown_whole(model):
    app = fake_app(FakeModel(latent_dim=128))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.state = dataclasses.replace(app.state, edits=tuple((dim, 1.25) for dim in range(60)))
        await settle(pilot)
        await press(pilot, "c")
        x, y, width, height = app.screen.query_one(".dialog--command").region
        shown = "".join(line[x : x + width] for line in screen_text(app).splitlines()[y : y + height])
        command = command_line(app.request(), ORIGIN)
        assert len(command) > 400
        assert command.replace(" ", "") in shown.replace(" ", "")
        assert f"Copied, all {len(command)} characters" in screen_text(app)


async def test_inside_tmux_the_command_goes_to_tmux_too(pilot, monkeypatch):
    given = []
    monkeypatch.setattr("vae_tui.explorer.taking_out.load_buffer", lambda text, environment: given.append(text))
    monkeypatch.setenv("TMUX", "/tmp/tmux,1,0")
    await press(pilot, "c")
    while not given:
        await pilot.pause()
    assert given == [command_line(pilot.app.request(), ORIGIN)]
    assert "to tmux, whose prefix ]" in screen_text(pilot.app)


async def test_the_pictures_latents_are_exported(pilot, tmp_path):
    await press(pilot, "4", "ctrl+e")
    await pilot.pause()
    assert pilot.app.screen.query_one(Input).value == "reconstruct-latents.npz"
    await pilot.press("enter")
    await said(pilot, "the picture's latents written to reconstruct-latents.npz")
    assert read_latents(tmp_path / "reconstruct-latents.npz").latents_NZ.shape == (12, 8)
    await pilot.press("ctrl+e")
    await pilot.pause()
    assert pilot.app.screen.query_one(Input).value == "reconstruct-latents-2.npz"
    await write(pilot, "weights.pth")
    await said(pilot, "the weights written to weights.pth")
    assert (tmp_path / "weights.pth").read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x.txt", "neither an .npz nor a .pth"),
        ("no/x.npz", "there is no folder"),
        ("", "give the name"),
        ("~nobody-of-that-name/x.npz", "there is no folder"),
        (f"{'x' * 300}/x.npz", "there is no folder"),
        ("folder.npz", "is a folder"),
    ],
)
async def test_an_export_that_can_not_be_is_said(pilot, tmp_path, name, why):
    (tmp_path / "folder.npz").mkdir()
    await pilot.press("ctrl+e")
    await write(pilot, name)
    assert why in str(pilot.app.screen.query(".prompt--said").first().render())


async def test_a_name_that_no_file_can_have_is_said(pilot):
    await pilot.press("ctrl+e")
    await write(pilot, f"{'x' * 300}.npz")
    await said(pilot, "can't be written: File name too long")


async def test_an_export_asks_before_it_writes_over_a_file(pilot, tmp_path):
    (tmp_path / "a.npz").write_bytes(b"older")
    await pilot.press("ctrl+e")
    await write(pilot, "a.npz")
    assert "Enter again writes over it" in str(pilot.app.screen.query(".prompt--said").first().render())
    assert (tmp_path / "a.npz").read_bytes() == b"older"
    await pilot.press("enter")
    await said(pilot, "written to a.npz")
    assert len(read_latents(tmp_path / "a.npz").latents_NZ) == 64


def test_a_free_name_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert free_file("x", ".npz") == "x.npz"
    (tmp_path / "x.npz").touch()
    assert free_file("x", ".npz") == "x-2.npz"
