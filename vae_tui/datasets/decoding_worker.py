"""A process that reads image files for another one: requests come on stdin, rows and reasons go to stdout.

It ends when stdin does: whatever ends the process that asks, ends this one. It imports neither torch nor the sources.
"""

import json
import os
import signal
import struct
import subprocess
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae_tui.datasets.image_files import Header, Reasons, decode, quiet_pillow, read_headers

LENGTH = struct.Struct("<Q")


class WorkerDiedError(Exception):
    """The worker ended in the middle of an answer."""


def main() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, which then ends this one
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not fall between the answers
    try:
        with quiet_pillow():
            while (request := _receive(requests)) is not None:
                Image.MAX_IMAGE_PIXELS = request["max_pixels"]
                paths, shape = request["paths"], request["shape"]
                rows, reasons = read_headers(paths) if shape is None else decode(paths, tuple(shape))
                _send(answers, {"num": len(rows), "reasons": list(reasons.items())})
                answers.write(np.ascontiguousarray(rows).data)
                answers.flush()
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)


def ask(
    worker: "subprocess.Popen[bytes]", paths: Sequence[str], shape: tuple[int, int, int] | None
) -> tuple[NDArray[Any], Reasons]:
    """What `read_headers` (shape None) or `decode` gives for these files, from a process that runs `main`.

    Raises WorkerDiedError where the process has ended, or its pipes were closed.
    """
    requests, answers = worker.stdin, worker.stdout
    assert requests is not None
    assert answers is not None
    try:
        _send(requests, {"paths": list(paths), "shape": shape, "max_pixels": Image.MAX_IMAGE_PIXELS})
        requests.flush()
        answer = _receive(answers)
        if answer is None:
            raise WorkerDiedError
        rows: NDArray[Any] = np.empty((answer["num"], len(Header._fields)), np.int32)
        if shape is not None:
            rows = np.empty((answer["num"], *shape), np.uint8)
        _fill(rows.reshape(-1).view(np.uint8).data, answers)
    except (BrokenPipeError, ValueError):
        raise WorkerDiedError from None
    return rows, {int(index): str(reason) for index, reason in answer["reasons"]}


def _fill(buffer: memoryview, pipe: IO[bytes]) -> None:
    while len(buffer):
        num_read = pipe.readinto(buffer)  # type: ignore[attr-defined]
        if not num_read:
            raise WorkerDiedError
        buffer = buffer[num_read:]


def _send(pipe: IO[bytes], message: dict[str, Any]) -> None:
    text = json.dumps(message).encode()
    pipe.write(LENGTH.pack(len(text)) + text)


def _receive(pipe: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None where the other end is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    text = pipe.read(LENGTH.unpack(head)[0])
    message: dict[str, Any] = json.loads(text)
    return message
