import hashlib
import json

import numpy as np
import pytest
from PIL import Image as ImageFile

from vae_tui.shelf.store import load_shelf, save_shelf, shelf_path
from vae_tui.shelf.values import Favourite, Shelf


@pytest.fixture(autouse=True)
def state_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("VAETUI_STATE", str(tmp_path / "state"))


@pytest.fixture
def shelf(checkpoint_path):
    """Two favourites and a mark, as the explorer keeps them."""
    empty = Shelf(hashlib.sha256(checkpoint_path.read_bytes()).hexdigest())
    kept = empty.add(Favourite("sun", "image:3,z1=2", ((1, 2.0),), (0.0, 2.0, *[0.5] * 6)))
    kept = kept.add(Favourite("", "", (), tuple(map(float, range(8))))).toggle_mark(4, "b")
    return save_shelf(kept, empty).shelf


def test_nothing_kept_says_how_something_is(vaetui, checkpoint_path):
    done = vaetui("favourites", str(checkpoint_path))
    assert (done.code, done.err) == (0, "")
    assert done.out == "no favourites yet: the explorer keeps them, and --import FILE adds some\n"


def test_names_words_and_marks_are_listed(vaetui, checkpoint_path, shelf):
    assert vaetui("favourites", str(checkpoint_path)).out.splitlines() == [
        "sun          image:3,z1=2",
        "favourite-1  -",
        "marked images, group b: 4",
    ]


def test_json_is_the_file_with_its_place(vaetui, checkpoint_path, shelf):
    plain = json.loads(vaetui("favourites", str(checkpoint_path), "--json").out)
    assert plain["path"] == str(shelf_path(shelf.checkpoint_hash))
    assert [each["name"] for each in plain["favourites"]] == ["sun", "favourite-1"]
    assert plain["marks"] == {"a": [], "b": [4]}


def test_an_export_goes_to_another_checkpoint_and_is_added_once(
    vaetui, checkpoint_path, averaged_path, shelf, tmp_path
):
    out = tmp_path / "kept.npz"
    done = vaetui("favourites", str(checkpoint_path), "--export", str(out))
    assert (done.code, done.out) == (0, f"{out}\n")

    done = vaetui("favourites", str(averaged_path), "--import", str(out))
    assert (done.code, done.err) == (0, "2 added\n")
    assert done.out.splitlines() == ["sun          -", "favourite-1  -"]
    done = vaetui("favourites", str(averaged_path), "--import", str(out))
    assert (done.code, done.err) == (0, "nothing new in it\n")
    assert len(load_shelf(hashlib.sha256(averaged_path.read_bytes()).hexdigest()).shelf.favourites) == 2


def test_what_does_not_fit_the_model_is_refused(vaetui, checkpoint_path, tmp_path):
    np.savez(tmp_path / "a.npz", latents=np.ones((1, 5)))
    done = vaetui("favourites", str(checkpoint_path), "--import", str(tmp_path / "a.npz"))
    assert done.code == 2
    assert "holds latents of 5 dimensions, and the model has 8" in done.err


def test_weights_of_an_own_module_are_told_their_latents(vaetui, tmp_path):
    weights = tmp_path / "own.pt"
    weights.write_bytes(b"no checkpoint of ours")
    np.savez(tmp_path / "sun.npz", latents=np.ones((1, 5)))

    done = vaetui("favourites", str(weights), "--import", str(tmp_path / "sun.npz"))
    assert done.code == 2
    assert "give --latent-dim N" in done.err
    done = vaetui("favourites", str(weights), "--import", str(tmp_path / "sun.npz"), "--latent-dim", "5")
    assert (done.code, done.out) == (0, "sun  -\n")


def test_a_picture_of_something_else_is_refused_in_plain_words(vaetui, checkpoint_path, tmp_path):
    ImageFile.new("RGB", (4, 4)).save(tmp_path / "some.png")
    done = vaetui("favourites", str(checkpoint_path), "--import", str(tmp_path / "some.png"))
    assert done.code == 2
    assert "some.png holds no latents: vaetui did not save it" in done.err
    assert "vaetui:" not in done.err


def test_one_of_export_and_import(vaetui, checkpoint_path):
    done = vaetui("favourites", str(checkpoint_path), "--import", "a.npz", "--export", "b.npz")
    assert done.code == 2
    assert "--export means nothing beside --import" in done.err


def test_a_broken_file_is_said_and_the_command_goes_on(vaetui, checkpoint_path, shelf):
    shelf_path(shelf.checkpoint_hash).write_text("{")
    done = vaetui("favourites", str(checkpoint_path))
    assert done.code == 0
    assert "put aside as" in done.err
    assert done.out.startswith("no favourites yet")
