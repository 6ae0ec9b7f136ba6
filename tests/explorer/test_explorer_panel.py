import dataclasses

import pytest
from explorer_fakes import SUMMARY, AveragedModel, fake_facts
from fakes import fake_statistics

from vae_tui.explorer.header import header_line, loss_text, tab_line
from vae_tui.explorer.ideas import four_ideas
from vae_tui.explorer.lines import Run, cut, fit_text, line_width, spread
from vae_tui.explorer.model import ModelFacts
from vae_tui.explorer.panel import panel_lines, slider_line
from vae_tui.explorer.sliders import dimension_sliders
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import ordered_views
from vae_tui.points.bases import Draw
from vae_tui.points.point import Point

FACTS = fake_facts(latent_dim=128)


def dim_line(dim, chosen, state, facts, centre, width):
    """The line of a dimension in the side panel."""
    sliders = dimension_sliders(state, facts, centre)
    return slider_line(sliders.row(state.ranked(facts).index(dim)), chosen, sliders.name_width, width)


def text(line):
    return "".join(run.text for run in line)


@pytest.mark.parametrize("width", [24, 36, 48])
@pytest.mark.parametrize("value", [None, 0.0, 0.1, -9.9, 9.9])
def test_a_dimension_takes_the_same_cells_whatever_its_value(width, value):
    edits = () if value is None else ((127, value),)
    line = dim_line(127, True, LatentState(edits=edits), FACTS, None, width)
    assert line_width(line) == width


def test_a_held_value_is_marked_by_more_than_colour():
    held = text(dim_line(127, False, LatentState(edits=((127, 0.5),)), FACTS, None, 24))
    free = text(dim_line(127, False, LatentState(), FACTS, (0.5,) * 128, 24))
    assert held.endswith("+0.50•")
    assert free.endswith("+0.50 ")


def test_the_chosen_dimension_is_marked_by_more_than_colour():
    assert text(dim_line(3, True, LatentState(), FACTS, None, 24)).startswith("▸z3")
    assert text(dim_line(3, False, LatentState(), FACTS, None, 24)).startswith(" z3")


def test_an_inactive_dimension_says_so():
    assert "inactive" in text(dim_line(0, False, LatentState(), FACTS, None, 48))
    assert "inactive" not in text(dim_line(127, False, LatentState(), FACTS, None, 48))


def test_bars_grow_with_the_kl():
    half, full = (text(dim_line(dim, False, LatentState(), FACTS, None, 48)).count("━") for dim in (64, 127))
    assert 0 < half < full


def test_a_value_far_out_keeps_its_cells():
    line = dim_line(5, False, LatentState(), FACTS, (-123.456,) * 128, 24)
    assert line_width(line) <= 25
    assert "-12.3" in text(dim_line(5, False, LatentState(), FACTS, (-12.34,) * 128, 24))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e38])
@pytest.mark.parametrize("width", [24, 48])
def test_a_model_that_gives_no_numbers_has_a_panel_that_says_so(value, width):
    assert f"{value:+.1f}"[:4] in text(dim_line(5, True, LatentState(), FACTS, (value,) * 128, width))


def test_no_value_is_minus_zero():
    assert "+0.00" in text(dim_line(5, False, LatentState(), FACTS, (-0.001,) * 128, 24))


@pytest.mark.parametrize("height", [10, 20, 60])
@pytest.mark.parametrize("rank", [0, 60, 127])
def test_the_list_shows_the_chosen_dimension_and_no_more_than_fits(height, rank):
    lines = panel_lines(LatentState(rank=rank), FACTS, None, 30, height)
    assert len(lines) <= height
    assert any(text(line).startswith("▸") for line in lines)
    assert all(line_width(line) <= 30 for line in lines)


def test_the_list_stays_in_place_when_a_value_changes():
    before = panel_lines(LatentState(), FACTS, None, 30, 30)
    after = panel_lines(LatentState().nudge(1, FACTS, None), FACTS, None, 30, 30)
    assert [line_width(line) for line in before] == [line_width(line) for line in after]


@pytest.mark.parametrize(
    ("kl", "shown"),
    [(2.224, " 2.22"), (99.994, "99.99"), (99.996, "100.0"), (614.2, "614.2"), (12345.0, "12345"), (2e6, "2e+06")],
)
def test_a_large_kl_loses_places_and_stays_true(kl, shown):
    statistics = fake_statistics(8)
    statistics.kl_Z[7] = kl
    facts = dataclasses.replace(FACTS, statistics=statistics)
    line = text(dim_line(7, False, LatentState(), facts, None, 26))
    assert f" {shown} " in line
    assert len(line) == 26


