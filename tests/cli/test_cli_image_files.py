"""--file: an image file as a point of every picture that is drawn of a point."""

import shlex

import numpy as np
import pytest
from PIL import Image as ImageFile

from vae_tui.imaging import read_provenance

POINT = "file:1,pc1=0.5"


@pytest.mark.parametrize(
    "words",
    [
        ["traverse", "--at", POINT],
        ["reconstruct", "-n", "1"],
        ["mix", "--at", POINT],
        ["mix", "--at", "image:7", "--recent", POINT],
        ["map", "--at", POINT],
    ],
    ids=" ".join,
)
def test_a_picture_of_a_file_names_the_command_that_draws_it_again(words, checkpoint_path, vaetui, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    ImageFile.fromarray(pixels).save(tmp_path / "cat's.png")
    command, *options = words
    at = ["--file", str(tmp_path / "cat's.png"), "--device", "cpu", "-o"]
    assert vaetui(command, str(checkpoint_path), *options, *at, str(tmp_path / "1.png")).code == 0
    said = shlex.split(read_provenance(tmp_path / "1.png").command)
    assert said[said.index("--file") + 1] == "cat's.png"
    again = [str(checkpoint_path), *said[3 : said.index("--file")]]
    assert vaetui(command, *again, *at, str(tmp_path / "2.png")).code == 0
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()


@pytest.mark.parametrize(
    ("bytes_", "said"),
    [
        (b"P5 10000 10000 255 ", ["too many pixels", "make it smaller: images of up to", "pixels are read"]),
        (b"text", ["not an image", "known are BMP, "]),
    ],
    ids=["large", "text"],
)
def test_what_can_not_be_read_says_what_to_do(bytes_, said, checkpoint_path, vaetui, tmp_path):
    (tmp_path / "cat.pgm").write_bytes(bytes_)
    file, out = str(tmp_path / "cat.pgm"), str(tmp_path / "out.png")
    done = vaetui("reconstruct", str(checkpoint_path), "-n", "1", "--file", file, "-o", out)
    assert done.code == 2
    assert [words for words in said if words not in done.err] == []
    assert ("known are" in done.err) == (bytes_ == b"text")
