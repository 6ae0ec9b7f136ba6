import dataclasses

import numpy as np
import pytest
from fakes import FAKE_SUMMARY, FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import posterior_draws
from vae_tui.pictures.model import HIGH, WIDE, ModelPicture, best_histogram
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.rendering import file_bytes
from vae_tui.summary import EpochMetrics

HISTORY = tuple(
    EpochMetrics(epoch, 20.0 - epoch, 15.0 - epoch, 5.0, 19.0 - epoch, 14.0, 4.5, 4, 2.0, 900.0, 2.5)
    for epoch in (1, 2, 3)
)


class Trained(FakeSubject):
    """A fake with three epochs of history."""

    summary = dataclasses.replace(FAKE_SUMMARY, history=HISTORY, formula="squared error + KL")


def text_of(drawing, width=100, height=40):
    return "\n".join("".join(run.text for run in line) for line in drawing.chart.cells(width, height))


def test_losses_are_drawn_by_epoch_with_what_they_are_made_of():
    charts = ModelPicture().draw(Trained()).chart
    assert charts.loss_titles == (
        "loss: squared error + KL, an image",
        "reconstruction, an image",
        "KL: nats, an image",
    )
    train, test = charts.losses[0].series
    assert (train.xs_N.tolist(), train.ys_N.tolist(), test.ys_N.tolist()) == ([1, 2, 3], [19, 18, 17], [18, 17, 16])
    assert charts.losses[1].series[0].ys_N.tolist() == [14, 13, 12]
    assert charts.losses[2].series[1].ys_N.tolist() == [4.5] * 3


def test_another_dimension_keeps_the_losses_and_the_first_image():
    class Counted(Trained):
        first_encoded = 0

        def encode(self, indices):
            self.first_encoded += list(indices) == [0]
            return super().encode(indices)

    subject = Counted()
    one, other = (ModelPicture(dim=dim).draw(subject).chart for dim in (0, 1))
    assert one.losses is other.losses
    assert one.ideas == other.ideas
    assert subject.first_encoded == 1
    subject.summary = dataclasses.replace(subject.summary, history=HISTORY[:2])
    later = ModelPicture(dim=1).draw(subject).chart
    assert later.losses[0].series[0].xs_N.tolist() == [1, 2]


def test_what_was_not_held_out_has_no_curve():
    class Untested(FakeSubject):
        summary = dataclasses.replace(
            FAKE_SUMMARY,
            history=tuple(
                dataclasses.replace(one, test_loss=None, test_reconstruction=None, test_kl=None) for one in HISTORY
            ),
        )

    assert [series.name for series in ModelPicture().draw(Untested()).chart.losses[0].series] == ["train"]


def test_bars_are_the_kl_in_the_order_with_the_chosen_one_marked():
    charts = ModelPicture(dim=5).draw(Trained()).chart
    assert charts.bars.labels == ("z7", "z6", "z5", "z4", "z3", "z2", "z1", "z0")
    assert charts.bars.marked == 2
    assert charts.bars.notes == ("",) * 4 + ("inactive",) * 4
    assert charts.bars_title == "KL of each dimension, nats; 4 of 8 active; mean over 64 test images"
    by_index = ModelPicture(dim=5, order="index").draw(Trained()).chart.bars
    assert (by_index.labels[0], by_index.marked) == ("z0", 5)
    by_change = ModelPicture(dim=5, order="change").draw(Trained()).chart.bars
    assert set(by_change.labels[:3]) == {"z0", "z1", "z2"}  # the fake decodes the first three


def test_the_histogram_is_of_one_draw_of_each_image():
    subject = Trained()
    chart = ModelPicture(dim=1, histogram="images").draw(subject).chart.histogram
    means_NZ, stds_NZ = subject.encode(range(64))
    draws_N = posterior_draws(means_NZ, stds_NZ, 0)[:, 1]
    assert chart.counts_N.sum() == 64
    assert chart.mean == pytest.approx(draws_N.mean())  # of the draws themselves, not of their bins
    assert chart.deviation == pytest.approx(draws_N.std())
    assert chart.edges_N1[0] <= draws_N.min()
    assert chart.overlay == "normal"