def test_without_statistics_the_order_is_by_index_and_says_so():
    facts = fake_facts(statistics=False)
    lines = [text(line) for line in panel_lines(LatentState(), facts, None, 30, 30)]
    assert any("dimensions by index" in line for line in lines)
    assert any(line.startswith("▸z0") for line in lines)


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("width", [24, 36])
def test_the_order_is_never_cut(width, statistics):
    facts = fake_facts(latent_dim=1000, statistics=statistics)
    lines = [text(line) for line in panel_lines(LatentState(rank=999), facts, None, width, 30)]
    heading = next(line for line in lines if line.endswith("1000 of 1000"))
    assert ("by KL " if statistics else "by index ") in heading


def test_an_image_and_its_class_are_told_apart():
    facts = dataclasses.replace(FACTS, labels=("3", "frog", None))
    assert [facts.image_name(index) for index in (0, 1, 2, 3)] == ['0 "3"', "1 frog", "2", "3"]


def test_the_panel_needs_no_model():
    assert panel_lines(LatentState(), ModelFacts(), None, 24, 20)


def test_an_idle_control_stands_in_brackets():
    lines = [text(line) for line in panel_lines(LatentState(view="reconstruct"), FACTS, None, 24, 20)]
    assert any("seed" in line and line.endswith("(0)") for line in lines)


def test_the_header_names_model_data_epoch_and_the_loss_with_its_unit():
    line = text(header_line(fake_facts(), "", 120, LatentState()))
    assert line == "vaetui  conv · cifar10 · epoch 10 · test loss 79.20 (squared error + KL, an image)"


def test_a_narrow_header_keeps_the_model():
    shown = [text(header_line(fake_facts(), "", width, LatentState())) for width in (76, 70, 60, 36, 20)]
    assert shown == [
        "conv · cifar10 · epoch 10 · test loss 79.20 (squared error + KL, an image)",
        "conv · cifar10 · epoch 10 · test loss 79.20 (squared error + KL)",
        "conv · cifar10 · epoch 10 · test loss 79.20",
        "conv · epoch 10 · test loss 79.20",
        "conv · epoch 10 · t…",
    ]


def test_a_header_without_a_model_says_what_is_loading():
    assert text(header_line(ModelFacts(), "loading best.pt", 80, LatentState())) == "vaetui  loading best.pt"


def test_the_loss_says_what_beta_weighs():
    summary = dataclasses.replace(SUMMARY, formula="squared error + 4 x KL")
    assert loss_text(summary) == "test loss 79.20 (squared error + 4 × KL, an image)"
    summary = dataclasses.replace(SUMMARY, formula="squared error + w x KL, w from 0 to 1 over 5 epochs")
    assert loss_text(summary) == "test loss 79.20 (squared error + w × KL, w from 0 to 1 over 5 epochs; an image)"
    assert loss_text(dataclasses.replace(SUMMARY, formula="")) == "test loss 79.20 (an image)"
    assert loss_text(dataclasses.replace(SUMMARY, history=())) == "loss not known"


def test_the_shown_view_stands_in_brackets():
    assert "[3 Traverse]" in text(tab_line("traverse"))
    assert " 1 Samples " in text(tab_line("traverse"))


def test_narrow_tabs_name_every_view_and_then_the_one_that_is_shown():
    shown = [text(tab_line("traverse", width)) for width in (200, 78, 60)]
    assert shown[0] == text(tab_line("traverse"))
    assert shown[1].startswith("1 Samples 2 Interpolate [3 Traverse] 4 Reconstruct 5 Mix 6 Map 7 Model")
    assert shown[2].startswith("1 2 [3 Traverse] 4 5 6 7")
    for line in (tab_line("traverse", 60), tab_line("traverse", 78)):
        assert [run.action for run in line if run.action] == [f"view('{name}')" for name, _ in ordered_views()]


def test_a_value_stands_whole_beside_a_wide_key():
    lines = [text(line) for line in panel_lines(LatentState(point=Point(Draw(1, 0))), FACTS, None, 26, 24)]
    assert "Enter current     draw:1:0" in lines


