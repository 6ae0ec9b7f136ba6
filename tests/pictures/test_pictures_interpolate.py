import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.latent import even_steps, prior_latents, slerp
from vae_tui.pictures.interpolate import InterpolatePicture
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.points.bases import Draw
from vae_tui.points.grammar import parse_point
from vae_tui.points.point import Point


def test_a_row_goes_from_image_to_image_with_both_shown():
    drawing = InterpolatePicture(steps=3, first=10, second=30).draw(FakeSubject())

    assert (drawing.columns, drawing.rows) == (5, 1)
    assert drawing.tiles_NHWC[0, 0, 0].tolist() == [10, 10, 10]
    assert drawing.tiles_NHWC[4, 0, 0].tolist() == [30, 30, 30]
    np.testing.assert_allclose(drawing.latents_NZ[1:4, :2], [[1, -1], [2, -2], [3, -3]])
    assert drawing.tiles_NHWC[1, 0, 0].tolist() == [168, 88, 128]  # 128 + 40 z
    assert np.isnan(drawing.latents_NZ[[0, 4]]).all()
    assert drawing.column_labels == ("image", "t 0.00", "t 0.50", "t 1.00", "image")


def test_further_rows_take_the_next_images_around_the_end():
    drawing = InterpolatePicture(num=3, steps=2, first=1, second=2).draw(FakeSubject(num_images=5))

    assert [label.replace(" ", "") for label in drawing.row_labels] == ["1→2", "3→4", "0→1"]
    assert drawing.tiles_NHWC[::4, 0, 0, 0].tolist() == [1, 3, 0]
    assert drawing.tiles_NHWC[3::4, 0, 0, 0].tolist() == [2, 4, 1]


def test_random_ends_are_draws_of_the_prior():
    drawing = InterpolatePicture(num=2, steps=4, between="random", path="slerp", seed=6).draw(FakeSubject())

    ends = prior_latents(4, 8, 6)
    np.testing.assert_array_equal(drawing.latents_NZ[:4], slerp(ends[0], ends[1], even_steps(4)))
    np.testing.assert_array_equal(drawing.latents_NZ[4:], slerp(ends[2], ends[3], even_steps(4)))
    assert drawing.columns == 4


def test_given_latents_are_taken_two_a_row():
    base = LatentFile("z.npz", np.eye(8, dtype=np.float32)[:5])

    drawing = InterpolatePicture(num=2, steps=2, base=base).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ, base.latents_NZ[:4])
    with pytest.raises(VaeTuiError, match="holds 5 latents"):
        InterpolatePicture(num=3, base=base).draw(FakeSubject())


def test_edits_hold_along_the_whole_path():
    drawing = InterpolatePicture(steps=5, between="random", edits=((2, -1.5),)).draw(FakeSubject())

    np.testing.assert_array_equal(drawing.latents_NZ[:, 2], -1.5)


def test_a_sampled_posterior_is_drawn_by_the_seed():
    means, drawn, again, other = (
        InterpolatePicture(posterior=posterior, seed=seed).draw(FakeSubject()).latents_NZ[1]
        for posterior, seed in (("mean", 0), ("sample", 0), ("sample", 0), ("sample", 1))
    )

    np.testing.assert_array_equal(drawn, again)
    assert not np.allclose(drawn, means)
    assert not np.allclose(drawn, other)
    np.testing.assert_allclose(drawn - means, 0.5 * prior_latents(1, 8, 0)[0], atol=1e-6)  # sigma is 0.5


def test_the_film_goes_there_and_back_in_finer_steps():
    request = InterpolatePicture(num=3, steps=4, between="random")
    animation = request.animate(FakeSubject())

    by_row = request.draw(FakeSubject()).latents_NZ.reshape(3, 4, 8)
    assert len(animation.frames) == request.num_frames == 24
    for step in range(4):
        np.testing.assert_allclose(animation.frames[4 * step].latents_NZ, by_row[:, step], atol=1e-6)
    for there, back in zip(animation.frames[1:12], animation.frames[:12:-1], strict=True):
        np.testing.assert_array_equal(there.latents_NZ, back.latents_NZ)


