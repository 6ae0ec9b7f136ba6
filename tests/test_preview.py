"""The preview of an epoch, and the strip that a terminal shows of it."""

import base64
import dataclasses
import io
import pathlib
import re
import sys

import numpy as np
import pyte
import pytest
import torch
from PIL import Image
from rich.console import Console

from vae_tui.config import resolve
from vae_tui.errors import VaeTuiError
from vae_tui.latent import prior_latents
from vae_tui.models.contract import ModelSpec
from vae_tui.progress import TrainingDisplay, strip
from vae_tui.progress.strip import Strip
from vae_tui.summary import EpochMetrics
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.inline import Room
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.training.events import EpochDone, RunStarted, StepsDone
from vae_tui.training.preview import NUM_TILES, Preview, make_preview

METRICS = EpochMetrics(1, 104.04, 88.2, 15.84, 85.12, 69.0, 16.12, 4, 37.25, 1340.4, 41.0)


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def console(width: int = 80, height: int = 24, **environment: str) -> Console:
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment
    return Console(file=Terminal(), force_terminal=True, width=width, height=height, _environ=colours)


def flat(*values: int, side: int = 32) -> np.ndarray:
    """Grey square tiles of these values."""
    return np.repeat(np.asarray(values, np.uint8), side * side * 3).reshape(len(values), side, side, 3)


@pytest.fixture
def preview() -> Preview:
    """Eight of each: originals are 10 to 17, reconstructions 110 to 117, samples 210 to 217."""
    return Preview(*(flat(*range(first, first + NUM_TILES)) for first in (10, 110, 210)))


