import pytest

from vae_tui.pictures.made import Made

SQUARES = Made(4, lambda place: place**2)


def test_it_is_the_sequence_of_what_is_made_for_each_place():
    assert list(SQUARES) == [0, 1, 4, 9]
    assert SQUARES[1] == 1
    assert SQUARES[-1] == 9
    assert SQUARES[1:] == [1, 4, 9]
    assert SQUARES[::-1] == [9, 4, 1, 0]
    assert len(SQUARES) == 4
    assert not Made(0, lambda place: place)


def test_there_is_nothing_behind_the_last():
    with pytest.raises(IndexError):
        SQUARES[4]


def test_for_one_place_no_other_is_made():
    asked = []
    made = Made(3, lambda place: asked.append(place) or place)
    assert made[1] == 1
    assert asked == [1]
