import errno
import os
import shlex

import numpy as np
import pytest
from fakes import FakeSubject
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER, read_provenance
from vae_tui.latent import DimChoice
from vae_tui.pictures import saving
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.rendering import file_bytes, render
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.saving import check_target, save_picture
from vae_tui.pictures.traverse import TraversePicture

HASH = "cd" * 32
REQUESTS = {
    "sample": SamplePicture(num=5, seed=1),
    "interpolate": InterpolatePicture(num=2, steps=4),
    "traverse": TraversePicture(dims=DimChoice("kl", 3), steps=4),
    "reconstruct": ReconstructPicture(num=3),
}


def save(path, request=REQUESTS["sample"]):
    save_picture(request, FakeSubject(), Origin("runs/a b/best.pt"), HASH, path)


@pytest.mark.parametrize("moving", [False, True], ids=["png", "gif"])
@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_request_gives_the_same_bytes(name, moving):
    first, second = (
        file_bytes(REQUESTS[name], FakeSubject(), Origin("best.pt"), HASH, moving=moving) for _ in range(2)
    )

    assert first == second


@pytest.mark.parametrize("suffix", [".png", ".gif", ".PNG", ".Gif"])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_saved_picture_says_what_made_it(name, suffix, tmp_path):
    path = tmp_path / f"picture{suffix}"
    save(path, REQUESTS[name])

    made_by = read_provenance(path)

    assert made_by.checkpoint == HASH
    assert shlex.split(made_by.command) == ["vaetui", name, "best.pt", *REQUESTS[name].arguments()]
    with Image.open(path) as image:
        assert image.format == suffix[1:].upper()


def test_the_rendered_picture_has_a_tile_where_the_grid_says():
    drawing = REQUESTS["reconstruct"].draw(FakeSubject())

    picture = render(drawing)

    assert picture.shape == (2 * 64 + 4, 3 * 64 + 8, 3)
    assert picture[0, 68].tolist() == [1, 1, 1]
    assert picture[63, 131].tolist() == [1, 1, 1]
    assert picture[64, 0].tolist() == list(PAPER)
    assert picture[0, 64].tolist() == list(PAPER)


def test_the_command_names_folders_and_its_canonical_form_none():
    base = LatentFile("in here/z.npz", np.zeros((1, 8), np.float32))
    origin = Origin("runs/a b/best.pt", data="some/images", split="train")
    request = SamplePicture(base=base)

    assert command_line(request, origin) == (
        "vaetui sample 'runs/a b/best.pt' --latent 'in here/z.npz' --data some/images --split train"
    )
    assert command_line(request, origin, canonical=True) == (
        "vaetui sample best.pt --latent z.npz --data images --split train"
    )


def test_only_raw_weights_that_were_chosen_are_named():
    chosen = Origin("a/best.pt", "cifar10", raw_weights=True)
    request = SamplePicture(4)

    words = shlex.split(command_line(request, Origin("a/best.pt", "cifar10")))
    assert shlex.split(command_line(request, chosen)) == [*words, "--weights", "raw"]
    assert command_line(request, chosen, canonical=True).endswith("--weights raw")


@pytest.mark.parametrize("name", REQUESTS)
def test_a_caption_says_the_raw_weights_and_whose_the_statistics_are(name):
    drawing = REQUESTS[name].draw(FakeSubject())

    assert Origin("best.pt").caption(drawing) == drawing.caption
    theirs = " (statistics: of the averaged ones)" if name == "traverse" else ""
    assert Origin("best.pt", raw_weights=True).caption(drawing) == f"{drawing.caption} · raw weights{theirs}"


def test_a_traversal_without_statistics_says_nothing_of_them():
    drawing = REQUESTS["traverse"].draw(FakeSubject(statistics=False))

    assert Origin("best.pt", raw_weights=True).caption(drawing) == f"{drawing.caption} · raw weights"


@pytest.mark.parametrize("name", ["picture", "picture.jpg", "picture.png.txt", ".png", "-"])
def test_another_kind_of_file_is_refused_and_both_kinds_named(name, tmp_path):
    with pytest.raises(VaeTuiError) as refused:
        check_target(tmp_path / name)

    assert ".png" in str(refused.value.hint)
    assert ".gif" in str(refused.value.hint)


def test_a_folder_and_an_absent_folder_are_refused(tmp_path):
    (tmp_path / "folder.png").mkdir()

    with pytest.raises(VaeTuiError, match="is a folder"):
        check_target(tmp_path / "folder.png")
    with pytest.raises(VaeTuiError, match="no folder"):
        check_target(tmp_path / "absent" / "a.png")


def test_a_file_that_is_none_is_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")

    with pytest.raises(VaeTuiError, match="no regular file"):
        check_target(tmp_path / "pipe.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_without_permission_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"kept")
    (tmp_path / "a.png").chmod(0o444)
    with pytest.raises(VaeTuiError, match="can't be written to"):
        check_target(tmp_path / "a.png")
    tmp_path.chmod(0o555)
    with pytest.raises(VaeTuiError, match="can't be written to"):
        check_target(tmp_path / "b.png")
    tmp_path.chmod(0o755)


def test_permissions_are_asked_before_anything_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    subject = FakeSubject()

    with pytest.raises(VaeTuiError, match="can't be written to"):
        save_picture(REQUESTS["sample"], subject, Origin("best.pt"), HASH, tmp_path / "a.png")
    assert subject.decoded_batches == []


def test_an_older_picture_is_replaced(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    save(path)

    assert path.read_bytes().startswith(b"\x89PNG")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link.png", tmp_path / "there" / "target.png"
    link.symlink_to(target)
    save(link)

    assert link.is_symlink()
    assert target.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failure_leaves_the_older_picture_and_nothing_else(number, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("vae_tui.files.os.fsync", fail)
    with pytest.raises(VaeTuiError, match="can't be written") as refused:
        save(path)

    assert os.strerror(number) in refused.value.message
    assert refused.value.hint
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said_to_be_full(tmp_path, monkeypatch):
    def to_a_full_disk(path, write):
        with open("/dev/full", "wb") as file:
            write(file)

    monkeypatch.setattr(saving, "replace_file", to_a_full_disk)
    with pytest.raises(VaeTuiError, match="No space left") as refused:
        save(tmp_path / "a.png")

    assert "room" in str(refused.value.hint)


def test_pictures_need_no_torch(run_python):
    code = (
        "import sys, vae_tui.pictures.saving, vae_tui.pictures.traverse, vae_tui.terminal.inline; print(*sys.modules)"
    )
    loaded = run_python(code).split()

    assert {"torch", "textual", "textual_image"}.isdisjoint(loaded)