def test_the_four_ideas_name_the_models_own_numbers():
    balance, noise, cloud, smooth = four_ideas(fake_facts())
    assert balance.numbers == (
        "test loss: reconstruction 65.10, KL 14.10 (squared error + KL, an image), beta 1, 4 of 8 dimensions active"
    )
    assert noise.numbers == "image 0, z7: 0.00 + 0.50 × eps"
    assert cloud.numbers == "most: z7 with a KL of 0.88 nats; least: z0 with 0.00"
    assert smooth.numbers == "z7 over 64 test images: mean +0.00, standard deviation 1.00, N(0, 1) wanted"


def test_the_four_ideas_need_no_model():
    assert all(idea.text and not idea.numbers for idea in four_ideas(ModelFacts()))


@pytest.mark.parametrize("formula", ["squared error + w x KL, w from 0 to 1 over 5 epochs", "hinge", ""])
def test_beta_is_said_only_where_it_is_the_whole_weight(formula):
    facts = dataclasses.replace(fake_facts(), summary=dataclasses.replace(SUMMARY, formula=formula))
    assert "beta" not in four_ideas(facts)[0].numbers


AVERAGED = ModelFacts.of(AveragedModel(latent_dim=128))
RAW = LatentState(raw=True)


def test_the_header_says_which_weights_and_whose_the_test_loss_is():
    loss = "test loss 79.20 (squared error + KL, an image)"
    line = text(header_line(AVERAGED, "", 120, LatentState()))
    assert line == f"vaetui  conv, averaged weights · cifar10 · epoch 10 · {loss}"
    line = text(header_line(AVERAGED, "", 120, RAW))
    loss = "test loss 79.20 of the average (squared error + KL, an image)"
    assert line == f"vaetui  conv, raw weights · cifar10 · epoch 10 · {loss}"


def test_a_narrow_header_still_says_whose_the_test_loss_is():
    line = text(header_line(AVERAGED, "", 78, RAW))
    assert line == "conv, raw weights · cifar10 · epoch 10 · test loss 79.20 of the average"
    line = text(header_line(AVERAGED, "", 66, RAW))
    assert line == "conv, raw weights · epoch 10 · test loss 79.20 of the average"


def test_a_training_loss_is_of_no_average():
    history = (dataclasses.replace(SUMMARY.history[0], test_loss=None, test_reconstruction=None, test_kl=None),)
    summary = dataclasses.replace(AVERAGED.summary, history=history)
    assert loss_text(summary, "raw") == loss_text(summary, "ema") == "train loss 80.00 (squared error + KL, an image)"


@pytest.mark.parametrize("width", [25, 36])
def test_the_panel_says_which_weights_and_moves_nothing(width):
    averaged, raw = (
        [text(line) for line in panel_lines(state, AVERAGED, None, width, 24)] for state in (LatentState(), RAW)
    )
    changed = [(before.split(), after.split()) for before, after in zip(averaged, raw, strict=True) if before != after]
    assert changed == [
        (["v", "weights", "averaged"], ["v", "weights", "raw"]),
        ([], ["KL", "of", "averaged", "weights"]),
    ]
    assert all(len(line) <= width for line in raw)


def test_without_an_average_nothing_is_said_of_weights():
    assert panel_lines(LatentState(), FACTS, None, 25, 24) == panel_lines(RAW, FACTS, None, 25, 24)
    assert header_line(FACTS, "", 120, LatentState()) == header_line(FACTS, "", 120, RAW)


def test_without_statistics_none_are_said_to_be_of_the_average():
    facts = ModelFacts.of(AveragedModel(statistics=False))
    assert not any("KL of" in text(line) for line in panel_lines(RAW, facts, None, 30, 24))


def test_the_facts_of_a_model_are_those_of_its_average():
    for weights in ("ema", "raw"):
        facts = ModelFacts.of(AveragedModel(weights).with_weights("ema"))
        assert facts.example.sigma == 0.5
        assert facts.has_average


def test_text_is_cut_with_an_ellipsis():
    assert fit_text("abcdef", 4) == "abc…"
    assert fit_text("ab", 4) == "ab  "
    assert text(cut((Run("abc"), Run("def")), 4)) == "abc…"


def test_both_ends_of_a_line_are_at_its_ends():
    assert text(spread((Run("ab"),), (Run("yz"),), 8)) == "ab    yz"
    assert text(spread((Run("abcdefgh"),), (Run("yz"),), 8)) == "abcd… yz"
