from collections import Counter

from explorer_fakes import AveragedModel, fake_facts

from vae_tui.explorer.app import BINDINGS
from vae_tui.explorer.controls import Look
from vae_tui.explorer.dialogs import Dialog
from vae_tui.explorer.footer import key_line
from vae_tui.explorer.lines import line_width
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.shared_controls import CONTROLS
from vae_tui.explorer.shared_keys import KEYS
from vae_tui.explorer.state import LatentState


def test_each_binding_has_id_description_and_tooltip():
    for binding in (*BINDINGS, *Dialog.BINDINGS):
        assert binding.id, binding
        assert binding.description, binding
        assert binding.tooltip, binding


def test_ids_and_keys_are_used_once():
    ids = Counter(binding.id for binding in BINDINGS)
    keys = Counter(key for binding in BINDINGS for key in binding.key.split(","))
    assert max(ids.values()) == 1
    assert max(keys.values()) == 1


def test_each_key_belongs_to_a_control_and_each_control_has_keys():
    assert {key.control for key in KEYS} == set(CONTROLS)


def test_the_keys_that_stay_fixed():
    by_key = {key: binding.id for binding in BINDINGS for key in binding.key.split(",")}
    assert [by_key[digit] for digit in "1234"] == [
        "view.samples",
        "view.interpolate",
        "view.traverse",
        "view.reconstruct",
    ]
    assert (by_key["r"], by_key["question_mark"], by_key["q"]) == ("seed.next", "help", "quit")


def test_capitals_are_large_steps():
    facts = fake_facts(num_images=64)
    by_key = {name: key for key in KEYS for name in key.keys.split(",")}
    for small, large, field in (("j", "J", "rank"), ("n", "N", "first"), ("e", "E", "second")):
        start = LatentState(second=0)
        moved = getattr(by_key[small].step(start, fake_facts(latent_dim=20), Look()), field)
        far = getattr(by_key[large].step(start, fake_facts(latent_dim=20), Look()), field)
        assert far == 10 * moved
    assert by_key["L"].step(LatentState(), facts, Look()).edits == ((7, 1.0),)
    assert by_key["l"].step(LatentState(), facts, Look()).edits == ((7, 0.1),)


def test_every_control_says_its_value():
    facts = fake_facts()
    for control in CONTROLS.values():
        assert isinstance(control.value(LatentState(), facts), str)
        assert control.help


def test_the_footer_leaves_keys_out_and_never_cuts_one():
    for width in range(20, 160):
        for facts in (fake_facts(), ModelFacts.of(AveragedModel())):
            assert line_width(key_line(width, facts)) - 3 <= width
    assert "help" in "".join(run.text for run in key_line(20, fake_facts()))


def test_the_footer_has_the_key_of_the_weights_where_there_are_two_kinds():
    def words(facts):
        return "".join(run.text for run in key_line(80, facts))

    assert "v weights" in words(ModelFacts.of(AveragedModel()))
    assert "weights" not in words(fake_facts())
    assert "weights" not in words(ModelFacts())
