"""What a person names is found, in each view."""

import dataclasses

import pytest
from explorer_fakes import fake_facts

from vae_tui.explorer.finding import found_class, found_dim, found_image, found_number
from vae_tui.explorer.state import LatentState
from vae_tui.explorer.view import VIEWS

FACTS = fake_facts()


@pytest.mark.parametrize(
    ("text", "number"), [("z3", 3), ("3", 3), (" Z3 ", 3), ("pc3", None), ("z", None), ("-3", None)]
)
def test_a_number_is_read_with_its_prefix_and_without(text, number):
    assert found_number(text, "z") == number


def test_a_dimension_is_one_of_the_models():
    assert found_dim("z7", FACTS) == 7
    assert found_dim("z8", FACTS) is None


@pytest.mark.parametrize(
    ("text", "index"), [("image:9", 9), ("9", 9), ("64", None), ("truck", 5), ("FR", 6), ("cat", None), ("", None)]
)
def test_an_image_is_found_by_its_number_or_as_the_next_of_its_class(text, index):
    assert found_image(text, LatentState(first=4), FACTS) == index


def test_classes_go_around_the_end_of_the_set():
    assert found_image("frog", LatentState(first=63), FACTS) == 0


def test_without_images_no_class_is_found():
    facts = dataclasses.replace(FACTS, num_images=0, labels=())
    assert found_image("frog", LatentState(), facts) is None


def test_a_whole_name_comes_before_one_that_begins_so():
    assert found_class("car", ("carrot", "car")) == "car"
    assert found_class("c", ("dog", "carrot", "car")) == "carrot"
    assert found_class("", ("dog",)) is None


@pytest.mark.parametrize("name", ["samples", "traverse"])
def test_a_view_finds_dimensions_and_images(name):
    view = VIEWS.get(name)
    found = view.find(LatentState(view=name), FACTS, "z5")
    assert found is not None
    assert found.chosen_dim(FACTS) == 5
    assert view.find(LatentState(view=name), FACTS, "truck") == LatentState(view=name, first=1)
    assert view.find(LatentState(view=name), FACTS, "nothing of it") is None


def test_a_mark_is_of_one_group_and_goes_at_the_second_time():
    marked = LatentState().mark(5, "a").mark(2, "a").mark(7, "b")
    assert (marked.marked_a, marked.marked_b) == ((2, 5), (7,))
    assert marked.mark(5, "b") == LatentState(marked_a=(2,), marked_b=(5, 7))
    assert marked.mark(7, "b") == LatentState(marked_a=(2, 5))