@pytest.fixture(autouse=True)
def half_cells(monkeypatch):
    """No test asks the terminal that it runs in."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(strip, "choose_painter", lambda graphics: HalfblockPainter())


@pytest.fixture
def model():
    return ModelSpec("fc", (3, 8, 8), 4, {"hidden": 16}).build(seed=0)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_a_preview_is_the_images_their_means_decoded_and_the_priors_first_latents(model, images):
    preview = make_preview(model, images)
    np.testing.assert_array_equal(preview.originals, images.permute(0, 2, 3, 1).numpy())
    with torch.no_grad():
        mean = model.encode(model.scaling.to_model(images)).mean_BZ
        for tiles, latents in (
            (preview.reconstructions, mean),
            (preview.samples, torch.from_numpy(prior_latents(NUM_TILES, 4, 0))),
        ):
            expected = model.scaling.to_uint8(model.decode(latents)).permute(0, 2, 3, 1).numpy()
            np.testing.assert_array_equal(tiles, expected)
            assert tiles.dtype == np.uint8
            assert tiles.flags.c_contiguous


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_a_preview_of_other_channels_is_as_they_are_shown(channels):
    model = ModelSpec("fc", (channels, 8, 8), 4, {"hidden": 16}).build(seed=0)
    images = torch.arange(channels, dtype=torch.uint8).reshape(1, channels, 1, 1).expand(5, -1, 8, 8)
    preview = make_preview(model, images)
    assert preview.originals[0, 0, 0].tolist() == {1: [0, 0, 0], 2: [0, 1, 0], 4: [0, 1, 2]}[channels]
    assert preview.originals.shape == preview.reconstructions.shape == (5, 8, 8, 3)
    assert preview.samples.shape == (NUM_TILES, 8, 8, 3)


def test_a_preview_changes_neither_the_models_mode_nor_torchs_generator(model, images):
    for training in (True, False):
        model.train(training)
        before = torch.get_rng_state()
        first, second = make_preview(model, images), make_preview(model, images)
        assert model.training is training
        assert torch.equal(torch.get_rng_state(), before)
        np.testing.assert_array_equal(first.samples, second.samples)
    assert not np.array_equal(make_preview(model, images, seed=1).samples, first.samples)


def test_a_model_that_fails_is_left_in_its_mode(model):
    with pytest.raises(RuntimeError):
        make_preview(model, torch.zeros((1, 3, 5, 5), dtype=torch.uint8))
    assert model.training


def test_grey_images_become_rgb():
    model = ModelSpec("fc", (1, 8, 8), 4, {"hidden": 16}).build(seed=0)
    preview = make_preview(model, torch.full((2, 1, 8, 8), 7, dtype=torch.uint8))
    assert preview.originals.shape == preview.reconstructions.shape == (2, 8, 8, 3)
    assert (preview.originals == 7).all()
    assert preview.samples.shape == (NUM_TILES, 8, 8, 3)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_images_are_moved_to_the_models_device(model, images):
    on_cpu = make_preview(model, images)
    on_gpu = make_preview(model.cuda(), images)
    np.testing.assert_allclose(on_gpu.samples, on_cpu.samples, atol=1)
    np.testing.assert_array_equal(on_gpu.originals, on_cpu.originals)


def drawn_picture(drawn_text: str) -> np.ndarray:
    """The picture that a Kitty sequence holds."""
    payload = "".join(re.findall(r"\x1b_G[^;]*;([^\x1b]*)\x1b\\", drawn_text))
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(payload))))


def text_of(drawn) -> str:
    screen = console()
    screen.print(drawn, end="", crop=False)
    return screen.file.getvalue()


def test_the_strip_has_pairs_to_the_left_and_samples_to_the_right(preview):
    # Cells of 10 x 20, 80 columns: 790 pixels, less 40 for the gap, hold 11 tiles of 64 with 4 between them.
    drawn = Strip(KittyPainter((10, 20))).draw(preview, "held out", 80, 50)
    picture = drawn_picture(text_of(drawn))
    assert picture.shape[1] <= 790
    assert picture.shape[0] == 140  # 7 rows for 2 x 64 + 4 pixels
    pairs = picture[32, 32 : 8 * 68 : 68, 0].tolist(), picture[100, 32 : 8 * 68 : 68, 0].tolist()
    assert pairs == (list(range(10, 18)), list(range(110, 118)))
    left = drawn.label.index("samples") * 10
    samples = picture[32, left + 32 :: 68, 0].tolist() + picture[100, left + 32 :: 68, 0].tolist()
    assert samples == [210, 211, 212, 213, 214, 215]
    assert picture[32, left, 0] == 210  # the label stands above the first sample
    assert picture[32, left - 1, 0] not in (17, 210)
    assert drawn.label.startswith("held out, decoded below ")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
@pytest.mark.parametrize(
    ("cell_size", "side"), [((1, 2), 32), ((1, 2), 28), ((8, 17), 64), ((10, 20), 32), ((20, 40), 32), ((10, 20), 300)]
)
def test_a_strip_fits_its_terminal(columns, cell_size, side):
    tiles = flat(*range(NUM_TILES), side=side)
    painter = HalfblockPainter() if cell_size == (1, 2) else KittyPainter(cell_size)
    for screen_rows in (24, 60):
        room = Strip(painter)._room(columns, screen_rows)
        layout = strip.strip_layout((side, side), room)
        picture, offset = strip.compose_strip(Preview(tiles, tiles, tiles), layout, cell_size[0])
        assert picture.shape[1] <= (columns - 1) * cell_size[0]
        assert picture.shape[0] <= room.rows * cell_size[1] <= 12 * cell_size[1]
        assert room.rows <= screen_rows // 2
        assert 0 < offset < columns


def test_fewer_images_make_a_shorter_strip():
    tiles = flat(10, 20)
    drawn = Strip(KittyPainter((10, 20))).draw(Preview(tiles, tiles, flat(30)), "held out", 80, 50)
    picture = drawn_picture(text_of(drawn))
    left = drawn.label.index("samples") * 10
    assert picture[32, [32, 100], 0].tolist() == [10, 20]
    assert left < 250
    assert picture[32, left + 32, 0] == 30


def test_a_terminal_of_a_few_cells_shows_no_strip(preview):
    assert Strip(HalfblockPainter()).draw(preview, "held out", 5, 24) is None
    assert Strip(HalfblockPainter()).draw(preview, "held out", 80, 1) is None
    assert Strip(KittyPainter((10, 20))).draw(preview, "held out", 1, 24) is None
    assert strip.strip_layout((8, 4000), Room(HalfblockPainter(), 40, 10)) is None


def test_a_kitty_strip_takes_no_earlier_one_off_the_screen(preview):
    kitty = Strip(KittyPainter((10, 20)))
    texts = [text_of(kitty.draw(preview, "held out", 80, 50)) for _ in range(5)]
    placed = [re.search(r"a=T[^;]*,i=(\d+)", text).group(1) for text in texts]
    deleted = [number for text in texts for number in re.findall(r"a=d[^;\x1b]*i=(\d+)", text)]
    assert len(set(placed)) == 5
    assert not set(placed) & set(deleted)


def test_colours_stay_under_no_color(preview, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    drawn = Strip(HalfblockPainter()).draw(preview, "held out", 80, 24)
    screen = console(NO_COLOR="1")
    screen.print(drawn, end="", crop=False)
    assert "38;2;10;10;10" in screen.file.getvalue()


def test_the_terminal_behind_standard_error_is_asked_and_standard_output_left_as_it_was(monkeypatch):
    asked = []
    monkeypatch.setattr(
        strip, "choose_painter", lambda graphics: asked.append((graphics, sys.__stdout__)) or HalfblockPainter()
    )
    before = sys.__stdout__
    screen = console()
    monkeypatch.setattr(strip, "_has_the_keyboard", lambda: True)
    assert Strip.on(screen) is not None
    monkeypatch.setattr(strip, "_has_the_keyboard", lambda: False)
    assert Strip.on(screen) is not None
    assert asked == [("auto", screen.file), ("halfblock", screen.file)]
    assert sys.__stdout__ is before


def test_a_job_in_the_background_asks_nothing(monkeypatch):
    class Keyboard(Terminal):
        def fileno(self) -> int:
            return 0

    monkeypatch.setattr(sys, "__stdin__", Keyboard())
    monkeypatch.setattr(strip.os, "getpgrp", lambda: 7)
    for foreground, expected in ((7, True), (8, False)):
        monkeypatch.setattr(strip.os, "tcgetpgrp", lambda fd, group=foreground: group)
        assert strip._has_the_keyboard() is expected
    monkeypatch.setattr(sys, "__stdin__", io.StringIO())
    assert strip._has_the_keyboard() is False


def test_what_is_no_terminal_shows_nothing(preview):
    for file, forced in ((io.StringIO(), False), (io.StringIO(), True), (Terminal(), False)):
        screen = Console(file=file, force_terminal=forced, width=80, height=24, _environ={})
        assert Strip.on(screen) is None
    screen = Console(file=io.StringIO(), width=80, _environ={})
    run(screen, preview)
    assert "held out, decoded" not in screen.file.getvalue()


def run(screen: Console, preview: Preview, num_test: int = 10, *, wanted: bool = True, epochs: int = 3) -> None:
    """Two epochs of three with a preview each, left in the middle of the third."""
    config = resolve("cifar10", {"epochs": epochs, "latent_dim": 4})
    shape = (3, 32, 32)
    display = TrainingDisplay(screen, preview=wanted)
    display.show(RunStarted(config, pathlib.Path("run"), "cpu", 9, 50, num_test, shape, 6, 1, 0, "squared error", ()))
    for epoch in (1, 2):
        display.show(StepsDone(epoch, 3, 110.5, 92.25, 18.25, 1339.6))
        metrics = dataclasses.replace(METRICS, epoch=epoch)
        display.show(EpochDone(metrics, True, np.ones(4, np.float32), preview))
    display.show(StepsDone(3, 3, 90.5, 92.25, 18.25, 1339.6))


def rows_of(screen: Console, height: int = 60) -> list[str]:
    """What a terminal of so many rows shows after all that was written."""
    terminal = pyte.Screen(80, height)
    stream = pyte.Stream(terminal)
    stream.feed(screen.file.getvalue().replace("\n", "\r\n"))
    return [row.rstrip() for row in terminal.display]


def test_each_epochs_strip_stands_below_its_line_and_the_bars_below_all(preview):
    screen = console()
    run(screen, preview)
    rows = [row for row in rows_of(screen) if row]
    labels = [index for index, row in enumerate(rows) if row.startswith("held out, decoded below")]
    assert len(labels) == 2
    for epoch, label in enumerate(labels, 1):
        assert rows[label - 1].split()[0] == f"{epoch}/3"
    assert rows[-3].startswith("epoch 3/3")
    assert rows[-2].startswith("run")
    assert rows[-1].startswith("loss ")
    assert sum(row.startswith("run") for row in rows) == 1
    assert sum(row.startswith("epoch ") and "error" in row and "/3" in row for row in rows) == 1


def test_the_cells_of_the_strip_are_its_pixels(preview):
    screen = console()
    run(screen, preview)
    terminal = pyte.Screen(80, 60)
    pyte.Stream(terminal).feed(screen.file.getvalue().replace("\n", "\r\n"))
    label = next(row for row in range(60) if terminal.display[row].startswith("held out"))
    left = terminal.display[label].index("samples")
    assert terminal.buffer[label + 1][0].bg == "0a0a0a"  # the first original, 10
    assert terminal.buffer[label + 10][0].bg == "6e6e6e"  # below it its reconstruction, 110
    assert terminal.buffer[label + 1][left].bg == "d2d2d2"  # the first sample, 210


def test_where_nothing_is_held_out_the_images_are_called_so(preview):
    screen = console()
    run(screen, preview, num_test=0)
    assert "training images, decoded below" in screen.file.getvalue()


def test_no_preview_is_drawn_that_nobody_asked_for(preview, monkeypatch):
    monkeypatch.setattr(strip, "choose_painter", lambda graphics: pytest.fail("the terminal was asked"))
    screen = console()
    run(screen, preview, wanted=False)
    assert "decoded below" not in screen.file.getvalue()


def test_a_terminal_without_colours_is_told_once(preview, monkeypatch):
    monkeypatch.setattr(strip, "show", lambda picture, room: (_ for _ in ()).throw(VaeTuiError("no colours")))
    screen = console()
    run(screen, preview)
    assert screen.file.getvalue().count("no preview: no colours") == 1