@pytest.mark.parametrize("frame", [0, 5, 12, 23])
def test_a_frame_of_the_film_is_what_it_plays(frame):
    request = InterpolatePicture(num=3, steps=4, frame=frame)
    drawing, played = request.draw(FakeSubject()), request.animate(FakeSubject()).frames[frame]

    np.testing.assert_array_equal(drawing.tiles_NHWC, played.tiles_NHWC)
    np.testing.assert_array_equal(drawing.latents_NZ, played.latents_NZ)
    assert (drawing.caption, drawing.points, drawing.words) == (played.caption, played.points, played.words)
    assert (drawing.columns, len(drawing.tiles_NHWC)) == (3, 3)
    assert drawing.chart.words() == played.chart.words()
    for point, latent_Z in zip(drawing.points, drawing.latents_NZ, strict=True):
        np.testing.assert_allclose(point.latent(FakeSubject()), latent_Z, atol=1e-6)


def test_a_frame_says_where_it_is():
    drawing = InterpolatePicture(num=2, steps=3, first=4, second=9, path="slerp", frame=10).draw(FakeSubject())

    assert drawing.caption.startswith("frame 10 of 0 to 15 · t 0.75 · slerp in 9 steps between test images")
    assert drawing.words == ("4→9 t 0.75", "6→11 t 0.75")
    assert drawing.chart.marker_x == 0.75
    assert drawing.caption.endswith("prior's sqrt(8) = 2.83")


@pytest.mark.parametrize("frame", [-1, 16])
def test_an_absent_frame_is_refused(frame):
    with pytest.raises(VaeTuiError, match=f"no frame {frame}") as refused:
        InterpolatePicture(steps=3, frame=frame)
    assert refused.value.hint == "the film has 0 to 15"


PATH = tuple(map(parse_point, ("image:10", "draw:3:0", "centre,z0=2")))


def test_a_path_goes_through_its_points_and_each_stop_is_there_once():
    subject = FakeSubject()
    drawing = InterpolatePicture(steps=3, path="slerp", through=PATH, edits=((5, 1.0),)).draw(subject)

    assert (drawing.columns, drawing.rows) == (3, 2)
    assert drawing.shown_N.tolist() == [True, True, False, True, True, True]
    stops = np.stack([point.latent(subject) for point in PATH])
    stops[:, 5] = 1
    np.testing.assert_array_equal(drawing.latents_NZ[[0, 3, 5]], stops)
    np.testing.assert_array_equal(drawing.latents_NZ[1], slerp(stops[0], stops[1], np.array([0.5]))[0])
    assert np.isnan(drawing.latents_NZ[2]).all()
    assert drawing.points[2] is None
    assert [str(drawing.points[tile]) for tile in (0, 3, 5)] == ["image:10,z5=1", "draw:3:0,z5=1", "centre,z0=2,z5=1"]
    np.testing.assert_allclose(drawing.points[4].latent(subject), drawing.latents_NZ[4], atol=1e-6)
    assert [label.strip() for label in drawing.row_labels] == ["1→2", "2→3"]
    assert drawing.words[4] == "stops 2→3 t 0.50"
    assert "slerp in 3 steps a leg through image:10 · draw:3:0 · centre,z0=2" in drawing.caption


def test_two_points_make_one_row():
    drawing = InterpolatePicture(steps=4, through=PATH[:2]).draw(FakeSubject())

    assert (drawing.columns, drawing.rows, drawing.row_labels) == (4, 1, ())
    np.testing.assert_array_equal(drawing.latents_NZ[3], PATH[1].latent(FakeSubject()))
    assert drawing.caption.startswith("lerp in 4 steps from image:10 to draw:3:0 · norm 1.41 to ")


def test_the_film_of_a_path_passes_every_stop():
    subject = FakeSubject()
    request = InterpolatePicture(steps=3, through=PATH)
    frames = request.animate(subject).frames

    assert len(frames) == request.num_frames == 32
    for frame, point in zip((0, 8, 16), PATH, strict=True):
        np.testing.assert_array_equal(frames[frame].latents_NZ[0], point.latent(subject))
    assert frames[10].words == ("stops 2→3 t 0.25",)


