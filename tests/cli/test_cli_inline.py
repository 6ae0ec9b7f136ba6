import base64
import io
import re
import shlex

import numpy as np
import pytest
from cli_fakes import fake_program, run_in_terminal
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER
from vae_tui.pictures.contract import Drawing
from vae_tui.terminal import detection
from vae_tui.terminal.halfblock import HalfblockPainter
from vae_tui.terminal.inline import Room, open_room, show
from vae_tui.terminal.kitty import KittyPainter
from vae_tui.terminal.sixel import SixelPainter

CAPTION = "4 samples of N(0, I) · seed 0 · temperature 1"
ASKS = "\x1b[c"


@pytest.fixture
def model_path(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(b"stands for a checkpoint")
    return path


def shown(model_path, *arguments: str, **options):
    done = run_in_terminal([*fake_program(), "sample", str(model_path), "-n", "4", *arguments], **options)
    assert done.code == 0, done.out
    return done.out


def test_a_terminal_shows_the_picture_its_caption_and_its_command(model_path):
    out = shown(model_path, COLORTERM="truecolor")

    picture, caption, rest = out.partition(CAPTION)
    assert caption
    assert shlex.split(rest)[:3] == ["vaetui", "sample", str(model_path)]
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip("\r") for line in picture.split("\n") if "48;2;" in line]
    assert len(rows) == 17  # 2 x 16 pixels and a gutter, two a row, on 24 rows less 6
    assert {len(row.rpartition("\x1b")[2]) for row in rows[1:]} == {33}
    assert "38;2;" in picture


def test_a_real_checkpoint_is_shown_too(checkpoint_path):
    done = run_in_terminal([*fake_program()[:1], "-m", "vae_tui", "reconstruct", str(checkpoint_path), "-n", "3"])

    assert done.code == 0
    assert "▀" in done.out
    assert "test images 0 to 2 · error " in done.out
    assert "rows: original · decoded" in done.out


def test_without_a_keyboard_nothing_is_asked_of_the_terminal(model_path):
    out = shown(model_path, keyboard=False)

    assert ASKS not in out
    assert "▀" in out


def test_a_named_protocol_is_not_asked_for(model_path):
    assert ASKS in shown(model_path)
    assert ASKS not in shown(model_path, "--graphics", "halfblock")


@pytest.mark.parametrize("keyboard", [True, False])
@pytest.mark.parametrize(("graphics", "mark"), [("kitty", "\x1b_Ga=T"), ("sixel", "\x1bP")])
def test_a_named_protocol_is_used(graphics, mark, keyboard, model_path):
    out = shown(model_path, "--graphics", graphics, keyboard=keyboard)

    assert out.index(mark) < out.index(CAPTION)
    assert "▀" not in out


def test_no_color_leaves_the_picture_its_colours_and_the_text_none(model_path):
    out = shown(model_path, NO_COLOR="1", COLORTERM="truecolor")

    picture, _, text = out.partition(CAPTION)
    assert "38;2;" in picture
    assert "\x1b[" not in text


def test_a_terminal_without_colours_is_told_to_save(model_path):
    done = run_in_terminal([*fake_program(), "sample", str(model_path)], TERM="dumb")

    assert done.code == 2
    assert "-o FILE.png" in done.out
    assert "Traceback" not in done.out


def test_a_terminal_too_small_is_told_so(model_path):
    done = run_in_terminal([*fake_program(), "sample", str(model_path), "-n", "400"], columns=12, rows=5)

    assert done.code == 2
    assert "too small" in " ".join(done.out.split())


def test_errors_wrap_between_words_on_a_terminal(model_path):
    done = run_in_terminal(
        [*fake_program(), "sample", str(model_path), "--z", "1", "--latent", "/a/" + "long-" * 12 + "name.npz"],
        columns=40,
    )

    assert done.code == 2
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", done.out)
    assert text.startswith("error: ")
    assert "\nhint: " in text


def test_errors_are_in_colour_on_a_terminal_unless_no_color_is_set(model_path):
    words = [*fake_program(), "sample", str(model_path), "-n", "0"]

    assert "\x1b[1;31merror" in run_in_terminal(words).out
    assert "\x1b[1merror" in run_in_terminal(words, NO_COLOR="1").out


def test_half_cells_are_padded_to_whole_cells_with_paper(capsys, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    picture = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [1, 2, 3]], [[9, 9, 9], [8, 8, 8]]], np.uint8)

    show(picture, Room(HalfblockPainter(), 80, 20))

    first, second = capsys.readouterr().out.splitlines()
    assert re.findall(r"[34]8;2;(\d+;\d+;\d+)", first) == ["255;0;0", "0;0;255", "0;255;0", "1;2;3"]
    paper = ";".join(map(str, PAPER))
    assert re.findall(r"[34]8;2;(\d+;\d+;\d+)", second) == ["9;9;9", paper, "8;8;8", paper]


def test_a_picture_of_pixels_is_placed_and_the_cursor_goes_below_it(capsys):
    picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)

    show(picture, Room(KittyPainter((10, 20)), 80, 20))

    text = capsys.readouterr().out
    assert text.startswith("\n\n\n\x1b[3A\x1b7\x1b_G")
    assert text.endswith("\x1b8\x1b[3B\r")
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "c=4,r=3,C=1" in chunks[0][0]
    payload = "".join(payload for keys, payload in chunks if "a=d" not in keys)
    with Image.open(io.BytesIO(base64.b64decode(payload))) as image:
        shown_HW3 = np.asarray(image)
    np.testing.assert_array_equal(shown_HW3[:50], picture)
    assert (shown_HW3[50:] == PAPER).all()


def test_the_room_leaves_rows_to_the_text(monkeypatch):
    monkeypatch.setattr(detection, "find_tty", lambda: None)  # then cells are a VT340's, 10 x 20

    room = open_room("halfblock", 80, 24)
    assert (room.width, room.height, room.gutter) == (80, 36, 1)
    room = open_room("kitty", 80, 24)
    assert (room.width, room.height, room.gutter) == (800, 360, 4)


def test_sixel_pictures_stay_within_what_xterm_draws():
    room = Room(SixelPainter((12, 25), 256), 200, 100)

    assert (room.width, room.height) == (1000, 1000)


def test_sixel_pictures_keep_their_pixels(capsys):
    show(np.full((30, 25, 3), 200, np.uint8), Room(SixelPainter((10, 20), 256), 80, 20))

    # 30 x 25 pixels are padded to whole cells, as textual-image would else rescale them
    assert '"1;1;30;40' in capsys.readouterr().out


def test_a_pseudo_terminal_of_no_size_has_cells_all_the_same(model_path):
    assert CAPTION in shown(model_path, "--graphics", "kitty", columns=0, rows=0)


def test_drawings_know_their_rows():
    tiles = np.zeros((5, 2, 3, 3), np.uint8)

    drawing = Drawing(tiles, 2, np.zeros((5, 1), np.float32), "caption")

    assert (drawing.rows, drawing.tile_shape) == (3, (2, 3))


def test_show_refuses_a_terminal_without_colours(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")

    with pytest.raises(VaeTuiError, match="no colours"):
        show(np.zeros((2, 2, 3), np.uint8), Room(HalfblockPainter(), 80, 20))
