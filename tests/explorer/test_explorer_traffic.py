import queue
from dataclasses import replace

import pytest

from vae_tui.explorer.frame.canvas import Canvas
from vae_tui.explorer.rendering import RenderJob
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.traffic import Traffic
from vae_tui.explorer.wire import Wire

TIMEOUT_S = 30
JOB = RenderJob("samples", "raw", "request", Canvas(80, 24, 10, 20, (0, 0, 0)))
STATE, LATER = LatentState(), LatentState(seed=1)


class FakeRenderer:
    """Renders a job to its view's name, and says which jobs it had."""

    def __init__(self):
        self.rendered = []

    def render(self, job):
        self.rendered.append(job)
        return job.view


@pytest.fixture
def renderer():
    return FakeRenderer()


@pytest.fixture
def done():
    return queue.Queue()


@pytest.fixture
def traffic(renderer, done):
    traffic = Traffic()
    traffic.open(renderer, done.put, Wire(), waits=False)
    yield traffic
    traffic.close()


def test_before_there_is_a_model_nothing_is_asked_for():
    traffic = Traffic()
    traffic.ask(JOB, STATE)
    assert not traffic.is_open
    assert traffic.job is None


def test_what_was_asked_for_settles_it_when_it_comes(traffic, done):
    assert not traffic.is_settled
    traffic.ask(JOB, STATE)
    assert not traffic.is_settled
    assert traffic.take(done.get(timeout=TIMEOUT_S).ticket, STATE) == STATE
    assert traffic.is_settled


def test_the_same_is_drawn_again_only_where_it_is_to_be_anew(traffic, done, renderer):
    for asks_anew in (False, False, True):
        if asks_anew:
            traffic.ask_anew()
        traffic.ask(JOB, STATE)
        if traffic.last_ticket > len(renderer.rendered):
            done.get(timeout=TIMEOUT_S)
    assert traffic.last_ticket == 2


def test_the_newest_is_of_the_present_state_and_one_before_of_its_own(traffic, done):
    traffic.ask(JOB, STATE)
    done.get(timeout=TIMEOUT_S)
    traffic.ask(replace(JOB, request="another"), LATER)
    assert traffic.take(1, LATER) == STATE
    present = replace(LATER, cursor=3)
    assert traffic.take(2, present) == present


@pytest.mark.parametrize(
    "other", [{"view": "map"}, {"weights": "ema"}, {"canvas": Canvas(90, 24, 10, 20, (0, 0, 0))}], ids=str
)
def test_a_picture_of_another_view_other_weights_or_another_size_comes_too_late(traffic, done, other):
    traffic.ask(JOB, STATE)
    done.get(timeout=TIMEOUT_S)
    traffic.ask(replace(JOB, **other), LATER)
    assert traffic.take(1, LATER) is None


def test_where_nothing_is_wanted_what_is_on_its_way_comes_too_late(traffic, done):
    traffic.ask(JOB, STATE)
    traffic.ask_nothing()
    assert traffic.take(done.get(timeout=TIMEOUT_S).ticket, STATE) is None
    assert not traffic.is_settled
    traffic.ask(JOB, STATE)
    assert traffic.take(done.get(timeout=TIMEOUT_S).ticket, STATE) == STATE
