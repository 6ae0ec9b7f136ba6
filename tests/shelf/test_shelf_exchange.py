import io
import zipfile

import numpy as np
import pytest
from fakes import FakeSubject
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.latent_file import read_latents
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.saving import save_picture
from vae_tui.shelf.exchange import export_shelf, import_shelf
from vae_tui.shelf.values import MAX_FAVOURITES, Favourite, Shelf

HASH, OTHER = "ab" * 32, "cd" * 32
KEPT = (
    Shelf(HASH)
    .add(Favourite("cät", "image:7,z1=2", ((1, 2.0),), (0.5, 2.0, -1.0)))
    .add(Favourite("", "draw:3:1", (), (1.0, 0.0, 4.0)))
    .toggle_mark(3, "a")
)


def test_json_brings_everything_back_to_the_same_checkpoint(tmp_path):
    export_shelf(KEPT, tmp_path / "a.json")
    assert import_shelf(tmp_path / "a.json", HASH, 3) == KEPT


@pytest.mark.parametrize("suffix", [".json", ".npz", ".NPZ"])
def test_another_checkpoint_takes_names_and_values_alone(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    export_shelf(KEPT, path)
    taken = import_shelf(path, OTHER, 3)
    assert taken == Shelf(
        OTHER,
        (Favourite("cät", "", (), (0.5, 2.0, -1.0)), Favourite("favourite-1", "", (), (1.0, 0.0, 4.0))),
    )


def test_the_npz_is_one_that_latent_reads(tmp_path):
    export_shelf(KEPT, tmp_path / "a.npz")
    np.testing.assert_array_equal(read_latents(tmp_path / "a.npz").latents_NZ, [[0.5, 2, -1], [1, 0, 4]])
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["latents"].dtype == np.float32
        assert arrays["names"].tolist() == ["cät", "favourite-1"]


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_a_saved_picture_gives_its_latents_under_its_name(suffix, tmp_path):
    path, request = tmp_path / f"walk{suffix}", SamplePicture(num=5, seed=2)
    save_picture(request, FakeSubject(), Origin("best.pt"), HASH, path)

    taken = import_shelf(path, HASH, 8)

    assert taken.names == tuple(f"walk-{number}" for number in range(1, 6))
    drawn_NZ = request.draw(FakeSubject()).latents_NZ
    np.testing.assert_array_equal(np.array([each.latent for each in taken.favourites], np.float32), drawn_NZ)


def test_a_single_latent_is_called_as_its_file(tmp_path):
    np.savez(tmp_path / "sun.npz", latents=np.ones(3))
    assert import_shelf(tmp_path / "sun.npz", HASH, 3).names == ("sun",)


def test_equal_latents_are_one_favourite(tmp_path):
    np.savez(tmp_path / "a.npz", latents=np.array([[1, 1], [2, 2], [1, 1]]), names=np.array(["x", "y", "z"]))
    assert import_shelf(tmp_path / "a.npz", HASH, 2).names == ("x", "y")


@pytest.mark.parametrize(
    "names",
    [
        np.array(["only one"]),
        np.array([["a", "b"]]),
        np.array([b"a", b"b"]),
        np.array([1, 2]),
        np.array(["a", None], object),
    ],
    ids=["fewer", "2-D", "bytes", "numbers", "pickle"],
)
def test_names_that_do_not_fit_are_left_out(names, tmp_path):
    np.savez(tmp_path / "a.npz", latents=np.eye(2), names=names)
    assert import_shelf(tmp_path / "a.npz", HASH, 2).names == ("a-1", "a-2")


def test_names_from_a_file_are_made_fit_to_print(tmp_path):
    names = np.array(["\x1b[2J", "  ", "x" * 300, "same", "same"])
    np.savez(tmp_path / "a.npz", latents=np.eye(5), names=names)
    taken = import_shelf(tmp_path / "a.npz", HASH, 5)
    assert taken.names == ("\ufffd[2J", "favourite", "x" * 59 + "…", "same", "same-1")
    for each in taken.favourites:
        each.check()


def test_latents_of_another_length_are_refused(tmp_path):
    export_shelf(KEPT, tmp_path / "a.npz")
    with pytest.raises(VaeTuiError, match="holds latents of 3 dimensions, and the model has 20"):
        import_shelf(tmp_path / "a.npz", HASH, 20)


def test_more_than_can_be_kept_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", latents=np.arange(MAX_FAVOURITES + 1)[:, None])
    with pytest.raises(VaeTuiError, match="holds 1,001 latents"):
        import_shelf(tmp_path / "a.npz", HASH, 1)


@pytest.mark.parametrize("name", ["none.json", "none.npz", "none.png", "broken.json", "broken.npz", "folder.json"])
def test_what_holds_nothing_is_refused_by_name(name, tmp_path):
    (tmp_path / "folder.json").mkdir()
    for broken in ("broken.json", "broken.npz"):
        (tmp_path / broken).write_bytes(b"{")
    with pytest.raises(VaeTuiError, match=name):
        import_shelf(tmp_path / name, HASH, 3)


def test_an_export_of_a_later_version_says_so(tmp_path):
    (tmp_path / "a.json").write_text('{"format": 2}')
    with pytest.raises(VaeTuiError) as raised:
        import_shelf(tmp_path / "a.json", HASH, 3)
    assert "format 2" in raised.value.message
    assert raised.value.hint == "update vaetui"


def test_only_json_and_npz_are_written_and_nothing_of_nothing(tmp_path):
    with pytest.raises(VaeTuiError, match=r"neither a \.json nor an \.npz"):
        export_shelf(KEPT, tmp_path / "a.csv")
    with pytest.raises(VaeTuiError, match="no favourites to export"):
        export_shelf(Shelf(HASH), tmp_path / "a.json")
    with pytest.raises(VaeTuiError, match="no favourites to export"):
        export_shelf(Shelf(HASH).toggle_mark(1, "a"), tmp_path / "a.npz")
    export_shelf(Shelf(HASH).toggle_mark(1, "a"), tmp_path / "marks.json")
    assert import_shelf(tmp_path / "marks.json", HASH, 3).marked("a") == (1,)
    assert [path.name for path in tmp_path.iterdir()] == ["marks.json"]


def test_where_nothing_can_be_written_is_said(tmp_path):
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(VaeTuiError, match="is no regular file"):
        export_shelf(KEPT, tmp_path / "folder.json")
    with pytest.raises(VaeTuiError, match="can't be written"):
        export_shelf(KEPT, tmp_path / "none" / "a.json")


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=8))
def test_a_damaged_npz_does_no_worse_than_being_refused(tmp_path_factory, place, damage):
    buffer = io.BytesIO()
    np.savez(buffer, latents=np.eye(3, dtype=np.float32), names=np.array(["a", "b", "c"]))
    content = bytearray(buffer.getvalue())
    content[place : place + len(damage)] = damage
    path = tmp_path_factory.mktemp("damaged") / "a.npz"
    path.write_bytes(content)
    try:
        taken = import_shelf(path, HASH, 3)
    except VaeTuiError:
        return
    for each in taken.favourites:
        each.check()


def test_a_bomb_of_names_is_not_unpacked(tmp_path):
    export_shelf(KEPT, tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        latents = archive.read("latents.npy")
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("latents.npy", latents)
        with archive.open("names.npy", "w", force_zip64=True) as entry:
            for _ in range(65):
                entry.write(bytes(2**20))
    assert import_shelf(tmp_path / "b.npz", HASH, 3).names == ("b-1", "b-2")
