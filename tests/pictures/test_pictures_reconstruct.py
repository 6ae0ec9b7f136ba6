import shlex

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.explorer.footer import caption_lines
from vae_tui.pictures.figures import short
from vae_tui.pictures.heat import differences, heat
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.reconstruct import ReconstructPicture


def test_originals_stand_above_their_reconstructions():
    drawing = ReconstructPicture(num=3, first=10).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (3, 2)
    assert drawing.tiles_NHWC[:3, 0, 0, 0].tolist() == [10, 11, 12]
    assert drawing.tiles_NHWC[3:, 0, 0].tolist() == [[168, 88, 128], [172, 84, 128], [176, 80, 128]]
    assert drawing.row_labels == ("original", "decoded ")
    assert np.isnan(drawing.latents_NZ[:3]).all()
    np.testing.assert_allclose(drawing.latents_NZ[3:, 0], [1, 1.1, 1.2])


def test_more_images_than_fit_a_row_make_bands():
    drawing = ReconstructPicture(num=13).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (7, 4)
    red = drawing.tiles_NHWC[:, 0, 0, 0].reshape(4, 7)
    assert red[0].tolist() == list(range(7))
    assert red[2, :6].tolist() == list(range(7, 13))
    assert drawing.shown_N is not None
    assert drawing.shown_N.reshape(4, 7).sum(axis=1).tolist() == [7, 7, 6, 6]


def test_images_go_on_around_the_end_of_the_set():
    drawing = ReconstructPicture(num=4, first=3).draw(FakeSubject(num_images=5))

    assert drawing.tiles_NHWC[:4, 0, 0, 0].tolist() == [3, 4, 0, 1]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (ReconstructPicture(num=4, first=1), "test images 1 to 4 · error 0.250 on average · "),
        (ReconstructPicture(num=1, first=3), "test image 3 · error 0.300 · "),
        (ReconstructPicture(num=4, first=3), "4 test images from 3 on, around the end of 5 · error "),
        (ReconstructPicture(num=8), "8 test images from 0 on, around the end of 5 · error "),
    ],
)
def test_the_caption_names_the_images_that_are_shown(picture, words):
    assert picture.draw(FakeSubject(num_images=5)).caption.startswith(words)


def test_the_animation_shows_the_two_in_turn_in_one_place():
    originals, decoded = ReconstructPicture(num=4, first=10).animate(FakeSubject()).frames

    assert originals.tiles_NHWC[:, 0, 0, 0].tolist() == [10, 11, 12, 13]
    assert decoded.tiles_NHWC[0, 0, 0].tolist() == [168, 88, 128]
    assert originals.columns == decoded.columns == 2


def test_the_arguments_name_what_was_asked():
    assert shlex.join(ReconstructPicture(num=2, first=5).arguments()) == "-n 2 --start 5 --posterior mean"
    sampled = ReconstructPicture(posterior="sample", seed=1, edits=((0, 0.5),))
    assert shlex.join(sampled.arguments()) == "-n 8 --start 0 --posterior sample --seed 1 --z 0=0.5"
    draws = ReconstructPicture(show="draws", seed=4, order="worst", group="frog")
    assert shlex.join(draws.arguments()) == "-n 8 --start 0 --show draws --seed 4 --order worst --class frog"


@pytest.mark.parametrize("wrong", [{"num": 0}, {"num": 5000}, {"seed": -1}], ids=str)
def test_impossible_values_are_refused(wrong):
    with pytest.raises(VaeTuiError):
        ReconstructPicture(**wrong)


def test_the_difference_stands_below_on_a_fixed_scale():
    drawing = ReconstructPicture(num=2, first=10, show="difference").draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (2, 3)
    assert drawing.row_labels == ("original", "decoded ", "differs ")
    levels = differences(drawing.tiles_NHWC[2:4], drawing.tiles_NHWC[:2])
    np.testing.assert_array_equal(drawing.tiles_NHWC[4:], heat(levels))
    assert levels[0, 0, 0] == pytest.approx((158 + 78 + 118) / 3)
    assert "apart by 118.0 of 255 on average, 118 at most" in drawing.words[4]
    assert "differences (black 0 to yellow 128 of 255)" in drawing.caption


