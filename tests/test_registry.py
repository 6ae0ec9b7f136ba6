"""Names, found and mistyped."""

import pytest

from vae_tui.errors import VaeTuiError, printable
from vae_tui.registry import Registry, nearest_hint


@pytest.fixture
def registry():
    registry = Registry("thing", "vae_tui.models")
    registry.register("conv")(1)
    registry.register("fully")(2)
    return registry


def test_parts_are_found_by_name(registry):
    assert registry.get("conv") == 1
    assert registry.names() == ["conv", "fully"]
    assert "conv" in registry
    assert "none" not in registry


def test_a_name_is_taken_once(registry):
    with pytest.raises(ValueError, match="conv"):
        registry.register("conv")(3)


def test_a_typo_names_the_nearest(registry):
    with pytest.raises(VaeTuiError, match="no thing is called 'covn'") as error:
        registry.get("covn")
    assert error.value.hint == "did you mean conv? (known: conv, fully)"


def test_nothing_near_lists_all():
    assert nearest_hint("zzzz", ["a", "b"]) == "known: a, b"


def test_text_from_outside_can_hold_no_escape_sequence():
    assert printable("a\x1b[2Jb\u202ec\n") == "a\ufffd[2Jb\ufffdc\ufffd"
    assert printable("x" * 600) == "x" * 499 + "…"