@pytest.mark.parametrize("num", [1, 17])
def test_a_path_has_2_to_16_points(num):
    with pytest.raises(VaeTuiError, match=f"--through was given {num} times") as refused:
        InterpolatePicture(through=(Point(),) * num)
    assert refused.value.hint == "name 2 to 16 points"


def test_the_norm_along_the_first_path_is_drawn_beside_that_of_the_prior():
    subject = FakeSubject()
    drawing = InterpolatePicture(num=2, steps=3, first=10, second=30).draw(subject)

    norm, prior = drawing.chart.series
    assert norm.name == "norm 10→30, end"
    assert "norm 10→30, end 4.24" in "".join(run.text for line in drawing.chart.cells(50, 8) for run in line)
    assert drawing.caption.endswith(" · norm of 10→30 1.41 to 4.24, prior's sqrt(8) = 2.83")
    np.testing.assert_allclose(norm.ys_N[[0, 4, 8]], np.hypot([1, 2, 3], [1, 2, 3]), rtol=1e-6)
    assert prior.name == "prior sqrt(8)"
    np.testing.assert_allclose(prior.ys_N, np.sqrt(8))
    assert drawing.chart.marker_x is None


def test_a_place_of_deeply_named_points_is_named_by_its_values():
    deep = parse_point("between(between(between(centre;image:1):0.5;image:2):0.5;image:3):0.5")
    drawing = InterpolatePicture(steps=3, through=(deep, Point())).draw(FakeSubject())

    assert deep.depth == 3
    assert str(drawing.points[1]).startswith("values:0.1")
    np.testing.assert_array_equal(drawing.points[1].latent(FakeSubject()), drawing.latents_NZ[1])


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (InterpolatePicture(), "-n 1 --steps 10 --path lerp --from 0 --to 1 --posterior mean"),
        (
            InterpolatePicture(posterior="sample", seed=3, path="slerp"),
            "-n 1 --steps 10 --path slerp --from 0 --to 1 --posterior sample --seed 3",
        ),
        (InterpolatePicture(num=2, between="random"), "-n 2 --steps 10 --path lerp --random --seed 0"),
        (
            InterpolatePicture(between="random", edits=((0, -1.0),)),
            "-n 1 --steps 10 --path lerp --random --seed 0 --z 0=-1",
        ),
        (InterpolatePicture(frame=7), "-n 1 --steps 10 --path lerp --from 0 --to 1 --posterior mean --frame 7"),
        (
            InterpolatePicture(through=(Point(), Point(Draw(3, 0))), edits=((0, -1.0),)),
            "--steps 10 --path lerp --through centre --through draw:3:0 --z 0=-1",
        ),
    ],
)
def test_the_arguments_name_what_was_asked(request_, words):
    assert request_.arguments() == words.split()


@pytest.mark.parametrize("wrong", [{"num": 0}, {"num": 257}, {"steps": 1}, {"steps": 257}, {"seed": -1}], ids=str)
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(VaeTuiError) as refused:
        InterpolatePicture(**wrong)

    assert str(refused.value.hint).startswith("give ")


@pytest.mark.parametrize(("image", "said"), [(-1, "no file 1"), (5, "no image 5")])
def test_an_absent_image_is_refused(image, said):
    with pytest.raises(VaeTuiError, match=said) as refused:
        InterpolatePicture(second=image).draw(FakeSubject(num_images=5))

    assert refused.value.hint == (
        "there are 0 to 4" if image > 0 else "give image files with --file FILE.png, once for each"
    )


def test_a_checkpoint_without_images_says_where_to_get_some():
    with pytest.raises(VaeTuiError, match="carries no images") as refused:
        InterpolatePicture().draw(FakeSubject(num_images=0))

    assert "--data" in str(refused.value.hint)


def test_rows_are_labelled_by_both_ends_in_one_word():
    drawing = InterpolatePicture(num=3, first=7, second=9).draw(FakeSubject())

    assert drawing.row_labels == ("7→9  ", "9→11 ", "11→13")
