import gc

import pytest

from vae_tui import garbage


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_looked_for_until_it_is_resumed():
    garbage.hold()
    assert not gc.isenabled()
    garbage.resume()
    assert gc.isenabled()


def test_what_was_there_is_passed_over():
    kept = [object()]
    garbage.hold()
    assert any(known is kept for known in gc.get_objects())
    garbage.resume()
    assert not any(known is kept for known in gc.get_objects())
    assert gc.get_freeze_count()
