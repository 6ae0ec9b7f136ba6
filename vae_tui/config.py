"""A training run as plain data, and the order in which its values are settled.

A value comes from the first of these that names it: `--set` and the other flags, the `--config` file,
the recipe. docs/config.md says the same at length.
"""

import dataclasses
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from vae_tui.errors import VaeTuiError, printable
from vae_tui.registry import nearest_hint

OptionValue = str | int | float | bool
Options = TypeVar("Options")

OPTION_SECTIONS = ("model", "data", "objective", "optimizer", "schedule")
"""The parts of a run whose own options are reached by `--set SECTION.KEY=VALUE`."""

CHOICES: Mapping[str, tuple[str, ...]] = {"precision": ("auto", "fp32", "bf16"), "compile": ("auto", "on", "off")}
"""Fields that take one of a few words."""


MAX_LATENT_DIM = 65_536
MAX_CHANNELS = 64
"""Larger ones are taken for a mistake, in a config as in a checkpoint."""


def option(default: OptionValue, help: str) -> Any:
    """A field of an options dataclass; `help` says meaning, unit and what 0 or "" means."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a training run computes."""

    dataset: str
    """Name of a registered data set, or the path of an image folder or an .npz file."""
    model: str
    """Name of a registered model."""
    recipe: str
    """Name of the recipe that gave the values that nobody named."""
    objective: str
    """Name of a registered objective."""
    latent_dim: int
    """Number of latent dimensions, 1 or more."""
    epochs: int
    """Passes over the training set in all, 1 or more."""
    batch_size: int
    """Images a step, over all processes, 1 or more; the last short batch of an epoch is dropped."""
    lr: float
    """The optimizer's learning rate at its highest, more than 0."""
    beta: float
    """Weight of the KL term in the loss, at its highest, 0 or more; 1 is the plain VAE."""
    seed: int
    """Seed of the weights, the data order and the posterior's noise, 0 to 2**63 - 1."""
    device: str
    """auto, cpu, cuda, cuda:N or mps."""
    optimizer: str = "adam"
    """Name of a known optimizer."""
    schedule: str = "constant"
    """Name of a registered learning-rate schedule."""
    patience: int = 0
    """Epochs without a better test loss (training loss where nothing is held out) after which a run ends; 0: never."""
    precision: str = "auto"
    """auto, fp32 or bf16; settled when a run starts."""
    compile: str = "auto"
    """auto, on or off; settled when a run starts."""
    memory_budget: str = "auto"
    """Bytes that the images may take, such as "8GB"; more are streamed from a packed file. auto: half of what is free.

    It changes no figure, as with the next two.
    """
    save_every: int = 0
    """Steps after which a run is saved within an epoch too; 0: at the end of each epoch alone."""
    keep_every: int = 0
    """Epochs after which the epoch's checkpoint stays in the run folder; 0: none stays."""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    """What `--set` gave: SECTION.KEY to value, not yet checked against the part's own fields."""

    def __post_init__(self) -> None:
        for name in ("latent_dim", "epochs", "batch_size"):
            _require_int(name, getattr(self, name), minimum=1)
        if self.latent_dim > MAX_LATENT_DIM:
            raise VaeTuiError(f"latent_dim is {self.latent_dim}", f"give {MAX_LATENT_DIM} or less")
        for name in ("seed", "patience", "save_every", "keep_every"):
            _require_int(name, getattr(self, name), minimum=0)
        if self.seed >= 2**63:
            raise VaeTuiError(f"seed is {self.seed}", "give a seed under 2**63")
        _require_number("lr", self.lr, positive=True)
        _require_number("beta", self.beta, positive=False)
        for name in ("dataset", "model", "recipe", "objective", "device", "optimizer", "schedule", "memory_budget"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise VaeTuiError(f"{name} must be a name, not {printable(repr(getattr(self, name)))}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                hint = nearest_hint(str(getattr(self, name)), choices)
                raise VaeTuiError(f"{name} is {printable(repr(getattr(self, name)))}", hint)

    def section(self, name: str) -> dict[str, OptionValue]:
        """The options of one part ("model", "data" or "objective"), without the section's name."""
        prefix = f"{name}."
        return {key[len(prefix) :]: value for key, value in self.options.items() if key.startswith(prefix)}

    def to_plain(self) -> dict[str, Any]:
        """Plain dicts, strings and numbers; `from_plain` gives the same config back."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return plain | {"options": dict(self.options)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "RunConfig":
        """The config of a checkpoint. Raises VaeTuiError where a key is missing, unknown or of a wrong kind."""
        known = {f.name for f in dataclasses.fields(cls)}
        for key in plain:
            if key not in known:
                raise VaeTuiError(f"the run's config has an unknown key {printable(str(key))!r}")
        needed = {f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING} | {"options"}
        missing = sorted(needed - set(plain))  # files of format 1 have no field that has a default
        if missing:
            raise VaeTuiError(f"the run's config lacks {', '.join(missing)}")
        if not isinstance(plain["options"], Mapping):
            raise VaeTuiError("the run's config holds options that are no table")
        return cls(**{**plain, "options": check_option_keys(plain["options"])})

    def to_toml(self) -> str:
        """The text of config.toml: the flags' names as keys, and `--set` as the table [set]."""
        plain = self.to_plain()
        options = plain.pop("options")
        lines = [f"{key} = {_toml_value(value)}" for key, value in plain.items()]
        if options:
            lines += ["", "[set]", *(f"{key} = {_toml_value(value)}" for key, value in sorted(options.items()))]
        return "\n".join(lines) + "\n"


def _require_int(name: str, value: object, minimum: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise VaeTuiError(f"{name} must be a whole number, not {printable(repr(value))}")
    if value < minimum:
        raise VaeTuiError(f"{name} is {value}", f"give {minimum} or more")


def _require_number(name: str, value: object, *, positive: bool) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise VaeTuiError(f"{name} must be a number, not {printable(repr(value))}")
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise VaeTuiError(f"{name} is {value}", f"give a finite number {'above 0' if positive else 'of 0 or more'}")


def _toml_value(value: OptionValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value)  # a JSON string is a TOML basic string


def parse_assignment(text: str) -> tuple[str, OptionValue]:
    """`model.hidden=400` as ("model.hidden", 400); the value is read as TOML where it is that, else as text."""
    key, separator, raw = text.partition("=")
    key, raw = key.strip(), raw.strip()
    if not separator or not key:
        raise VaeTuiError(f"--set {printable(text)!r} is no assignment", "write --set SECTION.KEY=VALUE")
    check_option_keys({key: raw})
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = _loose_number(raw)
    return key, value if isinstance(value, str | int | float | bool) else raw


def _loose_number(raw: str) -> OptionValue:
    """`.5`, `1.` or `007` as people write numbers, which TOML does not read; other text as it is."""
    return float(raw) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", raw) else raw


def check_option_keys(options: Mapping[str, Any]) -> dict[str, OptionValue]:
    """The options, where each key is SECTION.KEY with a known section and each value plain; else VaeTuiError."""
    for key, value in options.items():
        section, dot, name = str(key).partition(".")
        if section not in OPTION_SECTIONS or not dot or not name:
            hint = f"keys are {', '.join(f'{s}.NAME' for s in OPTION_SECTIONS)}; vaetui list prints them"
            raise VaeTuiError(f"no option is called {printable(str(key))!r}", hint)
        if not isinstance(value, str | int | float | bool):
            raise VaeTuiError(f"option {printable(str(key))} must be text or a number")
    return dict(options)


def build_options(kind: type[Options], values: Mapping[str, OptionValue], section: str) -> Options:
    """An options dataclass from `--set` values, each turned into its field's type.

    Raises VaeTuiError for an unknown key (naming the nearest) and for a value of the wrong kind.
    """
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    settled: dict[str, OptionValue] = {}
    for key, value in values.items():
        if key not in fields:
            raise VaeTuiError(f"{section} has no option {printable(key)!r}", nearest_hint(key, fields))
        settled[key] = _coerce(f"{section}.{key}", value, fields[key].type)
    return kind(**settled)


def _coerce(name: str, value: OptionValue, kind: object) -> OptionValue:
    wanted = kind if isinstance(kind, type) else {"int": int, "float": float, "bool": bool, "str": str}[str(kind)]
    if wanted is str:
        return str(value)
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, bool) == (wanted is bool) and isinstance(value, wanted):
        return value
    words = {int: "a whole number", float: "a number", bool: "true or false"}
    raise VaeTuiError(f"{name} must be {words[wanted]}, not {printable(repr(value))}")


def notebook_recipe(dataset: str, model: str) -> dict[str, Any]:
    """The known experiment: squared error and KL summed, Adam 1e-3; SVHN in larger batches and longer."""
    svhn = dataset == "svhn"
    return {
        "objective": "squared-error",
        "latent_dim": 20 if model == "fc" else 128,
        "epochs": 25 if svhn else 10,
        "batch_size": 128 if svhn else 32,
        "lr": 1e-3,
        "beta": 1.0,
        "seed": 0,
        "device": "auto",
    }


RECIPES: Mapping[str, Callable[[str, str], dict[str, Any]]] = {"notebook": notebook_recipe}
"""Recipe name to a function from (data set, model) to the values that nobody named."""


def resolve(dataset: str | None, flags: Mapping[str, Any], config_path: Path | None = None) -> RunConfig:
    """The run that these flags, this file and the recipe describe together.

    `flags` maps RunConfig's field names to what was given; None stands for "not given".
    """
    given = read_config(config_path) if config_path else {}
    options = given.pop("options", {})
    given |= {key: value for key, value in flags.items() if value is not None and key != "options"}
    options |= flags.get("options") or {}
    if dataset is not None:
        given["dataset"] = dataset
    if "dataset" not in given:
        raise VaeTuiError("no data set is named", "vaetui train DATASET, or dataset = … in the --config file")
    given.setdefault("model", "conv")
    recipe = given.setdefault("recipe", "notebook")
    if recipe not in RECIPES:
        raise VaeTuiError(f"no recipe is called {printable(str(recipe))!r}", nearest_hint(str(recipe), RECIPES))
    values = RECIPES[recipe](given["dataset"], given["model"]) | given
    return RunConfig(**values, options=check_option_keys(options))


def read_config(path: Path) -> dict[str, Any]:
    """A TOML file's keys as RunConfig's fields (`latent-dim` and `latent_dim` are the same key)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VaeTuiError(f"no such file: {printable(str(path))}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = printable(str(error))
        raise VaeTuiError(f"{printable(str(path))} can't be read as TOML: {reason}") from None
    settled: dict[str, Any] = {}
    known = {f.name for f in dataclasses.fields(RunConfig)} - {"options"}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name in settled:
            raise VaeTuiError(f"{printable(str(path))} gives {printable(key)!r} twice", "keep one of them")
        if name == "set":
            settled["options"] = check_option_keys(_flatten(value))
        elif name not in known:
            raise VaeTuiError(
                f"{printable(str(path))}: unknown key {printable(key)!r}", nearest_hint(name, {*known, "set"})
            )
        else:
            settled[name] = value
    return settled


def _flatten(table: object) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise VaeTuiError("set must be a table", "write [set] and below it SECTION.KEY = VALUE")
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": kept for inner, kept in value.items()}
        else:
            flat[key] = value
    return flat
