"""The batches of an epoch on the device: from images that lie there, or streamed from a packed file ahead of need."""

# B batch (of this process), N images, C channels, H height, W width, S steps

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from torch import Tensor

AHEAD = 8
"""Batches that are read before they are needed."""
READERS = 4
"""Threads that read them: a disk that is asked for several at once gives more."""


class ResidentImages:
    """Images that lie on the device, whole."""

    def __init__(self, images_NCHW: Tensor, device: torch.device) -> None:
        self._images_NCHW = images_NCHW.to(device)

    def batches(self, rows_SB: Tensor) -> Iterator[Tensor]:
        """The uint8 batches (B, C, H, W) of these rows, in order."""
        rows_SB = rows_SB.to(self._images_NCHW.device)
        for rows_B in rows_SB:
            yield self._images_NCHW.index_select(0, rows_B)


class StreamedImages:
    """Images that are read from a file mapping as they are needed; only the batches ahead lie in memory."""

    def __init__(self, images_NCHW: Tensor, device: torch.device) -> None:
        self._images_NCHW, self._device = images_NCHW, device

    def batches(self, rows_SB: Tensor) -> Iterator[Tensor]:
        """The uint8 batches (B, C, H, W) of these rows, in order, on the device."""
        pool = ThreadPoolExecutor(READERS, thread_name_prefix="images")
        waiting: deque[Future[Tensor]] = deque()
        try:
            for rows_B in rows_SB:
                waiting.append(pool.submit(self._read, rows_B))
                if len(waiting) > AHEAD:
                    yield self._on_device(waiting.popleft().result())
            while waiting:
                yield self._on_device(waiting.popleft().result())
        finally:  # also where the epoch ends early
            pool.shutdown(cancel_futures=True)

    def _read(self, rows_B: Tensor) -> Tensor:
        images_BCHW = self._images_NCHW.index_select(0, rows_B)
        return images_BCHW.pin_memory() if self._device.type == "cuda" else images_BCHW

    def _on_device(self, images_BCHW: Tensor) -> Tensor:
        return images_BCHW.to(self._device, non_blocking=True)
