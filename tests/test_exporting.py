import io

import numpy as np
import pytest
from fakes import FakeSubject

from vae_tui.errors import VaeTuiError
from vae_tui.exporting import latents_bytes, survey_bytes, write_export


def test_rows_that_are_no_latents_are_left_out():
    latents = np.array([[1, 2], [np.nan, 0], [3, 4]], np.float32)
    with np.load(io.BytesIO(latents_bytes(latents))) as arrays:
        np.testing.assert_array_equal(arrays["latents"], [[1, 2], [3, 4]])
    with pytest.raises(VaeTuiError, match="no latents"):
        latents_bytes(latents[1:2])


def test_a_set_without_classes_has_no_labels():
    import dataclasses

    survey = dataclasses.replace(FakeSubject(num_images=3).survey(), labels_N=None, class_names=())
    with np.load(io.BytesIO(survey_bytes(survey))) as arrays:
        assert set(arrays) == {"latents", "indices", "split"}


def test_what_can_not_be_written_is_said(tmp_path):
    with pytest.raises(VaeTuiError, match="can't be written"):
        write_export(tmp_path / "no" / "x.npz", b"")
