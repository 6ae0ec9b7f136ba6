import pytest

from vae_tui.pictures.names import Names
from vae_tui.points.bases import Draw
from vae_tui.points.point import Point

POINTS = tuple(Point(Draw(tile, 7), edits=((2, 1.5),)) for tile in range(3))


def test_names_are_those_of_the_points():
    names = Names(POINTS)
    assert list(names) == [str(point) for point in POINTS]
    assert names[1] == str(POINTS[1])
    assert names[1:] == [str(point) for point in POINTS[1:]]
    assert names[-1] == str(POINTS[2])
    assert len(names) == 3
    assert not Names(())


def test_there_is_no_name_behind_the_last():
    with pytest.raises(IndexError):
        Names(POINTS)[3]


def test_one_name_makes_up_no_other(monkeypatch):
    asked = []
    monkeypatch.setattr(Point, "__str__", lambda point: asked.append(point) or "named")
    assert Names(POINTS)[1] == "named"
    assert asked == [POINTS[1]]
