from hypothesis import given
from hypothesis import strategies as st

from vae_tui.explorer.lines import Run, changed_span, line_width

RUNS = st.builds(Run, st.text("ab─ 界", max_size=6), st.sampled_from(["plain", "dim"]), st.sampled_from(["", "quit"]))
LINES = st.lists(RUNS, max_size=4).map(tuple)


def cells(line, width):
    shown = [(letter, run.look, run.action) for run in line for letter in run.text]
    return (shown + [(" ", "plain", "")] * width)[:width]


@given(LINES, LINES)
def test_outside_of_what_changed_two_lines_are_the_same(old, new):
    width = max(1, line_width(old), line_width(new))
    start, end = changed_span(old, new, width)
    assert 0 <= start <= end <= width
    if "界" not in "".join(run.text for run in (*old, *new)):
        before, after = cells(old, width), cells(new, width)
        assert before[:start] == after[:start]
        assert before[end:] == after[end:]
        if end > start:
            assert before[start] != after[start]
            assert before[end - 1] != after[end - 1]


def test_only_the_number_that_changed_is_painted():
    old, new = ((Run("Samples · "), Run(f"seed {seed} · temperature 1")) for seed in (10, 11))
    assert changed_span(old, new, 60) == (16, 17)


def test_where_a_letter_is_two_cells_wide_the_whole_line_is():
    assert changed_span((Run("界a"),), (Run("界b"),), 20) == (0, 20)
