from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import DimChoice
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.traverse import TraversePicture
from vae_tui.points.grammar import parse_point

PRIOR = {"centre": "prior"}


def test_each_row_moves_one_dimension_and_holds_the_others():
    drawing = TraversePicture(dims=DimChoice("given", 2, (5, 0)), steps=3, low=-1, high=1, image=10).draw(FakeSubject())

    by_row = drawing.latents_NZ.reshape(3, 3, 8)
    centre = [1, -1, 0, 0, 0, 0, 0, 0]
    for row, dim in ((1, 5), (2, 0)):
        for step, value in enumerate((-1, 0, 1)):
            expected = [value if index == dim else held for index, held in enumerate(centre)]
            np.testing.assert_array_equal(by_row[row, step], expected)


def test_the_image_and_its_reconstruction_come_first():
    drawing = TraversePicture(steps=4, image=10, dims=DimChoice("index", 2)).draw(FakeSubject())

    assert drawing.tiles_NHWC[0, 0, 0].tolist() == [10, 10, 10]
    assert drawing.tiles_NHWC[1, 0, 0].tolist() == [168, 88, 128]
    assert drawing.shown_N is not None
    assert drawing.shown_N.tolist() == [True, True, False, False] + [True] * 8
    np.testing.assert_array_equal(np.isnan(drawing.latents_NZ).all(axis=1), [True, False, True, True] + [False] * 8)
    assert drawing.rows == 3


def test_row_labels_have_one_width_and_name_kl_and_change():
    drawing = TraversePicture(dims=DimChoice("given", 3, (127, 64, 1)), image=3).draw(FakeSubject(latent_dim=128))

    assert [" ".join(label.split()) for label in drawing.row_labels] == [
        "image 3",
        "z127 KL 0.99 Δ 0.0",
        "z64 KL 0.50 Δ 0.0",
        "z1 KL 0.01 Δ 40.0 dead",  # the picture changes by 120 levels in one of its three channels
    ]
    assert len({len(label) for label in drawing.row_labels}) == 1
    shorter = [" ".join(labels[-1].split()) for labels in drawing.shorter_labels]
    assert shorter == ["z1 0.01 40.0 dead", "z1 0.01 40 dead", "z1 0.01 dead", "z1 dead"]
    assert [head.split() for head in drawing.label_heads] == [["KL", "Δ"], ["KL", "Δ"], ["KL"], []]
    assert [len(head) for head in drawing.label_heads[:-1]] == [len(form[-1]) for form in drawing.shorter_labels[:-1]]
    assert drawing.words[-1] == "z1 +3.00 (KL 0.01, changes 40.0 of 255, dead)"


def test_rows_go_by_how_much_they_change_the_picture():
    drawing = TraversePicture(dims=DimChoice("change", 4)).draw(FakeSubject())

    assert [label.split()[0] for label in drawing.row_labels[1:]] == ["z0", "z1", "z2", "z3"]
    assert "by how much they change the picture" in drawing.caption


def test_around_the_prior_there_is_no_image():
    drawing = TraversePicture(**PRIOR, steps=5, dims=DimChoice("index", 2)).draw(FakeSubject())

    assert (drawing.rows, drawing.columns, drawing.shown_N) == (2, 5, None)
    np.testing.assert_array_equal(drawing.latents_NZ[:5, 0], [-3, -1.5, 0, 1.5, 3])
    assert not drawing.latents_NZ[:, 2:].any()


def test_even_dimensions_of_128_are_those_of_the_known_experiment():
    drawing = TraversePicture(dims=DimChoice("even", 10)).draw(FakeSubject(latent_dim=128))

    dims = [label.split()[0] for label in drawing.row_labels[1:]]
    assert dims == [f"z{dim}" for dim in (0, 14, 28, 42, 56, 70, 84, 98, 112, 127)]


def test_quantiles_span_the_aggregate_posterior():
    drawing = TraversePicture(**PRIOR, scale="quantiles", steps=3, dims=DimChoice("given", 1, (2,))).draw(FakeSubject())

    np.testing.assert_allclose(drawing.latents_NZ[:, 2], [-1.96, 0, 1.96], atol=1e-6)  # level q lies at 4 q - 2
    assert [label.strip() for label in drawing.column_labels] == ["1%", "50%", "99%"]


