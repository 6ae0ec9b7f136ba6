import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.shelf.plain import parse_shelf, shelf_bytes, shelf_to_plain
from vae_tui.shelf.store import Kept, ShelfKeeper, load_shelf, save_shelf, shelf_path
from vae_tui.shelf.values import Favourite, Shelf

HASH = "ab" * 32
EMPTY = Shelf(HASH)


@pytest.fixture(autouse=True)
def state_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("VAETUI_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def favourite(number: float, name: str = "") -> Favourite:
    return Favourite(name, "image:7,z1=2", ((1, 2.0),), (float(number), 2.0))


def file_of(text: str | bytes) -> Path:
    path = shelf_path(HASH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_is_saved_comes_back():
    assert load_shelf(HASH) == Kept(EMPTY)
    mine = EMPTY.add(favourite(0.1)).add(favourite(-2.5e-30, "cät")).toggle_mark(3, "a").toggle_mark(0, "b")
    assert save_shelf(mine, EMPTY) == Kept(mine)
    assert load_shelf(HASH) == Kept(mine)
    assert load_shelf("cd" * 32).shelf.favourites == ()


def test_nothing_is_made_where_nothing_is_kept(state_dir):
    load_shelf(HASH)
    assert not state_dir.exists()


def test_the_folder_is_where_the_specification_says(monkeypatch, tmp_path):
    monkeypatch.delenv("VAETUI_STATE")
    monkeypatch.setenv("HOME", str(tmp_path))
    for given_, folder in (("", ".local/state"), ("relative", ".local/state"), (str(tmp_path / "xdg"), "xdg")):
        monkeypatch.setenv("XDG_STATE_HOME", given_)
        assert shelf_path(HASH) == tmp_path / folder / "vaetui" / "shelves" / f"{HASH}.json"


@pytest.mark.parametrize("name", ["", "../../x", "AB" * 32, "ab"])
def test_only_a_hash_names_a_file(name):
    with pytest.raises(ValueError, match="no hash"):
        shelf_path(name)


def test_what_two_explorers_add_is_all_kept():
    one = save_shelf(EMPTY.add(favourite(1)), EMPTY).shelf
    two = save_shelf(EMPTY.add(favourite(2)), EMPTY).shelf
    three = save_shelf(one.add(favourite(3, "cat")), one).shelf
    assert {each.latent[0] for each in three.favourites} == {1.0, 2.0, 3.0}
    assert two.names == ("favourite-1", "favourite-2")
    assert load_shelf(HASH).shelf == three


ADD_TEN = """
import sys
from vae_tui.shelf.store import ShelfKeeper
from vae_tui.shelf.values import Favourite
keeper = ShelfKeeper("ab" * 32)
sys.stdin.readline()
for number in range(10):
    said = keeper.change(lambda shelf: shelf.add(Favourite("", "", (), (float(sys.argv[1]), float(number)))))
    assert not said, said
"""


def test_two_processes_that_add_at_once_lose_nothing():
    words = [sys.executable, "-c", ADD_TEN]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    processes = [
        subprocess.Popen([*words, number], stdin=subprocess.PIPE, env=environment, text=True) for number in "12"
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    kept = load_shelf(HASH).shelf
    assert len(kept.favourites) == len(set(kept.names)) == 20


def test_a_file_that_is_gone_takes_nothing_with_it():
    kept = save_shelf(EMPTY.add(favourite(1)), EMPTY).shelf
    shelf_path(HASH).unlink()
    assert save_shelf(kept.add(favourite(2)), kept).shelf.names == ("favourite-1", "favourite-2")


def test_a_file_of_a_later_version_is_left_alone():
    path = file_of('{"format": 2, "anything": []}')
    with pytest.raises(VaeTuiError, match="format 2: this version reads 1"):
        load_shelf(HASH)
    with pytest.raises(VaeTuiError, match="format 2"):
        save_shelf(EMPTY.add(favourite(1)), EMPTY)
    assert path.read_text() == '{"format": 2, "anything": []}'
    keeper = ShelfKeeper(HASH)
    assert "update vaetui" in keeper.notice
    assert keeper.change(lambda shelf: shelf.add(favourite(1))) == ""


def good() -> dict:
    return shelf_to_plain(EMPTY.add(favourite(1, "cat")).add(favourite(2, "dog")).toggle_mark(3, "a"))


def having(key: str, value: object) -> dict:
    return good() | {key: value}


def with_favourite(**fields: object) -> dict:
    plain = good()
    plain["favourites"][0] |= fields
    return plain


HOSTILE = {
    "empty": "",
    "no-json": "{",
    "deep": "[" * 100_000,
    "binary": b"\xff\xfe\x00",
    "digits": '{"format": ' + "9" * 5000 + "}",
    "list": "[]",
    "number": "1",
    "no-format": having("format", None),
    "true-format": having("format", True),
    "old-format": having("format", 0),
    "unknown-field": having("more", 1),
    "hash-of-another": having("checkpoint", "cd" * 32),
    "hash-no-text": having("checkpoint", 5),
    "favourites-no-list": having("favourites", {}),
    "favourite-no-table": having("favourites", [1]),
    "favourite-of-less": having("favourites", [{"name": "a"}]),
    "twice": having("favourites", good()["favourites"][:1] * 2),
    "name-twice": with_favourite(name="dog"),
    "name-escape": with_favourite(name="\x1b]0;hi\x07"),
    "name-surrogate": with_favourite(name="\ud800"),
    "name-number": with_favourite(name=5),
    "point-escape": with_favourite(point="\x1b[2J"),
    "latent-nan": with_favourite(latent=[float("nan"), 1]),
    "latent-inf": with_favourite(latent=[float("inf"), 1]),
    "latent-large": with_favourite(latent=[10**400, 1]),
    "latent-text": with_favourite(latent=["1", 1]),
    "latent-true": with_favourite(latent=[True, 1]),
    "latent-empty": with_favourite(latent=[], edits=[]),
    "latent-shorter": with_favourite(latent=[1], edits=[]),
    "edit-far": with_favourite(edits=[[9, 1]]),
    "edit-float": with_favourite(edits=[[0.5, 1]]),
    "edit-triple": with_favourite(edits=[[0, 1, 2]]),
    "marks-list": having("marks", []),
    "marks-more": having("marks", {"a": [], "b": [], "c": []}),
    "marks-negative": having("marks", {"a": [-1], "b": []}),
    "marks-both": having("marks", {"a": [1], "b": [1]}),
    "marks-large": having("marks", {"a": [10**30], "b": []}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_broken_file_is_put_aside_and_never_lost(content):
    text = json.dumps(content) if isinstance(content, dict) else content
    path = file_of(text)
    before = path.read_bytes()
    path.with_name(f"{path.name}.broken-1").write_text("an older one")

    kept = load_shelf(HASH)

    assert kept.shelf == EMPTY
    assert kept.notice.isprintable()
    assert kept.notice.startswith(f"broken favourites put aside as {path}.broken-2: ")
    assert path.with_name(f"{path.name}.broken-2").read_bytes() == before
    assert not path.exists()


def test_a_file_that_breaks_under_way_is_put_aside_and_written_anew():
    kept = save_shelf(EMPTY.add(favourite(1)), EMPTY).shelf
    path = file_of("{")
    saved = save_shelf(kept.add(favourite(2)), kept)
    assert "put aside" in saved.notice
    assert load_shelf(HASH).shelf == saved.shelf == parse_shelf(path.read_bytes())
    assert saved.shelf.names == ("favourite-1", "favourite-2")


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: os.mkfifo(path)], ids=["folder", "pipe"])
def test_what_is_no_file_is_put_aside(make):
    path = shelf_path(HASH)
    path.parent.mkdir(parents=True)
    make(path)
    assert "no regular file" in load_shelf(HASH).notice
    save_shelf(EMPTY.add(favourite(1)), EMPTY)
    assert path.is_file()


def test_a_shelf_that_cannot_be_saved_is_said_once_and_lives_on(state_dir):
    state_dir.write_text("a file in the folder's place")
    keeper = ShelfKeeper(HASH)
    assert keeper.notice == ""
    said = keeper.change(lambda shelf: shelf.add(favourite(1)))
    assert re.match(r"favourites can't be kept in .*shelves: .* VAETUI_STATE=DIR", said)
    assert keeper.change(lambda shelf: shelf.add(favourite(2))) == ""
    assert keeper.shelf.names == ("favourite-1", "favourite-2")
    assert not keeper.is_saved

    state_dir.unlink()
    assert keeper.change(lambda shelf: shelf.remove("favourite-1")) == ""
    assert keeper.is_saved
    assert load_shelf(HASH).shelf.names == ("favourite-2",)


def test_a_change_that_is_refused_changes_nothing():
    keeper = ShelfKeeper(HASH)
    with pytest.raises(VaeTuiError, match="no favourite"):
        keeper.change(lambda shelf: shelf.remove("cat"))
    assert keeper.change(lambda shelf: shelf) == ""
    assert not shelf_path(HASH).exists()


def test_another_explorer_that_never_ends_its_saving_is_not_waited_for():
    kept = save_shelf(EMPTY.add(favourite(1)), EMPTY).shelf
    with (shelf_path(HASH).parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(VaeTuiError, match="another explorer is saving"):
            save_shelf(kept.add(favourite(2)), kept, wait_s=0)
    assert load_shelf(HASH).shelf == kept


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@st.composite
def shelves(draw):
    dims = draw(st.integers(1, 4))
    kept = EMPTY
    for name in draw(st.lists(names, max_size=5, unique=True)):
        edits = draw(st.dictionaries(st.integers(0, dims - 1), numbers))
        latent = tuple(draw(st.lists(numbers, min_size=dims, max_size=dims)))
        kept = kept.add(Favourite(name, draw(st.just("") | names), tuple(sorted(edits.items())), latent))
    for image in draw(st.lists(st.integers(0, 100), max_size=5)):
        kept = kept.toggle_mark(image, draw(st.sampled_from("ab")))
    return kept


@given(shelves())
def test_any_shelf_survives_its_file(kept):
    assert parse_shelf(shelf_bytes(kept)) == kept


@given(st.binary(max_size=200) | shelves().map(shelf_bytes), st.integers(0, 400), st.integers(0, 255))
def test_no_file_does_worse_than_being_refused(content, place, byte):
    damaged = bytearray(content)
    if place < len(damaged):
        damaged[place] = byte
    try:
        kept = parse_shelf(bytes(damaged))
    except VaeTuiError as error:
        kept, said = None, error.message
    else:
        said = ""
    assert said.isprintable()
    assert kept is None or parse_shelf(shelf_bytes(kept)) == kept
