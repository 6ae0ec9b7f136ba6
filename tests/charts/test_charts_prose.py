from vae_tui.charts.prose import Paragraph, Prose
from vae_tui.imaging import PAPER

LONG = (Paragraph("A title", "strong"), Paragraph("some words that are more than there is room for", gap=True))
SHORT = (Paragraph("A title", "strong"),)


def text_of(chart, width, height):
    return ["".join(run.text for run in line) for line in chart.cells(width, height)]


def test_text_is_wrapped_between_words():
    assert text_of(Prose((LONG,)), 17, 6) == [
        "A title",
        "",
        "some words that",
        "are more than",
        "there is room for",
        "",
    ]


def test_the_longest_version_that_fits_is_shown():
    assert text_of(Prose((LONG, SHORT)), 17, 5)[2] == "some words that"
    assert text_of(Prose((LONG, SHORT)), 17, 4) == ["A title", "", "", ""]


def test_what_does_not_fit_at_all_ends_in_an_ellipsis():
    assert text_of(Prose((LONG,)), 17, 3) == ["A title", "", "some words that…"]


def test_a_word_that_is_too_long_is_cut():
    assert text_of(Prose(((Paragraph("unpronounceable"),),)), 8, 1) == ["unprono…"]


def test_words_are_all_of_the_longest_version():
    assert Prose((LONG, SHORT)).words() == "A title some words that are more than there is room for"
    assert Prose(()).words() == ""


def test_pixels_hold_ink_where_there_is_text():
    ink = (228, 228, 231)
    blank = Prose(()).pixels(200, 100, PAPER, ink)
    assert (blank == PAPER).all()
    assert (Prose((LONG,)).pixels(200, 100, PAPER, ink) != blank).any()