def test_heat_rises_evenly_in_lightness_from_black_and_ends_at_128_levels():
    shades = heat(np.arange(256.0)[None, None])[0, 0].astype(int)

    lightness = shades @ [0.2126, 0.7152, 0.0722]
    assert shades[0].max() < 10
    assert (np.diff(lightness[:129]) > -0.5).all()
    assert (shades[128:] == shades[128]).all()


def test_each_image_has_its_error_kl_and_psnr():
    """Image 40: error 4 over 192 numbers, KL of the means 4 and -4 with sigma 0.5 in eight dimensions."""
    drawing = ReconstructPicture(num=1, first=40).draw(FakeSubject())

    kl = 0.5 * (16 + 16 + 8 * (0.25 - 1 - np.log(0.25)))
    psnr = -10 * np.log10(4 / 192)
    assert drawing.words[0] == f"image 40: squared error 4.00, KL {kl:.1f} nats, PSNR {psnr:.1f} dB"
    assert drawing.foot == (("error", ("4.00",)), ("KL nats", (f"{kl:.1f}",)), ("PSNR dB", (f"{psnr:.1f}",)))
    assert f" · error 4.00 · KL {kl:.1f} nats · PSNR {psnr:.1f} dB · " in drawing.caption
    assert drawing.caption.endswith(" · error: squared, summed over pixels in [0, 1]")


def test_the_figures_are_those_of_the_survey_whatever_is_drawn():
    subject = FakeSubject()
    survey = subject.survey()

    for picture in (
        ReconstructPicture(num=64),
        ReconstructPicture(num=64, posterior="sample", seed=3),
        ReconstructPicture(num=64, edits=((0, 2.0),)),
    ):
        words = [text for text in picture.draw(subject).words if "decoded" in text]
        for index in (1, 20, 63):
            error, kl = survey.squared_error_N[index], survey.kl_N[index]
            assert words[index].startswith(f"image {index}, decoded: squared error {short(error)}, KL {short(kl)} nats")


def test_means_are_over_the_shown_images():
    caption = ReconstructPicture(num=3, first=10).draw(FakeSubject()).caption

    assert "error 1.10 on average · KL" in caption


def test_bands_have_lines_of_figures_each_that_name_the_images():
    foot = ReconstructPicture(num=12, first=20).draw(FakeSubject()).foot

    assert [name for name, _ in foot] == ["image", "error", "KL nats", "PSNR dB"] * 2
    assert foot[4][1] == ("26", "27", "28", "29", "30", "31")
    assert foot[5][1] == ("2.60", "2.70", "2.80", "2.90", "3.00", "3.10")


@pytest.mark.parametrize(("num", "columns"), [(1, 1), (8, 8), (9, 5), (12, 6), (16, 8), (17, 6), (64, 11)])
def test_bands_are_evenly_filled(num, columns):
    assert ReconstructPicture(num=num).draw(FakeSubject()).columns == columns


def test_the_figures_come_before_what_a_narrow_caption_leaves_out():
    caption = f"Reconstruct · {ReconstructPicture(num=12, first=20).draw(FakeSubject()).caption}"

    narrow = "Reconstruct · test images 20–31 · error 2.55 · KL 9.17 nats · PSNR 18.8 dB"
    assert caption_lines(caption, 78, 1) == [narrow]


class Points(FakeSubject):
    """Its encoder gives no sigma."""

    def reconstruct(self, indices):
        made = super().reconstruct(indices)
        return made._replace(logvars_NZ=np.full_like(made.means_NZ, -210))


def test_without_a_sigma_there_is_no_kl():
    drawing = ReconstructPicture(num=2).draw(Points())

    assert "KL" not in drawing.caption + "".join(drawing.words)
    assert [name for name, _ in drawing.foot] == ["error", "PSNR dB"]


