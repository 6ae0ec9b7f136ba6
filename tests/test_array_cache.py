"""Arrays kept in files: found again, or counted as absent."""

import io
import os
import pathlib
import zipfile

import numpy as np
import pytest

from vae_tui import array_cache
from vae_tui.array_cache import ArrayCache

KEY = "ab" * 32
SHAPES = {"means": (5, 3), "errors": (5,)}


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}


@pytest.fixture
def cache(tmp_path):
    return ArrayCache(tmp_path / "deep" / "surveys")


@pytest.fixture
def path(cache, arrays):
    """The file of what was written."""
    cache.write("survey", KEY, arrays)
    return cache.path("survey", KEY)


def test_what_was_written_is_read_again(cache, path, arrays):
    found = cache.read("survey", KEY, SHAPES)
    assert set(found) == set(SHAPES)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].dtype, found[name].flags.writeable) == (np.float32, True)
    assert [file.name for file in path.parent.iterdir()] == [f"survey-{KEY}.npz"]


def test_arrays_of_any_layout_are_written(cache, arrays):
    cache.write("survey", KEY, arrays | {"means": np.asfortranarray(arrays["means"])})
    np.testing.assert_array_equal(cache.read("survey", KEY, SHAPES)["means"], arrays["means"])


def test_another_key_or_kind_is_not_found(cache, path):
    assert cache.read("survey", "cd" * 32, SHAPES) is None
    assert cache.read("umap", KEY, SHAPES) is None
    path.rename(cache.path("survey", "cd" * 32))  # the key is a part of the checksum
    assert cache.read("survey", "cd" * 32, SHAPES) is None


@pytest.mark.parametrize(
    "shapes",
    [SHAPES | {"means": (3, 5)}, SHAPES | {"means": (5, 4)}, {"means": (5, 3)}, SHAPES | {"more": (1,)}, {}],
)
def test_arrays_of_other_shapes_or_names_are_not_taken(cache, path, shapes):
    assert cache.read("survey", KEY, shapes) is None


def test_every_cut_and_every_changed_byte_is_noticed(cache, path, arrays):
    whole = path.read_bytes()
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        assert cache.read("survey", KEY, SHAPES) is None
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        found = cache.read("survey", KEY, SHAPES)  # what is left unread, such as a time of day, may change
        assert found is None or all(np.array_equal(found[name], arrays[name]) for name in SHAPES)


def hostile(path, **members):
    """A file whose members are these bytes or arrays, whatever their digest."""
    with zipfile.ZipFile(path, "w", members.pop("compression", zipfile.ZIP_STORED)) as file:
        for name, content in members.items():
            if isinstance(content, np.ndarray):
                buffer = io.BytesIO()
                np.save(buffer, content)
                content = buffer.getvalue()
            file.writestr(f"{name}.npy", content)


def test_objects_are_never_unpickled(cache, path, arrays, tmp_path):
    class Trap:
        def __reduce__(self):
            return pathlib.Path.touch, (tmp_path / "sprung",)

    trap = np.empty((5, 3), object)
    trap[:] = Trap()
    hostile(path, means=trap, errors=arrays["errors"], digest=np.zeros(32, np.uint8))
    assert cache.read("survey", KEY, SHAPES) is None
    assert not (tmp_path / "sprung").exists()


def test_a_member_that_would_unpack_to_more_is_not_unpacked(cache, path, arrays, monkeypatch):
    huge = np.zeros(50_000_000, np.uint8).tobytes()
    hostile(path, means=huge, errors=arrays["errors"], digest=b"", compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 65_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("unpacked"))
    assert cache.read("survey", KEY, SHAPES) is None


def test_a_file_that_is_too_large_is_not_opened(cache, path, monkeypatch):
    with path.open("ab") as file:
        file.truncate(1 << 20)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    assert cache.read("survey", KEY, SHAPES) is None


def test_a_folder_that_can_not_be_made_keeps_nothing(tmp_path, arrays):
    (tmp_path / "file").write_text("in the way")
    cache = ArrayCache(tmp_path / "file" / "surveys")
    cache.write("survey", KEY, arrays)
    assert cache.read("survey", KEY, SHAPES) is None


def test_a_disk_that_is_full_leaves_nothing(cache, arrays, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    cache.write("survey", KEY, arrays)
    assert list(cache.folder.iterdir()) == []


def fill(cache, arrays, num, begin=0):
    """Writes so many keys, each a second later than the one before."""
    for number in range(begin, begin + num):
        cache.write("survey", f"{number:064x}", arrays)
        os.utime(cache.path("survey", f"{number:064x}"), (1_000_000 + number,) * 2)


def kept(cache):
    return sorted(int(path.stem.partition("-")[2], 16) for path in cache.folder.glob("*.npz"))


def test_the_files_that_were_not_used_for_longest_go_first(cache, arrays, monkeypatch):
    monkeypatch.setattr(array_cache, "MAX_FILES", 4)
    fill(cache, arrays, 4)
    assert cache.read("survey", f"{0:064x}", SHAPES) is not None  # used now
    cache.write("survey", f"{9:064x}", arrays)
    assert kept(cache) == [0, 2, 3, 9]


def test_all_files_together_stay_under_a_limit_but_the_newest_is_kept(cache, arrays, monkeypatch):
    fill(cache, arrays, 3)
    size = cache.path("survey", f"{0:064x}").stat().st_size
    monkeypatch.setattr(array_cache, "MAX_BYTES", 2 * size)
    cache.write("survey", f"{9:064x}", arrays)
    assert kept(cache) == [2, 9]
    monkeypatch.setattr(array_cache, "MAX_BYTES", 1)
    cache.write("survey", f"{8:064x}", arrays)
    assert kept(cache) == [8]


def test_what_a_killed_writer_left_is_removed_and_what_is_being_written_is_not(cache, arrays):
    fill(cache, arrays, 1)
    old, new = cache.folder / ".survey-a.npz.x.part", cache.folder / ".survey-b.npz.y.part"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (1_000_000,) * 2)
    fill(cache, arrays, 1, begin=1)
    assert (old.exists(), new.exists()) == (False, True)
