from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_tui.errors import VaeTuiError
from vae_tui.shelf.values import MAX_FAVOURITES, MAX_NAME, Favourite, Shelf, free_name, merge

EMPTY = Shelf("ab" * 32)


def favourite(number: float, name: str = "", dims: int = 2) -> Favourite:
    return Favourite(name, "", (), (float(number),) * dims)


def shelf(**named: float) -> Shelf:
    return Shelf(EMPTY.checkpoint_hash, tuple(favourite(number, name) for name, number in named.items()))


def values(of: Shelf) -> dict[str, float]:
    return {each.name: each.latent[0] for each in of.favourites}


def test_favourites_get_the_first_free_name_or_their_own():
    kept = EMPTY.add(favourite(1)).add(favourite(2, "cat")).add(favourite(3))
    assert kept.names == ("favourite-1", "cat", "favourite-2")
    assert kept.remove("favourite-1").add(favourite(4)).names == ("cat", "favourite-2", "favourite-1")


def test_the_same_latent_is_kept_once():
    kept = EMPTY.add(favourite(1, "cat"))
    assert kept.add(favourite(1, "dog")) is kept
    assert kept.find((1.0, 1.0)) == favourite(1, "cat")
    assert kept.find((1.0, 2.0)) is None


@pytest.mark.parametrize("name", [" cat", "cat\n", "\x1b[2J", "\ud800", "c" * (MAX_NAME + 1), "a\u202eb"])
def test_names_that_cannot_be_shown_are_refused(name):
    with pytest.raises(VaeTuiError, match="is no name for a favourite"):
        EMPTY.add(favourite(1, name))
    with pytest.raises(VaeTuiError, match="is no name for a favourite"):
        shelf(cat=1).rename("cat", name)


@pytest.mark.parametrize(
    "broken",
    [
        Favourite("a", "", (), ()),
        Favourite("a", "", (), (float("nan"),)),
        Favourite("a", "", (), (1e39,)),
        Favourite("a", "\x07", (), (1.0,)),
        Favourite("a", "", ((1, 1.0),), (1.0,)),
        Favourite("a", "", ((-1, 1.0),), (1.0,)),
        Favourite("a", "", ((0, 1.0), (0, 2.0)), (1.0,)),
        Favourite("a", "", ((1, 1.0), (0, 2.0)), (1.0, 1.0)),
        Favourite("a", "", ((0, float("inf")),), (1.0,)),
    ],
)
def test_what_cannot_be_drawn_is_refused(broken):
    with pytest.raises(VaeTuiError, match="favourite 'a'"):
        broken.check()


def test_a_shelf_holds_latents_of_one_length():
    with pytest.raises(VaeTuiError, match="has 3 dimensions, and the others have 2"):
        shelf(cat=1).add(favourite(2, dims=3))


def test_there_is_an_end_to_favourites():
    full = Shelf("ab" * 32, tuple(favourite(number, f"f-{number}") for number in range(MAX_FAVOURITES)))
    with pytest.raises(VaeTuiError, match="1,000 favourites"):
        full.add(favourite(-1))


def test_renaming_keeps_place_and_values():
    kept = shelf(cat=1, dog=2)
    assert values(kept.rename("cat", "lion")) == {"lion": 1.0, "dog": 2.0}
    assert kept.rename("cat", "cat") is kept
    with pytest.raises(VaeTuiError, match="already"):
        kept.rename("cat", "dog")
    for change in (lambda: kept.rename("cow", "x"), lambda: kept.remove("cow")):
        with pytest.raises(VaeTuiError, match="no favourite 'cow'"):
            change()


def test_an_image_is_marked_for_one_group_at_most():
    kept = EMPTY.toggle_mark(7, "a").toggle_mark(3, "a").toggle_mark(9, "b")
    assert (kept.marked("a"), kept.marked("b")) == ((3, 7), (9,))
    assert kept.toggle_mark(7, "a").marked("a") == (3,)
    moved = kept.toggle_mark(7, "b")
    assert (moved.marked("a"), moved.marked("b")) == ((3,), (7, 9))


def test_taking_another_shelf_adds_what_is_new_under_free_names():
    taken = shelf(cat=1, dog=2).toggle_mark(1, "a").take(shelf(cat=5, lion=1, cow=6).toggle_mark(1, "b"))
    assert values(taken) == {"cat": 1.0, "dog": 2.0, "cat-1": 5.0, "cow": 6.0}
    assert taken.marked("a") == (1,)
    assert taken.take(taken) == taken


