"""What every registered source of images must do, whichever there are."""

import dataclasses
import hashlib
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest
import torch

from vae_tui.config import MAX_CHANNELS
from vae_tui.datasets import DATASETS, Data, LoadProgress, downloads, open_data, splits
from vae_tui.datasets.contract import ImageSet, Report, Source, paced
from vae_tui.errors import VaeTuiError

NAMES = DATASETS.names()
PATH_NAMES = [name for name in NAMES if DATASETS.get(name).by_path]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked for; none of them can be reached."""
    asked: list[str] = []

    def refuse(url: str, timeout_s: float) -> None:
        asked.append(url)
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(downloads, "open_url", refuse)
    return asked


def locate(name: str, folder: Path) -> str:
    return str(DATASETS.get(name).write_example(folder)) if DATASETS.get(name).by_path else name


@pytest.mark.parametrize("name", NAMES)
def test_options_are_frozen_and_explained(name: str) -> None:
    options = DATASETS.get(name).Options
    assert dataclasses.is_dataclass(options)
    assert options.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for field in dataclasses.fields(options):
        assert field.metadata["help"].strip(), field.name
        assert field.type in (int, float, str, bool), field.name
    options()  # every field has a default


@pytest.mark.parametrize("name", NAMES)
def test_summary_is_one_line(name: str) -> None:
    summary = DATASETS.get(name).summary
    assert summary.strip() == summary != ""
    assert summary.isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_loads_or_says_what_to_do_without_a_network(name: str, tmp_path: Path, refused: list[str]) -> None:
    location, root_dir = locate(name, tmp_path), tmp_path / "root"
    seen: list[LoadProgress] = []
    try:
        data = open_data(location, {}, root_dir=root_dir, seed=3, report=seen.append)
    except VaeTuiError as error:
        caught = error
        data = None
    if data is None:
        assert refused, caught
        assert caught.hint
        assert "no route to host" in caught.message
        assert [path for path in root_dir.rglob("*") if path.is_file()] == []
        return
    assert refused == []
    assert data.name == location
    assert 1 <= data.train.image_shape[0] <= MAX_CHANNELS
    assert seen
    assert all(progress.unit in ("bytes", "images") and progress.what for progress in seen)
    assert seen[-1].done == seen[-1].total
    again = open_data(location, {}, root_dir=root_dir, seed=3)
    for split, same in ((data.train, again.train), (data.test, again.test)):
        assert split is not None
        assert same is not None
        assert torch.equal(split.images_NCHW, same.images_NCHW)
        if split.labels_N is not None:
            assert same.labels_N is not None
            assert torch.equal(split.labels_N, same.labels_N)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_option_is_refused(name: str, tmp_path: Path, refused: list[str]) -> None:
    with pytest.raises(VaeTuiError, match="data has no option 'colour_of_money'"):
        open_data(locate(name, tmp_path), {"colour_of_money": 1}, root_dir=tmp_path)


@pytest.mark.parametrize("name", PATH_NAMES)
def test_example_is_claimed_by_its_own_source_alone(name: str, tmp_path: Path) -> None:
    path = DATASETS.get(name).write_example(tmp_path)
    assert [other for other in PATH_NAMES if DATASETS.get(other).claims(path)] == [name]
    data = open_data(str(path), {})
    assert data.train.labels_N is not None
    assert len(data.train.class_names) > 1


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PATH_NAMES])
def test_named_source_wins_over_a_path(
    name: str, tmp_path: Path, refused: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    with pytest.raises(VaeTuiError, match="holds no images"):
        open_data(f"./{name}", {})
    try:
        assert open_data(name, {}, root_dir=tmp_path / "root").name == name
    except VaeTuiError:
        assert refused


@pytest.mark.parametrize(
    ("location", "message", "hint"),
    [
        ("cifar01", "no data set is called 'cifar01'", "did you mean cifar10?"),
        ("zzzz", "no data set is called 'zzzz'", "known: cifar10"),
        ("fashion_mnist", "no data set is called", "did you mean fashion-mnist?"),
        ("pictures/of/cats", "no such file or folder: pictures/of/cats", "give a name"),
        ("cats.npz", "no such file or folder: cats.npz", "give a name"),
        ("a\x1b[2Jb/c", "no such file or folder: a\ufffd[2Jb/c", "give a name"),
        ("a\0b/c", "no such file or folder: a\ufffdb/c", "give a name"),
        ("folder", "folder is read from a path", "give the path itself"),
        ("", "no data set is called ''", "known: "),
    ],
)
def test_location_that_is_nothing(
    location: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VaeTuiError) as caught:
        open_data(location, {})
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "npz," not in (caught.value.hint or "")  # names that stand for paths are not offered


def test_file_that_no_source_reads(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(VaeTuiError, match=r"notes\.txt is no data set") as caught:
        open_data(str(tmp_path / "notes.txt"), {})
    assert ".npz" in (caught.value.hint or "")


def broken(**changes: object) -> ImageSet:
    good = ImageSet(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.tensor([0, 1]), ("a", "b"))
    return dataclasses.replace(good, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (broken(images_NCHW=torch.zeros(2, 1, 4, 4)), None),
        (broken(images_NCHW=torch.zeros(2, 65, 4, 4, dtype=torch.uint8)), None),
        (broken(images_NCHW=torch.zeros(0, 1, 4, 4, dtype=torch.uint8)), None),
        (broken(images_NCHW=torch.zeros(2, 4, 4, 1, dtype=torch.uint8).permute(0, 3, 1, 2)[:, :, ::2]), None),
        (broken(labels_N=torch.tensor([0, 2])), None),
        (broken(labels_N=torch.tensor([-1, 0])), None),
        (broken(labels_N=torch.tensor([0])), None),
        (broken(labels_N=torch.tensor([0, 1], dtype=torch.int32)), None),
        (broken(factors_NF=torch.zeros(2, 3), factor_names=("x",)), None),
        (broken(factor_names=("x",)), None),
        (broken(), broken(class_names=("a", "c"))),
        (broken(), broken(images_NCHW=torch.zeros(2, 1, 4, 5, dtype=torch.uint8))),
    ],
)
def test_source_that_breaks_the_contract_is_found_out(
    train: ImageSet, test: ImageSet | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclasses.dataclass(frozen=True)
    class NoOptions:
        pass

    class Broken(Source):
        Options = NoOptions
        summary = "a source with a bug"

        @staticmethod
        def load(location: str, options: object, *, root_dir: Path | None, seed: int, report: Report) -> Data:
            return Data("broken", train, test)

    monkeypatch.setattr(DATASETS, "_parts", {"broken": Broken})
    with pytest.raises(ValueError, match=r"image|label|factor|splits"):
        open_data("broken", {})


def test_import_needs_neither_platformdirs_nor_textual_and_loads_no_torchvision() -> None:
    program = (
        "import sys\n"
        "for name in ('platformdirs', 'textual', 'textual_image', 'scipy'): sys.modules[name] = None\n"
        "from vae_tui.datasets import open_data\n"
        "open_data('shapes', {'count': 2})\n"
        "assert 'torchvision' not in sys.modules\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_paced_report_passes_first_and_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    seen: list[int] = []
    report = paced(lambda progress: seen.append(progress.done))
    for done, now_s in ((1, 5.0), (2, 5.05), (3, 5.11), (4, 5.12), (5, 5.13)):  # noqa: B007  read by the lambda
        report(LoadProgress("reading", done, 5, "images"))
    assert seen == [1, 3, 5]


def held_out(keys: list[bytes], fraction: float, seed: int) -> tuple[list[int], list[int]]:
    train, test = splits.hold_out(keys, fraction, seed)
    return train.tolist(), test.tolist()


def test_hold_out_is_a_partition_of_the_wanted_size() -> None:
    keys = [str(index).encode() for index in range(100)]
    train, test = held_out(keys, 0.1, seed=0)
    assert len(test) == 10
    assert sorted(train + test) == list(range(100))
    assert train == sorted(train)
    assert test == sorted(test)
    assert held_out(keys, 0.1, seed=0) == (train, test)
    assert held_out(keys, 0.1, seed=1) != (train, test)


def test_hold_out_takes_the_lowest_hashes() -> None:
    """What earlier versions held out stays held out: a run goes on with the split that it began with."""
    keys = [f"{index}.png".encode() for index in range(50)]
    hashes = [hashlib.blake2b(b"3/" + key, digest_size=16).digest() for key in keys]
    lowest = sorted(range(50), key=hashes.__getitem__)[:5]
    assert held_out(keys, 0.1, seed=3)[1] == sorted(lowest)


def test_hold_out_depends_on_keys_and_not_on_their_order() -> None:
    keys = [str(index).encode() for index in range(40)]
    _, test = held_out(keys, 0.25, seed=7)
    _, reversed_test = held_out(keys[::-1], 0.25, seed=7)
    assert {keys[index] for index in test} == {keys[::-1][index] for index in reversed_test}


@pytest.mark.parametrize(
    ("num_keys", "fraction", "num_test"),
    [(10, 0.0, 0), (1, 0.5, 0), (2, 0.01, 1), (2, 0.99, 1), (10, 0.25, 2), (0, 0.1, 0)],
)
def test_hold_out_leaves_both_splits_something(num_keys: int, fraction: float, num_test: int) -> None:
    train, test = held_out([bytes([index]) for index in range(num_keys)], fraction, seed=0)
    assert (len(train), len(test)) == (num_keys - num_test, num_test)


@pytest.mark.parametrize("fraction", [-0.1, 1.0, float("nan")])
def test_fraction_outside_its_range_is_refused(fraction: float) -> None:
    with pytest.raises(VaeTuiError, match="test_fraction"):
        open_data("shapes", {"test_fraction": fraction})
