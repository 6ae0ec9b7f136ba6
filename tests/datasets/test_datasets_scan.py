"""The names of many files in little memory, and folders that go away while they are read."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae_tui.datasets import folder_stream, open_data, silent
from vae_tui.datasets.scan import FileList, Signature, find_images, signed_images
from vae_tui.errors import VaeTuiError

NAMES = st.text(st.characters(min_codepoint=1, max_codepoint=0xDCFF), max_size=20)


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), (1, 2, 3)).save(path)


@given(st.lists(NAMES, max_size=12, unique=True))
def test_files_are_sorted_as_their_keys_are(keys: list[str]) -> None:
    files = FileList("top", iter(keys))
    assert [files.key(index) for index in range(len(files))] == sorted(keys)


def test_class_is_the_first_folder_of_the_path() -> None:
    files = FileList("top", iter(["dog/1", "cat.png", "cat/deep/1", "cat-2/1", "cat/2", "zebra"]))
    names, index_N = files.class_dirs()
    assert [(files.key(row), names[index] if index >= 0 else None) for row, index in enumerate(index_N)] == [
        ("cat-2/1", "cat-2"),
        ("cat.png", None),
        ("cat/2", "cat"),
        ("cat/deep/1", "cat"),
        ("dog/1", "dog"),
        ("zebra", None),
    ]
    assert files.path(2) == os.path.join("top", "cat/2")


def signature_of(folder: Path) -> str:
    signature = Signature()
    list(signed_images(str(folder), signature, [], silent))
    return str(signature)


def test_signature_is_the_same_in_any_order_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        save(tmp_path / "one" / name)
        os.utime(tmp_path / "one" / name, ns=(0, 12345))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    first = signature_of(tmp_path / "one")
    assert signature_of(tmp_path / "two") == first
    scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Any:
            return iter(self.entries)

        def __exit__(self, *exc: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert signature_of(tmp_path / "one") == first


def test_two_files_that_swap_their_sizes_change_the_signature(tmp_path: Path) -> None:
    sizes = {"1.png": 10, "2.png": 20}
    signatures = set()
    for names in (sizes, {"1.png": 20, "2.png": 10}):
        for name, size in names.items():
            (tmp_path / name).write_bytes(b"x" * size)
            os.utime(tmp_path / name, ns=(0, 7))
        signatures.add(signature_of(tmp_path))
    assert len(signatures) == 2


def test_real_folders_come_before_links_to_them(tmp_path: Path) -> None:
    save(tmp_path / "set" / "z" / "1.png")
    (tmp_path / "set" / "a").symlink_to(tmp_path / "set" / "z")
    assert [key for key, _ in find_images(str(tmp_path / "set"), [])] == ["z/1.png"]


@pytest.mark.parametrize("after", ["read_headers", "decode"])
def test_folder_that_vanishes_is_an_error(after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(20):
        save(tmp_path / "set" / f"{index}.png")
    read = getattr(folder_stream, after)

    def vanish_first(*args: Any) -> Any:
        shutil.rmtree(tmp_path / "set")
        yield from read(*args)

    monkeypatch.setattr(folder_stream, after, vanish_first)
    with pytest.raises(VaeTuiError, match=r"set vanished while it was read") as caught:
        open_data(str(tmp_path / "set"), {})
    assert "disk" in (caught.value.hint or "")


@pytest.mark.parametrize(("num_removed", "said"), [(2, "could not be read"), (3, "vanished as it was read")])
def test_files_that_vanish_are_counted(
    num_removed: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unmounted disk leaves its empty folder; one file in ten may go."""
    for index in range(20):
        save(tmp_path / "set" / f"{index}.png")
    read_headers = folder_stream.read_headers

    def remove_first(*args: Any) -> Any:
        for index in range(num_removed):
            (tmp_path / "set" / f"{index}.png").unlink()
        yield from read_headers(*args)

    monkeypatch.setattr(folder_stream, "read_headers", remove_first)
    if num_removed == 2:
        assert said in open_data(str(tmp_path / "set"), {}).notes[0]
    else:
        with pytest.raises(VaeTuiError, match=f"3 of 20 images .* {said}"):
            open_data(str(tmp_path / "set"), {})


def test_links_to_nowhere_are_no_vanished_files(tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    for index in range(5):
        (tmp_path / f"link-{index}.png").symlink_to("nowhere")
    assert "5 of 6 images could not be read" in open_data(str(tmp_path), {}).notes[0]
