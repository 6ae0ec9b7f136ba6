import pytest

from vae_tui.explorer.footer import caption_lines

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
            "Reconstruct · test images 0–11 · error 41.4 · KL 23.2 nats · PSNR 18.9 dB · …",
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
