"""Which chart of a stack lies at a cell."""

import pytest

from vae_tui.charts.arrange import Stack
from vae_tui.charts.curves import Curves


def test_beside_each_other_with_titles():
    stack = Stack((Curves(()), Curves(())), direction="across", titles=("a", "b"))
    assert stack.part_at(0, 1, 42, 20) == (0, 0, 0, 20, 19)
    assert stack.part_at(22, 5, 42, 20) == (1, 0, 4, 20, 19)
    assert stack.part_at(20, 5, 42, 20) is None  # between
    assert stack.part_at(3, 0, 42, 20) is None  # a title


def test_beneath_each_other():
    stack = Stack((Curves(()), Curves(())), titles=("a", "b"))
    assert stack.part_at(7, 10, 30, 20) is None  # the second title
    assert stack.part_at(7, 11, 30, 20) == (1, 7, 0, 30, 9)


@pytest.mark.parametrize("cell", [(-1, 5), (42, 5), (5, 20)])
def test_beside_the_stack_there_is_none(cell):
    assert Stack((Curves(()), Curves(())), direction="across").part_at(*cell, 42, 20) is None
