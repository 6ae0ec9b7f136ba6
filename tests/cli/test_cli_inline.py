import base64
import io
import re
import shlex

import numpy as np
import pytest
from cli_fakes import fake_program, run_in_terminal
from PIL import Image
from rich.console import Console

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.contract import Drawing
from vae_tui.terminal import inline
from vae_tui.terminal.inline import Canvas, HalfBlocks, kitty_placement, open_canvas, show

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
    rows = [line for line in picture.split("\n") if "▀" in line]
    assert len(rows) == 17  # 2 x 16 pixels and a gutter, two a row, on 24 rows less 6
    assert {line.count("▀") for line in rows} == {33}
    assert "38;2;" in picture


def test_a_real_checkpoint_is_shown_too(checkpoint_path):
    done = run_in_terminal([*fake_program()[:1], "-m", "vae_tui", "reconstruct", str(checkpoint_path), "-n", "3"])

    assert done.code == 0
    assert "▀" in done.out
    assert "test images 0 to 2 above their reconstructions" in done.out
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


def test_half_blocks_hold_two_pixels_a_cell():
    picture = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [1, 2, 3]], [[9, 9, 9], [8, 8, 8]]], np.uint8)
    console = Console(color_system="truecolor", force_terminal=True, width=10, no_color=False)

    lines = console.render_lines(HalfBlocks(picture), pad=False)

    def pair(style):
        return style.color.triplet.rgb, style.bgcolor and style.bgcolor.triplet.rgb

    cells = [[pair(segment.style) for segment in line] for line in lines if line]
    assert cells == [
        [("rgb(255,0,0)", "rgb(0,0,255)"), ("rgb(0,255,0)", "rgb(1,2,3)")],
        [("rgb(9,9,9)", None), ("rgb(8,8,8)", None)],
    ]


def test_kitty_gets_the_pixels_in_chunks_and_the_cursor_below_them():
    picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)

    text = kitty_placement(picture, cell_height=20)

    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert text.startswith("\n\n\n\x1b[3A\x1b_G")
    assert text.endswith("\x1b[3B\r")
    assert chunks[0][0] == "a=T,f=100,C=1,q=2,m=1"
    assert [keys for keys, _ in chunks[1:]] == ["m=1"] * (len(chunks) - 2) + ["m=0"]
    assert all(len(payload) <= 4096 and len(payload) % 4 == 0 for _, payload in chunks)
    with Image.open(io.BytesIO(base64.b64decode("".join(payload for _, payload in chunks)))) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)


def test_a_canvas_leaves_rows_to_the_text(monkeypatch):
    monkeypatch.setattr(inline, "_cell_size", lambda: (10, 20))

    assert open_canvas("halfblock", 80, 24) == Canvas("halfblock", 80, 18, 1, 2)
    canvas = open_canvas("kitty", 80, 24)
    assert (canvas.width, canvas.height, canvas.gutter) == (800, 360, 4)


def test_sixel_pictures_stay_within_what_xterm_draws(monkeypatch):
    monkeypatch.setattr(inline, "_cell_size", lambda: (12, 25))

    canvas = open_canvas("sixel", 200, 100)

    assert (canvas.width, canvas.height) == (996, 1000)


def test_sixel_pictures_keep_their_pixels(monkeypatch, capsys):
    canvas = Canvas("sixel", 80, 20, 10, 20)
    show(np.full((30, 25, 3), 200, np.uint8), canvas)

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
        show(np.zeros((2, 2, 3), np.uint8), Canvas("halfblock", 80, 20, 1, 2))
