"""`vaetui list`: every part that a run can be made of, and what `--set` reaches in it."""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vae_tui.cli.options import AsJson
from vae_tui.cli.report import print_json, print_result, print_tables, waiting
from vae_tui.errors import VaeTuiError


@dataclass(frozen=True)
class OptionFacts:
    """One field that --set reaches."""

    key: str
    """SECTION.KEY."""
    default: Any
    help: str


@dataclass(frozen=True)
class PartFacts:
    """One registered part, in plain values."""

    name: str
    summary: str
    options: tuple[OptionFacts, ...] = ()


def list_parts(
    keys: Annotated[
        bool, typer.Option("--keys", help="List the explorer's keys instead, as a keys.toml to start from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the models, data sets, objectives, optimizers, schedules and recipes, with their options (train --set)."""
    if keys:
        _list_keys(as_json)
        return
    with waiting("looking for parts"):
        parts = collect_parts()
    if as_json:
        print_json({kind: [dataclasses.asdict(part) for part in found] for kind, found in parts.items()})
    else:
        print_tables(*_tables(parts))


def _list_keys(as_json: bool) -> None:
    from vae_tui.explorer.key_contexts import key_contexts
    from vae_tui.explorer.keymap import default_keymap, keymap_plain, keymap_toml, keys_path, read_keymap

    contexts = key_contexts()
    keymap, failure = default_keymap(contexts), None
    try:
        keymap = read_keymap(keys_path(), contexts)
    except VaeTuiError as error:  # the defaults are what one mends it by
        failure = error
    if as_json:
        print_json({"keys": keymap_plain(contexts, keymap)})
    else:
        print_result(keymap_toml(contexts, keymap).removesuffix("\n"))
    if failure is not None:
        raise failure


def collect_parts() -> dict[str, list[PartFacts]]:
    """All registered parts by kind."""
    from vae_tui.config import RECIPES
    from vae_tui.datasets import DATASETS
    from vae_tui.models.contract import MODELS
    from vae_tui.objectives.contract import OBJECTIVES
    from vae_tui.schedules.contract import SCHEDULES
    from vae_tui.training.optimizers import OPTIMIZERS

    return {
        "models": [_facts(name, MODELS.get(name), "model") for name in MODELS.names()],
        "datasets": [_facts(name, DATASETS.get(name), "data") for name in DATASETS.names()],
        "objectives": [_facts(name, OBJECTIVES.get(name), "objective") for name in OBJECTIVES.names()],
        "optimizers": [_facts(name, kind, "optimizer") for name, kind in sorted(OPTIMIZERS.items())],
        "schedules": [_facts(name, SCHEDULES.get(name), "schedule") for name in SCHEDULES.names()],
        "recipes": [PartFacts(name, _first_line(recipe)) for name, recipe in sorted(RECIPES.items())],
    }


def _facts(name: str, part: Any, section: str) -> PartFacts:
    options = tuple(
        OptionFacts(f"{section}.{field.name}", field.default, field.metadata["help"])
        for field in dataclasses.fields(part.Options)
    )
    return PartFacts(name, part.summary, options)


def _first_line(recipe: object) -> str:
    return (inspect.getdoc(recipe) or "").partition("\n")[0]


_HEADINGS = {
    "models": ("Models", "--conv, --fc or --model NAME"),
    "datasets": ("Data sets", "vaetui train NAME, or the path of a folder or an .npz"),
    "objectives": ("Objectives", "--objective NAME"),
    "optimizers": ("Optimizers", "--optimizer NAME"),
    "schedules": ("Learning-rate schedules", "--schedule NAME"),
    "recipes": ("Recipes", "--recipe NAME"),
}


def _tables(parts: Mapping[str, Sequence[PartFacts]]) -> list[RenderableType]:
    rows: list[RenderableType] = []
    for kind, found in parts.items():
        title, how = _HEADINGS[kind]
        rows.append(Text.assemble((title, "bold"), "  ", (how, "dim")))
        name_width = max(len(part.name) for part in found)
        for part in found:
            rows.append(_entry(part.name, part.summary, "cyan", 2, name_width))
            assignments = {f"--set {option.key}={option.default}": option.help for option in part.options}
            longest = max(map(len, assignments), default=0)
            rows += [_entry(assignment, help_text, "", 4, longest) for assignment, help_text in assignments.items()]
        rows.append(Text())
    return rows[:-1]


def _entry(name: str, text: str, style: str, indent: int, width: int) -> Padding:
    """A name in its column, and beside it text that wraps in its own."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, width=width)
    table.add_column(overflow="fold")
    table.add_row(Text(name, style), Text(text))
    return Padding(table, (0, 0, 0, indent))
