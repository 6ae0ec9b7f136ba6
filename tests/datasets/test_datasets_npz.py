"""Arrays from an .npz file, and what is refused in one."""

import io
import math
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_tui.datasets import Data, open_data
from vae_tui.errors import VaeTuiError

GREY = np.arange(20 * 5 * 6, dtype=np.uint8).reshape(20, 5, 6)
COLOUR = np.arange(20 * 5 * 6 * 3, dtype=np.int64).astype(np.uint8).reshape(20, 5, 6, 3)


def load(folder: Path, options: dict[str, Any] | None = None, **arrays: Any) -> Data:
    np.savez(folder / "set.npz", **arrays)
    return open_data(str(folder / "set.npz"), options or {})


def refusal(path: Path) -> VaeTuiError:
    with pytest.raises(VaeTuiError) as caught:
        open_data(str(path), {})
    assert caught.value.hint
    assert str(path) in caught.value.message
    return caught.value


def labels_of(data: Data) -> list[int]:
    assert data.train.labels_N is not None
    return list(data.train.labels_N.tolist())


def test_grey_images_get_a_channel(tmp_path: Path) -> None:
    data = load(tmp_path, {"test_fraction": 0.0}, images=GREY)
    assert data.test is None
    assert np.array_equal(data.train.images_NCHW.numpy(), GREY[:, None])
    assert data.train.labels_N is None
    assert data.train.class_names == ()


@pytest.mark.parametrize("order", ["C", "F"])
def test_colour_images_get_their_channels_first(order: Any, tmp_path: Path) -> None:
    data = load(tmp_path, {"test_fraction": 0.0}, images=np.asarray(COLOUR, order=order))
    assert data.train.image_shape == (3, 5, 6)
    assert data.train.images_NCHW[7, 2, 4, 1] == COLOUR[7, 4, 1, 2]


def test_compressed_file_is_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "set.NPZ.npz", images=GREY)
    assert len(open_data(str(tmp_path / "set.NPZ.npz"), {}).train) == 18


def test_held_out_images_keep_their_labels(tmp_path: Path) -> None:
    images = np.broadcast_to(np.arange(20, dtype=np.uint8)[:, None, None], (20, 4, 5))
    data = load(tmp_path, {"test_fraction": 0.25}, images=images, labels=np.arange(20))
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (15, 5)
    for split in (data.train, data.test):
        assert split.labels_N is not None
        assert split.images_NCHW[:, 0, 0, 0].tolist() == split.labels_N.tolist()
    seen = data.train.labels_N.tolist() + data.test.labels_N.tolist()  # type: ignore[union-attr]
    assert sorted(seen) == list(range(20))


def test_own_test_split_is_used(tmp_path: Path) -> None:
    data = load(tmp_path, images=GREY, test_images=GREY[:3] + 1, labels=[1] * 20, test_labels=[1, 4, 1])
    assert data.test is not None
    assert len(data.train) == 20
    assert np.array_equal(data.test.images_NCHW.numpy(), GREY[:3, None] + 1)
    assert data.train.class_names == data.test.class_names == ("1", "4")
    assert data.test.labels_N is not None
    assert data.test.labels_N.tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", [np.int8, np.uint64, np.int64, ">i4"])
def test_any_whole_numbers_become_indices(kind: Any, tmp_path: Path) -> None:
    labels = np.array([7, 3, 100, 3] * 5, kind)
    data = load(tmp_path, {"test_fraction": 0.0}, images=GREY, labels=labels)
    assert data.train.class_names == ("3", "7", "100")
    assert labels_of(data)[:4] == [1, 0, 2, 0]


def test_labels_beyond_int64_and_below_zero(tmp_path: Path) -> None:
    big = np.array([2**64 - 1] * 20, np.uint64)
    data = load(tmp_path, images=GREY, labels=big, test_images=GREY[:1], test_labels=np.array([-5]))
    assert data.train.class_names == ("-5", str(2**64 - 1))
    assert set(labels_of(data)) == {1}


def test_column_of_labels_is_accepted(tmp_path: Path) -> None:
    assert set(labels_of(load(tmp_path, images=GREY, labels=np.zeros((20, 1), int)))) == {0}


def test_class_names_are_printable_and_indexed(tmp_path: Path) -> None:
    names = np.array(["cat", "dog\x1b[2J", "unseen"])
    data = load(tmp_path, {"test_fraction": 0.0}, images=GREY, labels=[1, 0] * 10, class_names=names)
    assert data.train.class_names == ("cat", "dog\ufffd[2J", "unseen")
    assert labels_of(data)[:2] == [1, 0]


def zeros(*shape: int) -> NDArray[np.uint8]:
    return np.zeros(shape, np.uint8)


@pytest.mark.parametrize("shape", [(5, 6, 2), (5, 6, 4), (6, 6, 5), (8, 5, 7), (9, 9, 30), (64, 64, 64)])
def test_images_of_any_number_of_channels(shape: tuple[int, int, int], tmp_path: Path) -> None:
    images = np.arange(3 * math.prod(shape)).astype(np.uint8).reshape(3, *shape)
    data = load(tmp_path, {"test_fraction": 0.0}, images=images)
    assert data.train.image_shape == (shape[2], shape[0], shape[1])
    np.testing.assert_array_equal(data.train.images_NCHW.permute(0, 2, 3, 1).numpy(), images)


