import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.pictures.reconstruct import ReconstructPicture

WHOLE = {
    (num, show): ReconstructPicture(num=num, show=show).draw(FakeSubject())
    for num in (1, 2, 5, 8, 12)
    for show in ("decoded", "difference")
}


def seen(drawing):
    """What is said and shown of each tile that is shown."""
    known = np.flatnonzero(drawing.shown_N)
    return {drawing.words[at]: (drawing.tiles_NHWC[at].tobytes(), drawing.points[at]) for at in known}


@pytest.mark.parametrize("drawing", WHOLE.values(), ids=map(str, WHOLE))
def test_each_arrangement_has_the_same_tiles_with_their_words_and_points(drawing):
    for other in drawing.arrangements:
        assert seen(other) == seen(drawing)
        hidden = ~other.shown_N
        assert np.isnan(other.latents_NZ[hidden]).all()
        assert len(other.row_labels or other.tiles_NHWC) == (other.rows if other.row_labels else len(other.tiles_NHWC))


def test_images_stand_above_what_was_made_of_them_whatever_their_number_to_a_row():
    drawing = WHOLE[8, "decoded"]
    assert [other.columns for other in drawing.arrangements] == [8, 4, 3]
    for other in drawing.arrangements:
        for place in np.flatnonzero(other.shown_N):
            row, column = divmod(int(place), other.columns)
            image = row // 2 * other.columns + column
            assert other.words[place].startswith(f"image {image}, decoded:" if row % 2 else f"image {image}:")
        errors = [text for name, texts in other.foot if name == "error" for text in texts]
        assert errors == [text for name, texts in drawing.foot if name == "error" for text in texts]


def test_a_single_image_may_stand_beside_what_was_made_of_it():
    below, across = WHOLE[1, "difference"].arrangements
    assert (below.columns, below.rows, below.row_labels[0]) == (1, 3, "original")
    assert (across.columns, across.rows, across.column_labels) == (3, 1, ("original", "decoded", "differs"))
    assert across.foot[0] == ("error", ("", below.foot[0][1][0], ""))


def test_files_have_the_drawing_as_it_was():
    for drawing in WHOLE.values():
        assert drawing.as_saved is drawing
        assert all(other.as_saved is drawing for other in drawing.arrangements)
