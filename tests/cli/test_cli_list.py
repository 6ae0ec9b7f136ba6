import dataclasses
import json
import tomllib

import pytest

from vae_tui.config import RECIPES
from vae_tui.datasets import DATASETS
from vae_tui.models.contract import MODELS
from vae_tui.objectives.contract import OBJECTIVES
from vae_tui.schedules.contract import SCHEDULES
from vae_tui.training.optimizers import OPTIMIZERS

REGISTRIES = {
    "models": (MODELS, "model"),
    "datasets": (DATASETS, "data"),
    "objectives": (OBJECTIVES, "objective"),
    "schedules": (SCHEDULES, "schedule"),
}
PARTS = {
    kind: ({name: registry.get(name) for name in registry.names()}, section)
    for kind, (registry, section) in REGISTRIES.items()
}
PARTS["optimizers"] = (OPTIMIZERS, "optimizer")
"""Kind to its parts by name, and the section of their options."""


@pytest.mark.parametrize("kind", PARTS)
def test_json_has_every_part_with_every_option(kind, vaetui):
    parts = json.loads(vaetui("list", "--json").out)[kind]

    known, section = PARTS[kind]
    assert [part["name"] for part in parts] == sorted(known)
    for part in parts:
        options = dataclasses.fields(known[part["name"]].Options)
        assert part["summary"]
        assert [option["key"] for option in part["options"]] == [f"{section}.{field.name}" for field in options]
        assert [option["default"] for option in part["options"]] == [field.default for field in options]
        assert all(option["help"] for option in part["options"])


def test_json_has_every_recipe(vaetui):
    recipes = json.loads(vaetui("list", "--json").out)["recipes"]

    assert [recipe["name"] for recipe in recipes] == sorted(RECIPES)
    assert all(recipe["summary"] for recipe in recipes)


def test_the_text_shows_each_option_as_it_is_given_to_set(vaetui):
    done = vaetui("list")

    assert (done.code, done.err) == (0, "")
    assert "    --set model.hidden=400    units of the one hidden layer" in done.out
    assert "    --set optimizer.ema=0.0           decay of a moving average of the weights" in done.out
    for known, _ in PARTS.values():
        assert all(any(line.startswith(f"  {name} ") for line in done.out.splitlines()) for name in known)


def test_each_kind_says_how_one_is_named(vaetui):
    lines = vaetui("list").out.splitlines()

    for heading, flag in (
        ("Objectives", "--objective NAME"),
        ("Optimizers", "--optimizer NAME"),
        ("Learning-rate schedules", "--schedule NAME"),
        ("Recipes", "--recipe NAME"),
    ):
        assert any(line.startswith(f"{heading}  {flag}") for line in lines)


def test_piped_text_has_one_line_a_part_or_option(vaetui):
    done = vaetui("list")

    parts = json.loads(vaetui("list", "--json").out)
    rows = sum(1 + len(part["options"]) for found in parts.values() for part in found)
    headings = len(parts)
    assert len([line for line in done.out.splitlines() if line]) == rows + headings


def test_an_option_stands_below_the_part_that_has_it(vaetui):
    lines = vaetui("list").out.splitlines()

    part = ""
    for line in lines:
        part = line.split()[0] if line.startswith("  ") and not line.startswith("    ") else part
        if line.startswith("    --set model.hidden="):
            assert part == "fc"


def test_the_keys_are_printed_as_a_file_to_start_from(vaetui):
    done = vaetui("list", "--keys")

    assert (done.code, done.err) == (0, "")
    keys = tomllib.loads(done.out)["keys"]
    assert (keys["seed.next"], keys["help"], keys["dialog.close"][:6]) == ("r", "question_mark,f1", "escape")
    assert '"quit" = "q"' in done.out


def test_the_keys_in_json_have_what_they_do(vaetui):
    keys = json.loads(vaetui("list", "--keys", "--json").out)["keys"]

    assert keys["seed.next"] == {
        "keys": ["r"],
        "default": ["r"],
        "description": "New seed",
        "tooltip": "Draw anew, with the next seed",
    }


def test_the_keys_are_those_of_the_persons_file(vaetui, tmp_path, monkeypatch):
    monkeypatch.setenv("VAETUI_CONFIG", str(tmp_path))
    (tmp_path / "keys.toml").write_text('[keys]\n"seed.next" = "r,alt+f"\n')
    done = vaetui("list", "--keys")
    assert tomllib.loads(done.out)["keys"]["seed.next"] == "r,alt+f"
    assert '# changed from "r"; New seed' in done.out
    keys = json.loads(vaetui("list", "--keys", "--json").out)["keys"]
    assert (keys["seed.next"]["keys"], keys["seed.next"]["default"]) == (["r", "alt+f"], ["r"])


def test_where_the_persons_file_is_wrong_the_defaults_come_with_the_error(vaetui, tmp_path, monkeypatch):
    monkeypatch.setenv("VAETUI_CONFIG", str(tmp_path))
    (tmp_path / "keys.toml").write_text('[keys]\n"seed.next" = "f2"\n')
    done = vaetui("list", "--keys")
    assert done.code == 2
    assert tomllib.loads(done.out)["keys"]["seed.next"] == "r"
    assert "r stays with it" in done.err
