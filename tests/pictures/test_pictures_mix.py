"""One latent, large, and the strip of those before it."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.latent_file import LatentFile
from vae_tui.pictures.mix import MAX_RECENT, NUM_FRAMES, MixPicture, Slider, sweep_amounts
from vae_tui.pictures.remembered import MAX_KNOWN, remembered
from vae_tui.pictures.rendering import render
from vae_tui.points.grammar import parse_point
from vae_tui.points.moves import ClassMove, ImagesMove, PrincipalMove
from vae_tui.points.point import Point

SEVEN = parse_point("image:7")
MOVED = parse_point("image:7,pc1=1.5,class:0>1=0.8,z3=-2")
FILE = LatentFile("a.npz", np.arange(16, dtype=np.float32).reshape(2, 8) / 10)


def test_the_tile_is_the_points_own():
    drawing = MixPicture(MOVED).draw(subject := FakeSubject())
    np.testing.assert_array_equal(drawing.latents_NZ, MOVED.latent(subject)[None])
    np.testing.assert_array_equal(drawing.tiles_NHWC, subject.decode(drawing.latents_NZ))
    np.testing.assert_array_equal(drawing.centre_Z, drawing.latents_NZ[0])


def test_the_strip_has_the_last_one_first_and_each_can_be_taken():
    recent = (parse_point("centre"), SEVEN)
    drawing = MixPicture(MOVED, ((2, 1.0),), recent).draw(subject := FakeSubject())
    assert drawing.points[:3] == (None, SEVEN, recent[0])
    assert drawing.points[3:] == (None,) * (MAX_RECENT - 2)
    assert drawing.shown_N.tolist() == [True] * 3 + [False] * (MAX_RECENT - 2)
    np.testing.assert_array_equal(
        drawing.latents_NZ[:2], [MOVED.held(((2, 1.0),)).latent(subject), SEVEN.latent(subject)]
    )
    assert np.isnan(drawing.latents_NZ[3:]).all()
    assert drawing.words[1] == "1 back: image:7"
    assert drawing.words[2] == "2 back: centre"


def test_it_is_saved_large_beside_the_strip():
    alone = render(MixPicture(SEVEN).draw(FakeSubject()))
    beside = render(MixPicture(SEVEN, recent=(Point(),)).draw(FakeSubject()))
    assert alone.shape == (320, 320, 3)
    assert beside.shape == (320, 320 + 2 * 68, 3)
    np.testing.assert_array_equal(beside[:, :320], alone)


def test_a_step_decodes_one_latent():
    subject = FakeSubject()
    request = MixPicture(SEVEN, recent=(Point(), MOVED))
    request.draw(subject)
    subject.decoded_batches.clear()
    replace(request, point=SEVEN.held(((3, 0.1),)), recent=(*request.recent, SEVEN)).draw(subject)
    assert subject.decoded_batches == [1]


def test_what_is_drawn_does_not_hang_on_what_was_drawn_before():
    fresh, used = FakeSubject(), FakeSubject()
    for index in range(MAX_KNOWN + 3):
        MixPicture(parse_point(f"image:{index % 64},pc1={index}")).draw(used)
    request = MixPicture(MOVED, recent=(SEVEN, Point()))
    np.testing.assert_array_equal(request.draw(fresh).tiles_NHWC, request.draw(used).tiles_NHWC)


def test_what_is_remembered_goes_with_its_subject():
    subject = FakeSubject()
    MixPicture(SEVEN).draw(subject)
    known = weakref.ref(remembered(subject))
    del subject
    gc.collect()
    assert known() is None


def test_the_caption_says_where_it_begins_and_what_moves_it_by_name():
    said = MixPicture(MOVED, ((1, 0.5),), (Point(),)).draw(FakeSubject()).caption
    assert said == (
        "the mean of test image 7's posterior · pc1 +1.50 · frog → truck +0.80 · z 3=-2 · z 1=0.5 · "
        "beside it 1 recent one"
    )
    assert MixPicture().draw(FakeSubject()).caption == "the prior's mean"
    assert (
        MixPicture(parse_point("image:7:3")).draw(FakeSubject()).caption.startswith("a draw (seed 3) of test image 7")
    )
    assert MixPicture(parse_point("draw:1:2")).draw(FakeSubject()).caption == "draw 1 of the prior · seed 2"
    warm = MixPicture(parse_point("draw:1:2:0.5")).draw(FakeSubject())
    assert warm.caption == "draw 1 of the prior at temperature 0.5 · seed 2"
    assert MixPicture(Point.of(np.ones(9, np.float32))).draw(FakeSubject(9)).caption == "9 values"
    held = Point.of(np.ones(9, np.float32)).held(tuple((dim, 1.0) for dim in range(9)))
    assert MixPicture(held).draw(FakeSubject(9)).caption == "9 values · 9 dimensions held"


def test_a_file_stands_in_place_of_the_point():
    drawing = MixPicture(edits=((1, 5.0),), base=FILE).draw(FakeSubject())
    assert drawing.latents_NZ[0, :3].tolist() == pytest.approx([0, 5, 0.2])
    assert drawing.caption == "the first latent of a.npz · z 1=5"


@pytest.mark.parametrize("base", [None, FILE])
@pytest.mark.parametrize("sweep", ["z3", "pc1", "class:0>1", "images:1+4>7"])
def test_a_sweep_begins_where_the_latent_is_and_moves_nothing_else(sweep, base):
    subject = FakeSubject()
    request = MixPicture(SEVEN if base is None else Point(), ((5, 0.5),), sweep=sweep, base=base)
    animation = request.animate(subject)
    latents = np.concatenate([frame.latents_NZ for frame in animation.frames])
    assert len(latents) == 48
    assert (latents[:, 5] == 0.5).all()
    still = request.draw(subject)
    np.testing.assert_array_equal(latents[0], still.latents_NZ[0])
    np.testing.assert_array_equal(animation.frames[0].tiles_NHWC[0], still.tiles_NHWC[0])
    if sweep == "z3":
        top, bottom = int(latents[:, 3].argmax()), int(latents[:, 3].argmin())
        assert latents[[top, bottom], 3].tolist() == [3, -3]
        assert bottom - top == 24
    else:
        np.testing.assert_allclose(latents[12] - latents[0], latents[0] - latents[36], atol=1e-5)


@pytest.mark.parametrize("start", [0.0, 1.3, -2.9, 3.0, -3.0, 7.5])
def test_a_sweep_is_a_loop_between_both_ends(start):
    amounts = sweep_amounts(start)
    reach = max(3.0, abs(start))
    assert amounts[0] == start
    assert (max(amounts), min(amounts)) == (reach, -reach)
    steps = np.diff([*amounts, start])
    assert abs(steps).max() < 1.5 * 4 * reach / NUM_FRAMES + 0.02
    assert np.count_nonzero(np.diff(np.sign(steps[steps != 0]))) <= 2


def test_a_latent_that_ran_away_is_swept_from_0():
    assert sweep_amounts(float("nan"))[0] == 0


def test_a_sweep_begins_at_the_points_own_strength():
    moved = MixPicture(parse_point("image:7,pc1=2"), sweep="pc1").animate(FakeSubject())
    plain = MixPicture(SEVEN, sweep="pc1").animate(FakeSubject())
    np.testing.assert_allclose(moved.frames[0].latents_NZ, plain.frames[8].latents_NZ, atol=1e-5)


def test_without_a_slider_the_first_dimension_by_kl_is_swept():
    frames = MixPicture().animate(FakeSubject()).frames
    assert frames[12].latents_NZ[0].tolist() == [0] * 7 + [3]
    assert MixPicture().animate(FakeSubject(statistics=False)).frames[12].latents_NZ[0, 0] == 3


@pytest.mark.parametrize(
    ("text", "slider"),
    [
        ("z3", Slider(3)),
        ("pc2", Slider(move=PrincipalMove(2))),
        ("class:3>5", Slider(move=ClassMove(3, 5))),
        ("images:1+4>7", Slider(move=ImagesMove((1, 4), (7,)))),
    ],
)
def test_sliders_are_read(text, slider):
    assert Slider.parse(text) == slider


@pytest.mark.parametrize("text", ["3", "z", "pc1=2", "z1,z2", "pc1,pc2", "image:3", "z3=1,pc1", "\x1b[31m"])
def test_what_is_no_slider_is_refused(text):
    with pytest.raises(VaeTuiError, match="can't be read"):
        MixPicture(sweep=text)


def test_what_the_model_has_not_is_refused():
    absent = parse_point("image:64")
    for request in (MixPicture(absent), MixPicture(edits=((8, 1.0),)), MixPicture(recent=(absent,))):
        with pytest.raises(VaeTuiError):
            request.draw(FakeSubject())
    with pytest.raises(VaeTuiError):
        MixPicture(sweep="z8").animate(FakeSubject())
    with pytest.raises(VaeTuiError):
        MixPicture(recent=(Point(),) * (MAX_RECENT + 1))


@pytest.mark.parametrize("latent_dim", [1, 4, 1024])
def test_models_of_any_size(latent_dim):
    subject = FakeSubject(latent_dim, num_images=0, statistics=False)
    drawing = MixPicture(parse_point("draw:1:0"), recent=(Point(),)).draw(subject)
    assert drawing.latents_NZ.shape == (1 + MAX_RECENT, latent_dim)


def test_a_frame_of_the_sweep_is_that_of_the_film():
    request = MixPicture(SEVEN, ((2, 1.0),), sweep="pc1", frame=3)
    drawing, film = request.draw(subject := FakeSubject()), request.animate(FakeSubject())
    assert len(film.frames) == NUM_FRAMES
    np.testing.assert_array_equal(drawing.tiles_NHWC, film.frames[3].tiles_NHWC)
    assert str(drawing.points[0]) == "image:7,pc1=0.75,z2=1"
    np.testing.assert_array_equal(drawing.points[0].latent(subject), drawing.latents_NZ[0])
    assert drawing.caption.startswith("pc1 at +0.75 (frame 3 of 0 to 47) · the mean of test image 7")


def test_a_frame_of_a_file_has_no_name():
    assert MixPicture(base=FILE, sweep="z1", frame=24).draw(FakeSubject()).points[0] is None


@pytest.mark.parametrize("frame", [-1, NUM_FRAMES])
def test_a_frame_that_is_not_there_is_refused(frame):
    with pytest.raises(VaeTuiError, match="no frame"):
        MixPicture(frame=frame)
