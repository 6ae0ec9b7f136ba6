import math

import numpy as np
import pytest
from fakes import fake_statistics
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.latent import (
    PATHS,
    DimChoice,
    apply_edits,
    check_edits,
    even_dims,
    even_steps,
    format_edits,
    format_number,
    lerp,
    parse_edits,
    posterior_draws,
    prior_latents,
    quantile_values,
    slerp,
    there_and_back,
)

RIGHT = np.array([1, 0], np.float32)
UP = np.array([0, 1], np.float32)
FINITE32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def test_lerp_is_the_straight_line_with_both_ends():
    path = lerp(np.array([0, 2], np.float32), np.array([4, -2], np.float32), even_steps(5))

    np.testing.assert_array_equal(path, [[0, 2], [1, 1], [2, 0], [3, -1], [4, -2]])
    assert path.dtype == np.float32


def test_slerp_of_a_right_angle_is_the_quarter_circle():
    half = math.sqrt(0.5)
    third = (math.cos(math.pi / 6), math.sin(math.pi / 6))

    np.testing.assert_allclose(slerp(RIGHT, UP, even_steps(3)), [[1, 0], [half, half], [0, 1]], atol=1e-6)
    np.testing.assert_allclose(slerp(RIGHT, UP, even_steps(4)), [[1, 0], third, third[::-1], [0, 1]], atol=1e-6)


@pytest.mark.parametrize("angle", [1e-5, 1e-3, np.pi - 1e-3, np.pi - 1e-5])
def test_slerp_keeps_to_the_circle_between_nearly_parallel_and_nearly_opposite_vectors(angle):
    end = np.array([np.cos(angle), np.sin(angle)], np.float32)
    path = slerp(RIGHT, end, even_steps(3))
    np.testing.assert_allclose(path[1], [np.cos(angle / 2), np.sin(angle / 2)], atol=1e-2)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1, rtol=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.integers(2, 20))
def test_slerp_keeps_norm(seed, dims, steps):
    start, end = prior_latents(2, dims, seed)
    end = end * np.linalg.norm(start) / np.linalg.norm(end)

    norms = np.linalg.norm(slerp(start, end, even_steps(steps)), axis=1)

    np.testing.assert_allclose(norms, np.linalg.norm(start), rtol=1e-4)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(2, 20))
def test_paths_keep_their_ends(path, seed, steps):
    start, end = prior_latents(2, 16, seed)

    walked = path(start, end, even_steps(steps))

    assert walked.shape == (steps, 16)
    np.testing.assert_allclose(walked[[0, -1]], [start, end], atol=1e-5)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_one_step_is_the_start(path):
    np.testing.assert_allclose(path(RIGHT, UP, even_steps(1)), [[1, 0]])


@pytest.mark.parametrize(
    ("start", "end"),
    [(RIGHT, RIGHT), (RIGHT, 3 * RIGHT), (RIGHT, -RIGHT), (np.zeros(2, np.float32), UP), (RIGHT, 0 * UP)],
    ids=["same", "parallel", "opposite", "from zero", "to zero"],
)
def test_slerp_without_a_single_great_circle_is_the_straight_line(start, end):
    np.testing.assert_array_equal(slerp(start, end, even_steps(5)), lerp(start, end, even_steps(5)))


def test_there_and_back_loops_without_a_repeat():
    assert there_and_back(4) == [0, 1, 2, 3, 2, 1]
    assert there_and_back(2) == [0, 1]
    assert there_and_back(1) == [0]


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 64), st.integers(0, 2**63 - 1))
def test_the_first_samples_are_the_same_for_every_number(some, more, dims, seed):
    np.testing.assert_array_equal(prior_latents(some + more, dims, seed)[:some], prior_latents(some, dims, seed))


def test_temperature_is_the_standard_deviation():
    cold, warm = prior_latents(2000, 8, 3, 0.5), prior_latents(2000, 8, 3)

    np.testing.assert_array_equal(cold, warm * np.float32(0.5))
    assert warm.std() == pytest.approx(1, abs=0.02)
    assert not prior_latents(4, 8, 3, 0).any()


def test_other_seeds_give_other_samples():
    assert not np.array_equal(prior_latents(1, 8, 0), prior_latents(1, 8, 1))


def test_posterior_draws_scale_the_noise_by_sigma_around_the_mean():
    mean, std = np.full((3, 4), 2, np.float32), np.full((3, 4), 0.5, np.float32)

    np.testing.assert_allclose(posterior_draws(mean, std, 7), 2 + 0.5 * prior_latents(3, 4, 7))
    np.testing.assert_array_equal(posterior_draws(mean, 0 * std, 7), mean)


def test_even_dims_are_those_of_the_known_experiment():
    assert even_dims(10, 128) == (0, 14, 28, 42, 56, 70, 84, 98, 112, 127)


