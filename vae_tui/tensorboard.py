"""A run's figures and previews for TensorBoard, in the folder `tensorboard` of its run folder.

The records are what torch's SummaryWriter writes. They are written here, without its thread: an error of the disk is
then met at the epoch that it belongs to, and not printed by a thread into the middle of the display.
"""

# N images or samples, H height, W width

import contextlib
import io
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import PAPER, Picture, compose, saved_layout
from vae_tui.summary import EpochMetrics
from vae_tui.training.events import EpochDone, Event, RunStarted
from vae_tui.training.preview import Preview

FOLDER = "tensorboard"
"""In the run folder: `tensorboard --logdir runs` finds it below."""


def check_tensorboard() -> None:
    """Raises VaeTuiError where TensorBoard is not installed."""
    _load()


class TensorBoardLog:
    """One file of records a process; scalars and the preview by epoch. A disk that fails ends it, not the run."""

    def __init__(self, run_dir: Path, start_epoch: int = 1, *, report: Callable[[str], None] | None = None) -> None:
        """Writes nothing yet. `start_epoch` is the first to come, from 1: what older files hold from there on is void.

        `report` is told once where the log can't be written. Raises VaeTuiError where TensorBoard is not installed.
        """
        self._records = _load()
        self._folder = run_dir / FOLDER
        self._start_epoch = start_epoch
        self._report = report
        self._file: Any = None
        """A RecordWriter, once something was written."""
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, event: Event) -> None:
        """Writes what an epoch gave, at once; where the run has no log yet, the epochs before it too."""
        match event:
            case RunStarted(history=history):
                is_new = not any(self._folder.glob("*tfevents*"))
                self._guard(lambda: self._write_all(history if is_new else ()))
            case EpochDone(metrics=metrics, preview=preview):
                self._guard(lambda: self._write_epoch(metrics, preview))
            case _:
                pass

    def close(self) -> None:
        """Closes the file. Nothing can be written afterwards."""
        if self._file is not None:
            self._guard(self._file.close)
        self._ended = True

    def _guard(self, write: Callable[[], None]) -> None:
        if self._ended:
            return
        try:
            write()
        except OSError as error:
            self._ended = True
            if self._file is not None:
                with contextlib.suppress(OSError):  # what is in its buffer can't be written either
                    self._file.close()
            if self._report is not None:
                self._report(f"TensorBoard's log can't be written ({error.strerror or error}): it ends here")

    def _write_all(self, history: tuple[EpochMetrics, ...]) -> None:
        for metrics in history:
            self._write_epoch(metrics, None)

    def _write_epoch(self, metrics: EpochMetrics, preview: Preview | None) -> None:
        values = [self._records.Summary.Value(tag=tag, simple_value=value) for tag, value in scalars(metrics)]
        if preview is not None:
            values.append(self._records.Summary.Value(tag="preview", image=self._image(preview_grid(preview))))
        file = self._open()
        file.write(self._event(step=metrics.epoch, summary=self._records.Summary(value=values)))
        file.flush()

    def _open(self) -> Any:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            seconds, nanoseconds = divmod(time.time_ns(), 10**9)  # TensorBoard reads files in the order of their names
            name = f"events.out.tfevents.{seconds}.{nanoseconds:09d}.{socket.gethostname()}.{os.getpid()}"
            self._file = self._records.RecordWriter((self._folder / name).open("xb"))
            self._file.write(self._event(file_version="brain.Event:2"))
            start = self._records.SessionLog(status=self._records.SessionLog.START)
            self._file.write(self._event(step=self._start_epoch, session_log=start))
        return self._file

    def _event(self, **fields: Any) -> bytes:
        data: bytes = self._records.Event(wall_time=time.time(), **fields).SerializeToString()
        return data

    def _image(self, picture_HW3: Picture) -> Any:
        height, width, _ = picture_HW3.shape
        buffer = io.BytesIO()
        Image.fromarray(picture_HW3).save(buffer, "PNG")
        return self._records.Summary.Image(
            height=height, width=width, colorspace=3, encoded_image_string=buffer.getvalue()
        )


def scalars(metrics: EpochMetrics) -> Iterator[tuple[str, float]]:
    """An epoch's figures by the names that TensorBoard shows; those of the test split only where there is one."""
    for name, train, test in (
        ("loss", metrics.loss, metrics.test_loss),
        ("reconstruction", metrics.reconstruction, metrics.test_reconstruction),
        ("kl", metrics.kl, metrics.test_kl),
    ):
        yield f"{name}/train", train
        if test is not None:
            yield f"{name}/test", test
    yield "active_units", metrics.active_units
    yield "images_per_s", metrics.images_per_s
    yield "seconds", metrics.seconds
    yield "epoch_seconds", metrics.epoch_seconds


def preview_grid(preview: Preview) -> Picture:
    """Three rows of tiles: originals, reconstructions, samples; a shorter row ends in paper."""
    rows = (preview.originals, preview.reconstructions, preview.samples)
    columns = max(map(len, rows))
    height, width = preview.originals.shape[1:3]
    tiles_NHWC = np.zeros((3 * columns, height, width, 3), np.uint8)
    shown_N = np.zeros(3 * columns, bool)
    for index, row in enumerate(rows):
        place = slice(index * columns, index * columns + len(row))
        tiles_NHWC[place], shown_N[place] = row, True
    return compose(tiles_NHWC, saved_layout((height, width), 3, columns), PAPER, shown_N)


class _Records:
    """What is needed of TensorBoard: its messages and its file format, neither of which loads TensorFlow."""

    def __init__(self) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.Event, self.SessionLog, self.Summary, self.RecordWriter = Event, SessionLog, Summary, RecordWriter


def _load() -> _Records:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations of what TensorBoard stands on: no person here can mend them
        try:
            return _Records()
        except ImportError:
            raise VaeTuiError("--tensorboard needs TensorBoard", "pip install 'vaetui[tensorboard]'") from None