def test_free_names_count_on_and_stay_short():
    assert free_name("cat", ()) == "cat"
    assert free_name("cat", ("cat", "cat-1")) == "cat-2"
    assert free_name("cat-1", ("cat-1",)) == "cat-2"
    long = "c" * MAX_NAME
    assert free_name(long, (long,)) == "c" * (MAX_NAME - 2) + "-1"


def test_what_two_added_is_all_there():
    base = shelf(cat=1)
    both = merge(base, base.add(favourite(2, "mine")), base.add(favourite(3, "theirs")))
    assert values(both) == {"cat": 1.0, "theirs": 3.0, "mine": 2.0}


def test_of_two_that_took_the_same_name_mine_gets_another():
    both = merge(EMPTY, EMPTY.add(favourite(2)).add(favourite(4)), EMPTY.add(favourite(3)))
    assert values(both) == {"favourite-1": 3.0, "favourite-3": 2.0, "favourite-2": 4.0}


def test_what_one_removed_is_gone_unless_the_other_renamed_it():
    base = shelf(cat=1, dog=2)
    assert values(merge(base, base.remove("cat"), base)) == {"dog": 2.0}
    assert values(merge(base, base, base.remove("cat"))) == {"dog": 2.0}
    assert values(merge(base, base.remove("cat"), base.rename("cat", "lion"))) == {"lion": 1.0, "dog": 2.0}
    assert values(merge(base, base.rename("cat", "lion"), base.remove("cat"))) == {"dog": 2.0, "lion": 1.0}


def test_of_two_renamings_mine_is_taken():
    base = shelf(cat=1)
    assert values(merge(base, base.rename("cat", "mine"), base.rename("cat", "theirs"))) == {"mine": 1.0}


def test_marks_of_both_are_there():
    base = EMPTY.toggle_mark(1, "a").toggle_mark(2, "a")
    both = merge(base, base.toggle_mark(1, "a").toggle_mark(5, "b"), base.toggle_mark(2, "b").toggle_mark(6, "a"))
    assert (both.marked("a"), both.marked("b")) == ((6,), (2, 5))


names = st.sampled_from(["favourite-1", "favourite-2", "cat", "cat-1", "dog", "-5", "c" * MAX_NAME])
changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), names, st.integers(0, 6)),
        st.tuples(st.just("remove"), names, st.just(0)),
        st.tuples(st.just("rename"), names, names),
        st.tuples(st.sampled_from("ab"), st.just(""), st.integers(0, 4)),
    ),
    max_size=8,
)


def changed(start: Shelf, steps: list) -> Shelf:
    for kind, name, value in steps:
        with suppress(VaeTuiError):  # names that are taken, or not there
            if kind == "add":
                start = start.add(favourite(value, name))
            elif kind == "remove":
                start = start.remove(name)
            elif kind == "rename":
                start = start.rename(name, value)
            else:
                start = start.toggle_mark(value, kind)
    return start


def as_sets(of: Shelf) -> tuple:
    return set(of.favourites), of.marked_a, of.marked_b


@given(changes, changes, changes)
def test_merging_loses_nothing_that_nobody_removed(first, second, third):
    base = changed(EMPTY, first)
    mine, theirs = changed(base, second), changed(base, third)
    both = merge(base, mine, theirs)

    latents = [each.latent for each in both.favourites]
    assert len(set(latents)) == len(latents)
    assert len(set(both.names)) == len(both.names)
    here, there, before = ({each.latent for each in known.favourites} for known in (mine, theirs, base))
    assert (here - before) | (there - before) | (here & there) <= set(latents) <= here | there
    assert not set(both.marked_a) & set(both.marked_b)
    for each in both.favourites:
        each.check()


@given(changes, changes)
def test_where_one_alone_changed_that_is_the_outcome(first, second):
    base = changed(EMPTY, first)
    mine = changed(base, second)
    assert as_sets(merge(base, mine, base)) == as_sets(mine)
    assert as_sets(merge(base, base, mine)) == as_sets(mine)
    assert as_sets(merge(mine, mine, mine)) == as_sets(mine)
