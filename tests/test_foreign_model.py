"""What --model and its companions say."""

import pytest

from vae_tui.errors import VaeTuiError
from vae_tui.foreign_model import ForeignModel, has_channels_last


def test_nothing_told_is_no_foreign_model():
    assert ForeignModel.told(None, None, None, None) is None


def test_what_is_told_is_told_again_in_canonical_form():
    model = ForeignModel.told("my.models:vae.make", "signed", 16, "3X032x32")
    assert model == ForeignModel("my.models:vae.make", "signed", 16, (3, 32, 32))
    words = ["--model", "my.models:vae.make", "--range", "signed", "--latent-dim", "16", "--image-shape", "3x32x32"]
    assert model.arguments() == words
    assert ForeignModel("a:b").arguments() == ["--model", "a:b"]


@pytest.mark.parametrize(
    ("options", "words", "hint"),
    [
        ((None, "unit", None, None), "--range needs --model", "by itself"),
        ((None, None, 4, None), "--latent-dim needs --model", "by itself"),
        ((None, None, None, "3x8x8"), "--image-shape needs --model", "by itself"),
        (("models", None, None, None), "not of the form module:factory", "package.module:factory"),
        (("models:", None, None, None), "not of the form module:factory", "package.module:factory"),
        (("a-b:make", None, None, None), "not of the form module:factory", "package.module:factory"),
        (("src/models.py:make", None, None, None), "is a file's path", "--model src.models:make"),
        (("models.py", None, None, None), "is a file's path", "--model models:factory"),
        (("a:b", None, 0, None), "--latent-dim is 0", "1 or more"),
        (("a:b", None, None, "32x32"), "32x32 is no shape", "3x32x32"),
        (("a:b", None, None, "3x0x32"), "3x0x32 is no shape", "3x32x32"),
        (("a:b", None, None, "3x²x32"), "is no shape", "3x32x32"),
        (("a:b", None, None, "65x32x32"), "has 65 channels", "1 to 64"),
        (("a:b", None, None, "32x32x3"), "has 32 channels", "channels come first"),
        (("a:b", None, None, "28x40x1"), "has 28 channels", "channels come first"),
    ],
)
def test_what_says_nothing_is_refused(options, words, hint):
    with pytest.raises(VaeTuiError, match=words) as refused:
        ForeignModel.told(*options)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("shape", "is_last"),
    [
        ((3, 32, 32), False),
        ((5, 8, 8), False),
        ((30, 9, 9), False),
        ((64, 64, 64), False),
        ((1, 28, 28), False),
        ((12, 9, 10), False),
        ((32, 32, 3), True),
        ((28, 40, 1), True),
        ((64, 64, 4), True),
    ],
)
def test_channels_that_come_last_are_seen(shape, is_last):
    assert has_channels_last(shape) == is_last