def test_the_quantiles_can_be_others():
    request = TraversePicture(**PRIOR, scale="quantiles", tail=0.25, steps=3, dims=DimChoice("given", 1, (2,)))

    np.testing.assert_allclose(request.draw(FakeSubject()).latents_NZ[:, 2], [-1, 0, 1], atol=1e-6)
    assert "quantiles 25 % to 75 %" in request.draw(FakeSubject()).caption


def test_sigmas_are_those_of_the_aggregate_posterior_about_its_mean():
    subject = FakeSubject()
    subject.statistics.mean_Z[2], subject.statistics.std_Z[2] = 1.0, 0.5
    request = TraversePicture(**PRIOR, scale="sigmas", sigmas=2, steps=3, dims=DimChoice("given", 1, (2,)))

    drawing = request.draw(subject)

    np.testing.assert_allclose(drawing.latents_NZ[:, 2], [0, 1, 2])
    assert [label.strip() for label in drawing.column_labels] == ["-2σ", "+0σ", "+2σ"]


@pytest.mark.parametrize("scale", ["quantiles", "sigmas"])
def test_without_statistics_and_images_the_range_is_in_values_and_the_order_is_said(scale):
    plain = FakeSubject(statistics=False, num_images=0)

    with pytest.raises(VaeTuiError, match="no statistics"):
        TraversePicture(**PRIOR, scale=scale).draw(plain)
    drawing = TraversePicture(**PRIOR).draw(plain)
    assert "by index (no KL in the checkpoint)" in drawing.caption
    assert drawing.row_labels[0].split() == ["z0", "Δ", "40.0"]


def test_without_statistics_they_come_from_the_survey():
    drawing = TraversePicture(steps=3, scale="quantiles").draw(FakeSubject(statistics=False))

    assert [label.split()[0] for label in drawing.row_labels[1:3]] == ["z0", "z1"]
    assert drawing.row_labels[3].split()[-1] == "dead"
    assert "statistics over all 64 test images" in drawing.caption
    assert not drawing.uses_statistics  # they are of these weights


class Points(FakeSubject):
    """Its posteriors have no width."""

    def survey(self):
        survey = super().survey()
        return replace(survey, logvars_NZ=np.full_like(survey.means_NZ, -210))


def test_a_model_that_gives_no_sigma_has_no_kl():
    drawing = TraversePicture().draw(Points(statistics=False))

    assert "by index (the encoder gives no sigma)" in drawing.caption
    assert "KL" not in "".join(drawing.row_labels)
    assert (
        "no KL: the encoder gives no sigma"
        in TraversePicture(dims=DimChoice("index")).draw(Points(statistics=False)).caption
    )


class Broken(FakeSubject):
    """Its images can't be surveyed."""

    surveys = 0

    def survey(self):
        self.surveys += 1
        raise VaeTuiError("image 3 gives numbers that are not finite")


def test_a_survey_that_fails_is_said_and_not_tried_again():
    broken = Broken(statistics=False)

    for _ in range(2):
        assert "by index (image 3 gives numbers that are not finite)" in TraversePicture().draw(broken).caption
    assert broken.surveys == 1


@pytest.mark.parametrize(
    ("words", "value", "shown"),
    [
        ("image:4,z2=1.5", 0.4, [4, 4, 4]),
        ("draw:0:3", None, None),
        ("centre,z0=2", 2.0, None),
    ],
)
def test_a_named_latent_is_the_centre(words, value, shown):
    subject = FakeSubject()
    point = parse_point(words)

    drawing = TraversePicture(at=point, dims=DimChoice("given", 1, (7,)), edits=((3, 0.5),)).draw(subject)

    expected = point.latent(subject)
    expected[3] = 0.5
    np.testing.assert_array_equal(drawing.centre_Z, expected)
    assert value is None or drawing.centre_Z[0] == pytest.approx(value)
    assert shown is None or drawing.tiles_NHWC[0, 0, 0].tolist() == shown
    assert drawing.rows == (1 if shown is None else 2)
    assert words.split(",")[0] in drawing.caption


