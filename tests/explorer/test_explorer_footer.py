import pytest
from rich.cells import cell_len

from vae_tui.explorer.footer import Footer, caption_lines, message_lines
from vae_tui.explorer.key_contexts import shipped_keymap

CAPTION = "Samples · draw:12:5 · 64 samples of N(0, I) · seed 5 · temperature 1 · z 3=1.5,17=-2"


def test_a_caption_that_fits_is_whole():
    assert caption_lines(CAPTION, 120, 1) == [CAPTION]
    assert " ".join(caption_lines(CAPTION, 50, 2)) == CAPTION


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (76, "Samples · draw:12:5 · 64 samples of N(0, I) · seed 5 · temperature 1 · …"),
        (60, "Samples · draw:12:5 · 64 samples of N(0, I) · seed 5 · …"),
        (40, "Samples · draw:12:5 · seed 5 · …"),
        (24, "Samples · draw:12:5 · …"),
        (12, "Samples · …"),
    ],
)
def test_a_longer_one_keeps_the_tile_and_the_seed(width, shown):
    assert caption_lines(CAPTION, width, 1) == [shown]


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        (
            "Traverse · dimensions by KL over -3 to 3 · around the mean of test image 0's posterior",
            "Traverse · by KL over -3 to 3 · around the mean of test image 0's posterior",
        ),
        (
            "Traverse · dimensions by KL over ±2 standard deviations of the aggregate posterior · prior's mean",
            "Traverse · dimensions by KL over ±2 standard deviations · prior's mean",
        ),
        (
            "Reconstruct · test images 0 to 11 · error 41.4 on average · KL 23.2 nats · PSNR 18.9 dB · from the mean",
            "Reconstruct · test images 0–11 · error 41.4 · KL 23.2 nats · PSNR 18.9 dB",
        ),
    ],
)
def test_a_longer_one_is_said_shorter_first(caption, shown):
    assert caption_lines(caption, 78, 1) == [shown]
    assert caption_lines(caption, 120, 1) == [caption]


def test_parts_that_are_too_long_alone_are_cut():
    assert caption_lines(f"Map · {'word ' * 30}", 20, 1) == ["Map · word word …"]


def test_no_room_is_no_caption():
    assert caption_lines(CAPTION, 80, 0) == []


WIDE = "Reconstruct · 画像 3 猫と犬 · 潜在空間 の 中央 · " + "平均からの再構成" * 4


@pytest.mark.parametrize("width", [10, 21, 34, 57])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_letters_of_two_cells_are_counted_as_two(width, most):
    lines = caption_lines(WIDE, width, most)
    assert 1 <= len(lines) <= most
    assert max(map(cell_len, lines)) <= width
    said = texts_of(message_lines(WIDE, width, width, most))
    assert len(said) <= most
    assert max(map(cell_len, said)) <= width
    assert cell_len(said[0]) > width - 14


def test_what_fits_in_letters_and_not_in_cells_takes_more_lines():
    caption = "Samples · " + "猫" * 20
    assert caption_lines(caption, 50, 2) == [caption]
    assert caption_lines(caption, 44, 2) == ["Samples ·", "猫" * 20]
    assert caption_lines(caption, 30, 3) == ["Samples ·", "猫" * 15, "猫" * 5]


def texts_of(lines):
    return ["".join(run.text for run in line) for line in lines]


def test_a_message_takes_as_many_lines_as_it_needs():
    path = f"/home/somebody/.local/state/vaetui/shelves/{'0123456789abcdef' * 4}.json.broken-1"
    message = f"broken favourites put aside as {path}: it is of another checkpoint"
    lines = texts_of(message_lines(message, 80, 80, 3))
    assert [line[:2] for line in lines] == ["▸ ", *["  "] * (len(lines) - 1)]
    assert "".join(line[2:] for line in lines).replace(" ", "") == message.replace(" ", "")
    assert max(map(len, lines)) <= 80
    cut = texts_of(message_lines(message, 80, 80, 2))
    assert f"{path}:" in "".join(line[2:] for line in cut)
    assert cut[-1].endswith("…")
    assert max(map(len, cut)) <= 80


def test_a_message_that_fits_beside_what_else_is_said_has_one_line():
    assert texts_of(message_lines("kept as favourite-1", 80, 40, 2)) == ["▸ kept as favourite-1"]
    assert len(message_lines("kept as favourite-1 " * 2, 60, 40, 2)) == 1
    assert message_lines("", 80, 80, 2) == []


def test_a_long_message_stands_in_the_place_of_the_caption():
    footer = Footer(shipped_keymap())
    footer.set_reactive(Footer.caption, "Samples")
    footer.set_reactive(Footer.run_status, "epoch 3")
    footer.set_reactive(Footer.message, "favourites can't be kept: " + "why " * 20 + "do that")
    above, below = texts_of(footer.lines(76, 2))
    assert above.startswith("▸ favourites can't be kept")
    assert below.endswith("do that")
    footer.set_reactive(Footer.message, "kept")
    assert texts_of(footer.lines(76, 2)) == ["Samples", f"{'▸ kept':<69}epoch 3"]


def test_a_message_that_fits_the_line_alone_is_whole():
    footer = Footer(shipped_keymap())
    footer.set_reactive(Footer.caption, "Samples")
    footer.set_reactive(Footer.run_status, "the training has ended: all 12 epochs are done")
    footer.set_reactive(Footer.message, "not saved: No space left on device")
    assert texts_of(footer.lines(80, 2)) == ["Samples", "▸ not saved: No space left on device"]


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        (
            "Reconstruct · test images 0 to 11 · error 41.4 on average · KL 23.2 nats · PSNR 19.4 dB · above their "
            "reconstructions · from the mean · error: squared, summed over pixels in [0, 1]",
            "Reconstruct · test images 0–11 · error 41.4 · KL 23.2 nats · PSNR 19.4 dB",
        ),
        (
            "Map · decoded · cursor at mean · nearest: image 43 airplane, 1.22 away · principal plane (PCA) of the "
            "posterior means of all 10,000 test images",
            "Map · decoded · cursor at mean · nearest: image 43 airplane, 1.22 away · PCA",
        ),
        (
            "Map · decoded · cursor at umap:3.5:-2 · nearest: image 43 airplane, 1.22 away · map by UMAP of the "
            "posterior means of all 64 test images",
            "Map · decoded · at umap:3.5:-2 · nearest: image 43 airplane, 1.22 away · UMAP",
        ),
        (
            "Map · decoded · cursor at mean,pc1=0.1,pc2=-0.05 · nearest: image 32 frog, 0.07 away · principal plane "
            "(PCA) of the posterior means of all 64 test images",
            "Map · decoded · at mean,pc1=0.1,pc2=-0.05 · nearest: image 32 frog, 0.07 away",
        ),
        (
            "Map · cursor at mean · nearest: image 43 airplane, 1.22 away · principal plane (PCA) of the posterior "
            "means of 10,000 of 50,000 test images",
            "Map · at mean · nearest: image 43 airplane, 1.22 away · …",
        ),
    ],
)
def test_what_a_small_screen_says_of_a_view_is_whole_or_says_that_it_is_not(caption, shown):
    assert caption_lines(caption, 78, 1) == [shown]
    assert caption_lines(caption, 400, 1) == [caption]
