"""Many image files read by all cores, in order: by threads where they are few, else by processes."""

# N files, n files of one block, C channels, H height, W width

import os
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_tui.datasets import image_files
from vae_tui.datasets.contract import LoadProgress, Report, paced
from vae_tui.datasets.cores import usable_cores
from vae_tui.datasets.decoding_worker import WorkerDiedError, ask
from vae_tui.datasets.image_files import Reasons, quiet_pillow
from vae_tui.datasets.streams import images_a_block
from vae_tui.errors import VaeTuiError, printable

NUM_FOR_PROCESSES = 2000
"""Files from which on processes read them. Pillow holds the GIL for most of a small file: of 10,000 JPEG files of
32 x 32 two threads read 4,700 a second, one 6,700, and two processes 10,700, on two cores and with the quarter of a
second that these take to start."""
BLOCK = 64
"""Files a task, at most."""
BLOCKS_AHEAD = 2
"""Tasks that each thread or process has waiting or done: what is held of the pixels."""
START = "import sys; sys.path[:] = sys.argv[1:]; from vae_tui.datasets.decoding_worker import main; main()"


class Paths(Protocol):
    """The files to read: any sequence of paths, which need not hold them."""

    def __len__(self) -> int: ...

    def path(self, index: int) -> str:
        """The path of one of them."""
        ...


class Block(NamedTuple):
    """What some consecutive files gave."""

    rows: NDArray[Any]
    """A row for each file that could be read."""
    kept: NDArray[np.int64]
    """The indices of these files among all."""
    reasons: Reasons
    """Why the others could not be read, by their indices among all."""


def read_headers(files: Paths, report: Report) -> Generator[Block, None, None]:
    """The headers of all files: rows of int32 (n, 4), see image_files.Header."""
    return _read(files, None, BLOCK, "looking at images", report)


def decode(files: Paths, shape: tuple[int, int, int], report: Report, what: str) -> Generator[Block, None, None]:
    """The pixels of all files: rows of uint8 (n, *shape), see image_files.decode; progress is told as `what`."""
    return _read(files, shape, min(BLOCK, images_a_block(shape)), what, report)


def _read(
    files: Paths, shape: tuple[int, int, int] | None, step: int, what: str, report: Report
) -> Generator[Block, None, None]:
    """Blocks in the files' order. To be closed when it is left early: the processes end with it."""
    report, num_files, num_workers = paced(report), len(files), usable_cores()
    starts = iter(range(0, num_files, step))
    waiting: deque[tuple[int, Future[tuple[NDArray[Any], Reasons]]]] = deque()
    with quiet_pillow(), _pool(num_workers) as pool, _readers(num_files, num_workers) as read:

        def submit() -> None:
            for start in starts:
                paths = [files.path(index) for index in range(start, min(start + step, num_files))]
                waiting.append((start, pool.submit(read, paths, shape)))
                if len(waiting) >= num_workers * BLOCKS_AHEAD:
                    return

        submit()
        while waiting:
            start, result = waiting.popleft()
            rows, reasons = result.result()
            submit()
            yield _block(start, min(step, num_files - start), rows, reasons)
            report(LoadProgress(what, min(start + step, num_files), num_files, "images"))


def _block(start: int, num_files: int, rows: NDArray[Any], reasons: Reasons) -> Block:
    read = np.ones(num_files, bool)
    read[list(reasons)] = False
    return Block(rows, start + np.flatnonzero(read), {start + index: why for index, why in reasons.items()})


class _Read(Protocol):
    def __call__(self, paths: Sequence[str], shape: tuple[int, int, int] | None, /) -> tuple[NDArray[Any], Reasons]: ...


@contextmanager
def _pool(num_workers: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(num_workers)
    try:
        yield pool
    finally:  # Ctrl-C does not wait for the files that are still in the queue
        pool.shutdown(cancel_futures=True)


@contextmanager
def _readers(num_files: int, num_workers: int) -> Iterator[_Read]:
    """What reads a block, to be called by `num_workers` threads at once: each here, or each through a process."""
    if num_files < NUM_FOR_PROCESSES or num_workers == 1 or not sys.executable:
        yield _read_here
        return
    workers = [_start_worker() for _ in range(num_workers)]
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def read_there(paths: Sequence[str], shape: tuple[int, int, int] | None) -> tuple[NDArray[Any], Reasons]:
        worker = idle.get()
        try:
            return ask(worker, paths, shape)
        except WorkerDiedError:
            raise _died(worker, paths) from None
        finally:
            idle.put(worker)

    try:
        yield read_there
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                with suppress(OSError):  # what it was not told any more
                    assert pipe is not None
                    pipe.close()


def _read_here(paths: Sequence[str], shape: tuple[int, int, int] | None) -> tuple[NDArray[Any], Reasons]:
    return image_files.read_headers(paths) if shape is None else image_files.decode(paths, shape)


def _start_worker() -> "subprocess.Popen[bytes]":
    """A process of its own session, so that Ctrl-C in the terminal is for this one alone.

    Not multiprocessing: that would run the main module of whoever uses this again.
    """
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(  # noqa: S603  this Python, and its own search path
        [sys.executable, "-c", START, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries under Pillow write remarks on odd files there
        env=os.environ | one_thread,
        start_new_session=True,
    )


def _died(worker: "subprocess.Popen[bytes]", paths: Sequence[str]) -> VaeTuiError:
    code = worker.wait()
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    hint = (
        "where memory ran out, free some; else one of these files may break its decoder: move them away and try again"
    )
    between = f"{printable(paths[0])} and {printable(paths[-1])}"
    return VaeTuiError(f"a process that read images {how}, among the files between {between}", hint)
