from pathlib import Path

import pytest

from vae_tui.explorer.run import Run
from vae_tui.explorer.watching import Watched


class FakeChild:
    """A training of our own."""

    is_running = True

    def ask_to_stop(self):
        self.is_running = False


def make_run(*, source=None, child=None):
    return Run(Watched(Path("runs/mnist"), lambda path: None, source, child), lambda seen: None)


def test_without_a_run_there_is_nothing_to_say():
    run = Run(None, lambda seen: None)
    run.start()
    run.go_to(3)
    run.ask_to_stop()
    run.stop()
    assert not run.is_followed
    assert not run.is_training
    assert not run.lets_go("runs/mnist/best.pt")


def test_a_run_whose_kept_epochs_are_looked_at_is_not_followed():
    run = make_run()
    assert not run.is_followed
    assert run.opened_as("runs/mnist/best.pt") == "best.pt"


def test_a_followed_run_is_opened_again_by_its_name():
    assert make_run(source=object()).opened_as("runs/mnist/.pin-7.pt") == "mnist --follow"


@pytest.mark.parametrize(("checkpoint", "lets_go"), [("runs/mnist/last.pt", True), ("runs/mnist/epochs/2.pt", False)])
def test_a_followed_run_lets_go_what_it_has_not_kept(checkpoint, lets_go):
    assert make_run(source=object()).lets_go(checkpoint) is lets_go
    assert not make_run().lets_go(checkpoint)


def test_our_own_training_runs_until_it_is_asked_to_stop():
    run = make_run(source=object(), child=FakeChild())
    assert run.is_training
    run.ask_to_stop()
    assert not run.is_training
