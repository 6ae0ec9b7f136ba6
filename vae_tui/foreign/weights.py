"""The state dict in somebody's file, under the names that their module has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vae_tui.checkpoint import load_plain
from vae_tui.errors import VaeTuiError, printable
from vae_tui.foreign.factory import told
from vae_tui.untrusted import read_tensors

NESTED_UNDER = ("model_state_dict", "state_dict", "model")
"""Keys under which trainers keep the model's weights beside the optimizer's."""
HOW_TO_SAVE = 'save its weights alone: torch.save(model.state_dict(), "weights.pt")'
_MOST_NAMES = 6


def read_state_dict(path: Path) -> tuple[dict[str, Tensor], str]:
    """The weights in the file as they are named there, and the file's SHA-256 in hex.

    Raises VaeTuiError for a file that holds none, or more than plain values and tensors.
    """
    shown = printable(str(path))
    try:
        raw, digest = load_plain(path, legacy=True)
    except VaeTuiError as error:
        raise VaeTuiError(f"{shown}: {error.message}", HOW_TO_SAVE) from None
    if "format" in raw and "weights" in raw:
        raise VaeTuiError(f"{shown} is a checkpoint of vaetui, which knows its model", "leave --model out")
    found: Any = raw
    for key in NESTED_UNDER:
        if isinstance(raw.get(key), dict) and not isinstance(found, Tensor):
            found = raw[key]
            break
    found = {key: value for key, value in found.items() if isinstance(value, Tensor)}
    if not found:
        keys = ", ".join(printable(key, 40) for key in list(raw)[:_MOST_NAMES]) or "none"
        raise VaeTuiError(f"{shown} holds no state dict (its keys: {keys})", HOW_TO_SAVE)
    weights = read_tensors(found, "the state dict")
    for name, value in weights.items():
        if not torch.isfinite(value).all():
            hint = "its training ran away: take an earlier save"
            raise VaeTuiError(f"{shown}: weight {printable(name, 60)} holds numbers that are not finite", hint)
    return weights, digest


def load_weights(module: nn.Module, weights: Mapping[str, Tensor], path: Path) -> None:
    """The weights in their module. Raises VaeTuiError naming what is missing, unexpected or of another shape."""
    wanted = module.state_dict()
    named = renamed(weights, set(wanted))
    shown = printable(str(path))
    for name in sorted(named.keys() & wanted.keys()):
        if not is_lazy(wanted[name]) and named[name].shape != wanted[name].shape:
            got, need = ("x".join(map(str, value.shape)) or "one number" for value in (named[name], wanted[name]))
            hint = "let the factory make the module with the sizes that it was trained with"
            raise VaeTuiError(f"{shown}: weight {printable(name, 60)} is {got}, the module's is {need}", hint)
    try:
        left = module.load_state_dict(named, strict=False)
    except Exception as error:
        raise VaeTuiError(f"{shown} can't be loaded: {told(error)}", HOW_TO_SAVE) from None
    parts = [f"lacks {_listed(left.missing_keys)}"] * bool(left.missing_keys)
    parts += [f"has {_listed(left.unexpected_keys)}, which it has not"] * bool(left.unexpected_keys)
    if parts:
        hint = "the factory must make the very module that the weights were saved of"
        raise VaeTuiError(f"{shown} does not fit the module: it {' and '.join(parts)}", hint)


def renamed(weights: Mapping[str, Tensor], wanted: set[str]) -> dict[str, Tensor]:
    """The weights without what wrappers put before their names.

    `_orig_mod.` of torch.compile goes wherever it stands; `module.` of DataParallel, or the attribute of a trainer
    (`model.`, `vae.`), goes where all that is wanted lies under it.
    """
    named = {
        ".".join(part for part in name.split(".") if part != "_orig_mod"): value for name, value in weights.items()
    }
    prefixes = {name[: at + 1] for name in named for at, char in enumerate(name) if char == "."}
    for prefix in ["", *sorted(prefixes, key=len)]:
        under = {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}
        if wanted <= under.keys():
            return under
    stripped = {name.removeprefix("module."): value for name, value in named.items()}
    return max((named, stripped), key=lambda names: len(wanted & names.keys()))


def _listed(names: list[str]) -> str:
    shown = ", ".join(printable(name, 60) for name in names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
