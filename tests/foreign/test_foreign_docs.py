"""The examples of docs/models.md run as they stand."""

import importlib.util
import pathlib
import re

import pytest
import torch

from vae_tui.foreign.opening import load_foreign
from vae_tui.foreign_model import ForeignModel

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "models.md").read_text()
EXAMPLES = {found[1]: found[2] for found in re.finditer(r"```python\n# (\w+)\.py[^\n]*\n(.*?)```", PAGE, re.DOTALL)}


def test_each_is_of_ten_lines_at_most():
    assert set(EXAMPLES) == {"mine", "mypythae", "burgess"}
    assert all(len(text.strip().splitlines()) <= 10 for text in EXAMPLES.values())


@pytest.mark.parametrize(
    ("name", "factory", "needs", "shape"),
    [("mine", "VAE", "torch", (1, 28, 28)), ("mypythae", "vae", "pythae", None), ("burgess", "mnist", "disvae", None)],
)
def test_it_opens(name, factory, needs, shape, tmp_path, monkeypatch):
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"docs_{name}.py").write_text(EXAMPLES[name])
    monkeypatch.syspath_prepend(tmp_path)
    made = getattr(importlib.import_module(f"docs_{name}"), factory)()
    torch.save(made.state_dict(), "weights.pt")
    told = ForeignModel(f"docs_{name}:{factory}", image_shape=shape)
    model = load_foreign(pathlib.Path("weights.pt"), told).settle().build_model()
    images = torch.rand(2, *model.image_shape)
    posterior = model.encode(images)
    assert posterior.mean_BZ.shape == posterior.std_BZ.shape == (2, model.latent_dim)
    assert model.decode(posterior.mean_BZ).shape == images.shape
    assert model.scaling.name == "unit"
