import dataclasses
import json

import pytest

from vae_tui.config import RECIPES
from vae_tui.datasets import DATASETS
from vae_tui.models.contract import MODELS
from vae_tui.objectives.contract import OBJECTIVES

REGISTRIES = {"models": (MODELS, "model"), "datasets": (DATASETS, "data"), "objectives": (OBJECTIVES, "objective")}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_json_has_every_part_with_every_option(kind, vaetui):
    parts = json.loads(vaetui("list", "--json").out)[kind]

    registry, section = REGISTRIES[kind]
    assert [part["name"] for part in parts] == registry.names()
    for part in parts:
        options = dataclasses.fields(registry.get(part["name"]).Options)
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
    for registry, _ in REGISTRIES.values():
        assert all(any(line.startswith(f"  {name} ") for line in done.out.splitlines()) for name in registry.names())


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
