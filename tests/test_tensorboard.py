"""What TensorBoard reads of a run, by its own reader."""

import builtins
import dataclasses
import io
import pathlib
import sys

import numpy as np
import pytest
from PIL import Image

from vae_tui.config import resolve
from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER
from vae_tui.summary import EpochMetrics
from vae_tui.tensorboard import TensorBoardLog, check_tensorboard, preview_grid
from vae_tui.training.events import EpochDone, RunStarted, StepsDone
from vae_tui.training.preview import Preview

METRICS = EpochMetrics(1, 104.5, 88.25, 16.25, 85.5, 69.0, 16.5, 120, 37.25, 1340.5, 41.0)


def flat(*values: int) -> np.ndarray:
    """Grey 8 x 8 tiles of these values."""
    return np.repeat(np.asarray(values, np.uint8), 8 * 8 * 3).reshape(len(values), 8, 8, 3)


def epoch(number: int, preview: Preview | None = None, **changes) -> EpochDone:
    metrics = dataclasses.replace(METRICS, epoch=number, loss=100.0 + number, **changes)
    return EpochDone(metrics, True, np.zeros(4, np.float32), preview)


def started(*history: EpochMetrics) -> RunStarted:
    config = resolve("cifar10", {"epochs": 9})
    return RunStarted(
        config, pathlib.Path("run"), "cpu", 1, 50, 20, (3, 8, 8), 6, len(history) + 1, 0, "squared error", history
    )


def read(run_dir: pathlib.Path):
    """TensorBoard's own reading of the folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(run_dir / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
    accumulator.Reload()
    return accumulator


def points(run_dir: pathlib.Path, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(run_dir).Scalars(tag)]


def test_every_figure_is_a_scalar_by_epoch(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        for event in (started(), StepsDone(1, 3, 1.0, 1.0, 1.0, 1.0), epoch(1), epoch(2)):
            log.show(event)
    assert points(tmp_path, "loss/train") == [(1, 101.0), (2, 102.0)]
    found = {tag: points(tmp_path, tag)[0][1] for tag in read(tmp_path).Tags()["scalars"]}
    assert found == {
        "loss/train": 101.0,
        "loss/test": 85.5,
        "reconstruction/train": 88.25,
        "reconstruction/test": 69.0,
        "kl/train": 16.25,
        "kl/test": 16.5,
        "active_units": 120,
        "images_per_s": 1340.5,
        "seconds": 37.25,
        "epoch_seconds": 41.0,
    }


def test_an_epoch_can_be_read_before_the_run_ends(tmp_path):
    log = TensorBoardLog(tmp_path)
    log.show(epoch(1))
    assert points(tmp_path, "loss/train") == [(1, 101.0)]
    log.close()


def test_nothing_held_out_has_no_test_scalars(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        log.show(epoch(1, test_loss=None, test_reconstruction=None, test_kl=None))
    assert not [tag for tag in read(tmp_path).Tags()["scalars"] if "test" in tag]


def test_the_preview_is_an_image_of_three_rows(tmp_path):
    preview = Preview(flat(10, 20), flat(30, 40), flat(50, 60, 70))
    with TensorBoardLog(tmp_path) as log:
        log.show(epoch(3, preview))
    (image,) = read(tmp_path).Images("preview")
    picture = np.asarray(Image.open(io.BytesIO(image.encoded_image_string)))
    assert image.step == 3
    assert (image.height, image.width) == picture.shape[:2]
    np.testing.assert_array_equal(picture, preview_grid(preview))
    tile = 64 + 4  # saved tiles are 64 pixels, 4 between them
    centres = picture[32::tile, 32::tile, 0].tolist()
    assert centres == [[10, 20, PAPER[0]], [30, 40, PAPER[0]], [50, 60, 70]]


def test_a_resumed_run_replaces_the_epochs_that_it_does_again(tmp_path):
    with TensorBoardLog(tmp_path) as log:
        for number in (1, 2, 3):
            log.show(epoch(number))
    with TensorBoardLog(tmp_path, start_epoch=2) as log:
        log.show(started(METRICS))
        log.show(epoch(2, images_per_s=7.0))
    assert [step for step, _ in points(tmp_path, "loss/train")] == [1, 2]
    assert points(tmp_path, "images_per_s") == [(1, 1340.5), (2, 7.0)]


def test_a_run_resumed_with_its_first_log_has_the_epochs_before(tmp_path):
    with TensorBoardLog(tmp_path, start_epoch=3) as log:
        log.show(started(epoch(1).metrics, epoch(2).metrics))
        log.show(epoch(3))
    assert points(tmp_path, "loss/train") == [(1, 101.0), (2, 102.0), (3, 103.0)]


def test_nothing_is_written_before_there_is_something_to_write(tmp_path):
    with TensorBoardLog(tmp_path / "run") as log:
        log.show(started())
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cant_be_written_is_said_once_and_stops_nothing(tmp_path):
    (tmp_path / "tensorboard").write_text("in the way")
    said: list[str] = []
    with TensorBoardLog(tmp_path, report=said.append) as log:
        log.show(epoch(1))
        log.show(epoch(2))
    assert len(said) == 1
    assert "TensorBoard's log can't be written (File exists)" in said[0]
    with TensorBoardLog(tmp_path) as log:  # nobody to tell
        log.show(epoch(1))


def test_a_disk_that_fills_up_ends_the_log_alone(tmp_path, monkeypatch):
    from tensorboard.summary.writer.record_writer import RecordWriter

    said: list[str] = []
    with TensorBoardLog(tmp_path, report=said.append) as log:
        log.show(epoch(1))
        monkeypatch.setattr(RecordWriter, "write", lambda self, data: (_ for _ in ()).throw(OSError(28, "disk full")))
        log.show(epoch(2))
        monkeypatch.undo()
        log.show(epoch(3))
    assert len(said) == 1
    assert "disk full" in said[0]
    assert points(tmp_path, "loss/train") == [(1, 101.0)]


def test_where_tensorboard_is_missing_the_extra_is_named(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "tensorboard":
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for start in (check_tensorboard, lambda: TensorBoardLog(tmp_path)):
        with pytest.raises(VaeTuiError, match="needs TensorBoard") as error:
            start()
        assert error.value.hint == "pip install 'vaetui[tensorboard]'"