def test_or_it_comes_from_the_quantiles():
    subject = Trained()
    drawing = ModelPicture(dim=1, histogram="statistics").draw(subject)
    chart = drawing.chart.histogram
    assert chart.counts_N.sum() == pytest.approx(64)
    middles = (chart.edges_N1[:-1] + chart.edges_N1[1:]) / 2
    inside = np.abs(middles) < 1.5
    np.testing.assert_allclose(chart.counts_N[inside], chart.counts_N[inside].mean(), rtol=1e-5)  # quantiles are even
    assert "from the quantiles over 64 test images" in drawing.caption
    assert chart.mean == pytest.approx(subject.statistics.mean_Z[1])  # as the ideas beside it say
    assert chart.deviation == pytest.approx(subject.statistics.std_Z[1])


@pytest.mark.parametrize(
    ("num_images", "statistics_of", "expected"),
    [
        (64, 10_000, "statistics"),
        (10_000, 64, "images"),
        (64, 64, "images"),
        (0, 64, "statistics"),
        (64, None, "images"),
    ],
)
def test_the_histogram_is_over_as_many_images_as_can_be(num_images, statistics_of, expected):
    statistics = FakeSubject().statistics if statistics_of else None
    if statistics is not None:
        statistics = dataclasses.replace(statistics, num_images=statistics_of)
    assert best_histogram(num_images, 8, statistics) == expected


def test_what_is_missing_is_said():
    bare = FakeSubject(statistics=False, num_images=0)
    drawing = ModelPicture().draw(bare)
    shown = text_of(drawing)
    assert "No losses by epoch" in shown
    assert "No KL of the dimensions" in shown
    assert "No histogram of z0" in shown
    assert drawing.caption == "no losses by epoch in the checkpoint"
    unencoded = text_of(ModelPicture(histogram="statistics").draw(FakeSubject(statistics=False)))
    assert "and the images are not encoded" in unencoded


def test_images_give_statistics_where_the_checkpoint_has_none():
    charts = ModelPicture(histogram="images").draw(FakeSubject(statistics=False)).chart
    assert charts.bars.labels[:2] == ("z0", "z1")


def test_the_four_ideas_stand_beside_the_charts_with_the_models_numbers():
    shown = " ".join(text_of(ModelPicture().draw(Trained()), 150, 50).split())
    for words in ("What the KL term balances", "z = mean + sigma", "Why a distribution", "Why the KL makes"):
        assert words in shown
    assert "4 of 8 dimensions active" in shown


@pytest.mark.parametrize("size", [(WIDE - 1, 40), (WIDE, HIGH - 1), (49, 19)])
def test_with_less_room_it_says_what_is_left_out(size):
    shown = " ".join(text_of(ModelPicture().draw(Trained()), *size).split())
    assert "reconstruction and KL by epoch, and the four ideas, which help (?) has too" in shown
    assert "loss: squared error" in shown


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (30, 8), (64, 20), (76, 30), (250, 70)])
def test_it_fills_its_room(size):
    lines = ModelPicture().draw(Trained()).chart.cells(*size)
    assert len(lines) == size[1]
    assert all(len("".join(run.text for run in line)) <= size[0] for line in lines)


def test_it_has_no_tile_and_no_latent():
    drawing = ModelPicture().draw(Trained())
    assert drawing.tiles_NHWC.shape[0] == drawing.latents_NZ.shape[0] == 0
    assert drawing.latents_NZ.shape[1] == 8


def test_the_animation_shows_one_dimension_after_another():
    frames = ModelPicture().animate(Trained()).frames
    assert [frame.chart.bars.marked for frame in frames] == list(range(8))


@pytest.mark.parametrize(("values", "said"), [({"order": "size"}, "--order"), ({"histogram": "all"}, "--histogram")])
def test_values_that_can_not_be_are_refused(values, said):
    with pytest.raises(VaeTuiError, match=said):
        ModelPicture(**values)


@pytest.mark.parametrize("dim", [-1, 8])
def test_an_absent_dimension_is_refused(dim):
    with pytest.raises(VaeTuiError, match="no latent dimension"):
        ModelPicture(dim=dim).draw(Trained())


def test_the_same_picture_is_the_same_bytes():
    one, other = (file_bytes(ModelPicture(), Trained(), Origin("a.pt"), "ab", moving=False) for _ in range(2))
    assert one == other