def test_the_worst_come_first_and_pages_go_on_around_the_list():
    subject = FakeSubject(num_images=5)

    first = ReconstructPicture(num=3, order="worst").draw(subject)
    later = ReconstructPicture(num=3, order="worst", first=3).draw(subject)

    assert first.tiles_NHWC[:3, 0, 0, 0].tolist() == [4, 3, 2]
    assert later.tiles_NHWC[:3, 0, 0, 0].tolist() == [1, 0, 4]
    assert first.column_labels == ("4", "3", "2")
    assert first.caption.startswith("worst test images (places 1 to 3 of 5) · error ")


@pytest.mark.parametrize("name", ["truck", "1"])
def test_a_class_is_shown_alone_by_its_name_or_number(name):
    drawing = ReconstructPicture(num=8, group=name).draw(FakeSubject(num_images=6))

    assert drawing.tiles_NHWC[:3, 0, 0, 0].tolist() == [1, 3, 5]
    assert len(drawing.tiles_NHWC) == 6  # no image is shown twice
    worst = ReconstructPicture(num=2, group=name, order="worst").draw(FakeSubject(num_images=6))
    assert worst.tiles_NHWC[:2, 0, 0, 0].tolist() == [5, 3]


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (ReconstructPicture(group="cat"), "no class cat"),
        (ReconstructPicture(group="2"), "no class 2"),
        (ReconstructPicture(order="worst", first=64), "no place 64"),
        (ReconstructPicture(first=-1), "no file 1"),
    ],
)
def test_what_the_set_has_not_is_refused(picture, said):
    with pytest.raises(VaeTuiError, match=said) as refused:
        picture.draw(FakeSubject())

    assert refused.value.hint


def test_draws_of_one_image_stand_beside_it_and_its_mean():
    subject = FakeSubject()
    drawing = ReconstructPicture(num=3, first=10, show="draws", seed=5, edits=((2, 1.0),)).draw(subject)

    assert [str(point) for point in drawing.points] == [
        "image:10,z2=1",
        "image:10,z2=1",
        "image:10:5,z2=1",
        "image:10:6,z2=1",
        "image:10:7,z2=1",
    ]
    assert drawing.tiles_NHWC[0, 0, 0].tolist() == [10, 10, 10]
    for point, latent_Z in list(zip(drawing.points, drawing.latents_NZ, strict=True))[1:]:
        np.testing.assert_allclose(point.latent(subject), latent_Z)
    assert "3 draws of its posterior (seeds 5 to 7)" in drawing.caption
    assert drawing.words[-1] == "a draw by seed 7"


def test_the_animation_of_draws_shows_one_after_another():
    frames = ReconstructPicture(num=3, show="draws").animate(FakeSubject()).frames

    assert [len(frame.tiles_NHWC) for frame in frames] == [1] * 5


def test_the_animation_shows_the_difference_too():
    frames = ReconstructPicture(num=4, show="difference").animate(FakeSubject()).frames

    assert len(frames) == 3


def test_image_files_come_before_the_set():
    subject = FakeSubject(num_images=5)
    subject.num_files = 2
    drawing = ReconstructPicture(num=4, first=-1).draw(subject)

    assert [str(point) for point in drawing.points[:4]] == ["file:1", "file:2", "image:0", "image:1"]
    assert drawing.caption.startswith("files 1 to 2 and test images 0 to 1 · error ")
    assert drawing.column_labels == ("f1", "f2", "0", "1")
    assert drawing.words[0].startswith("file 1: squared error")
    alone = ReconstructPicture(num=1, first=-2).draw(subject)
    assert alone.caption.startswith("file 2 · error ")


def test_files_can_be_looked_at_without_any_images():
    subject = FakeSubject(num_images=0)
    subject.num_files = 1

    assert len(ReconstructPicture(num=8, first=-1).draw(subject).tiles_NHWC) == 2


def test_a_command_names_the_files_where_its_picture_needs_them():
    origin = Origin("a/m.pt", files=("b/one.png", "c/two.png"))

    assert command_line(ReconstructPicture(first=-2), origin, canonical=True).endswith(
        "-n 8 --start f2 --posterior mean --file one.png --file two.png"
    )
    assert "--file" not in command_line(ReconstructPicture(first=2), origin)


def test_a_start_past_the_images_is_refused():
    with pytest.raises(VaeTuiError, match="no image 64"):
        ReconstructPicture(first=64).draw(FakeSubject())
