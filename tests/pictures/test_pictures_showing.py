"""Pictures by chosen channels: what is shown, what is said, and what is measured all the same."""

import gc

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.imaging import read_provenance
from vae_tui.pictures.beside import BesidePicture
from vae_tui.pictures.changes import changes_of
from vae_tui.pictures.origin import Origin, command_line
from vae_tui.pictures.reconstruct import ReconstructPicture
from vae_tui.pictures.rendering import file_bytes
from vae_tui.pictures.sample import SamplePicture
from vae_tui.pictures.showing import MAX_KNOWN, ShownPicture, all_channels, showing, shown_by, whole
from vae_tui.pictures.traverse import TraversePicture

ORIGIN = Origin("best.pt")


class Lossy(FakeSubject):
    """Channel 4 alone comes back wrong, by 100 levels."""

    def reconstruct(self, indices):
        made = super().reconstruct(indices)
        decoded = self.images_all(indices)
        decoded[..., 4] += 100
        return made._replace(tiles_NHWC=decoded)


def colours(drawing):
    """The colour of each flat tile."""
    return drawing.tiles_NHWC[:, 0, 0].tolist()


def test_a_request_by_channels_shows_them():
    subject = FakeSubject(channels=5)
    picture = ReconstructPicture(num=2, first=7)
    assert colours(picture.draw(subject))[:2] == [[7, 17, 27], [8, 18, 28]]
    assert colours(ShownPicture(picture, (4, 2, 1)).draw(subject))[:2] == [[47, 27, 17], [48, 28, 18]]
    assert colours(ShownPicture(picture, (3,)).draw(subject))[:2] == [[37, 37, 37], [38, 38, 38]]


def test_tiles_that_are_remembered_are_those_of_their_channels():
    subject, picture = FakeSubject(channels=5), SamplePicture(4)
    one, other, again, plain = (
        ShownPicture(picture, channels).draw(subject).tiles_NHWC for channels in ((0,), (1,), (0,), ())
    )
    assert (one != other).any()
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(plain[..., 0], one[..., 0])
    assert subject.decoded_batches == [4, 4, 4]  # the same channels again are not decoded again


def test_few_choices_are_remembered_and_none_outlives_its_subject():
    subject = FakeSubject(channels=9)
    first = showing(subject, (0,))
    assert showing(subject, (0,)) is first
    for channel in range(1, MAX_KNOWN + 1):
        showing(subject, (channel,))
    assert showing(subject, (0,)) is not first
    assert whole(first) is subject
    gone = first._whole
    del subject
    gc.collect()
    assert gone() is None


def test_the_difference_is_over_all_channels_whatever_is_shown():
    subject, picture = Lossy(channels=5), ReconstructPicture(num=2, show="difference")
    drawings = [ShownPicture(picture, channels).draw(subject) for channels in ((), (0,), (4,), (4, 2, 1))]
    for drawing in drawings:
        np.testing.assert_array_equal(drawing.tiles_NHWC[4:], drawings[0].tiles_NHWC[4:])
        assert "apart by 20.0 of 255" in drawing.words[4]
        assert "summed over pixels in [0, 1] and all 5 channels" in drawing.caption
        assert "yellow 128 of 255, the mean of all 5 channels" in drawing.caption
        assert drawing.foot == drawings[0].foot
    assert (drawings[0].tiles_NHWC[4:] > 0).any()


def test_what_a_dimension_changes_is_over_all_channels():
    subject = FakeSubject(channels=5, latent_dim=8)
    changes = changes_of(subject, range(8))
    np.testing.assert_allclose(changes, [24] * 5 + [0] * 3)  # 120 levels in one of five channels
    np.testing.assert_array_equal(changes_of(showing(subject, (4,)), range(8)), changes)
    assert len(subject.decoded_batches) == 1
    assert "Δ over all 5 channels" in ShownPicture(TraversePicture(), (4,)).draw(subject).caption


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_images_as_they_are_say_nothing_of_channels(channels):
    subject = FakeSubject(channels=channels)
    for picture in (SamplePicture(4), TraversePicture(), ReconstructPicture(show="difference")):
        plain, told = picture.draw(subject), shown_by(picture).draw(subject)
        assert "channel" not in told.caption
        assert told.caption == plain.caption
        np.testing.assert_array_equal(told.tiles_NHWC, plain.tiles_NHWC)


def test_the_caption_says_which_are_shown():
    subject = FakeSubject(channels=5)
    assert shown_by(SamplePicture(4)).draw(subject).caption.endswith(" · channels 0 1 2 of 5 as red, green, blue")
    frames = ShownPicture(SamplePicture(4), (4,)).animate(subject).frames
    assert all(frame.caption.endswith(" · channel 4 of 5") for frame in frames)
    assert shown_by(SamplePicture(4)).draw(FakeSubject(channels=2)).caption.endswith("channels 0 1 as red, green")


def test_the_command_has_the_channels_that_were_chosen():
    assert "--channels" not in command_line(shown_by(SamplePicture(4)), ORIGIN)
    chosen = ShownPicture(SamplePicture(4), (4, 2, 1))
    assert command_line(chosen, ORIGIN).endswith("--channels 4,2,1")
    assert shown_by(chosen) is chosen


def test_a_saved_picture_holds_its_channels(tmp_path):
    content = file_bytes(ShownPicture(SamplePicture(4), (4,)), FakeSubject(channels=5), ORIGIN, "ab", moving=False)
    (tmp_path / "four.png").write_bytes(content)
    assert read_provenance(tmp_path / "four.png").command.endswith("--channels 4")


def test_a_channel_that_the_model_has_not_is_refused():
    with pytest.raises(VaeTuiError, match="no channel 5"):
        ShownPicture(SamplePicture(4), (5,)).draw(FakeSubject(channels=5))


def test_of_two_models_each_shows_its_own_channels():
    five, two = FakeSubject(channels=5), FakeSubject(channels=2)
    names = ("five.pt", "two.pt")
    plain = BesidePicture(shown_by(ReconstructPicture(num=1, first=7)), two, names).draw(five)
    assert colours(plain)[0] == [7, 17, 27]
    assert colours(plain)[1] == [7, 17, 0]
    assert "left five.pt: image" in plain.caption.replace("test ", "")
    assert "channels 0 1 2 of 5 as red, green, blue · right two.pt" in plain.caption

    lacking = BesidePicture(ShownPicture(ReconstructPicture(num=1, first=7), (4,)), two, names).draw(five)
    assert colours(lacking)[0] == [47, 47, 47]
    assert "two.pt has no such picture: the images have no channel 4" in lacking.caption


def test_what_is_said_of_all_channels():
    colour = FakeSubject()
    assert all_channels(showing(colour, (1,))) == "all 3 channels"
    assert all_channels(colour) == ""
    assert all_channels(FakeSubject(channels=2)) == ""
    assert all_channels(FakeSubject(channels=5)) == "all 5 channels"