def test_even_dims_of_a_small_space_are_all_of_it_once():
    assert even_dims(10, 3) == (0, 1, 2)
    assert even_dims(1, 128) == (0,)


def test_edits_hold_a_dimension_in_every_row_of_a_copy():
    latents = np.zeros((2, 4), np.float32)

    edited = apply_edits(latents, ((1, 1.5), (3, -2)))

    np.testing.assert_array_equal(edited, [[0, 1.5, 0, -2]] * 2)
    assert not latents.any()


def test_edits_are_read_in_any_order_and_written_in_one():
    edits = parse_edits("17=-2, 3=1.5,")

    assert edits == ((3, 1.5), (17, -2.0))
    assert format_edits(edits) == "3=1.5,17=-2"
    assert parse_edits("") == ()


@pytest.mark.parametrize("text", ["3", "=1", "3=", "a=1", "3=b", "3=1=2", "3=nan", "3=inf", "3=1e39", "3:1"])
def test_edits_that_say_nothing_are_refused(text):
    with pytest.raises(VaeTuiError, match="--z") as refused:
        parse_edits(text)

    assert refused.value.hint


@given(st.dictionaries(st.integers(0, 9999), FINITE32, max_size=8))
def test_edits_survive_being_written_down(edits):
    as_edits = tuple(sorted(edits.items()))

    assert parse_edits(format_edits(as_edits)) == as_edits


@pytest.mark.parametrize("dim", [-1, 4])
def test_an_edit_of_an_absent_dimension_names_those_there_are(dim):
    with pytest.raises(VaeTuiError) as refused:
        check_edits(((dim, 0.0),), 4)

    assert refused.value.hint == "the model has 0 to 3"


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (-3, "-3"), (0.7, "0.7"), (1e20, "1e+20"), (-0.0, "-0")])
def test_numbers_are_short(value, text):
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("text", "num", "choice"),
    [
        ("kl", None, DimChoice("kl", 10)),
        ("kl", 4, DimChoice("kl", 4)),
        ("even:7", None, DimChoice("even", 7)),
        ("index:3", None, DimChoice("index", 3)),
        ("0,14,28", None, DimChoice("given", 3, (0, 14, 28))),
        ("5", None, DimChoice("given", 1, (5,))),
    ],
)
def test_dimensions_are_chosen_by_words(text, num, choice):
    assert DimChoice.parse(text, num) == choice
    assert DimChoice.parse(str(choice)) == choice


@pytest.mark.parametrize("text", ["", "big", "kl:", "kl:0", "kl:-1", "kl:x", "1,,2", "1;2", "1.5", "0,1:3"])
def test_dimensions_that_are_none_are_refused(text):
    with pytest.raises(VaeTuiError, match="--dims") as refused:
        DimChoice.parse(text)

    assert "kl, change, index or even" in str(refused.value.hint)


@pytest.mark.parametrize("text", ["even:10", "0,14"])
def test_two_numbers_of_dimensions_are_refused(text):
    with pytest.raises(VaeTuiError, match="says how many"):
        DimChoice.parse(text, 10)


def test_dimensions_come_in_the_chosen_order():
    statistics = fake_statistics(8)  # KL rises with the index

    assert DimChoice("kl", 3).choose(8, statistics) == (7, 6, 5)
    assert DimChoice("index", 3).choose(8, statistics) == (0, 1, 2)
    assert DimChoice("even", 3).choose(8, statistics) == (0, 3, 7)
    assert DimChoice("given", 2, (5, 1)).choose(8, statistics) == (5, 1)
    assert DimChoice("kl", 99).choose(8, statistics) == (7, 6, 5, 4, 3, 2, 1, 0)


def test_without_statistics_the_order_by_kl_is_that_of_the_index():
    assert DimChoice("kl", 3).choose(8, None) == (0, 1, 2)


def test_an_absent_dimension_is_refused_when_the_model_is_known():
    with pytest.raises(VaeTuiError, match="no latent dimension 8"):
        DimChoice("given", 1, (8,)).choose(8, None)


def test_equal_kl_keeps_the_order_of_the_index():
    statistics = fake_statistics(4)
    statistics.kl_Z[:] = [0.5, 1, 0.5, 1]

    assert statistics.dims_by_kl == (1, 3, 0, 2)


def test_active_dimensions_are_those_whose_mean_varies():
    statistics = fake_statistics(4)
    statistics.mean_variance_Z[:] = [0, 0.0099, 0.0101, 3]

    assert statistics.num_active == 2


def test_quantiles_are_interpolated_between_their_levels():
    statistics = fake_statistics(4)  # level q lies at 4 q - 2

    values = quantile_values(statistics, 1, np.array([0, 0.255, 0.5, 1]))

    np.testing.assert_allclose(values, [-2, -0.98, 0, 2], atol=1e-6)
