"""The downloaded data sets, from files in their exact layout served on loopback."""

import errno
import gzip
import hashlib
import io
import os
import pickle
import shutil
import struct
import tarfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch
import torchvision.datasets

from vae_tui.datasets import Data, open_data
from vae_tui.errors import VaeTuiError

CIFAR_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
RNG_SEED = 5


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


class WarnsWhenUnpickled:
    """Stands for what numpy 2.4.0 to 2.4.4 say while they read the true batches, which are very old pickles."""

    def __reduce__(self) -> Any:
        return warnings.warn, ("dtype(): align should be passed as boolean", np.exceptions.VisibleDeprecationWarning)


def tar_gz(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@dataclass(frozen=True)
class Served:
    """A data set on the loopback server, and what it must load as."""

    name: str
    train_NCHW: np.ndarray
    test_NCHW: np.ndarray
    train_labels: list[int]
    test_labels: list[int]
    class_names: tuple[str, ...]
    archives: list[str]
    """Downloaded files, below the root."""
    unpacked: list[str]
    """Unpacked files, below the root."""


def serve_cifar10(server: Any, monkeypatch: pytest.MonkeyPatch) -> Served:
    rng = np.random.default_rng(RNG_SEED)
    batches: dict[str, bytes] = {}
    rows, labels = [], []
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        rows.append(rng.integers(0, 256, (3, 3072), np.uint8))
        labels.append(rng.integers(0, 10, 3).tolist())
        batches[name] = pickle.dumps({"batch_label": WarnsWhenUnpickled(), "labels": labels[-1], "data": rows[-1]}, 2)
    batches["batches.meta"] = pickle.dumps({"label_names": CIFAR_CLASSES, "num_vis": 3072}, 2)
    archive = tar_gz({f"cifar-10-batches-py/{name}": content for name, content in batches.items()})
    server.files["/cifar-10-python.tar.gz"] = archive
    reader = torchvision.datasets.CIFAR10
    sums = [[name, md5(content)] for name, content in batches.items()]
    monkeypatch.setattr(reader, "url", f"{server.url}/cifar-10-python.tar.gz")
    monkeypatch.setattr(reader, "tgz_md5", md5(archive))
    monkeypatch.setattr(reader, "train_list", sums[:5])
    monkeypatch.setattr(reader, "test_list", sums[5:6])
    monkeypatch.setattr(reader, "meta", reader.meta | {"md5": sums[6][1]})
    return Served(
        "cifar10",
        np.concatenate(rows[:5]).reshape(-1, 3, 32, 32),
        rows[5].reshape(-1, 3, 32, 32),
        [label for batch in labels[:5] for label in batch],
        labels[5],
        tuple(CIFAR_CLASSES),
        ["cifar-10-python.tar.gz"],
        [f"cifar-10-batches-py/{name}" for name in batches],
    )


def serve_svhn(server: Any, monkeypatch: pytest.MonkeyPatch) -> Served:
    rng = np.random.default_rng(RNG_SEED)
    images, split_list = [], {}
    for split, labels in (("train", [1, 10, 9, 5]), ("test", [10, 2])):
        images.append(rng.integers(0, 256, (32, 32, 3, len(labels)), np.uint8))
        stream = io.BytesIO()
        scipy.io.savemat(stream, {"X": images[-1], "y": np.array(labels, np.uint8)[:, None]}, do_compression=True)
        content, file_name = stream.getvalue(), f"{split}_32x32.mat"
        server.files[f"/{file_name}"] = content
        split_list[split] = [f"{server.url}/{file_name}", file_name, md5(content)]
    monkeypatch.setattr(torchvision.datasets.SVHN, "split_list", split_list)
    train_NCHW, test_NCHW = (array.transpose(3, 2, 0, 1) for array in images)
    names = ["train_32x32.mat", "test_32x32.mat"]
    return Served("svhn", train_NCHW, test_NCHW, [1, 0, 9, 5], [0, 2], tuple("0123456789"), names, [])


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def serve_mnist(server: Any, monkeypatch: pytest.MonkeyPatch, fashion: bool = False) -> Served:
    rng = np.random.default_rng(RNG_SEED)
    reader = torchvision.datasets.FashionMNIST if fashion else torchvision.datasets.MNIST
    arrays = {
        "train-images-idx3-ubyte": rng.integers(0, 256, (5, 28, 28), np.uint8),
        "train-labels-idx1-ubyte": np.array([3, 0, 9, 1, 1], np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "t10k-labels-idx1-ubyte": np.array([7, 2], np.uint8),
    }
    packed = {f"{name}.gz": gzip.compress(idx(array)) for name, array in arrays.items()}
    server.files |= {f"/{name}": content for name, content in packed.items()}
    monkeypatch.setattr(reader, "mirrors", [f"{server.url}/gone/", f"{server.url}/"])
    monkeypatch.setattr(reader, "resources", [(name, md5(content)) for name, content in packed.items()])
    images_and_labels = list(arrays.values())
    raw = f"{reader.__name__}/raw"
    return Served(
        "fashion-mnist" if fashion else "mnist",
        images_and_labels[0][:, None],
        images_and_labels[2][:, None],
        [3, 0, 9, 1, 1],
        [7, 2],
        tuple(reader.classes) if fashion else tuple("0123456789"),
        [f"{raw}/{name}" for name in packed],
        [f"{raw}/{name}" for name in arrays],
    )


def serve_fashion_mnist(server: Any, monkeypatch: pytest.MonkeyPatch) -> Served:
    return serve_mnist(server, monkeypatch, fashion=True)


@pytest.fixture(params=[serve_cifar10, serve_svhn, serve_mnist, serve_fashion_mnist])
def served(request: pytest.FixtureRequest, server: Any, monkeypatch: pytest.MonkeyPatch) -> Served:
    serve: Callable[..., Served] = request.param
    return serve(server, monkeypatch)


def check(data: Data, served: Served) -> None:
    assert data.name == served.name
    assert data.test is not None
    assert np.array_equal(data.train.images_NCHW.numpy(), served.train_NCHW)
    assert np.array_equal(data.test.images_NCHW.numpy(), served.test_NCHW)
    assert data.train.labels_N is not None
    assert data.test.labels_N is not None
    assert data.train.labels_N.tolist() == served.train_labels
    assert data.test.labels_N.tolist() == served.test_labels
    assert data.train.class_names == served.class_names


def test_download_loads_as_the_files_say(served: Served, tmp_path: Path) -> None:
    root_dir = tmp_path / "new" / "root"
    check(open_data(served.name, {}, root_dir=root_dir), served)
    found = sorted(str(path.relative_to(root_dir)) for path in root_dir.rglob("*") if path.is_file())
    assert found == sorted(served.archives + served.unpacked)


def test_second_load_asks_for_nothing(served: Served, server: Any, tmp_path: Path) -> None:
    open_data(served.name, {}, root_dir=tmp_path)
    server.requests.clear()
    check(open_data(served.name, {}, root_dir=tmp_path), served)
    assert server.requests == []


def test_default_root_is_used(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAETUI_DATA", str(tmp_path))
    check(open_data(served.name, {}), served)
    assert all((tmp_path / name).is_file() for name in served.archives)


def test_unpacked_copy_is_enough(served: Served, server: Any, tmp_path: Path) -> None:
    open_data(served.name, {}, root_dir=tmp_path)
    if served.unpacked:
        for name in served.archives:
            (tmp_path / name).unlink()
    server.files.clear()
    server.requests.clear()
    check(open_data(served.name, {}, root_dir=tmp_path), served)
    assert server.requests == []


def test_damaged_unpacked_file_is_unpacked_again(served: Served, server: Any, tmp_path: Path) -> None:
    open_data(served.name, {}, root_dir=tmp_path)
    server.requests.clear()
    for name in served.unpacked:
        content = bytearray((tmp_path / name).read_bytes())
        content[-1] ^= 1
        (tmp_path / name).write_bytes(content)
    check(open_data(served.name, {}, root_dir=tmp_path), served)
    assert server.requests == []


def test_cut_off_unpacked_file_without_archive_is_fetched_again(served: Served, server: Any, tmp_path: Path) -> None:
    open_data(served.name, {}, root_dir=tmp_path)
    server.requests.clear()
    for name in served.archives:
        (tmp_path / name).unlink()
    for name in served.unpacked:
        os.truncate(tmp_path / name, (tmp_path / name).stat().st_size - 1)
    check(open_data(served.name, {}, root_dir=tmp_path), served)
    assert server.requests


@pytest.mark.parametrize("keep_archives", [True, False])
def test_damaged_file_and_no_network_names_the_file(
    keep_archives: bool, served: Served, server: Any, tmp_path: Path
) -> None:
    open_data(served.name, {}, root_dir=tmp_path)
    server.files.clear()
    if keep_archives or not served.unpacked:
        victim = tmp_path / served.archives[0]
        for name in served.unpacked:
            (tmp_path / name).unlink()
    else:
        victim = tmp_path / served.unpacked[0]
        for name in served.archives:
            (tmp_path / name).unlink()
    victim.write_bytes(b"damaged")
    with pytest.raises(VaeTuiError) as caught:
        open_data(served.name, {}, root_dir=tmp_path)
    assert f"{victim} is damaged" in caught.value.message
    assert "404" in caught.value.message
    assert str(tmp_path / served.archives[0]) in (caught.value.hint or "")
    assert victim.read_bytes() == b"damaged"


def test_cut_short_download_leaves_no_file(served: Served, server: Any, tmp_path: Path) -> None:
    server.cut = dict.fromkeys(server.files, 40)
    with pytest.raises(VaeTuiError, match="broke off after 40 of"):
        open_data(served.name, {}, root_dir=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_images_are_contiguous_and_free_of_the_reader(served: Served, tmp_path: Path) -> None:
    data = open_data(served.name, {}, root_dir=tmp_path)
    assert data.train.images_NCHW.is_contiguous()
    data.train.images_NCHW.add_(1)  # writable


def test_cifar10_archive_does_not_write_outside_its_folder(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_cifar10(server, monkeypatch)
    archive = tar_gz({"../../escaped": b"out"})
    server.files["/cifar-10-python.tar.gz"] = archive
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "tgz_md5", md5(archive))
    with pytest.raises(VaeTuiError, match="can't be unpacked"):
        open_data("cifar10", {}, root_dir=tmp_path / "a" / "root")
    assert not list(tmp_path.rglob("escaped"))
    assert os.listdir(tmp_path / "a" / "root") == ["cifar-10-python.tar.gz"]


def test_cifar10_batch_with_a_wrong_md5_is_not_unpickled(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "sprung"),)

    serve_cifar10(server, monkeypatch)
    open_data("cifar10", {}, root_dir=tmp_path)
    archive = tar_gz({f"cifar-10-batches-py/{name}": pickle.dumps(Trap()) for name in ("data_batch_1", "batches.meta")})
    server.files["/cifar-10-python.tar.gz"] = archive
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "tgz_md5", md5(archive))
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(VaeTuiError, match="data_batch_1 is damaged again"):
        open_data("cifar10", {}, root_dir=tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_cifar10_is_not_unpacked_where_there_is_no_room(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_cifar10(server, monkeypatch)
    archive = server.files["/cifar-10-python.tar.gz"]
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(archive)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(VaeTuiError, match=r"the disk is full: no room for the files of cifar-10-python\.tar\.gz"):
        open_data("cifar10", {}, root_dir=tmp_path)
    assert os.listdir(tmp_path) == ["cifar-10-python.tar.gz"]
    assert (tmp_path / "cifar-10-python.tar.gz").read_bytes() == archive


def test_mnist_unpacked_onto_a_full_disk_leaves_the_archive_alone(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve_mnist(server, monkeypatch)
    open_data("mnist", {}, root_dir=tmp_path)
    for name in served.unpacked:
        (tmp_path / name).unlink()

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(VaeTuiError, match="the disk is full"):
        open_data("mnist", {}, root_dir=tmp_path)
    assert sorted(f"MNIST/raw/{name}" for name in os.listdir(tmp_path / "MNIST/raw")) == sorted(served.archives)


def test_mnist_asks_the_second_mirror(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_mnist(server, monkeypatch)
    open_data("mnist", {}, root_dir=tmp_path)
    assert server.requests[:2] == ["/gone/train-images-idx3-ubyte.gz", "/train-images-idx3-ubyte.gz"]


def test_mnist_passes_over_files_of_torchvisions_older_format(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve_mnist(server, monkeypatch)
    (tmp_path / "MNIST" / "processed").mkdir(parents=True)
    for name in ("training.pt", "test.pt"):
        torch.save((torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1)), tmp_path / "MNIST/processed" / name)
    check(open_data("mnist", {}, root_dir=tmp_path), served)


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08", b"\0\0\x08\x03\0\0", b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", b"<html>"]
)
def test_mnist_file_that_is_no_idx_is_fetched_again(
    content: bytes, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve_mnist(server, monkeypatch)
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(content)
    check(open_data("mnist", {}, root_dir=tmp_path), served)


def test_svhn_says_that_scipy_is_absent_before_it_downloads(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_svhn(server, monkeypatch)
    monkeypatch.setitem(__import__("sys").modules, "scipy.io", None)
    with pytest.raises(VaeTuiError, match="scipy") as caught:
        open_data("svhn", {}, root_dir=tmp_path)
    assert caught.value.hint == "pip install scipy"
    assert server.requests == []
