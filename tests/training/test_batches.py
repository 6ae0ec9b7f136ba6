"""Batches that lie on the device and batches that are streamed are the same."""

import threading

import pytest
import torch

from vae_tui.training.batches import AHEAD, ResidentImages, StreamedImages

CPU = torch.device("cpu")


@pytest.fixture
def images():
    return torch.randint(0, 256, (90, 3, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def rows():
    return torch.randperm(90, generator=torch.Generator().manual_seed(1))[:80].view(20, 4)


@pytest.mark.parametrize("source", [ResidentImages, StreamedImages])
def test_every_batch_comes_in_order(source, images, rows):
    batches = list(source(images, CPU).batches(rows))
    assert len(batches) == 20
    assert all(torch.equal(batch, images[chosen]) for batch, chosen in zip(batches, rows, strict=True))


@pytest.mark.parametrize("source", [ResidentImages, StreamedImages])
def test_an_epoch_without_steps_gives_no_batch(source, images, rows):
    assert list(source(images, CPU).batches(rows[20:])) == []


def test_no_thread_is_left_where_an_epoch_ends_early(images, rows):
    batches = StreamedImages(images, CPU).batches(rows)
    next(batches)
    assert any(thread.name.startswith("images") for thread in threading.enumerate())
    batches.close()
    assert not any(thread.name.startswith("images") for thread in threading.enumerate())


def test_no_more_is_read_than_a_few_batches_ahead(rows):
    class Counted:
        taken = 0

        def index_select(self, dim, chosen):
            Counted.taken += 1
            return torch.zeros(len(chosen), 1, 1, 1, dtype=torch.uint8)

    batches = StreamedImages(Counted(), CPU).batches(rows)
    next(batches)
    batches.close()
    assert Counted.taken <= AHEAD + 1


def test_what_a_reader_meets_reaches_the_loop(rows):
    class Broken:
        def index_select(self, dim, chosen):
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(StreamedImages(Broken(), CPU).batches(rows))
