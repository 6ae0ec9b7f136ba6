"""What the screen calls keys: as the person has bound them, not as they ship."""

import re

import pytest
from explorer_fakes import ORIGIN, FakeModel, fake_facts, screen_text, settle

from vae_tui.explorer.app import ExplorerApp
from vae_tui.explorer.footer import key_line
from vae_tui.explorer.key_contexts import key_contexts, shipped_keymap
from vae_tui.explorer.keymap import parse_keymap
from vae_tui.explorer.keys import every_control, every_key, known_controls
from vae_tui.explorer.panel import panel_lines
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS
from vae_tui.terminal.halfblock import HalfblockPainter

FACTS = fake_facts()
OWN = parse_keymap(
    """[keys]
"seed.back" = "f5"
"seed.next" = "r,f6"
"temperature.cooler" = ""
"save.png" = "f2"
"value.much-more" = "L"
"dialog.close" = "f9,escape,question_mark,q"
""",
    key_contexts(),
)


def text(line):
    return "".join(run.text for run in line)


@pytest.mark.parametrize("name", VIEWS.names())
def test_each_control_names_keys_that_change_it(name):
    view = VIEWS.get(name)
    for control_name in known_controls(view, FACTS):
        control = every_control(view)[control_name]
        assert control.key_ids
        assert {every_key()[key_id].control for key_id in control.key_ids} == {control_name}
        assert "{" not in shipped_keymap().fill(control.help)
    assert not re.search(r"\{[a-z]", shipped_keymap().fill(view.help))


def test_the_panel_has_the_persons_keys():
    shipped, own = (
        [text(line) for line in panel_lines(LatentState(), FACTS, None, 30, 24, keymap)]
        for keymap in (shipped_keymap(), OWN)
    )
    changed = [(before.split(), after.split()) for before, after in zip(shipped, own, strict=True) if before != after]
    assert changed == [
        (["b", "r", "seed", "0"], ["F5", "r", "seed", "0"]),
        (["[", "]", "temperature", "1.0"], ["]", "temperature", "1.0"]),
    ]


def test_the_footer_has_the_persons_keys():
    shipped, own = (text(key_line(200, FACTS, keymap)) for keymap in (shipped_keymap(), OWN))
    assert "s save " in shipped
    assert "Shift large steps" in shipped
    assert "F2 save " in own
    assert "Shift" not in own


def test_keys_in_a_text_are_those_that_are_bound():
    assert shipped_keymap().fill("{seed.back seed.next}, {temperature.cooler}") == "b r, ["
    assert OWN.fill("{seed.back seed.next}, {temperature.cooler}") == "F5 r, no key"


async def test_the_help_has_the_persons_keys_and_they_work():
    app = ExplorerApp(FakeModel, ORIGIN, HalfblockPainter(), studies=False, keymap=OWN)
    async with app.run_test(size=(100, 80)) as pilot:
        await settle(pilot)
        await pilot.press("f6")
        assert app.state.seed == 1
        await pilot.press("question_mark")
        await pilot.pause()
        shown = screen_text(app)
        assert "F9 closes" in shown
        assert "F5 r    The seed before; a new seed" in shown
        assert "F2      Save the picture as a PNG" in shown
        await pilot.press("f9")
        assert len(app.screen_stack) == 1
