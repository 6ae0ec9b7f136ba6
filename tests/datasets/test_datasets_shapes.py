"""Shapes that are drawn: their factors are what is seen."""

from pathlib import Path

import numpy as np
import pytest
import torch

from vae_tui.datasets import Data, LoadProgress, open_data
from vae_tui.datasets.shapes import BACKGROUND, FACTOR_NAMES, FACTOR_RANGES, KINDS, draw_factors, draw_shapes
from vae_tui.errors import VaeTuiError


def drawn(kind: str, size: int = 64, **factors: float) -> np.ndarray:
    """One shape's coverage, (H, W) from 0 to 1; red is the channel that is full at hue 0."""
    values = {"shape": list(KINDS).index(kind), "hue": 0.0, "size": 0.25, "x": 0.5, "y": 0.5, "rotation": 0.0} | factors
    image_CHW = draw_shapes(np.array([[values[name] for name in FACTOR_NAMES]], np.float32), size)[0]
    return (image_CHW[0] / 255 - BACKGROUND) / (1 - BACKGROUND)


@pytest.fixture(scope="module")
def data() -> Data:
    return open_data("shapes", {"count": 400, "image_size": 24})


def test_splits_have_labels_and_factors(data: Data) -> None:
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (360, 40)
    assert data.train.image_shape == (3, 24, 24)
    assert data.train.factor_names == FACTOR_NAMES
    assert data.train.class_names == tuple(KINDS)
    for split in (data.train, data.test):
        assert split.factors_NF is not None
        assert split.labels_N is not None
        assert torch.equal(split.labels_N, split.factors_NF[:, 0].long())
    assert set(data.train.labels_N.tolist()) == {0, 1, 2, 3}  # type: ignore[union-attr]


def test_factors_stay_in_their_ranges(data: Data) -> None:
    assert data.train.factors_NF is not None
    for column, (low, high) in zip(data.train.factors_NF.T, FACTOR_RANGES, strict=True):
        assert low <= column.min() < column.max() <= high


def test_images_follow_their_factors(data: Data) -> None:
    """Across the set the bright pixels' centre is where x and y say (hearts and triangles are a little off theirs)."""
    factors_NF = data.train.factors_NF
    assert factors_NF is not None
    light_NHW = data.train.images_NCHW.amax(1).float() - round(BACKGROUND * 255)
    centres = (torch.arange(24) + 0.5) / 24
    x_N = (light_NHW.sum(1) * centres).sum(1) / light_NHW.sum((1, 2))
    y_N = (light_NHW.sum(2) * centres).sum(1) / light_NHW.sum((1, 2))
    assert (x_N - factors_NF[:, 3]).abs().max() < 0.05
    assert (y_N - factors_NF[:, 4]).abs().max() < 0.05


def test_seed_and_only_the_seed_changes_the_draw() -> None:
    one, same, other = (open_data("shapes", {"count": 20}, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.train.images_NCHW, same.train.images_NCHW)
    assert not torch.equal(one.train.images_NCHW, other.train.images_NCHW)


def test_longer_draw_begins_with_the_shorter_one() -> None:
    assert np.array_equal(draw_factors(100, seed=4)[:10], draw_factors(10, seed=4))


@pytest.mark.parametrize(
    ("kind", "area"),
    [  # of a shape whose farthest point is 1/4 away, in image areas
        ("square", 2 / 16),
        ("ellipse", np.pi / 2 / 16),
        ("triangle", 3 * np.sqrt(3) / 4 / 16),
        # unit heart: a square of side 1/sqrt(2) and two half circles of radius sqrt(2)/4, over its radius squared
        ("heart", (1 / 2 + np.pi / 8) / (np.hypot(0.25, 0.2) + np.sqrt(2) / 4) ** 2 / 16),
    ],
)
def test_area_is_the_shapes_own(kind: str, area: float) -> None:
    for rotation in (0.0, 30.0):
        assert drawn(kind, rotation=rotation).mean() == pytest.approx(area, rel=0.01)


@pytest.mark.parametrize("kind", list(KINDS))
def test_shape_reaches_as_far_as_its_size_and_no_farther(kind: str) -> None:
    size = 256
    offsets = (np.arange(size) + 0.5) / size - 0.5
    reach = np.hypot(offsets[:, None], offsets[None, :])[drawn(kind, size, rotation=20.0) > 0.5].max()
    assert reach == pytest.approx(0.25, abs=0.01)


def test_outline_is_anti_aliased_and_its_inside_flat() -> None:
    coverage = drawn("ellipse")
    between = (coverage > 0.02) & (coverage < 0.98)
    assert coverage[32, 32] == 1.0
    assert 40 < between.sum() < 200  # about one pixel all around an outline of 78 pixels


def test_rotation_turns_clockwise() -> None:
    upright, turned = drawn("ellipse"), drawn("ellipse", rotation=89.999)
    assert upright[32, 46] > 0.9 > 0.1 > upright[46, 32]
    assert np.abs(turned - upright.T).max() < 0.02
    tilted = drawn("ellipse", rotation=45.0)
    assert tilted[42, 42] > 0.9 > 0.1 > tilted[22, 42]  # down to the right


def test_hue_gives_the_colour() -> None:
    for hue, colour in ((0.0, (255, 15, 15)), (1 / 3, (15, 255, 15)), (2 / 3, (15, 15, 255)), (1 / 6, (255, 255, 15))):
        factors_NF = np.array([[0, hue, 0.25, 0.5, 0.5, 0]], np.float32)
        # a channel that is off is darker than the ground
        expected = tuple(0 if level == 15 else level for level in colour)
        assert tuple(draw_shapes(factors_NF, 16)[0, :, 8, 8]) == expected


def test_heart_stands_on_its_tip() -> None:
    coverage = drawn("heart")
    assert np.allclose(coverage, coverage[:, ::-1], atol=0.01)
    rows = coverage.sum(1)
    assert rows[: np.argmax(rows)].size < rows[np.argmax(rows) :].size


def test_chunks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = open_data("shapes", {"count": 23})
    monkeypatch.setattr("vae_tui.datasets.shapes.CHUNK_PIXELS", 5 * 32 * 32)
    seen: list[LoadProgress] = []
    chunked = open_data("shapes", {"count": 23}, report=seen.append)
    assert torch.equal(whole.train.images_NCHW, chunked.train.images_NCHW)
    assert seen[-1] == LoadProgress("drawing shapes", 23, 23, "images")


def test_nothing_is_held_out_where_nobody_wants_it() -> None:
    data = open_data("shapes", {"count": 5, "test_fraction": 0.0})
    assert data.test is None
    assert len(data.train) == 5


@pytest.mark.parametrize("options", [{"count": 0}, {"count": -1}, {"image_size": 7}, {"image_size": 1025}])
def test_options_out_of_range(options: dict[str, int]) -> None:
    with pytest.raises(VaeTuiError, match=f"data.{next(iter(options))} is") as caught:
        open_data("shapes", options)
    assert caught.value.hint


def test_too_many_for_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(VaeTuiError, match="do not fit into memory"):
        open_data("shapes", {"count": 4})
