"""Every picture of the explorer has a command, which asks for that picture again."""

import shlex

import pytest
from explorer_acts import START, Desk, done_otherwise, pressed, studied_facts, with_files
from explorer_fakes import AveragedModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_tui.cli.app import run
from vae_tui.cli.delivery import Delivery
from vae_tui.explorer.view import VIEWS
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.rendering import file_bytes

ORIGIN = Origin("run/best.pt", files=("cat.png", "dog.png"))
elsewhere = st.lists(pressed | done_otherwise, min_size=5, max_size=15)


@pytest.fixture
def handed_over(monkeypatch):
    """What the commands would draw."""
    requests = []
    monkeypatch.setattr(Delivery, "deliver", lambda how, request, place: requests.append(request))
    return requests


def test_a_command_writes_no_escape_sequence_to_the_terminal():
    origin = Origin("\x1b]0;title\x07.pt", data="\u202egnp")
    command = command_line(VIEWS.get("samples").request(START, studied_facts(AveragedModel())), origin)
    assert command.isprintable()
    assert r"$'\x1b]0;title\x07.pt'" in command


@pytest.mark.parametrize("name", VIEWS.names())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(elsewhere, elsewhere)
def test_the_command_of_whatever_is_looked_at_asks_for_it_again(handed_over, name, before, after):
    model = with_files(AveragedModel())
    desk = Desk(model, studied=True)
    for act in (*before, ("view", name), *(act for act in after if act[0] != "view")):
        desk.do(act)
    request = desk.request
    assert run(shlex.split(command_line(request, ORIGIN))[1:]) == 0
    again = handed_over.pop()
    assert again.arguments() == request.arguments()  # a seed that draws nothing is not among them
    shown, drawn = (file_bytes(each, model, ORIGIN, "ab", moving=False) for each in (request, again))
    assert shown == drawn
