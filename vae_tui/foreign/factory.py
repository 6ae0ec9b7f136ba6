"""From `package.module:factory` to a module: the one place where code is imported that is not ours."""

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from vae_tui.errors import VaeTuiError, kind_of, printable
from vae_tui.registry import nearest_hint

_NEEDED = "it needs encode(images) and decode(latents), or an encoder and a decoder: wrap it in a class that has them"


@dataclass(frozen=True)
class Made:
    """What a factory gave, and how it is called."""

    module: nn.Module
    encode: Callable[..., Any]
    decode: Callable[..., Any]


def make_module(factory: str) -> Made:
    """What the factory gives, imported from the installed packages or the current folder, as `python -m` would.

    What it prints goes to standard error. Raises VaeTuiError for whatever its author can mend.
    """
    name, _, attribute = factory.partition(":")
    with _current_folder_first(), redirect_stdout(sys.stderr):
        made = _find(_import(name), name, attribute)
        if not isinstance(made, nn.Module):
            made = _call(made, factory)
    if not isinstance(made, nn.Module):
        given = kind_of(made)
        raise VaeTuiError(f"{printable(factory)} gives {given}, not a torch.nn.Module", "return the model itself")
    compiled = getattr(made, "_orig_mod", None)
    module = compiled if isinstance(compiled, nn.Module) else made
    encode, decode = (_method(module, *names) for names in (("encode", "encoder"), ("decode", "decoder")))
    lacking = [word for word, found in (("encode", encode), ("decode", decode)) if found is None]
    if encode is None or decode is None:
        given = printable(type(module).__name__, 60)
        raise VaeTuiError(f"{given} of {printable(factory)} has no {' and no '.join(lacking)}", _NEEDED)
    return Made(module, encode, decode)


@contextmanager
def _current_folder_first() -> Iterator[None]:
    folder = os.getcwd()
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            hint = f"run vaetui in the folder that holds {name.partition('.')[0]}, or install its package"
            raise VaeTuiError(f"--model: there is no module {printable(error.name)}", hint) from None
        hint = f"install {printable(error.name or 'it')} beside vaetui, in the same environment"
        raise VaeTuiError(f"importing {name} failed: {told(error)}", hint) from None
    except (Exception, SystemExit) as error:
        hint = 'a script keeps what it runs under if __name__ == "__main__":, so that it can be imported'
        raise VaeTuiError(f"importing {name} failed: {told(error)}", hint) from None


def _find(module: Any, name: str, attribute: str) -> Any:
    found = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            known = [key for key, value in vars(found).items() if callable(value) and not key.startswith("_")]
            where = printable(str(getattr(module, "__file__", None) or "built in"))
            hint = printable(nearest_hint(part, known), 300)
            raise VaeTuiError(f"{name} ({where}) has no {printable(part, 60)}", hint)
        found = getattr(found, part)
    return found


def _call(factory: Any, name: str) -> Any:
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # for what it draws and the weights do not bring
            return factory()
    except (Exception, SystemExit) as error:
        hint = None
        if isinstance(error, TypeError):
            hint = "it is called with no arguments: name a function that gives your class its own"
        raise VaeTuiError(f"{printable(name)} failed: {told(error)}", hint) from None


def _method(module: nn.Module, *names: str) -> Callable[..., Any] | None:
    return next((found for name in names if callable(found := getattr(module, name, None))), None)


def told(error: BaseException) -> str:
    """What foreign code raised, one line: its kind, its words, and the line of that code."""
    words = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    libraries = (ours, os.path.dirname(torch.__file__), os.path.dirname(importlib.__file__), "<")
    theirs = [frame for frame in frames if not frame.filename.startswith(libraries)]
    where = f" ({os.path.basename(theirs[-1].filename)}, line {theirs[-1].lineno})" if theirs else ""
    return printable(f"{type(error).__name__}{': ' * bool(words)}{words[:300]}{where}")
