import io

import numpy as np
import pytest
from fakes import FakeSubject
from PIL import Image

from vae_tui.errors import VaeTuiError
from vae_tui.pictures.history import history_bytes
from vae_tui.pictures.origin import Origin
from vae_tui.pictures.sample import SamplePicture

RUN = Origin("runs/one", history=True)


class Shifted(FakeSubject):
    """A fake whose tiles are brighter by the epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def decode(self, latents_NZ):
        return np.full_like(super().decode(latents_NZ), 40 * self.epoch)


def test_each_epoch_is_a_frame_in_order():
    content = history_bytes(SamplePicture(4), map(Shifted, (1, 2, 3)), RUN, "ab")
    with Image.open(io.BytesIO(content)) as film:
        assert film.n_frames == 3
        greys = []
        for index in range(3):
            film.seek(index)
            greys.append(film.convert("RGB").getpixel((10, 10))[0])
    assert greys == pytest.approx([40, 80, 120], abs=4)


def test_its_command_names_the_run_and_says_history():
    content = history_bytes(SamplePicture(4), [Shifted(1)], RUN, "ab")
    assert b"vaetui sample one -n 4" in content
    assert b"--history" in content


def test_the_same_run_gives_the_same_bytes():
    first, second = (history_bytes(SamplePicture(4), map(Shifted, (1, 2)), RUN, "ab") for _ in range(2))
    assert first == second


def test_a_run_without_kept_epochs_is_refused():
    with pytest.raises(VaeTuiError, match="no epochs"):
        history_bytes(SamplePicture(4), [], RUN, "ab")