def test_each_tile_is_called_by_what_gives_its_latent():
    subject = FakeSubject()
    for request in (TraversePicture(image=3), TraversePicture(at=parse_point("image:3,pc1=1"), edits=((2, 1.0),))):
        drawing = request.draw(subject)
        for point, latent_Z in zip(drawing.points, drawing.latents_NZ, strict=True):
            if point is not None:
                np.testing.assert_allclose(point.latent(subject), latent_Z, atol=1e-6)


def test_the_first_given_latent_is_the_centre():
    base = LatentFile("z.npz", np.full((2, 8), 0.5, np.float32))

    drawing = TraversePicture(base=base, steps=2, dims=DimChoice("index", 1)).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 0], [-3, 3])
    np.testing.assert_array_equal(drawing.latents_NZ[:, 1:], 0.5)


def test_the_moved_dimension_wins_over_an_edit_of_it():
    request = TraversePicture(**PRIOR, steps=2, dims=DimChoice("given", 2, (0, 1)), edits=((0, 2.0),))

    drawing = request.draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 0], [-3, 3, 2, 2])


def test_the_animation_sweeps_all_dimensions_at_once():
    request = TraversePicture(**PRIOR, steps=3, dims=DimChoice("index", 4))

    animation = request.animate(FakeSubject())

    assert [frame.latents_NZ.diagonal().tolist() for frame in animation.frames] == [[-3] * 4, [0] * 4, [3] * 4, [0] * 4]
    assert animation.frames[0].columns == 2


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            TraversePicture(),
            "--dims kl:10 --steps 10 --low -3 --high 3 --centre image --image 0 --posterior mean",
        ),
        (
            TraversePicture(**PRIOR, scale="quantiles"),
            "--dims kl:10 --steps 10 --quantiles --tail 0.01 --centre prior",
        ),
        (
            TraversePicture(dims=DimChoice("change", 4), scale="sigmas", at=parse_point("image:3,pc1=1")),
            "--dims change:4 --steps 10 --sigmas 3 --at image:3,pc1=1",
        ),
        (
            TraversePicture(image=-2),
            "--dims kl:10 --steps 10 --low -3 --high 3 --centre image --image f2 --posterior mean",
        ),
        (
            TraversePicture(dims=DimChoice.parse("0,14"), posterior="sample", seed=2, low=-2.5),
            "--dims 0,14 --steps 10 --low -2.5 --high 3 --centre image --image 0 --posterior sample --seed 2",
        ),
    ],
)
def test_the_arguments_name_what_was_asked(request_, words):
    assert request_.arguments() == words.split()


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 1},
        {"low": float("nan")},
        {"high": float("inf")},
        {"low": -1e39},
        {"sigmas": -1.0},
        {"sigmas": float("nan")},
        {"tail": 0.5},
        {"tail": float("nan")},
        {"dims": DimChoice("kl", 0)},
        {"dims": DimChoice("kl", 2000)},
    ],
    ids=str,
)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(VaeTuiError) as refused:
        TraversePicture(**wrong)

    assert refused.value.hint


@pytest.mark.parametrize(("centre", "expected"), [("prior", 0.0), ("image", 0.4)])
def test_a_drawing_knows_the_latent_that_stays(centre, expected):
    drawing = TraversePicture(centre=centre, image=4, edits=((2, 1.5),)).draw(FakeSubject())

    assert drawing.centre_Z[0] == pytest.approx(expected)
    assert drawing.centre_Z[2] == 1.5


def test_the_same_image_is_encoded_once_while_a_value_turns():
    class Counted(FakeSubject):
        def __init__(self):
            super().__init__()
            self.encoded = []

        def encode(self, indices):
            self.encoded.append(list(indices))
            return super().encode(indices)

    subject = Counted()
    held = [TraversePicture(image=3, edits=((0, value),)).draw(subject) for value in (1.0, 2.0)]
    assert subject.encoded == [[3]]
    assert [drawing.centre_Z[0] for drawing in held] == [1.0, 2.0]
    other = TraversePicture(image=4).draw(subject)
    assert subject.encoded == [[3], [4]]
    assert other.centre_Z[0] == np.float32(0.4)
