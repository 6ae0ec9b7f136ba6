"""Many files read at once, by threads and by processes: the same answers, and nothing left behind."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vae_tui.datasets import LoadProgress, decoding, open_data, silent
from vae_tui.datasets.scan import FileList, find_images
from vae_tui.errors import VaeTuiError

COUNT = 150


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of several kinds, and files that can't be read, in more blocks than there are workers."""
    noise = np.random.default_rng(0)
    for index in range(COUNT):
        image = Image.fromarray(noise.integers(0, 256, (10, 12, 3), np.uint8))
        image.save(tmp_path / f"{index:03}.{('png', 'jpg', 'bmp')[index % 3]}")
    (tmp_path / "003.png").write_text("text")
    (tmp_path / "075.png").unlink()
    (tmp_path / "075.png").symlink_to("nowhere")
    (tmp_path / "od\udcffd\u2028.png").write_text("text")  # bytes that are no text, and a character that breaks lines
    return tmp_path


def files_of(folder: Path) -> FileList:
    return FileList(str(folder), (key for key, _ in find_images(str(folder), [])))


def use_processes(monkeypatch: pytest.MonkeyPatch, count: int = 2) -> "list[subprocess.Popen[bytes]]":
    """Makes processes read however few the files are; gives those that were started."""
    started: list[subprocess.Popen[bytes]] = []
    start = decoding._start_worker

    def start_one() -> Any:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(decoding, "usable_cores", lambda: count)
    monkeypatch.setattr(decoding, "NUM_FOR_PROCESSES", 1)
    monkeypatch.setattr(decoding, "_start_worker", start_one)
    return started


def read_all(folder: Path) -> tuple[Any, ...]:
    files = files_of(folder)
    gathered = []
    for blocks in (decoding.read_headers(files, silent), decoding.decode(files, (3, 8, 8), silent, "reading")):
        rows, kept, reasons = [], [], {}
        for block in blocks:
            rows.append(block.rows)
            kept.append(block.kept)
            reasons |= block.reasons
        gathered += [np.concatenate(rows), np.concatenate(kept), reasons]
    return tuple(gathered)


def test_processes_give_what_threads_give(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_threads = read_all(folder)
    started = use_processes(monkeypatch)
    by_processes = read_all(folder)
    assert len(started) == 4
    for one, other in zip(by_threads, by_processes, strict=True):
        if isinstance(one, dict):
            assert one == other
            assert one == {3: "not an image", 75: "No such file or directory", COUNT: "not an image"}
        else:
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
    assert len(by_threads[0]) == COUNT - 2
    assert all(process.poll() is not None for process in started)


def test_whole_data_set_is_the_same_by_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_threads = open_data(str(folder), {})
    started = use_processes(monkeypatch)
    by_processes = open_data(str(folder), {})
    assert started
    assert by_threads.notes == by_processes.notes
    assert by_threads.train.images_NCHW.equal(by_processes.train.images_NCHW)


def test_limit_of_pixels_holds_in_processes_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    use_processes(monkeypatch)
    for block in decoding.read_headers(files_of(folder), silent):
        assert len(block.rows) == 0
        assert "too many pixels" in block.reasons.values()


def test_few_files_need_no_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = use_processes(monkeypatch)
    monkeypatch.setattr(decoding, "NUM_FOR_PROCESSES", COUNT + 2)
    read_all(folder)
    assert started == []


def test_there_are_as_many_processes_as_cores_may_be_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    usable_cores = decoding.usable_cores
    started = use_processes(monkeypatch)
    monkeypatch.setattr(decoding, "usable_cores", usable_cores)
    collected = sum(len(block.rows) for block in decoding.read_headers(files_of(folder), silent))
    assert collected == COUNT - 2
    assert len(started) == 3


def test_workers_load_no_torch() -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'textual', 'rich', 'scipy'): sys.modules[name] = None\n"
        "from vae_tui.datasets.decoding_worker import main\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_worker_ends_when_nobody_asks_any_more() -> None:
    worker = decoding._start_worker()
    assert worker.stdin is not None
    assert worker.stdout is not None
    with worker.stdin, worker.stdout:
        worker.stdin.close()
        assert worker.wait(timeout=60) == 0


def test_worker_leaves_ctrl_c_to_the_process_that_asks(folder: Path) -> None:
    worker = decoding._start_worker()
    paths = [str(folder / "000.png")]
    before, _ = decoding.ask(worker, paths, (3, 8, 8))
    assert os.getsid(worker.pid) != os.getsid(0)
    worker.send_signal(signal.SIGINT)
    after, _ = decoding.ask(worker, paths, (3, 8, 8))
    assert np.array_equal(before, after)
    worker.kill()
    worker.communicate()


PARENT = """
import sys
from vae_tui.datasets import decoding
worker = decoding._start_worker()
print(worker.pid, flush=True)
sys.stdin.read()
"""


def test_worker_dies_with_its_parent() -> None:
    """Killed outright, the parent tells nobody anything: the end of the pipe does."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    ended = os.pidfd_open(worker) if hasattr(os, "pidfd_open") else None
    parent.kill()
    parent.communicate()
    if ended is None:
        pytest.skip("this system has no way to wait for a process that is not a child")
    try:
        assert select.select([ended], [], [], 60)[0], "the worker lives on"
    finally:
        os.close(ended)


def test_worker_that_dies_is_an_error_with_a_next_step(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = use_processes(monkeypatch)
    monkeypatch.setattr(decoding, "BLOCKS_AHEAD", 1)
    monkeypatch.setattr(decoding, "BLOCK", 5)
    blocks = decoding.read_headers(files_of(folder), silent)
    next(blocks)
    for process in started:
        process.kill()
        process.wait()
    with pytest.raises(VaeTuiError, match="was ended by signal 9") as caught:
        list(blocks)
    assert "memory" in (caught.value.hint or "")
    assert all(process.poll() is not None for process in started)


def test_ctrl_c_ends_the_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = use_processes(monkeypatch)

    def interrupt(progress: LoadProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_data(str(folder), {}, report=interrupt)
    assert started
    assert all(process.poll() is not None for process in started)


def test_ctrl_c_does_not_wait_for_the_queue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    cancelled = threading.Event()

    class Pool(decoding.ThreadPoolExecutor):  # type: ignore[misc]
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            cancelled.set()
            super().shutdown(wait=True)

    def read_here(paths: Any, shape: Any) -> Any:
        if read:
            cancelled.wait()
        read.extend(paths)
        return np.zeros((len(paths), 4), np.int32), {}

    def interrupt(progress: LoadProgress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(decoding, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(decoding, "_read_here", read_here)
    monkeypatch.setattr(decoding, "usable_cores", lambda: 2)
    monkeypatch.setattr(decoding, "BLOCK", 5)
    with pytest.raises(KeyboardInterrupt):
        list(decoding.read_headers(files_of(folder), interrupt))
    assert len(read) <= 5 * 3  # the first block, and one for each of the two threads