@pytest.mark.parametrize(
    ("arrays", "message", "hint"),
    [
        ({"pictures": GREY}, "holds no array called images", "np.savez"),
        ({"images": GREY / 255}, "are float64, not uint8", "astype"),
        ({"images": GREY.astype(np.uint16)}, "are uint16, not uint8", "astype"),
        ({"images": GREY > 3}, "are bool, not uint8", "astype"),
        ({"images": GREY[0]}, "have the shape (5, 6)", "(N, H, W, C)"),
        ({"images": GREY[:0]}, "have the shape (0, 5, 6)", "at least one image"),
        ({"images": COLOUR[0]}, "have the shape (5, 6, 3)", "images[None]"),
        ({"images": COLOUR.transpose(0, 3, 1, 2)}, "have the shape (20, 3, 5, 6)", "transpose(0, 2, 3, 1)"),
        ({"images": zeros(2, 4, 6, 6)}, "have the shape (2, 4, 6, 6)", "transpose(0, 2, 3, 1)"),
        ({"images": zeros(2, 5, 8, 6)}, "have the shape (2, 5, 8, 6)", "transpose(0, 2, 3, 1)"),
        ({"images": zeros(2, 1, 6, 6)}, "have the shape (2, 1, 6, 6)", "transpose(0, 2, 3, 1)"),
        ({"images": zeros(2, 12, 96, 96)}, "have the shape (2, 12, 96, 96)", "transpose(0, 2, 3, 1)"),
        ({"images": zeros(2, 70, 70, 65)}, "have the shape (2, 70, 70, 65)", "1 to 64 channels"),
        ({"images": COLOUR[:, :3]}, "have the shape (20, 3, 6, 3)", "could be"),
        ({"images": COLOUR[None]}, "have the shape (1, 20, 5, 6, 3)", "np.savez"),
        ({"images": GREY, "labels": np.zeros(19, int)}, "have the shape (19,)", "(20,)"),
        ({"images": GREY, "labels": np.eye(20, dtype=int)}, "have the shape (20, 20)", "(20,)"),
        ({"images": GREY, "labels": np.zeros(20)}, "are float64, not whole numbers", "int64"),
        ({"images": GREY, "labels": np.array(["cat"] * 20)}, "are <U3, not whole numbers", "class_names"),
        ({"images": GREY, "test_labels": np.zeros(3, int)}, "test_labels without test_images", "np.savez"),
        ({"images": GREY, "labels": [2] * 20, "class_names": ["a", "b"]}, "2 names, and a label is 2", "from 0"),
        ({"images": GREY, "labels": [-1] * 20, "class_names": ["a", "b"]}, "and a label is -1", "from 0"),
        ({"images": GREY, "class_names": [1, 2]}, "not text", "np.array"),
    ],
)
def test_arrays_that_are_refused(arrays: dict[str, Any], message: str, hint: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", **arrays)
    error = refusal(tmp_path / "set.npz")
    assert message in error.message
    assert hint in (error.hint or "")


def test_splits_of_different_size_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=GREY, test_images=GREY[:, :4])
    with pytest.raises(VaeTuiError, match="differ in size"):
        open_data(str(tmp_path / "set.npz"), {})


class Trap:
    sprung = False

    def __reduce__(self) -> Any:
        return setattr, (Trap, "sprung", True)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=GREY, labels=np.array([Trap()] * 20, object), allow_pickle=True)
    assert "Python objects" in refusal(tmp_path / "set.npz").message
    assert not Trap.sprung


def test_whole_file_that_is_a_pickle_is_not_unpickled(tmp_path: Path) -> None:
    (tmp_path / "set.npz").write_bytes(pickle.dumps(Trap()))
    assert "damaged or no .npz file" in refusal(tmp_path / "set.npz").message
    assert not Trap.sprung


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_truncated_file(keep: float, tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", images=GREY)
    content = (tmp_path / "set.npz").read_bytes()
    (tmp_path / "set.npz").write_bytes(content[: int(len(content) * keep)])
    assert "damaged or no .npz file" in refusal(tmp_path / "set.npz").message


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_flipped_byte(save: Any, tmp_path: Path) -> None:
    save(tmp_path / "set.npz", images=GREY)
    content = bytearray((tmp_path / "set.npz").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "set.npz").write_bytes(content)
    assert "damaged or no .npz file" in refusal(tmp_path / "set.npz").message


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 64, 64), }",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 64, 64), }",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': 7, }",
        b"{'descr': '|u1'",
        b"'''",
        b"__import__('os').abort()",
        b"",
    ],
)
def test_header_that_lies(header: bytes, tmp_path: Path) -> None:
    stream = io.BytesIO()
    stream.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 100)
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("images.npy", stream.getvalue())
    assert "damaged or no .npz file" in refusal(tmp_path / "set.npz").message


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError

    (tmp_path / "set.npz").touch()
    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    with pytest.raises(VaeTuiError, match="no permission"):
        open_data(str(tmp_path / "set.npz"), {})
