"""Commands that take options in groups: each group is a dataclass whose fields are options."""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every field of its groups as an option of its own, where the group stands: for typer to read."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    groups: dict[str, Any] = {
        known.name: known.annotation for known in parameters if dataclasses.is_dataclass(known.annotation)
    }
    fields_of = {name: [field.name for field in dataclasses.fields(group)] for name, group in groups.items()}

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field: given.pop(field) for field in fields_of[name]})
        command(**given)

    options: list[Parameter] = []
    for known in parameters:
        options += _fields(known.annotation) if known.name in groups else [known.replace(kind=Parameter.KEYWORD_ONLY)]
    with_options.__signature__ = Signature(options)  # type: ignore[attr-defined]
    return with_options


def _fields(group: type[Any]) -> list[Parameter]:
    hints = typing.get_type_hints(group, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in dataclasses.fields(group)
    ]
