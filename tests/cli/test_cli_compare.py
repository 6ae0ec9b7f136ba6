"""vaetui compare: two checkpoints' figures."""

import dataclasses
import json

import pytest

from vae_tui.checkpoint import read_checkpoint, write_checkpoint


@pytest.fixture
def other_path(checkpoint_path, tmp_path):
    """The same model, trained to other losses."""
    checkpoint = read_checkpoint(checkpoint_path)
    last = dataclasses.replace(checkpoint.history[-1], test_loss=16.25)
    write_checkpoint(tmp_path / "other.pt", dataclasses.replace(checkpoint, history=(last,), gallery=None))
    return tmp_path / "other.pt"


def test_json_has_both_and_the_differences(vaetui, checkpoint_path, other_path):
    done = vaetui("compare", str(checkpoint_path), str(other_path), "--json", "--device", "cpu")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["a"]["sha256"] == read_checkpoint(checkpoint_path).file_hash
    assert said["b"]["path"] == str(other_path)
    assert said["a"]["images"] == said["b"]["images"] == 12
    figures = {figure["name"]: figure for figure in said["figures"]}
    assert figures["test loss"] | {"unit": ""} == {
        "name": "test loss",
        "a": 18.5,
        "b": 16.25,
        "difference": -2.25,
        "unit": "",
        "why_no_difference": None,
    }
    assert figures["squared error"]["difference"] == 0
    assert figures["squared error"]["a"] > 0


def test_the_table_says_the_same(vaetui, checkpoint_path, other_path):
    done = vaetui("compare", str(checkpoint_path), str(other_path), "--device", "cpu")
    assert done.code == 0, done.err
    line = next(line for line in done.out.splitlines() if line.startswith("test loss"))
    assert line.split()[2:5] == ["18.50", "16.25", "-2.25"]
    assert "best.pt" in done.out.splitlines()[0]
    assert "all 12 test images" in done.out


def test_a_missing_file_is_an_error(vaetui, checkpoint_path):
    assert vaetui("compare", str(checkpoint_path), "missing.pt").code == 2
