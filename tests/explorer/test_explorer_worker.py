import queue
import threading

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.wire import Wire
from vae_tui.explorer.worker import RenderWorker

TIMEOUT_S = 30


class Gate:
    """A render function that waits to be let on, and says what it renders."""

    def __init__(self):
        self.started = queue.Queue()
        self._let_on = threading.Semaphore(0)
        self.rendered = []

    def __call__(self, job):
        self.started.put(job)
        assert self._let_on.acquire(timeout=TIMEOUT_S)
        self.rendered.append(job)
        return f"frame of {job}"

    def let_on(self, num=1):
        self._let_on.release(num)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def done():
    return queue.Queue()


@pytest.fixture
def worker(gate, done):
    worker = RenderWorker(gate, done.put)
    yield worker
    gate.let_on(1000)
    worker.close(TIMEOUT_S)


def test_a_job_comes_back_under_its_ticket(worker, gate, done):
    ticket = worker.submit("a")
    gate.let_on()
    result = done.get(timeout=TIMEOUT_S)
    assert (result.ticket, result.result, result.error) == (ticket, "frame of a", "")


def test_the_newest_job_replaces_those_that_wait(worker, gate, done):
    worker.submit("first")
    assert gate.started.get(timeout=TIMEOUT_S) == "first"
    for job in range(50):
        last = worker.submit(job)
    gate.let_on(2)
    assert done.get(timeout=TIMEOUT_S).result == "frame of first"
    newest = done.get(timeout=TIMEOUT_S)
    assert (newest.ticket, newest.result) == (last, "frame of 49")
    assert gate.rendered == ["first", 49]


def test_tickets_rise(worker):
    assert worker.submit("a") < worker.submit("b") < worker.submit("c")


@pytest.mark.parametrize(
    ("error", "words", "hint"),
    [
        (VaeTuiError("no images", "name some"), "no images", "name some"),
        (RuntimeError("boom"), "RuntimeError: boom", ""),
    ],
)
def test_an_error_is_a_result_and_the_thread_lives_on(done, error, words, hint):
    def render(job):
        if job == "bad":
            raise error
        return job

    worker = RenderWorker(render, done.put)
    worker.submit("bad")
    failed = done.get(timeout=TIMEOUT_S)
    assert (failed.result, failed.error, failed.hint) == (None, words, hint)
    worker.submit("good")
    assert done.get(timeout=TIMEOUT_S).result == "good"
    worker.close(TIMEOUT_S)


def test_nothing_is_delivered_after_close(gate, done):
    worker = RenderWorker(gate, done.put)
    worker.submit("a")
    gate.started.get(timeout=TIMEOUT_S)
    worker.submit("b")
    worker.close(0)
    gate.let_on(2)
    worker.close(TIMEOUT_S)
    assert done.empty()
    assert gate.rendered == ["a"]


def test_a_job_waits_for_the_wire_and_the_newest_is_taken(gate, done):
    wire = Wire()
    worker = RenderWorker(gate, done.put, wire)
    wire.on_room(worker.wake)
    for job in ("first", "second"):  # both are drawn, and neither is answered for
        worker.submit(job)
        assert gate.started.get(timeout=TIMEOUT_S) == job
        gate.let_on()
        done.get(timeout=TIMEOUT_S)
        wire.send()
    for job in ("third", "fourth", "fifth"):
        worker.submit(job)
    assert gate.started.empty()
    wire.answer()
    assert gate.started.get(timeout=TIMEOUT_S) == "fifth"
    gate.let_on()
    done.get(timeout=TIMEOUT_S)
    worker.close()
    assert gate.rendered == ["first", "second", "fifth"]
